// The review desk: what the keys and the mouse do, and what follows on an answer. Everything it does
// can also be done without it, with the same forms and links.

import { closeOnBack } from "./back.js";
import * as cards from "./cards.js";
import * as cursor from "./cursor.js";
import { toggle } from "./dim.js";
import * as keys from "./keys.js";
import * as missed from "./missed.js";
import * as openers from "./openers.js";
import { decide, isStuck, pending, whenAnswered, whenKept, withdraw } from "./outbox.js";
import { wayOn } from "./parts.js";
import * as pieces from "./pieces.js";
import { remember } from "./pulse.js";
import * as search from "./search.js";
import { tell } from "./tell.js";
import { selectedOffsets, text } from "./text.js";

const { desk } = cards;
const list = cards.cards;
const help = document.getElementById("help");
const rolebar = document.getElementById("rolebar");
const saved = document.getElementById("saved");

/** Say something where the page says what was saved, and to screen readers. */
function say(words) {
  if (saved) saved.textContent = words;
  else tell(words);
}

function setUp() {
  for (const control of document.querySelectorAll(".js")) control.classList.add("on");
  pieces.show(cards.opened());
  for (const place of desk.querySelectorAll(
    ".toolbar, .finish, #missed, #progress, .rolebar, form.spans",
  ))
    keys.showOn(place);
  keys.showOn(rolebar);
  keys.showOn(document.getElementById("progress"));
}

// ---- mouse ---------------------------------------------------------------------------------

function roleKey(role, addPiece) {
  if (pieces.openForm()) pieces.roleKey(role, addPiece);
  // Words first, form after: the selection begins a new attribution.
  else if (pieces.begin(role)) openers.add();
}

