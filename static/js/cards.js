// The cards of the desk: which one is the current one, and the way from one to another.

import * as keys from "./keys.js";
import { pending } from "./outbox.js";
import { rangeOf, text } from "./text.js";

export const desk = document.getElementById("desk");
export const cards = document.getElementById("cards");

/** The card, form or list that is open: the one with the focus, else the first. */
export function opened() {
  const all = [...cards.querySelectorAll("li.editing, li.open"), ...desk.querySelectorAll("#rest")];
  return all.find((each) => each.contains(document.activeElement)) ?? all[0] ?? null;
}

let currentId = null;
export const all = () => [...cards.querySelectorAll("li.card[data-id][id^=card-]")];
export const current = () => currentId && document.getElementById(`card-${currentId}`);

/** Where the card's own link for an action leads; undefined where it has none. */
export const addressOf = (card, action) => card.querySelector(`a[data-do="${action}"]`)?.pathname;
export const byId = (id) => document.getElementById(`card-${id}`);

export function mark(card) {
  currentId = card?.dataset.id ?? null;
  for (const other of desk.querySelectorAll(".card.current, mark.current")) {
    other.classList.remove("current");
    if (other !== card && other.matches("li")) keys.hideOn(other);
  }
  card?.classList.add("current");
  keys.showOn(card);
  // Where the suggested name was taken from.
  const mention = card?.querySelector(".who[data-mention]")?.dataset.mention.split("-").map(Number);
  const range = mention && rangeOf(...mention);
  if (range) CSS.highlights?.set("mention", new Highlight(range));
  else CSS.highlights?.delete("mention");
  if (!currentId) return;
  for (const each of text.querySelectorAll(`mark[data-a~="${currentId}"]`))
    each.classList.add("current");
}

export function select(card) {
  if (!card) return;
  mark(card);
  card.focus({ preventScroll: true });
  card.scrollIntoView({ block: "nearest" });
  // The first of its words, and the last if there is room for both.
  const marks = text.querySelectorAll("mark.current");
  for (const each of [marks[marks.length - 1], marks[0]])
    each?.scrollIntoView({ block: "nearest" });
}

export function step(by) {
  const list = all();
  const index = list.indexOf(current());
  select(list[index < 0 ? 0 : Math.min(Math.max(index + by, 0), list.length - 1)]);
}

const isOpen = (card) => card.classList.contains("proposed") && !pending(card.dataset.id).length;

/** The next card on the page that awaits a decision. */
export function openAfter(card) {
  const list = all();
  return list.slice(list.indexOf(card) + 1).find(isOpen);
}

/** The next card that awaits a decision, from the start if need be. */
export const nextOpen = (card) =>
  openAfter(card) ?? all().find((other) => other !== card && isOpen(other));

/** Cards that came in last go to their place in reading order. */
export function putInOrder() {
  const place = (card) => [Number(card.dataset.start), Number(card.dataset.id)];
  const isBehind = (a, b) => a[0] > b[0] || (a[0] === b[0] && a[1] > b[1]);
  const listed = cards.querySelectorAll("li.card[data-start][id^=card-]");
  const once = new Map([...listed].map((card) => [card.id, card]));
  // An addition that was sent twice is answered twice.
  for (const card of listed) if (once.get(card.id) !== card) card.remove();
  const list = [...once.values()];
  if (list.length) cards.querySelector("li.empty")?.remove();
  list.forEach((card, index) => {
    if (!index || !isBehind(place(list[index - 1]), place(card))) return;
    list.find((other) => isBehind(place(other), place(card))).before(card);
  });
}

/** The name that the nearest card before has, as {name, kind}; null where none has. */
export function nameBefore(card) {
  const list = all();
  for (const other of list.slice(0, Math.max(list.indexOf(card), 0)).reverse()) {
    const who = other.querySelector(".who[data-name]");
    if (who) return { name: who.dataset.name, kind: who.dataset.kind };
  }
  return null;
}
