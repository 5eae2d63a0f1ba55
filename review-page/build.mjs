// Makes the page one file: script and style in it, each allowed by its hash and nothing else.
import { createHash } from "node:crypto";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = new URL("./", import.meta.url);
const [target, licenses, sources] = process.argv.slice(2);
const packages = new Set();
const hashed = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

// Of the languages of the validation library's messages only English is kept; no message is shown.
const oneLanguage = {
  name: "one-language",
  setup(bundler) {
    bundler.onLoad({ filter: /zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: 'export { default as en } from "./en.js";',
    }));
  },
};

async function bundled(entry) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: fileURLToPath(here),
    metafile: true,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2022",
    charset: "ascii",
    legalComments: "none",
    plugins: [oneLanguage],
  });
  for (const [path, { bytesInOutput }] of Object.entries(Object.values(metafile.outputs)[0].inputs)) {
    const home = path.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0];
    if (home && bytesInOutput) packages.add(home);
  }
  return outputFiles[0].text.trim();
}

const script = (await bundled("src/main.js")).replaceAll("</script", "<\\/script").replaceAll("<!--", "\\x3c!--");
const style = await bundled("page.css");
const parts = {
  policy: `default-src 'none'; script-src ${hashed(script)}; style-src ${hashed(style)}`,
  sources,
  script,
  style,
};
const page = await readFile(new URL("page.html", here), "utf8");
await writeFile(target, page.replace(/\{\{(\w+)\}\}/g, (_, name) => parts[name]));

async function licenseOf(home) {
  const folder = new URL(`${home}/`, here);
  const { name, version } = JSON.parse(await readFile(new URL("package.json", folder), "utf8"));
  const file = (await readdir(folder)).find((one) => /^licen[cs]e/i.test(one));
  if (!file) throw new Error(`${name} has no license file`);
  return `${name} ${version}\n\n${(await readFile(new URL(file, folder), "utf8")).trim()}\n`;
}

const texts = await Promise.all([...packages].sort().map(licenseOf));
await writeFile(licenses, `The review page contains these packages.\n\n${texts.join(`\n${"-".repeat(80)}\n\n`)}`);
