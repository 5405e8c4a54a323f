// The article's text as code points, and ways between offsets and the DOM.
//
// Offsets in the page are Unicode code points of the article's text, as on the server. JavaScript
// counts UTF-16 units, so every length is taken from the code points of a string.

import * as offsets from "./offsets.js";

export const text = document.getElementById("text");

let characters = null;
let found = null;
let before = "";

// Whatever changes the text, a translation or an extension too, is what the person sees from then on.
new MutationObserver(() => {
  characters = null;
}).observe(text, { subtree: true, childList: true, characterData: true });

const first = () => Number(text.querySelector("[data-s]")?.dataset.s ?? 0);

/** The code points of the article as the page shows it; line breaks between paragraphs are "\n". */
export function article() {
  if (!characters) {
    // What the page does not show, other parts of a long article, counts as line breaks.
    characters = new Array(first()).fill("\n");
    for (const segment of text.querySelectorAll("[data-s]")) {
      const start = Number(segment.dataset.s);
      while (characters.length < start) characters.push("\n");
      characters.push(...Array.from(segment.textContent));
    }
    // Words are cut anew only where they are others.
    const now = characters.join("");
    if (now !== before) found = null;
    before = now;
  }
  return characters;
}

export const words = (start, end) => article().slice(start, end).join("");

/** Words and punctuation marks as [start, end], without the white space between them. */
export function tokens() {
  article();
  if (!found) {
    const from = first();
    const shown = article().slice(from).join("");
    const stretches = offsets.tokensOf(shown, text.lang || "en");
    found = stretches.map(([start, end]) => [start + from, end + from]);
  }
  return found;
}

/** The index of the first token that ends behind the offset. */
export const tokenAt = (offset) => offsets.tokenAt(tokens(), offset);

/** A stretch grown to whole tokens. */
export const snapped = (stretch) => offsets.snapped(tokens(), stretch);

const starts = (text.dataset.sentences || "0").split(" ").map(Number);

/** The sentence around an offset, as [start, end]. */
export const sentenceAt = (offset) => offsets.sentenceAt(starts, offset, article().length);

/** The offset of a place in the DOM, or null outside the article's text. */
function offsetOf(node, units) {
  if (node.nodeType !== Node.TEXT_NODE) {
    // Between nodes: the start of what follows, or the end of what comes before.
    const next = node.childNodes[units];
    const segment = next?.closest?.("[data-s]") ?? next?.querySelector?.("[data-s]");
    if (segment && text.contains(segment)) return Number(segment.dataset.s);
    const inside = node.closest?.("#text") ? [...node.querySelectorAll("[data-s]")] : [];
    const last = node.matches?.("[data-s]") ? node : inside.at(-1);
    return last ? Number(last.dataset.s) + (units ? offsets.length(last.textContent) : 0) : null;
  }
  const segment = node.parentElement?.closest("[data-s]");
  if (!segment || !text.contains(segment)) {
    // Line breaks of the markup between paragraphs.
    return text.contains(node) && node.nextElementSibling
      ? offsetOf(node.nextElementSibling, 0)
      : null;
  }
  return Number(segment.dataset.s) + offsets.points(node.data, units);
}

/** The selected stretch of the article without white space at its edges, or null. */
export function selectedOffsets() {
  const selection = document.getSelection();
  if (!selection.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  const start = offsetOf(range.startContainer, range.startOffset);
  const end = offsetOf(range.endContainer, range.endOffset);
  if (start === null || end === null) return null;
  return offsets.trimmed(article(), [start, end]);
}

/** The DOM range of a stretch of the article. */
export function rangeOf(start, end) {
  const segments = text.querySelectorAll("[data-s]");
  const place = (offset, atEnd) => {
    const startOf = (index) => Number(segments[index].dataset.s);
    const index = offsets.segmentAt(segments.length, startOf, offset, atEnd);
    const segment = segments[index];
    return [segment.firstChild, offsets.units(segment.textContent, offset - startOf(index))];
  };
  const last = segments[segments.length - 1];
  // A place in another part of a long article is not on this page.
  if (!last || start < first() || end > offsetOf(last, 1)) return null;
  const range = document.createRange();
  range.setStart(...place(start, false));
  range.setEnd(...place(end, true));
  return range;
}

/** The DOM ranges of stretches that stand in text order and do not overlap, in one walk. */
export function rangesOf(stretches) {
  const segments = [...text.querySelectorAll("[data-s]")];
  const startOf = (index) => Number(segments[index].dataset.s);
  let index = 0;
  let points = null;
  let [inside, units] = [0, 0];
  const place = (offset, atEnd) => {
    while (
      index + 1 < segments.length &&
      (startOf(index + 1) < offset || (!atEnd && startOf(index + 1) === offset))
    ) {
      index += 1;
      points = null;
    }
    if (!points) [points, inside, units] = [Array.from(segments[index].textContent), 0, 0];
    for (; inside < Math.min(offset - startOf(index), points.length); inside += 1)
      units += points[inside].length;
    return [segments[index].firstChild, units];
  };
  return stretches.map(([start, end]) => {
    const range = document.createRange();
    range.setStart(...place(start, false));
    range.setEnd(...place(end, true));
    return range;
  });
}

/** Scroll so that the beginning of a range is in view: its paragraph may be longer than the pane. */
export function bringIntoView(range) {
  range.startContainer.parentElement.scrollIntoView({ block: "nearest" });
  const line = range.getClientRects()[0];
  const scrolls = text.scrollHeight > text.clientHeight;
  const { top, bottom } = scrolls
    ? text.getBoundingClientRect()
    : { top: 0, bottom: window.innerHeight };
  if (!line || (line.top >= top && line.bottom <= bottom)) return;
  (scrolls ? text : window).scrollBy(0, line.top - (top + bottom) / 2);
}

/** Select a stretch of the article, and have it in view. */
export function selectOffsets([start, end]) {
  const range = rangeOf(start, end);
  if (!range) return;
  const selection = document.getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
  bringIntoView(range);
}