// A click must not take the selection away before it is used.
for (const place of [list, rolebar]) {
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

/** What a link of the card or the toolbar opens at once, instead of a page of its own. */
const OPENERS = { edit: openers.edit, add: openers.add, flag: openers.flag, name: openers.name };

desk.addEventListener(
  "click",
  (event) => {
    const button = event.target.closest(".edges button");
    if (button) {
      const fieldset = button.closest("fieldset");
      if ("use" in button.dataset) pieces.giveRole(fieldset.dataset.role, event.shiftKey);
      else pieces.moveEdge(fieldset, button.dataset.edge, Number(button.dataset.step));
      return;
    }
    const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey;
    const cancel = event.target.closest("[data-remove]");
    if (cancel && plain) {
      event.preventDefault();
      const item = cancel.closest(".opened, section, li");
      withdraw(item.querySelector("form"));
      const card = openers.close(item);
      setUp();
      cards.select(card ?? cards.current() ?? cards.all()[0]);
      return;
    }
    const does = event.target.closest("button[type=button][data-do], a[data-do]");
    const action = does?.dataset.do;
    if (plain && does && (action in actions || action in OPENERS)) {
      const card = does.closest("li.card");
      if (action === "edit" && !openers.isReady(card)) say(desk.dataset.onItsWay);
      else if (action in OPENERS && !OPENERS[action](card)) return;
      event.preventDefault();
      actions[action]?.();
      return;
    }
    const card = event.target.closest("li.card:not(.editing)");
    if (card && !event.target.closest("a, button, input, select")) cards.mark(card);
  },
  { capture: true },
);

text.addEventListener("click", (event) => {
  const mark = event.target.closest("mark");
  if (mark && document.getSelection().isCollapsed && !cards.opened()) {
    const [id] = mark.dataset.a.split(" ");
    const card = cards.byId(id);
    if (card) cards.select(card);
    else if (text.dataset.elsewhere && !pending().length)
      window.location.assign(text.dataset.elsewhere.replace("0", id));
  }
});

document.getElementById("find").addEventListener("closed", () => cards.select(cards.current()));

document.addEventListener("selectionchange", () => {
  if (rolebar) rolebar.hidden = !selectedOffsets();
});

// ---- actions -------------------------------------------------------------------------------

/** What makes pressing the same key on a card twice one decision. */
const ONCE = ["approve", "reject", "approve_named", "source", "same"];
const MOVES_ON = ["approve", "reject", "approve_named"];

/** Press what does the action: on the current card, or for the whole article. Whether it was there. */
function press(name) {
  const card = cards.current() ?? cards.all()[0];
  if (card && ONCE.includes(name) && pending(card.dataset.id).some((each) => each.name === name)) {
    say(desk.dataset.onItsWay);
    return true;
  }
  const onCard = card?.querySelector(`[data-do="${name}"]`);
  // The focus follows the key, so that it stays on the card when that is swapped.
  if (onCard) card.focus({ preventScroll: true });
  const controls = [...desk.querySelectorAll(`[data-do="${name}"]`)];
  const control = onCard ?? controls.find((each) => !each.closest("li.card"));
  control?.click();
  return Boolean(control);
}

/** The same source as the nearest card before has. */
function nameAsBefore() {
  const card = cards.current();
  const before = card && cards.nameBefore(card);
  const form = card?.querySelector("form");
  const path = card && cards.addressOf(card, "name");
  if (!before || !form || !path) return false;
  if (pending(card.dataset.id).some((each) => each.name === "same")) return true;
  decide(form, { path, name: "same", label: before.name, card: card.dataset.id, values: before });
  say(before.name);
  return true;
}

/** Set the quote type in the form that is open, or in one that is opened for it. */
function quoteType(value) {
  const card = cards.current();
  if (!pieces.openForm() && !(card && openers.edit(card))) return false;
  const form = pieces.openForm();
  form.elements.quote_type.value = value;
  form.elements.quote_type.dispatchEvent(new Event("input", { bubbles: true }));
  tell(form.elements.quote_type.selectedOptions[0].textContent);
  return true;
}

const actions = {
  next: () => cards.step(1),
  previous: () => cards.step(-1),
  skip: () => cards.select(cards.nextOpen(cards.current())),
  missed: missed.walk,
  nothing: missed.clear,
  find: search.open,
  dim: toggle,
  help: () => help?.showModal(),
  cursor: () => cursor.put(startOfWork()),
  same: nameAsBefore,
  type_direct: () => quoteType("direct"),
  type_indirect: () => quoteType("indirect"),
  type_mixed: () => quoteType("mixed"),
};

/** Where the cursor begins: at the missed sentence, else at the current card's words. */
function startOfWork() {
  const mark = missed.start() ?? text.querySelector("mark.current")?.dataset.s ?? 0;
  return [Number(mark), Number(mark) + 1];
}

help?.addEventListener("click", (event) => {
  if (event.target.closest("[data-close]")) help.close();
});

// ---- keys ----------------------------------------------------------------------------------

/** What only a key held down may do again and again. */
const MAY_REPEAT = ["next", "previous"];
/** What must be answered before the next key can mean anything. */
const AWAITED = ["undo", "redo", "finish", "next_article"];
const FORM_KEYS = [
  "missed",
  "find",
  "dim",
  "help",
  "cursor",
  "type_direct",
  "type_indirect",
  "type_mixed",
];

// While `waits` holds, keys are kept in their order; then they count as pressed.
let waits = null;
const heard = [];

const keyOf = ({ key, code, shiftKey, ctrlKey, metaKey, altKey }) => ({
  key,
  code,
  shiftKey,
  ctrlKey,
  metaKey,
  altKey,
  repeat: false,
  preventDefault() {},
});

function replay() {
  if (waits?.()) return;
  waits = null;
  document.body.classList.remove("waiting");
  while (heard.length && !waits) {
    const event = heard.shift();
    const field = document.activeElement?.closest("textarea, input:not([type=hidden])");
    if (field && event.key.length === 1 && !event.ctrlKey && !event.metaKey) {
      field.setRangeText(event.key, field.selectionStart, field.selectionEnd, "end");
      field.dispatchEvent(new Event("input", { bubbles: true }));
    } else handle({ ...event, target: document.activeElement });
  }
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || help?.open) return;
  const typing = event.target.closest("input:not([type=hidden]), textarea, select");
  if (waits && !typing && !["Shift", "Control", "Alt", "Meta", "Tab"].includes(event.key)) {
    event.preventDefault();
    if (!event.repeat) heard.push(keyOf(event));
    document.body.classList.add("waiting");
    say(desk.dataset.waits);
    return;
  }
  handle(event);
});

