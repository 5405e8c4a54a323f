// Forms that open at once, without the server: the correction of a card, an addition, a note, a name.
//
// Each is a copy of a template of the page, filled from the card, and stands before the card that it
// belongs to. Where something of the card is still on its way the key waits (review.js): the form
// shows what stands.

import { byId, cards } from "./cards.js";
import { pending, uuid } from "./outbox.js";

const { htmx } = window;

const copyOf = (name) => document.getElementById(`new-${name}`)?.content.firstElementChild.cloneNode(true);

/** The pieces of a card by role, as its form writes them. */
const piecesOf = ({ dataset }) => ({ source: dataset.source, cue: dataset.cue, content: dataset.content });

function aim(form, address, card) {
  form.setAttribute("action", address);
  form.setAttribute("hx-post", address);
  if (card) form.setAttribute("hx-target", `#${card.id}`);
}

const address = (card, action) => `${card.dataset.address}${action}/`;

function open(item, card) {
  for (const other of cards.querySelectorAll("li.editing[id^=form-]")) if (other !== item) other.remove();
  if (card) card.before(item);
  else cards.prepend(item);
  htmx.process(item);
  item.dispatchEvent(new CustomEvent("opened", { bubbles: true }));
}

function formFor(card, name) {
  const item = copyOf(name);
  if (!item) return null;
  item.id = `form-${card.dataset.id}`;
  item.dataset.id = card.dataset.id;
  item.dataset.start = card.dataset.start;
  const number = item.querySelector(".number");
  if (number) number.textContent = card.querySelector(".number").textContent;
  item.querySelector("[name=version]").value = card.querySelector("[name=version]").value;
  return item;
}

/** Whether the card is there and nothing of it is on its way. */
export const isReady = (card) => Boolean(card) && !pending(card.dataset.id).length;

export function edit(card) {
  const item = formFor(card, "spans");
  if (!item) return false;
  const form = item.querySelector("form");
  aim(form, address(card, "edit"), card);
  for (const [role, pieces] of Object.entries(piecesOf(card))) form.elements[role].value = pieces;
  form.elements.quote_type.value = card.dataset.quoteType;
  open(item, card);
  return true;
}

export function add() {
  const item = copyOf("addition");
  if (!item) return false;
  item.id = "form-new";
  item.querySelector("[name=key]").value = uuid();
  open(item, null);
  return true;
}

export function flag(card) {
  const item = formFor(card, "flag");
  if (!item) return false;
  const form = item.querySelector("form");
  aim(form, address(card, "flag"), card);
  form.elements.note.value = card.querySelector(".flag .note")?.textContent ?? "";
  open(item, card);
  return true;
}

export function name(card) {
  const item = formFor(card, "name");
  if (!item) return false;
  const form = item.querySelector("form");
  aim(form, address(card, "resolve"), card);
  const who = card.querySelector(".who[data-name], .who[data-suggested]");
  form.elements.name.value = who?.dataset.name ?? who?.dataset.suggested ?? "";
  form.elements.kind.value = who?.dataset.kind ?? "";
  form.elements.name.dataset.annotation = card.dataset.id;
  open(item, card);
  return true;
}

/** Close a form that was opened here; the card behind it is as it stands. */
export function close(item) {
  const card = byId(item.dataset.id);
  item.remove();
  return card;
}
