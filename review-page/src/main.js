import { App, applyDocumentTheme, applyHostStyleVariables } from "@modelcontextprotocol/ext-apps";
import { showExpiry, startWaiting, stopWaiting } from "./expiry.js";
import { confirmed, showConfirmations, showFindings, unconfirmed } from "./findings.js";
import { showOutcome } from "./outcome.js";
import { readResult, tally } from "./plan.js";
import { listen, showTable } from "./table.js";
import { byId, count, fill, foreign, make } from "./text.js";

// A write is read back, and an unclear one is watched, before the answer comes.
const PATIENCE = { timeout: 180_000 };
// What the server says of an edit that has not left; any other failure leaves that open.
const NOT_SENT = /nothing was sent|not sent|no edit was (sent|made)/i;
const app = new App({ name: "productive-integrations-review", version: "1" }, {});
// What waits for an answer, or for its end to be known. Once it is `unsure`, its write may have left.
let plan = null;
let answered = false;

function say(text) {
  byId("status").textContent = text;
}

function showAsked(args) {
  if (plan || answered || !args.mapping) return;
  byId("title").replaceChildren("Change ", foreign(args.mapping));
  const id = args.integration_id ?? args.to_integration_id;
  if (id) fill("place", "of integration ", foreign(id));
}

function showPlan(result) {
  // One that is given again must not bring back a plan that was answered, nor hide how it ended.
  if (answered) return;
  const { failure, answer, page } = readResult(result);
  withdraw();
  byId("outcome").hidden = true;
  if (failure !== undefined) return showOutcome("failed", { next: failure }, { focus: false });
  if (page.mapping) {
    byId("title").replaceChildren("Change ", foreign(page.mapping));
    fill("place", "of ", foreign(page.place));
  }
  if (page.reason) fill("reason", "Reason given: ", foreign(page.reason));
  showBody(answer);
  if (answer.outcome !== "approval_required" || !answer.plan_id) {
    return showOutcome(answer.outcome, answer, { focus: false });
  }
  plan = { id: answer.plan_id, key: page.key ?? "", unsure: false };
  showConfirmations(showFindings(answer.findings), answer.missing);
  if (!app.getHostCapabilities()?.serverTools) {
    return say("This client does not let the page answer. Answer in the conversation.");
  }
  byId("answer").hidden = false;
  showExpiry(page.expires);
  startWaiting(expire);
}

function showBody(answer) {
  showFindings(answer.findings);
  showTable(answer.changes, answer.falls_back);
  const counted = answer.changes.length ? `${count(answer.changes.length, "change", "changes")}: ${tally(answer.changes)}. ` : "";
  const parts = [`${counted}${count(answer.untouched ?? 0, "other entry stays as it is", "other entries stay as they are")}.`];
  const back = answer.falls_back ?? {};
  if (back.count) {
    const names = (back.names ?? []).flatMap((name, index) => (index ? [", ", foreign(name)] : [foreign(name)]));
    if (back.default == null) parts.push(` No default covers ${count(back.count, "key", "keys")} without an entry`);
    else {
      const used = count(back.count, "key without an entry uses", "keys without an entry use");
      parts.push(` ${used} the default `, foreign(back.default));
    }
    if (names.length) parts.push(": ", ...names, back.count > names.length ? " …" : "");
  }
  if (answer.missing) parts.push(make("strong", {}, ` ${count(answer.missing, "row was", "rows were")} not given to this page.`));
  fill("summary", ...parts);
}

function expire() {
  end("expired");
}

/** Leave the page without a plan, and so without a way to answer one. */
function withdraw() {
  stopWaiting();
  plan = null;
  byId("answer").hidden = true;
  byId("again").hidden = true;
  say("");
}

function end(kind, answer) {
  withdraw();
  showOutcome(kind, answer);
}

