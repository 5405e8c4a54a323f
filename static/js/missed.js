// Sentences that may hide an attribution: walking through them, and saying that one hides none.

import { mark } from "./cards.js";
import * as cursor from "./cursor.js";
import { decide } from "./outbox.js";
import { tell } from "./tell.js";
import { text } from "./text.js";

const missed = document.getElementById("missed");
const form = document.getElementById("clear");
let at = null;

/** The start of the sentence that is looked at, or null. */
export const start = () => at;

const starts = () => [
  ...new Set([...text.querySelectorAll("[data-missed]")].map((s) => Number(s.dataset.missed))),
];

export function count() {
  if (!missed) return;
  const found = starts().length;
  if (missed.firstChild.nodeType === Node.TEXT_NODE) missed.firstChild.remove();
  missed.querySelector("b")?.remove();
  missed.prepend(found ? `${missed.dataset.some} ` : `${missed.dataset.none} `);
  if (found) {
    const number = document.createElement("b");
    number.textContent = found;
    missed.firstChild.after(number, " ");
  }
  missed.querySelector("[data-do=missed]").hidden = !found;
  if (!starts().includes(at)) at = null;
  missed.querySelector("[data-do=nothing]").hidden = at === null;
}

export function walk() {
  const all = starts();
  if (!all.length) {
    tell(missed?.dataset.none ?? "");
    return;
  }
  at = all.find((each) => at !== null && each > at) ?? all[0];
  mark(null);
  for (const segment of text.querySelectorAll(".missed")) {
    segment.classList.toggle("current", Number(segment.dataset.missed) === at);
  }
  cursor.put([at, at + 1]);
  count();
  tell(text.querySelector(".missed.current").textContent);
}

export function clear() {
  if (at === null) return false;
  const label = missed.querySelector("[data-do=nothing]").textContent;
  const path = form.getAttribute("action");
  decide(form, { path, name: "nothing", label, values: { start: at } });
  return true;
}
