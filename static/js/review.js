// The review desk: keys, the selection's role, focus after a swap, decisions that did not get through.
// Everything it does can also be done without it, with the same forms and links.

import * as cursor from "./cursor.js";
import * as pieces from "./pieces.js";
import { isDecision } from "./requests.js";
import * as search from "./search.js";
import { tell } from "./tell.js";
import { selectedOffsets, text } from "./text.js";

const { htmx } = window;
const desk = document.getElementById("desk");
const cards = document.getElementById("cards");
const keys = Object.fromEntries(Object.entries(JSON.parse(desk.dataset.keys)).filter(([, key]) => key).map(([name, key]) => [key, name]));
const help = document.getElementById("help");
const rolebar = document.getElementById("rolebar");
const pulse = document.getElementById("pulse");
const openCard = () => cards.querySelector("li.editing, li.open");
const openRest = () => document.getElementById("rest");

// ---- corrections ---------------------------------------------------------------------------

function setUpForm() {
  for (const control of document.querySelectorAll(".js")) control.classList.add("on");
  pieces.show(openCard());
}

function roleKey(role, addPiece) {
  if (pieces.openForm()) pieces.roleKey(role, addPiece);
  // Words first, form after: the selection begins a new attribution.
  else if (pieces.begin(role)) act("add");
}

// A click must not take the selection away before it is used.
for (const place of [cards, rolebar]) {
  place?.addEventListener("pointerdown", (event) => {
    if (event.target.closest(".edges button, .rolebar button")) event.preventDefault();
  });
}

rolebar?.addEventListener("click", (event) => {
  const button = event.target.closest("[data-role]");
  if (!button) return;
  pieces.letGo();
  roleKey(button.dataset.role, event.shiftKey);
});

function close(cancel) {
  cancel.closest("li, section").remove();
  setUpForm();
  select(current() ?? allCards()[0]);
}

desk.addEventListener("click", (event) => {
  const button = event.target.closest(".edges button");
  if (button) {
    const fieldset = button.closest("fieldset");
    if ("use" in button.dataset) pieces.giveRole(fieldset.dataset.role, event.shiftKey);
    else pieces.moveEdge(fieldset, button.dataset.edge, Number(button.dataset.step));
    return;
  }
  const cancel = event.target.closest("[data-remove]");
  if (cancel) {
    event.preventDefault();
    close(cancel);
    return;
  }
  const does = event.target.closest("button[type=button][data-do], a[data-do=help]");
  if (does && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    actions[does.dataset.do]?.();
    return;
  }
  const card = event.target.closest("li.card:not(.editing)");
  if (!card) return;
  const decision = event.target.closest(".buttons button");
  if (!decision) {
    if (!event.target.closest("a")) markCurrent(card);
    return;
  }
  card.classList.add("sending");
  // On to the next one at once; the answer comes in its own time.
  if (DECISIONS.includes(decision.dataset.do)) select(nextOpen(card) ?? card);
});

// ---- the current card ----------------------------------------------------------------------

let currentId = null;
const allCards = () => [...cards.querySelectorAll("li.card")];
const current = () => currentId && document.getElementById(`card-${currentId}`);

function markCurrent(card) {
  currentId = card?.dataset.id ?? null;
  for (const other of desk.querySelectorAll(".card.current, mark.current")) other.classList.remove("current");
  card?.classList.add("current");
  if (!currentId) return;
  for (const mark of text.querySelectorAll(`mark[data-a~="${currentId}"]`)) mark.classList.add("current");
}

function select(card) {
  if (!card) return;
  markCurrent(card);
  card.focus({ preventScroll: true });
  card.scrollIntoView({ block: "nearest" });
  // The first of its words, and the last if there is room for both.
  const marks = text.querySelectorAll("mark.current");
  for (const mark of [marks[marks.length - 1], marks[0]]) mark?.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const list = allCards();
  const index = list.indexOf(current());
  select(list[index < 0 ? 0 : Math.min(Math.max(index + by, 0), list.length - 1)]);
}

/** The next card that awaits a decision, from the start if need be. */
function nextOpen(card) {
  const list = allCards();
  const index = list.indexOf(card);
  const isOpen = (other) => other.classList.contains("proposed") && !other.classList.contains("sending");
  return [...list.slice(index + 1), ...list.slice(0, Math.max(index, 0))].find(isOpen);
}

text.addEventListener("click", (event) => {
  const mark = event.target.closest("mark");
  if (mark && document.getSelection().isCollapsed && !openCard()) {
    select(document.getElementById(`card-${mark.dataset.a.split(" ")[0]}`));
  }
});

document.getElementById("find").addEventListener("closed", () => select(current()));

document.addEventListener("selectionchange", () => {
  if (rolebar) rolebar.hidden = !selectedOffsets();
});

// ---- sentences that may hide an attribution ------------------------------------------------

const missed = document.getElementById("missed");
let missedStart = null;
const missedStarts = () => [...new Set([...text.querySelectorAll("[data-missed]")].map((s) => Number(s.dataset.missed)))];

