import { byId } from "./text.js";

const LONGEST = 2 ** 31 - 1;
let due = null;
let timer;

/** Say until when the plan waits, in seconds since 1970. */
export function showExpiry(expires) {
  due = null;
  byId("waits").textContent = "";
  if (!expires) return;
  const time = new Date(expires * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  // A clock that is off must not take the buttons away, so a plan that looks old already is left to the server.
  if (expires * 1000 > Date.now()) due = expires * 1000;
  byId("waits").textContent = due ? `The plan waits until ${time}.` : "The plan may have expired.";
}

/** Do something once the plan has waited too long, unless that is stopped before. */
export function startWaiting(over) {
  stopWaiting();
  if (due) timer = setTimeout(over, Math.min(due - Date.now(), LONGEST));
}

export function stopWaiting() {
  clearTimeout(timer);
}