function handle(event) {
  const opened = cards.opened();
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
      if (!event.repeat) save(opened);
    }
    return;
  }
  if (typing || event.altKey) return;
  if ((pieces.openForm() || selectedOffsets()) && pieces.keyInText(event, startOfWork()[0])) {
    event.preventDefault();
    return;
  }
  if (event.ctrlKey || event.metaKey) return;
  const name = keys.actionOf(event);
  if (!name) return;
  if (event.repeat && !MAY_REPEAT.includes(name)) {
    event.preventDefault();
    return;
  }
  if (name.startsWith("role_")) {
    event.preventDefault();
    roleKey(name.slice("role_".length), event.shiftKey);
    return;
  }
  const withShift = event.shiftKey && event.key.toLowerCase() !== event.key.toUpperCase();
  if (withShift || (pieces.openForm() && !FORM_KEYS.includes(name))) return;
  event.preventDefault();
  act(name, event);
}

function act(name, event) {
  const card = cards.current();
  const opens = ["edit", "flag", "name", "history"].includes(name) || name.startsWith("type_");
  if (opens && card && !openers.isReady(card)) {
    // The form has to show what the decisions that are on their way leave.
    say(desk.dataset.onItsWay);
    if (isStuck()) return;
    heard.unshift(keyOf(event));
    waits = () => !isStuck() && pending(card.dataset.id).length > 0;
    return;
  }
  const way = wayOn(name);
  if (way) {
    // Leaving the page waits for the decisions that are still on their way.
    if (!pending().length) way.click();
    else say(desk.dataset.onItsWay);
    return;
  }
  let done;
  if (name in OPENERS && (name === "add" || card)) done = OPENERS[name](card);
  if (!done) done = name in actions ? (actions[name]() ?? true) : press(name);
  if (!done) say(desk.dataset.nothing);
  if (done && AWAITED.includes(name) && pending().length)
    waits = () => pending().some((each) => each.name === name);
}

/** Enter: what the form or the list that is open is there for. */
function save(opened) {
  const above = opened.querySelector("[name=above]:not([type=hidden])");
  // The list is not the one of this number: first it is shown.
  if (above && above.value !== opened.dataset.above) above.form.requestSubmit();
  else opened.querySelector("[data-save]")?.click();
}

// ---- what was sent, and its answer ---------------------------------------------------------

document.body.addEventListener("sent", ({ detail: { entry, form, card } }) => {
  const item = form.closest(".opened, #card-new");
  if (item) {
    entry.item = item;
    const behind = openers.close(item);
    setUp();
    // The next key is about the card that comes of it.
    if (!behind) waits = () => !isStuck() && pending().includes(entry);
    cards.select(
      (form.matches(".spans") && behind && cards.nextOpen(behind)) || behind || cards.current(),
    );
    return;
  }
  // On to the next one at once; the answer comes in its own time.
  if (card && MOVES_ON.includes(entry.name)) cards.select(cards.nextOpen(card) ?? card);
});

// What somebody typed is seen for as long as it is not saved.
whenKept((entry) => {
  if (entry.item && !cards.opened()) openers.reopen(entry.item, entry.card);
});