function countMissed() {
  if (!missed) return;
  const count = missedStarts().length;
  missed.firstChild.nodeType === Node.TEXT_NODE && missed.firstChild.remove();
  missed.querySelector("b")?.remove();
  missed.prepend(count ? `${missed.dataset.some} ` : `${missed.dataset.none} `);
  if (count) {
    const number = document.createElement("b");
    number.textContent = count;
    missed.firstChild.after(number, " ");
  }
  missed.querySelector("[data-do=missed]").hidden = !count;
  if (!missedStarts().includes(missedStart)) missedStart = null;
  missed.querySelector("[data-do=nothing]").hidden = missedStart === null;
}

function walkMissed() {
  const starts = missedStarts();
  if (!starts.length) {
    tell(missed.dataset.none);
    return;
  }
  missedStart = starts.find((start) => missedStart !== null && start > missedStart) ?? starts[0];
  markCurrent(null);
  for (const segment of text.querySelectorAll(".missed")) {
    segment.classList.toggle("current", Number(segment.dataset.missed) === missedStart);
  }
  cursor.put([missedStart, missedStart + 1]);
  countMissed();
  tell(text.querySelector(".missed.current").textContent);
}

function clearMissed() {
  if (missedStart === null) return;
  const address = document.getElementById("clear").dataset.address.replace("/0/", `/${missedStart}/`);
  const source = pulse.querySelector("[name=csrfmiddlewaretoken]");
  htmx.ajax("POST", address, { source: desk, swap: "none", values: { csrfmiddlewaretoken: source.value } });
}

// ---- actions -------------------------------------------------------------------------------

const DECISIONS = ["approve", "reject"];
// What was asked of a card whose last decision is still on its way.
const waiting = new Map();

/** Click what does the action: on the current card, or for the whole article. */
function act(name) {
  const card = current() ?? allCards()[0];
  const onCard = card?.querySelector(`[data-do="${name}"]`);
  if (card?.classList.contains("sending") && (onCard || DECISIONS.includes(name))) {
    waiting.set(card.dataset.id, name);
    return;
  }
  // The focus follows the key, so that it stays on the card when that is swapped.
  if (onCard) card.focus({ preventScroll: true });
  const controls = [...desk.querySelectorAll(`[data-do="${name}"]`)];
  (onCard ?? controls.find((control) => !control.closest("li.card")))?.click();
}

const actions = {
  next: () => step(1),
  previous: () => step(-1),
  skip: () => select(nextOpen(current())),
  missed: walkMissed,
  nothing: clearMissed,
  find: search.open,
  help: () => help.showModal(),
  cursor: () => cursor.put(startOfWork()),
};

/** Where the cursor begins: at the missed sentence, else at the current card's words. */
function startOfWork() {
  const mark = missedStart ?? text.querySelector("mark.current")?.dataset.s ?? 0;
  return [Number(mark), Number(mark) + 1];
}

help?.addEventListener("click", (event) => {
  if (event.target.closest("[data-close]")) help.close();
});

document.addEventListener("keydown", (event) => {
  if (event.isComposing || help?.open) return;
  const opened = openCard() ?? openRest();
  const typing = event.target.closest("input:not([type=hidden]), textarea, select");
  if (event.key === "Escape") {
    if (opened) opened.querySelector("[data-cancel]").click();
    else document.getSelection().removeAllRanges();
    return;
  }
  if (event.key === "Enter" && opened) {
    const onControl = event.target.closest("button, a, summary, select, textarea");
    if (!onControl || (event.target.closest("textarea") && (event.ctrlKey || event.metaKey))) {
      event.preventDefault();
      opened.querySelector("[data-save]")?.click();
    }
    return;
  }
  if (typing || event.altKey) return;
  if ((pieces.openForm() || selectedOffsets()) && pieces.keyInText(event, startOfWork()[0])) {
    event.preventDefault();
    return;
  }
  if (event.ctrlKey || event.metaKey) return;
  const name = keys[event.key.toLowerCase()];
  if (!name) return;
  if (name.startsWith("role_")) {
    event.preventDefault();
    roleKey(name.slice("role_".length), event.shiftKey);
    return;
  }
  const withShift = event.shiftKey && event.key.toLowerCase() !== event.key.toUpperCase();
  if (withShift || (pieces.openForm() && !["missed", "find", "help", "cursor"].includes(name))) return;
  event.preventDefault();
  if (actions[name]) actions[name]();
  else act(name);
});

// ---- requests and answers ------------------------------------------------------------------

// The address of the form that was saved, until its answer is in the page.
let saved = null;

// Whoever comes back to the page sees at once what others did meanwhile.
window.addEventListener("focus", () => pulse && htmx.trigger(pulse, "now"));

const onItsWay = () => desk.querySelector("li.sending");

window.addEventListener("beforeunload", (event) => {
  if (onItsWay() || (pieces.isChanged() && openCard())) event.preventDefault();
});

