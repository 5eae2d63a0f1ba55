import { WHOLE, byId, count, fill, foreign, make } from "./text.js";
import { grouped } from "./plan.js";

const FIRST = 5;
const TITLES = { block: "Forbidden", confirm: "Please confirm", inform: "Please note" };

/** Show what the rules say, worst first; give the rules that a person has to confirm. */
export function showFindings(findings) {
  const groups = grouped(findings);
  byId("findings").hidden = groups.length === 0;
  fill("findings-list", ...groups.map(box));
  return groups.filter((group) => group.severity === "confirm");
}

/** A tick for each rule that asks to be confirmed, and one for rows that are not shown. */
export function showConfirmations(groups, missing) {
  const ticks = groups.map((group) =>
    tick(group.rule, `${group.rule}: I have read ${read(group.findings.length)}`),
  );
  if (missing) {
    ticks.push(tick("", `I agree to ${count(missing, "row", "rows")} that this page was not given`));
  }
  const legend = byId("confirmations").querySelector("legend");
  byId("confirmations").replaceChildren(legend, ...ticks);
  byId("confirmations").hidden = ticks.length === 0;
}

/** What a person has not read or not ticked yet of what they have to confirm. */
export const unconfirmed = () => [
  ...byId("findings-list").querySelectorAll(".confirm > button.more"),
  ...byId("confirmations").querySelectorAll("input:not(:checked)"),
];

/** The rules that the person has confirmed. */
export const confirmed = () =>
  [...byId("confirmations").querySelectorAll("input:checked")].map((input) => input.value).filter(Boolean);

const read = (number) => (number === 1 ? "this finding" : `these ${number} findings`);

function tick(rule, text) {
  return make("label", {}, make("input", { type: "checkbox", value: rule }), " ", text);
}

function box(group) {
  const title = make("h3", {}, `${TITLES[group.severity]} (${group.rule})`);
  const list = make("ul", {}, ...group.findings.slice(0, FIRST).map(line));
  const whole = make("div", { class: `finding ${group.severity}` }, title, list);
  const left = group.findings.slice(FIRST);
  if (left.length) {
    const more = make("button", { type: "button", class: "more" }, `Show ${left.length} more`);
    more.addEventListener("click", () => {
      const items = left.map(line);
      list.append(...items);
      more.remove();
      items[0].tabIndex = -1;
      items[0].focus();
    });
    whole.append(more);
  }
  return whole;
}

function line(finding) {
  const item = make("li", {}, foreign(finding.message, WHOLE));
  if (finding.fix) item.append(make("br"), make("strong", {}, "Fix: "), foreign(finding.fix, WHOLE));
  return item;
}
