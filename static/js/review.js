// The review desk: keys, selection to offsets, focus after a swap. Everything it does can also be
// done without it, with the same forms and links.
//
// Offsets in the page are Unicode code points of the article's text, as on the server. JavaScript
// counts UTF-16 units, so every length is taken from the code points of a string.

const text = document.getElementById("text");
const cards = document.getElementById("cards");
const codePoints = (string) => Array.from(string).length;

// ---- the article as code points ------------------------------------------------------------

/** The code points of the article; line breaks between paragraphs stand as "\n". */
let characters = null;
function article() {
  if (!characters) {
    characters = [];
    for (const segment of text.querySelectorAll("[data-s]")) {
      const start = Number(segment.dataset.s);
      while (characters.length < start) characters.push("\n");
      characters.push(...Array.from(segment.textContent));
    }
  }
  return characters;
}

/** The offset of a place in the DOM, or null outside the article's text. */
function offsetOf(node, units) {
  if (node.nodeType !== Node.TEXT_NODE) {
    // Between nodes: the start of what follows, or the end of what comes before.
    const next = node.childNodes[units];
    const segment = next?.closest?.("[data-s]") ?? next?.querySelector?.("[data-s]");
    if (segment && text.contains(segment)) return Number(segment.dataset.s);
    const inside = node.closest?.("#text") ? [...node.querySelectorAll("[data-s]")] : [];
    const last = node.matches?.("[data-s]") ? node : inside.at(-1);
    return last ? Number(last.dataset.s) + (units ? codePoints(last.textContent) : 0) : null;
  }
  const segment = node.parentElement?.closest("[data-s]");
  if (!segment || !text.contains(segment)) return null;
  return Number(segment.dataset.s) + codePoints(node.data.slice(0, units));
}

/** The selected stretch of the article without white space at its edges, or null. */
function selectedOffsets() {
  const selection = document.getSelection();
  if (!selection.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  let start = offsetOf(range.startContainer, range.startOffset);
  let end = offsetOf(range.endContainer, range.endOffset);
  if (start === null || end === null) return null;
  const all = article();
  while (start < end && /\s/u.test(all[start])) start += 1;
  while (start < end && /\s/u.test(all[end - 1])) end -= 1;
  return start < end ? [start, end] : null;
}

// ---- the form of a correction --------------------------------------------------------------

const openForm = () => document.querySelector("form.spans");
let dirty = false;

const readPieces = (input) =>
  [...input.value.matchAll(/(\d+)\s*[-–]\s*(\d+)/g)].map((match) => [Number(match[1]), Number(match[2])]);

function writePieces(input, pieces) {
  pieces.sort((a, b) => a[0] - b[0]);
  input.value = pieces.map((piece) => piece.join("-")).join(", ");
  dirty = true;
  showPieces(input.closest("fieldset"));
}

/** Show the words of a role, in the form and in the article. */
function showPieces(fieldset) {
  const pieces = readPieces(fieldset.querySelector("input"));
  fieldset.querySelector("output").textContent = pieces
    .map(([start, end]) => article().slice(start, end).join(""))
    .join(" […] ");
  if (!CSS.highlights) return;
  const ranges = pieces.map(([start, end]) => rangeOf(start, end)).filter(Boolean);
  CSS.highlights.set(`draft-${fieldset.dataset.role}`, new Highlight(...ranges));
}

/** The DOM range of a stretch of the article. */
function rangeOf(start, end) {
  const place = (offset, atEnd) => {
    for (const segment of text.querySelectorAll("[data-s]")) {
      const first = Number(segment.dataset.s);
      const points = Array.from(segment.textContent);
      const inside = offset - first;
      if (inside < 0 || inside > points.length || (inside === points.length && !atEnd)) continue;
      return [segment.firstChild, points.slice(0, inside).join("").length];
    }
    return null;
  };
  const from = place(start, false);
  const to = place(end, true);
  if (!from || !to) return null;
  const range = document.createRange();
  range.setStart(...from);
  range.setEnd(...to);
  return range;
}

function useSelection(role, addPiece) {
  const offsets = selectedOffsets();
  const input = openForm()?.querySelector(`[data-role="${role}"] input`);
  if (!offsets || !input) return;
  writePieces(input, addPiece ? [...readPieces(input), offsets] : [offsets]);
}

/** Move the start of a role's first piece, or the end of its last, by one word. */
function moveEdge(fieldset, edge, step) {
  const input = fieldset.querySelector("input");
  const pieces = readPieces(input);
  if (!pieces.length) return;
  const all = article();
  const wordAt = (index) => index >= 0 && index < all.length && !/\s/u.test(all[index]);
  const isEdge = edge === "start"
    ? (index) => wordAt(index) && !wordAt(index - 1)
    : (index) => wordAt(index - 1) && !wordAt(index);
  const piece = edge === "start" ? pieces[0] : pieces.at(-1);
  const side = edge === "start" ? 0 : 1;
  let index = piece[side] + step;
  while (index > 0 && index < all.length && !isEdge(index)) index += step;
  const moved = [...piece];
  moved[side] = Math.min(Math.max(index, 0), all.length);
  if (moved[0] >= moved[1]) return;
  piece[side] = moved[side];
  writePieces(input, pieces);
}

function setUpForm() {
  const form = openForm();
  CSS.highlights?.clear();
  if (!form) {
    dirty = false;
    return;
  }
  for (const fieldset of form.querySelectorAll("fieldset[data-role]")) {
    for (const control of fieldset.querySelectorAll(".js")) control.classList.add("on");
    showPieces(fieldset);
  }
}

// A click must not take the selection away before it is used.
cards.addEventListener("mousedown", (event) => {
  if (event.target.closest(".edges button")) event.preventDefault();
});

cards.addEventListener("click", (event) => {
  const button = event.target.closest(".edges button");
  if (button) {
    const fieldset = button.closest("fieldset");
    if ("use" in button.dataset) useSelection(fieldset.dataset.role, event.shiftKey);
    else moveEdge(fieldset, button.dataset.edge, Number(button.dataset.step));
  }
  const cancel = event.target.closest("[data-remove]");
  if (cancel) {
    event.preventDefault();
    cancel.closest("li").remove();
    setUpForm();
    select(current() ?? allCards()[0]);
  }
  const card = event.target.closest("li.card");
  if (card && !card.classList.contains("editing")) markCurrent(card);
});

cards.addEventListener("input", (event) => {
  const fieldset = event.target.closest("fieldset[data-role]");
  if (event.target.closest("form.spans")) dirty = true;
  if (fieldset) showPieces(fieldset);
});

window.addEventListener("beforeunload", (event) => {
  if (dirty && openForm()) event.preventDefault();
});

// ---- the current card ----------------------------------------------------------------------

let currentId = null;
const allCards = () => [...cards.querySelectorAll("li.card")];
const current = () => currentId && document.getElementById(`card-${currentId}`);

function markCurrent(card) {
  currentId = card?.dataset.id ?? null;
  for (const other of allCards()) other.classList.toggle("current", other === card);
  for (const mark of text.querySelectorAll("mark")) {
    mark.classList.toggle("current", mark.dataset.a.split(" ").includes(currentId));
  }
}

function select(card) {
  if (!card) return;
  markCurrent(card);
  card.focus({ preventScroll: true });
  card.scrollIntoView({ block: "nearest" });
  text.querySelector("mark.current")?.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const list = allCards();
  const index = list.indexOf(current());
  select(list[index < 0 ? 0 : Math.min(Math.max(index + by, 0), list.length - 1)]);
}

const nextProposed = (card) => {
  const list = allCards();
  const index = list.indexOf(card);
  return [...list.slice(index + 1), ...list.slice(0, index)].find((c) => c.classList.contains("proposed"));
};

text.addEventListener("click", (event) => {
  const mark = event.target.closest("mark");
  if (mark && document.getSelection().isCollapsed && !openForm()) {
    select(document.getElementById(`card-${mark.dataset.a.split(" ")[0]}`));
  }
});

// ---- keys ----------------------------------------------------------------------------------

const roles = { s: "source", c: "cue", v: "content" };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const form = openForm();
  if (event.key === "Escape" && form) {
    form.querySelector("[data-cancel]").click();
    return;
  }
  if (event.target.closest("input:not([type=hidden]), textarea, select")) return;
  const key = event.key.toLowerCase();
  if (form && roles[key]) {
    event.preventDefault();
    useSelection(roles[key], event.shiftKey);
    return;
  }
  if (form || event.shiftKey) return;
  if (key === "j" || key === "k") {
    event.preventDefault();
    step(key === "j" ? 1 : -1);
  } else if (key === "n" || key === "f") {
    event.preventDefault();
    document.querySelector(`[data-key="${key}"]`)?.click();
  } else if ("arue".includes(key)) {
    event.preventDefault();
    const card = current() ?? allCards()[0];
    card?.querySelector(`[data-key="${key}"]:not(:disabled)`)?.click();
  }
});

