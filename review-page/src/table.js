import { byId, count, foreign, make } from "./text.js";
import { kindOf } from "./plan.js";

const PAGE = 25;
let rows = [];
let fallback = {};
let page = 0;

/** Show the changes of a plan, a page at a time. */
export function showTable(changes, fallsBack) {
  rows = changes.map((row) => ({ row, kind: kindOf(row), words: words(row) }));
  fallback = fallsBack ?? {};
  byId("changes").hidden = rows.length === 0;
  byId("tools").hidden = rows.length <= PAGE;
  turnTo(0);
}

export function listen() {
  byId("find").addEventListener("input", () => turnTo(0));
  byId("kind").addEventListener("change", () => turnTo(0));
  byId("previous").addEventListener("click", () => turnTo(page - 1));
  byId("next").addEventListener("click", () => turnTo(page + 1));
}

const words = (row) =>
  [row.key, row.key_name, row.before, row.after, row.after_name].filter(Boolean).join("\n").toLowerCase();

function turnTo(wanted) {
  const text = byId("find").value.trim().toLowerCase();
  const kind = byId("kind").value;
  const fitting = rows.filter((one) => (!kind || one.kind === kind) && one.words.includes(text));
  const pages = Math.max(1, Math.ceil(fitting.length / PAGE));
  page = Math.min(Math.max(0, wanted), pages - 1);
  const from = page * PAGE;
  const shown = fitting.slice(from, from + PAGE);
  byId("rows").replaceChildren(...shown.map(tableRow));
  byId("table").setAttribute("aria-rowcount", String(fitting.length + 1));
  byId("pages").hidden = pages === 1;
  byId("page").textContent = `Page ${page + 1} of ${pages}`;
  byId("previous").setAttribute("aria-disabled", String(page === 0));
  byId("next").setAttribute("aria-disabled", String(page === pages - 1));
  const range = pages > 1 ? `${from + 1} to ${from + shown.length} of ` : "";
  byId("shown").textContent =
    fitting.length === rows.length
      ? rows.length > PAGE
        ? `${range}${count(rows.length, "change", "changes")}`
        : ""
      : `${range}${count(fitting.length, "change fits", "changes fit")}, of ${rows.length} in all`;
}

function tableRow({ row, kind }) {
  const name = kind === "default" ? "default for all without an entry" : row.key_name;
  const cells = [
    cell("th", "Entry", "code", foreign(row.key)),
    cell("td", "Name", "", name == null ? none("no name") : foreign(name)),
    cell("td", "Before", "code", row.before == null ? none("no entry") : foreign(row.before)),
    cell("td", "After", "code", row.after == null ? none("no entry") : foreign(row.after)),
    cell("td", "What it means", "", ...meaning(row, kind)),
  ];
  return make("tr", { role: "row" }, ...cells);
}

function cell(name, label, kind, ...children) {
  const place = name === "th" ? { role: "rowheader", scope: "row" } : { role: "cell" };
  return make(name, { ...place, "data-label": label, class: kind }, make("span", {}, ...children));
}

const none = (text) => make("em", { class: "none" }, text);

function meaning(row, kind) {
  const named = row.after_name ? [": ", foreign(row.after), " is ", foreign(row.after_name)] : [];
  if (kind === "new") return ["New entry", ...named];
  if (kind === "default") return ["Used by every key without an entry", ...named];
  if (kind === "changed") return ["Changed", ...named];
  if (fallback.default == null) return ["Removed: nothing covers it, there is no default"];
  return ["Removed: falls back to the default ", foreign(fallback.default)];
}
