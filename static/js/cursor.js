// The cursor in the article: a selection of whole words that the keyboard moves, grows and shrinks.

import {
  article,
  selectedOffsets,
  selectOffsets,
  sentenceAt,
  text,
  tokenAt,
  tokens,
} from "./text.js";

// Indexes of tokens: the selection reaches from one to the other, the head moves.
let anchor = 0;
let head = 0;

const isSpace = (offset) =>
  offset < 0 || offset >= article().length || /\s/u.test(article()[offset]);
const beginsWord = (index) => isSpace(tokens()[index][0] - 1);
const endsWord = (index) => isSpace(tokens()[index][1]);
const inText = (index) => Math.min(Math.max(index, 0), tokens().length - 1);

export function offsets() {
  const [first, last] = [Math.min(anchor, head), Math.max(anchor, head)];
  return [tokens()[first][0], tokens()[last][1]];
}

/** Begin anew with the words of a stretch. */
export function put([start, end]) {
  anchor = tokenAt(start);
  head = Math.max(anchor, tokenAt(end - 1));
  selectOffsets(offsets());
}

/** The other end of the selection is the one that moves from now on. */
export function swapEnds() {
  [anchor, head] = [head, anchor];
}

/** Take over what the mouse selected, unless it is what the cursor selected itself. */
function follow() {
  const selected = selectedOffsets();
  if (!selected) return false;
  const [start, end] = offsets();
  if (selected[0] !== start || selected[1] !== end) {
    anchor = tokenAt(selected[0]);
    head = tokenAt(selected[1] - 1);
  }
  return true;
}

function sentenceEnd(index) {
  const [, end] = sentenceAt(tokens()[index][0]);
  let last = end >= article().length ? tokens().length - 1 : tokenAt(end) - 1;
  // The sentence's final period is not part of what is said.
  if (last > index && article()[tokens()[last][0]] === ".") last -= 1;
  return Math.max(last, index);
}

const sentenceStart = (index) => tokenAt(sentenceAt(tokens()[index][0])[0]);

function stepFrom(index, forward, byWord, extending) {
  let next = inText(index + (forward ? 1 : -1));
  if (!byWord) return next;
  const stops = forward && extending ? endsWord : beginsWord;
  while (next > 0 && next < tokens().length - 1 && !stops(next)) next += forward ? 1 : -1;
  return next;
}

function target(event, from) {
  const rightToLeft = getComputedStyle(selectionParagraph()).direction === "rtl";
  const byWord = event.ctrlKey || event.metaKey;
  switch (event.key) {
    case "ArrowRight":
    case "ArrowLeft":
      return stepFrom(from, (event.key === "ArrowRight") !== rightToLeft, byWord, event.shiftKey);
    case "ArrowDown": {
      const end = sentenceEnd(from);
      if (event.shiftKey) return from < end ? end : sentenceEnd(inText(end + 2));
      return inText(tokenAt(sentenceAt(tokens()[from][0])[1]));
    }
    case "ArrowUp": {
      const start = sentenceStart(from);
      return from > start ? start : sentenceStart(inText(start - 1));
    }
    case "Home":
      return sentenceStart(from);
    case "End":
      return sentenceEnd(from);
    default:
      return null;
  }
}

function selectionParagraph() {
  const node = document.getSelection().focusNode;
  return (
    (node?.nodeType === Node.TEXT_NODE ? node.parentElement : node)?.closest?.("#text p") ?? text
  );
}

/** Move by a key event, from `start` where nothing is selected yet. Returns whether it was a move. */
export function move(event, start) {
  if (!["ArrowRight", "ArrowLeft", "ArrowUp", "ArrowDown", "Home", "End"].includes(event.key))
    return false;
  if (event.altKey) return false;
  if (!follow()) {
    put([start, start + 1]);
    return true;
  }
  // Without Shift the cursor goes on from the edge of the selection that it moves away from.
  const forward = ["ArrowRight", "ArrowDown", "End"].includes(event.key);
  const rightToLeft = getComputedStyle(selectionParagraph()).direction === "rtl";
  const ahead =
    event.key.startsWith("Arrow") && event.key !== "ArrowDown" && rightToLeft ? !forward : forward;
  const edge = ahead ? Math.max(anchor, head) : Math.min(anchor, head);
  head = target(event, event.shiftKey ? head : edge);
  if (!event.shiftKey) anchor = head;
  selectOffsets(offsets());
  return true;
}
