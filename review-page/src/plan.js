// What the page knows of a plan: the answer of a tool, what the server sent for the page alone, and what was asked.

const PAGE_META = "io.github.productive-integrations/page";
const CUT = ["findings", "differences", "changes"];

/**
 * The answer in a tool's result with the rows that it had no room for, or the text of a failure. An answer that cannot
 * be read counts as `lost`.
 */
export function readResult(result) {
  if (result.isError) return { failure: textOf(result) };
  const answer = result.structuredContent ?? parsed(textOf(result));
  if (!answer || typeof answer.outcome !== "string") {
    return { failure: textOf(result) || "The answer cannot be read.", lost: true };
  }
  const page = result._meta?.[PAGE_META] ?? {};
  const rest = page.rest ?? {};
  const whole = { ...answer };
  for (const name of CUT) whole[name] = [...(answer[name] ?? []), ...(rest[name] ?? [])];
  const found = CUT.reduce((sum, name) => sum + (rest[name]?.length ?? 0), 0);
  whole.missing = Math.max(0, (answer.omitted ?? 0) - found);
  return { answer: whole, page };
}

function textOf(result) {
  return (result.content ?? []).filter((block) => block.type === "text").map((block) => block.text).join("\n");
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What kind of change a row is. */
export function kindOf(row) {
  if (row.key_name === "default" && !/^\d+$/.test(row.key)) return "default";
  if (row.before == null) return "new";
  return row.after == null ? "removed" : "changed";
}

/** How many changes of each kind there are, in words. */
export function tally(changes) {
  const words = { new: "new", changed: "changed", removed: "removed", default: "to the default" };
  const kinds = changes.map(kindOf);
  const parts = Object.keys(words)
    .map((kind) => [kinds.filter((one) => one === kind).length, words[kind]])
    .filter(([number]) => number);
  return parts.map(([number, word]) => `${number} ${word}`).join(", ");
}

/** The findings of each severity, those of one rule together. */
export function grouped(findings) {
  const groups = new Map();
  for (const severity of ["block", "confirm", "inform"]) {
    for (const finding of findings.filter((one) => one.severity === severity)) {
      const group = groups.get(finding.rule) ?? { rule: finding.rule, severity, findings: [] };
      groups.set(finding.rule, group);
      group.findings.push(finding);
    }
  }
  return [...groups.values()];
}
