// Whatever comes from Productive, a person or a model goes through here: as text, with what cannot be seen shown.

const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Co}\p{Default_Ignorable_Code_Point}]/u;
const SHOWN = /^\\u\{[0-9a-f]{1,6}\}/;
const SHORT = 200;
/** For sentences that must be read to their end. */
export const WHOLE = 5000;

export const byId = (id) => document.getElementById(id);

/** An element with text and other elements in it. */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** Somebody's text, set apart from ours in direction; a long one is cut until it is asked for. */
export function foreign(text, longest = SHORT) {
  const characters = [...String(text)];
  const whole = make("bdi", {}, ...pieces(characters));
  if (characters.length <= longest) return whole;
  const cut = make("bdi", {}, ...pieces(characters.slice(0, longest)), "…");
  const more = make("button", { type: "button", class: "more" }, `Show all ${characters.length} characters`);
  const both = make("span", {}, cut, more);
  more.addEventListener("click", () => {
    both.replaceChildren(whole);
    whole.tabIndex = -1;
    whole.focus();
  });
  return both;
}

function pieces(characters) {
  const parts = [];
  let run = "";
  const mark = (text) => {
    if (run) parts.push(run);
    run = "";
    parts.push(make("span", { class: "unseen", title: "a character that cannot be seen" }, text));
  };
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at];
    // The server shows them in the same way.
    const shown = character === "\\" && characters.slice(at, at + 10).join("").match(SHOWN);
    if (shown) {
      mark(shown[0]);
      at += shown[0].length - 1;
    } else if (UNSEEN.test(character)) mark(`\\u{${character.codePointAt(0).toString(16)}}`);
    else run += character;
  }
  if (run) parts.push(run);
  return parts;
}

/** `1 entry`, `2 entries`. */
export const count = (number, one, many) => `${number} ${number === 1 ? one : many}`;

/** Fill an element, and show it when there is anything to show. */
export function fill(id, ...children) {
  const element = byId(id);
  element.replaceChildren(...children);
  element.hidden = children.length === 0;
  return element;
}
