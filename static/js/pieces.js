// The pieces of a correction: what its fields say is shown in the article, and what is selected there
// gets a role. Keys and mouse change pieces word by word.

import * as cursor from "./cursor.js";
import { parsed, withEdgeMoved, written } from "./offsets.js";
import { tell } from "./tell.js";
import { article, rangeOf, selectedOffsets, snapped, text, words } from "./text.js";

const cards = document.getElementById("cards");
export const openForm = () => cards.querySelector("form.spans");

let dirty = false;
export const isChanged = () => dirty;

// The piece of a role that the keys grow and shrink, as {role, index}.
let bound = null;
// The stretch that was given a role or taken hold of last: while it is selected, a role's key takes
// hold of the role's piece; anything else that is selected gets the role.
let consumed = null;
let exact = false;
let waitingRole = null;

const fieldsetOf = (role) => openForm()?.querySelector(`[data-role="${role}"]`);
const inputOf = (role) => fieldsetOf(role)?.querySelector("input");

const readPieces = (input) => parsed(input.value);

function writePieces(input, pieces) {
  input.value = written(pieces);
  dirty = true;
  showPieces(input.closest("fieldset"));
}

/** Show the words of a role, in the form and in the article. */
function showPieces(fieldset) {
  const pieces = readPieces(fieldset.querySelector("input")).sort((a, b) => a[0] - b[0]);
  const shown = pieces.map((piece) => words(...piece));
  fieldset.querySelector("output").textContent = shown.join(" […] ");
  // What is sent is what was shown: the server takes a piece only if these are its words.
  const field = fieldset.closest("form").elements.words;
  field.value = JSON.stringify({
    ...JSON.parse(field.value || "{}"),
    [fieldset.dataset.role]: shown,
  });
  if (!CSS.highlights) return;
  const ranges = pieces
    .filter(([start, end]) => start < end)
    .map((piece) => rangeOf(...piece))
    .filter(Boolean);
  CSS.highlights.set(`draft-${fieldset.dataset.role}`, new Highlight(...ranges));
}

/** The selection gets the role, in place of its pieces or beside them. */
export function giveRole(role, addPiece, offsets = selectedOffsets()) {
  const input = inputOf(role);
  if (!offsets || !input) return;
  const piece = exact ? offsets : snapped(offsets);
  const pieces = addPiece ? [...readPieces(input), piece] : [piece];
  writePieces(input, pieces);
  bound = { role, index: readPieces(input).findIndex(([start]) => start === piece[0]) };
  consumed = selectedOffsets();
  tell(`${fieldsetOf(role).querySelector("legend").textContent}: ${words(...piece)}`);
}

/** Select the role's piece, the next one if one is selected already, so that the keys change it. */
function grab(role) {
  const pieces = readPieces(inputOf(role));
  if (!pieces.length) return;
  const index = bound?.role === role ? (bound.index + 1) % pieces.length : 0;
  bound = { role, index };
  cursor.put(pieces[index]);
  consumed = selectedOffsets();
  tell(`${fieldsetOf(role).querySelector("legend").textContent}: ${words(...pieces[index])}`);
}

/** Begin a new attribution with the selection, if there is one: the form gets it when it opens. */
export function begin(role) {
  const offsets = selectedOffsets();
  if (offsets) waitingRole = [role, exact ? offsets : snapped(offsets)];
  return offsets !== null;
}

/** A role's key: the selection gets the role, or the role's piece is taken hold of. */
export function roleKey(role, addPiece) {
  if (selectedOffsets() && String(selectedOffsets()) !== String(consumed)) giveRole(role, addPiece);
  else grab(role);
}

/** Whatever is selected counts as selected anew. */
export function letGo() {
  consumed = null;
}

function updateBound() {
  const input = inputOf(bound.role);
  const pieces = readPieces(input);
  pieces[bound.index] = cursor.offsets();
  writePieces(input, pieces);
  consumed = selectedOffsets();
}

function removeBound() {
  const input = inputOf(bound.role);
  const pieces = readPieces(input);
  pieces.splice(bound.index, 1);
  writePieces(input, pieces);
  bound = null;
  document.getSelection().removeAllRanges();
}

/** Move the start of a role's first piece, or the end of its last, by one word. */
export function moveEdge(fieldset, edge, step) {
  const input = fieldset.querySelector("input");
  const pieces = readPieces(input);
  if (!pieces.length) return;
  const index = edge === "start" ? 0 : pieces.length - 1;
  const moved = withEdgeMoved(article(), pieces[index], edge, step);
  if (!moved) return;
  pieces[index] = moved;
  writePieces(input, pieces);
}

/** Show the pieces of the form that is open, if one is; `opened` is whether anything is. */
export function show(opened) {
  for (const role of ["source", "cue", "content"]) CSS.highlights?.delete(`draft-${role}`);
  const form = openForm();
  if (!form) {
    if (!opened) dirty = false;
    bound = null;
    return;
  }
  for (const fieldset of form.querySelectorAll("fieldset[data-role]")) showPieces(fieldset);
  if (waitingRole) {
    const [role, offsets] = waitingRole;
    waitingRole = null;
    exact = true;
    giveRole(role, false, offsets);
    exact = false;
  }
}

cards.addEventListener("input", (event) => {
  const fieldset = event.target.closest("fieldset[data-role]");
  if (event.target.closest(".editing form")) dirty = true;
  if (fieldset) showPieces(fieldset);
});

text.addEventListener("mouseup", (event) => {
  // The browser settles the selection after the event.
  setTimeout(() => {
    const offsets = selectedOffsets();
    if (!offsets) return;
    exact = event.altKey;
    bound = null;
    if (!exact) cursor.put(offsets);
  });
});

/** Keys that move the cursor, from `start` at first, or change the piece it is at; whether it was one. */
export function keyInText(event, start) {
  const onControl = event.target.closest("button, a, summary");
  if (event.key === " " && !onControl && selectedOffsets()) {
    cursor.swapEnds();
    return true;
  }
  if (["Delete", "Backspace"].includes(event.key) && bound && openForm()) {
    removeBound();
    return true;
  }
  if (!cursor.move(event, start)) return false;
  exact = false;
  if (bound && event.shiftKey && openForm()) updateBound();
  else bound = null;
  tell(words(...cursor.offsets()));
  return true;
}