// ---- answers of the server -----------------------------------------------------------------

const notices = ["connection", "signed-out", "gone"].map((id) => document.getElementById(id));

document.body.addEventListener("htmx:afterSettle", () => {
  setUpForm();
  const card = openForm()?.closest("li");
  // Fresh marks do not know yet which card is the current one.
  markCurrent(card ?? current());
  if (card && !card.contains(document.activeElement)) {
    card.focus({ preventScroll: true });
    card.scrollIntoView({ block: "nearest" });
  }
});

document.body.addEventListener("htmx:afterRequest", (event) => {
  const { xhr, pathInfo } = event.detail;
  const answered = xhr.status >= 200 && xhr.status < 300;
  if (answered) {
    for (const notice of notices) notice.hidden = true;
  }
  const match = /annotations\/(\d+)\/(approve|reject|undo|edit)?/.exec(pathInfo.requestPath);
  if (!answered || openForm()) return;
  if (!match) {
    // An attribution was added: its card is the one with the largest id.
    select(allCards().sort((a, b) => Number(a.dataset.id) - Number(b.dataset.id)).at(-1));
    return;
  }
  const card = document.getElementById(`card-${match[1]}`);
  const decided = event.detail.requestConfig.verb === "post" && match[2] !== "undo";
  select((decided && card && nextProposed(card)) || card);
});

function notSaved(id) {
  for (const notice of notices) notice.hidden = notice.id !== id;
}

document.body.addEventListener("htmx:sendError", () => notSaved("connection"));
document.body.addEventListener("htmx:responseError", (event) => {
  const { status } = event.detail.xhr;
  notSaved(status === 401 ? "signed-out" : status < 500 ? "gone" : "connection");
});

// Signing in again changes the token against forged requests; the page's forms have the old one.
document.body.addEventListener("htmx:configRequest", (event) => {
  const token = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1];
  if (token && event.detail.verb === "post") event.detail.parameters.csrfmiddlewaretoken = token;
});

setUpForm();
if (!openForm()) {
  const named = location.hash && document.querySelector(`${location.hash}.card`);
  markCurrent(named || cards.querySelector("li.proposed") || allCards()[0]);
}
