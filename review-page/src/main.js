import { App, applyDocumentTheme, applyHostStyleVariables } from "@modelcontextprotocol/ext-apps";
import { confirmed, showConfirmations, showFindings, unconfirmed } from "./findings.js";
import { showOutcome } from "./outcome.js";
import { readResult, tally } from "./plan.js";
import { listen, showTable } from "./table.js";
import { byId, count, fill, foreign, make } from "./text.js";

// A write is read back, and an unclear one is watched, before the answer comes.
const PATIENCE = { timeout: 180_000 };
const app = new App({ name: "productive-integrations-review", version: "1" }, {});
let plan = null;
let key = "";

function say(text) {
  byId("status").textContent = text;
}

function showAsked(args) {
  if (plan || !args.mapping) return;
  byId("title").replaceChildren("Change ", foreign(args.mapping));
  const id = args.integration_id ?? args.to_integration_id;
  if (id) fill("place", "of integration ", foreign(id));
}

function showPlan(result) {
  const { failure, answer, page } = readResult(result);
  say("");
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
  plan = answer;
  key = page.key ?? "";
  showConfirmations(showFindings(answer.findings), answer.missing);
  if (!app.getHostCapabilities()?.serverTools) {
    return say("This client does not let the page answer. Answer in the conversation.");
  }
  byId("answer").hidden = false;
  waitUntil(page.expires);
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

function waitUntil(expires) {
  if (!expires) return;
  const left = expires * 1000 - Date.now();
  const time = new Date(expires * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  // A clock that is off must not take the buttons away, so a plan that looks old already is left to the server.
  byId("waits").textContent = left > 0 ? `The plan waits until ${time}.` : "The plan may have expired.";
  if (left > 0) setTimeout(() => plan && end("expired"), Math.min(left, 2 ** 31 - 1));
}

function end(kind, answer) {
  plan = null;
  byId("answer").hidden = true;
  say("");
  showOutcome(kind, answer);
}

async function call(planId, accept) {
  for (const button of document.querySelectorAll("#answer button, #again")) button.disabled = true;
  const asked = { name: "apply_mapping_plan", arguments: { plan_id: planId, ...(accept?.length ? { accept } : {}) } };
  try {
    return readResult(await app.callServerTool(asked, PATIENCE));
  } catch (error) {
    return { failure: `This client did not carry the call out (${error.message}). It is not known whether it arrived.` };
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
  say("Applying the plan and reading it back.");
  finish(await call(key ? `${plan.plan_id}.${key}` : plan.plan_id, confirmed()));
}

async function decline() {
  if (!plan) return;
  say("Declining the plan.");
  finish(await call(`${plan.plan_id}.declined`));
}

function finish({ failure, answer }) {
  say("");
  const planId = plan.plan_id;
  if (failure !== undefined) {
    if (failure.includes("has expired")) return end("expired");
    return showOutcome("failed", { next: failure });
  }
  tell(answer, planId);
  if (answer.outcome === "busy") return showOutcome("busy", answer);
  if (answer.outcome !== "unknown") {
    if (answer.outcome === "blocked") showBody(answer);
    return end(answer.outcome, answer);
  }
  byId("answer").hidden = true;
  showOutcome("unknown", answer);
  byId("again").textContent = "Look again";
  byId("again").hidden = false;
}

async function lookAgain() {
  const { failure, answer } = await call(plan.plan_id);
  if (failure === undefined && answer.outcome !== "unknown") byId("again").hidden = true;
  finish({ failure, answer });
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
  say("");
  showOutcome("cancelled", {}, { focus: false });
});
app.addEventListener("hostcontextchanged", follow);
app.onteardown = async () => ({});
app.connect().then(
  () => follow(app.getHostContext()),
  (error) => say(`This client does not show the page as it should (${error.message}).`),
);
