import { WHOLE, byId, fill, foreign, make } from "./text.js";

// The answer's `next` is written for a model; where these words say enough to a person they stand alone.
const OUTCOMES = {
  applied: ["good", "Applied", "A fresh read shows exactly this mapping."],
  declined: ["care", "Declined", "The plan is dead; nothing was sent."],
  unknown: ["care", "Not known yet", "The answer was lost. Nobody can edit this integration until reading has settled it."],
  unread: ["care", "Not known yet"],
  unsettled: ["care", "Not known yet", "An answer was lost, and the end cannot be told yet. Try again in a while; nothing is sent twice."],
  busy: ["care", "Busy", "An edit holds this integration, so your answer changed nothing. Answer again in a while."],
  expired: ["care", "Expired", "This plan has waited too long; nothing was changed from this page. Ask for the change again."],
  overdue: ["care", "Expired", "This plan has waited too long. Look at the mapping before you ask for the change again."],
  cancelled: ["care", "Cancelled", "The call was cancelled before there was a plan."],
  unchanged: ["good", "Nothing to change"],
  approval_required: ["care", "Not applied"],
  blocked: ["bad", "Forbidden"],
  conflict: ["bad", "Changed meanwhile"],
  refused: ["bad", "Refused by Productive"],
  not_stored: ["bad", "Stored otherwise"],
  failed: ["bad", "It did not work"],
};

/** Show how it ended. */
export function showOutcome(kind, answer = {}, { focus = true } = {}) {
  const [tone, title, text] = OUTCOMES[kind] ?? ["care", kind];
  const section = byId("outcome");
  section.className = tone;
  section.hidden = false;
  byId("outcome-title").textContent = title;
  fill("outcome-text", text ?? foreign(answer.next ?? "", WHOLE));
  const undo = kind === "applied" ? ". To take it back, ask to undo this change." : "";
  fill("change-id", ...(answer.change_id ? ["Change ", make("code", {}, foreign(answer.change_id)), undo] : []));
  fill("manual-steps", ...(answer.manual_steps ?? []).map((step) => make("li", {}, foreign(step, WHOLE))));
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