whenAnswered((entry, taken) => {
  if (entry.item?.isConnected) openers.close(entry.item);
  if (entry.name === "finish" && !entry.leads) {
    // Whoever goes on despite of what the page says must have seen it.
    for (const each of heard.filter((event) => keys.actionOf(event) === "finish"))
      heard.splice(heard.indexOf(each), 1);
  }
  for (const [id, version] of entry.versions ?? []) {
    remember(id, version);
    // A form that was opened meanwhile is about what the person's own decision left.
    const field = document.querySelector(`#card-${id} > .opened [name=version]`);
    if (field) field.value = version;
  }
  if (entry.shown) cards.select(cards.byId(entry.shown));
  if (taken && entry.path.endsWith("/add/")) {
    // The card with the largest id is the new one.
    cards.select(
      cards
        .all()
        .sort((a, b) => Number(a.dataset.id) - Number(b.dataset.id))
        .at(-1),
    );
  }
  if (!taken && entry.card && !cards.opened()) cards.select(cards.byId(entry.card));
  if (!entry.leads) replay();
  leaveWhenDone(taken);
});

window.addEventListener("beforeunload", (event) => {
  if (pieces.isChanged() && cards.opened()) event.preventDefault();
});

// Leaving for the next article waits for the decisions that are still on their way.
let leaving = null;
desk.addEventListener("submit", (event) => {
  if (!event.target.closest(".finish") || event.target.hasAttribute("hx-post") || !pending().length)
    return;
  event.preventDefault();
  leaving = event.target;
});
function leaveWhenDone(taken) {
  if (!taken) leaving = null;
  if (!leaving || pending().length) return;
  leaving.requestSubmit();
  leaving = null;
}

window.addEventListener("pagehide", () => {
  if (heard.length) sessionStorage.setItem("unheard", heard.map((event) => event.key).join(" "));
});

let refocus = false;
function rememberFocus(event) {
  if (event.detail.target?.contains(document.activeElement)) refocus = true;
}

document.body.addEventListener("htmx:beforeSwap", rememberFocus);

document.body.addEventListener("htmx:oobBeforeSwap", (event) => {
  rememberFocus(event);
  // What somebody is working on stays: saving it merges, or shows both versions.
  if (event.detail.target.matches?.("li.editing")) event.detail.shouldSwap = false;
});

function settled(event) {
  setUp();
  missed.count();
  cards.putInOrder();
  const { elt } = event.detail;
  const form = cards.opened();
  const active = document.activeElement;
  const opensNow = form && (form === elt || (elt.id === "opened" && elt.contains(form)));
  if (opensNow && (active === form || !form.contains(active))) {
    if (form.matches("li")) cards.mark(form);
    (form.querySelector("textarea, input[type=number]") ?? form).focus({ preventScroll: true });
    form.scrollIntoView({ block: "nearest" });
  } else {
    // Fresh marks do not know yet which card is the current one.
    cards.mark(cards.current());
    if (refocus && document.activeElement === document.body)
      cards.current()?.focus({ preventScroll: true });
  }
  refocus = false;
  // What was not done calls the person back.
  if (elt.querySelector?.(":scope > .conflict, :scope > .notice.error") && !cards.opened())
    cards.select(elt);
  if (!begun && elt.closest?.("#cards") && !cards.opened()) begin();
}

document.body.addEventListener("htmx:afterSettle", settled);

list.addEventListener("opened", ({ target: item }) => {
  setUp();
  const card = item.closest("li");
  if (card.dataset.id) cards.mark(card);
  (item.querySelector("textarea, [name=name]") ?? card).focus({ preventScroll: true });
  item.scrollIntoView({ block: "nearest" });
});

closeOnBack(() => say(desk.dataset.unsaved));

/** Begin at the card that the address names, else at the first open one, once it is there. */
function begin() {
  const named =
    /^#card-\d+$/.test(location.hash) && document.querySelector(`${location.hash}.card`);
  const open = list.querySelector("li.proposed");
  const waitsForMore = list.querySelector("li.more") && !named && (!open || location.hash);
  cards.mark(named || open || cards.all()[0]);
  if (named) named.scrollIntoView({ block: "nearest" });
  begun = !waitsForMore;
}
let begun = false;
for (const doing of ["keydown", "pointerdown"])
  document.addEventListener(doing, () => {
    begun = true;
  });

setUp();
missed.count();
if (!cards.opened()) begin();