async function call(planId, accept) {
  // A plan that was sent does not expire.
  stopWaiting();
  answered = true;
  for (const button of document.querySelectorAll("#answer button, #again")) button.disabled = true;
  const asked = { name: "apply_mapping_plan", arguments: { plan_id: planId, ...(accept?.length ? { accept } : {}) } };
  try {
    return readResult(await app.callServerTool(asked, PATIENCE));
  } catch (error) {
    const failure = `This client did not carry the call out (${error.message}). It is not known whether it arrived.`;
    return { failure, lost: true };
  } finally {
    for (const button of document.querySelectorAll("#answer button, #again")) button.disabled = false;
  }
}

async function approve() {
  if (!plan) return;
  const left = unconfirmed();
  if (left.length) {
    byId("missing").textContent = "Read all that asks to be confirmed, and tick it.";
    return left[0].focus();
  }
  byId("missing").textContent = "";
  await answerWith(plan.key, "Applying the plan and reading it back.", confirmed());
}

async function decline() {
  if (!plan) return;
  await answerWith("declined", "Declining the plan.");
}

async function answerWith(word, doing, accept) {
  const asked = plan;
  say(doing);
  // How an earlier try ended is not true of this one.
  byId("outcome").hidden = true;
  finish(asked, await call(word ? `${asked.id}.${word}` : asked.id, accept));
}

async function lookAgain() {
  if (!plan) return;
  const asked = plan;
  finish(asked, await call(asked.id));
}

function finish(asked, { failure, lost, answer }) {
  say("");
  if (failure !== undefined) return fail(asked, failure, lost);
  if (asked.unsure && ["busy", "approval_required"].includes(answer.outcome)) return showOutcome("unsettled");
  tell(answer, asked.id);
  if (answer.outcome === "blocked") showBody(answer);
  if (!["busy", "unknown"].includes(answer.outcome)) return end(answer.outcome, answer);
  showOutcome(answer.outcome, answer);
  if (answer.outcome === "busy") return startWaiting(expire);
  asked.unsure = true;
  byId("answer").hidden = true;
  byId("again").textContent = "Look again";
  byId("again").hidden = false;
}

function fail(asked, failure, lost) {
  if (failure.includes("has expired")) return end(asked.unsure ? "overdue" : "expired");
  const open = asked.unsure || lost || failure.includes("may have arrived");
  asked.unsure = open || !NOT_SENT.test(failure);
  if (!asked.unsure) startWaiting(expire);
  showOutcome(open ? "unread" : "failed", { next: failure });
}

/** Let the model know what the person did; in words of ours alone. */
function tell(answer, planId) {
  const change = answer.change_id ? `, change ${answer.change_id}` : "";
  const text = `On the review page the person answered plan ${planId}: outcome ${answer.outcome}${change}.`;
  const able = app.getHostCapabilities() ?? {};
  const content = [{ type: "text", text }];
  // Whether the host takes it changes nothing for the person.
  if (able.updateModelContext) app.updateModelContext({ content }).catch(() => {});
  else if (able.message) app.sendMessage({ role: "user", content }).catch(() => {});
}

function follow(context) {
  if (context?.theme) applyDocumentTheme(context.theme);
  if (context?.styles?.variables) applyHostStyleVariables(context.styles.variables);
}

listen();
// No form: a host's sandbox need not allow one.
byId("approve").addEventListener("click", approve);
byId("decline").addEventListener("click", decline);
byId("again").addEventListener("click", lookAgain);
app.addEventListener("toolinput", ({ arguments: args }) => showAsked(args ?? {}));
app.addEventListener("toolresult", showPlan);
app.addEventListener("toolcancelled", () => {
  if (plan || answered) return;
  say("");
  showOutcome("cancelled", {}, { focus: false });
});
app.addEventListener("hostcontextchanged", follow);
app.onteardown = async () => ({});
app.connect().then(
  () => follow(app.getHostContext()),
  (error) => say(`This client does not show the page as it should (${error.message}).`),
);
