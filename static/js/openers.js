// Forms that open at once, without the server: the correction of a card, an addition, a note, a name.
//
// Each is a copy of a template of the page, filled from the card and put into it. Where something of
// the card is still on its way the key waits (review.js): the form shows what stands.

import { addressOf, byId, cards, desk } from "./cards.js";
import { uuid } from "./chain.js";
import { setUp } from "./combobox.js";
import { pending } from "./outbox.js";

const { htmx } = window;

const copyOf = (name) =>
  document.getElementById(`new-${name}`)?.content.firstElementChild.cloneNode(true);

/** Whether the card is there and nothing of it is on its way. */
export const isReady = (card) => Boolean(card) && !pending(card.dataset.id).length;

/** Put a form into its card, or before all cards. */
function show(item, card) {
  for (const other of cards.querySelectorAll("li.editing > .opened, #card-new"))
    if (other !== item) close(other);
  if (card) {
    card.append(item);
    card.classList.add("editing");
    card.setAttribute("aria-labelledby", "title-form");
  } else cards.prepend(item);
  item.dispatchEvent(new CustomEvent("opened", { bubbles: true }));
}

/** Close a form that was opened here; returns its card, which is as it stands. */
export function close(item) {
  const card = item.closest("li.card[data-id]");
  item.remove();
  card?.classList.remove("editing");
  card?.setAttribute("aria-labelledby", `title-${card.dataset.id}`);
  return card;
}

/** Show a form again that was closed when it was sent: it did not get through. */
export function reopen(item, id) {
  const card = id && byId(id);
  if (card || !id) show(item, card);
}

function openIn(card, name, action, fill) {
  const item = copyOf(name);
  const address = addressOf(card, action);
  if (!item || !address) return false;
  const form = item.querySelector("form");
  form.setAttribute("action", address);
  form.setAttribute("hx-post", address);
  form.setAttribute("hx-target", `#${card.id}`);
  form.elements.version.value = card.querySelector("[name=version]").value;
  item.querySelector(".number").textContent = card.querySelector(".number").textContent;
  fill(form.elements);
  show(item, card);
  htmx.process(item);
  return true;
}

export function edit(card) {
  const { source, cue, content, quoteType } = card.dataset;
  return openIn(card, "spans", "edit", (fields) => {
    for (const [role, pieces] of Object.entries({ source, cue, content }))
      fields[role].value = pieces;
    fields.quote_type.value = quoteType;
  });
}

export function add() {
  const item = copyOf("addition");
  if (!item) return false;
  item.querySelector("[name=key]").value = uuid();
  show(item, null);
  htmx.process(item);
  return true;
}

export function flag(card) {
  return openIn(card, "flag", "flag", (fields) => {
    fields.note.value = card.querySelector(".flag > span")?.textContent ?? "";
  });
}

export function name(card) {
  const who = card.querySelector(".who[data-name], .who[data-suggested]");
  return openIn(card, "name", "name", (fields) => {
    fields.name.value = who?.dataset.name ?? who?.dataset.suggested ?? "";
    fields.kind.value = who?.dataset.kind ?? "";
    fields.name.dataset.names = `${desk.dataset.names}?annotation=${card.dataset.id}`;
    fields.name.dataset.kind = fields.kind.id;
    setUp(fields.name);
  });
}