// Finishing waits for the decisions that are still on their way.
let leaving = null;
desk.addEventListener("submit", (event) => {
  if (!event.target.closest(".finish") || !onItsWay()) return;
  event.preventDefault();
  leaving = event.target;
});
function leaveWhenDone() {
  if (!leaving || onItsWay()) return;
  leaving.requestSubmit();
  leaving = null;
}
window.addEventListener("pagehide", () => {
  if (pulse) navigator.sendBeacon(pulse.dataset.leave, new FormData(pulse));
});

document.body.addEventListener("htmx:afterRequest", (event) => {
  event.detail.elt.closest?.("li.card")?.classList.remove("sending");
});

document.body.addEventListener("htmx:beforeOnLoad", (event) => {
  const { xhr, pathInfo } = event.detail;
  if (isDecision(event)) saved = xhr.status >= 200 && xhr.status < 300 ? pathInfo.requestPath : null;
});

let refocus = false;
function rememberFocus(event) {
  if (event.detail.target?.contains(document.activeElement)) refocus = true;
}

document.body.addEventListener("htmx:beforeSwap", (event) => {
  rememberFocus(event);
  if (event.detail.requestConfig?.elt !== pulse) return;
  // A card that somebody else added has no place yet.
  for (const [, id] of event.detail.serverResponse.matchAll(/<li id="(card-\d+)"/g)) {
    if (!document.getElementById(id)) cards.insertAdjacentHTML("beforeend", `<li id="${id}" hidden></li>`);
  }
});

document.body.addEventListener("htmx:oobBeforeSwap", (event) => {
  rememberFocus(event);
  // What somebody is working on stays: saving it merges, or shows both versions.
  if (event.detail.target.matches?.("li.editing")) event.detail.shouldSwap = false;
});

/** Cards that came in last go to their place in reading order. */
function putInOrder() {
  const place = (card) => [Number(card.dataset.start), Number(card.dataset.id)];
  const isBehind = (a, b) => a[0] > b[0] || (a[0] === b[0] && a[1] > b[1]);
  const all = cards.querySelectorAll("li.card[data-start]");
  const byId = new Map([...all].map((card) => [card.id, card]));
  // An addition that was sent twice is answered twice.
  for (const card of all) if (byId.get(card.id) !== card) card.remove();
  const list = [...byId.values()];
  if (list.length) cards.querySelector("li.empty")?.remove();
  list.forEach((card, index) => {
    if (!index || !isBehind(place(list[index - 1]), place(card))) return;
    list.find((other) => isBehind(place(other), place(card))).before(card);
  });
}

document.body.addEventListener("htmx:afterSettle", (event) => {
  setUpForm();
  countMissed();
  putInOrder();
  const { elt } = event.detail;
  const form = openCard() ?? openRest();
  const active = document.activeElement;
  if (form && form === elt && (active === form || !form.contains(active))) {
    if (form.matches("li")) markCurrent(form);
    (form.querySelector("textarea, input[type=number]") ?? form).focus({ preventScroll: true });
    form.scrollIntoView({ block: "nearest" });
  } else {
    // Fresh marks do not know yet which card is the current one.
    markCurrent(current());
    if (refocus && document.activeElement === document.body) current()?.focus({ preventScroll: true });
  }
  refocus = false;
  goOn();
  // What was not done calls the person back.
  if (elt.querySelector?.(":scope > .conflict, :scope > .notice.error")) select(elt);
  leaveWhenDone();
  if (!begun && elt.closest?.("#cards") && !openCard()) begin();
  const asked = waiting.get(elt.dataset?.id);
  if (asked) {
    waiting.delete(elt.dataset.id);
    elt.querySelector(`[data-do="${asked}"]`)?.click();
  }
});

/** After a correction to the next open card, after an addition to the new one. */
function goOn() {
  if (!saved || openCard()) return;
  if (saved.endsWith("/add/")) {
    // The card with the largest id is the new one.
    select(allCards().sort((a, b) => Number(a.dataset.id) - Number(b.dataset.id)).at(-1));
  }
  const card = document.getElementById(`card-${/annotations\/(\d+)\/(edit|flag)/.exec(saved)?.[1]}`);
  if (card) select(saved.endsWith("/edit/") ? (nextOpen(card) ?? card) : card);
  saved = null;
}

// Undo and redo bring the person back to what they changed.
document.body.addEventListener("shown", (event) => select(document.getElementById(`card-${event.detail.id}`)));

/** Begin at the card that the address names, else at the first open one, once it is there. */
function begin() {
  const named = /^#card-\d+$/.test(location.hash) && document.querySelector(`${location.hash}.card`);
  const open = cards.querySelector("li.proposed");
  const waits = cards.querySelector("li.more") && !named && (!open || location.hash);
  markCurrent(named || open || allCards()[0]);
  if (named) named.scrollIntoView({ block: "nearest" });
  begun = !waits;
}
let begun = false;
for (const doing of ["keydown", "pointerdown"]) document.addEventListener(doing, () => { begun = true; });

setUpForm();
countMissed();
if (!openCard()) begin();
