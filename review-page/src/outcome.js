import { byId, fill, foreign, make } from "./text.js";

const OUTCOMES = {
  applied: ["good", "Applied", "A fresh read shows exactly this mapping."],
  unchanged: ["good", "Nothing to change", "The mapping already is as asked; nothing was sent."],
  declined: ["care", "Declined", "The plan is dead; nothing was sent."],
  approval_required: ["care", "Not applied", "The plan still waits."],
  blocked: ["bad", "Forbidden", "A rule forbids it; nothing was sent."],
  conflict: ["bad", "Changed meanwhile", "Entries are not as they were when this was planned; nothing was sent."],
  refused: ["bad", "Refused by Productive", "Productive does not let this token edit it. Do it by hand:"],
  not_stored: ["bad", "Stored otherwise", "Productive said yes and stored something else."],
  unknown: ["care", "Not known yet", "The answer was lost. Nobody can edit this integration until reading has settled it."],
  busy: ["care", "Busy", "Another edit holds this integration; nothing was sent."],
  expired: ["care", "Expired", "This plan has waited too long; nothing was sent. Ask for the change again."],
  failed: ["bad", "It did not work", ""],
  cancelled: ["care", "Cancelled", "The call was cancelled before there was a plan."],
};

/** Show how it ended. `answer` has `next`, and whatever else there is to show. */
export function showOutcome(kind, answer = {}, { focus = true } = {}) {
  const [tone, title, text] = OUTCOMES[kind] ?? ["care", kind, ""];
  const section = byId("outcome");
  section.className = tone;
  section.hidden = false;
  byId("outcome-title").textContent = title;
  fill("outcome-text", ...(text ? [text, " "] : []), ...(answer.next ? [foreign(answer.next)] : []));
  fill("change-id", ...(answer.change_id ? ["Change ", make("code", {}, foreign(answer.change_id))] : []));
  fill("manual-steps", ...(answer.manual_steps ?? []).map((step) => make("li", {}, foreign(step))));
  showDifferences(answer.differences ?? []);
  if (focus) byId("outcome-title").focus();
}

function showDifferences(differences) {
  if (!differences.length) return fill("differences");
  const head = ["Entry", "When planned", "Now", "Wanted"].map((name) =>
    make("th", { role: "columnheader", scope: "col" }, name),
  );
  const rows = differences.map((row) =>
    make(
      "tr",
      { role: "row" },
      make("th", { role: "rowheader", scope: "row", "data-label": "Entry" }, foreign(row.key)),
      ...[["When planned", row.planned_from], ["Now", row.now], ["Wanted", row.wanted]].map(([label, value]) =>
        make("td", { role: "cell", "data-label": label, class: "code" }, value == null ? none() : foreign(value)),
      ),
    ),
  );
  return fill(
    "differences",
    make(
      "table",
      { role: "table", "aria-label": "Differences" },
      make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, ...head)),
      make("tbody", { role: "rowgroup" }, ...rows),
    ),
  );
}

const none = () => make("em", { class: "none" }, "no entry");
