// Offsets, and stretches as [start, end], in Unicode code points: what can be said of them without a
// page. JavaScript counts UTF-16 units, so nothing here takes the length of a string for an offset.

export const length = (string) => Array.from(string).length;

/** How many UTF-16 units the first code points of a string are; all of them where it has no more. */
export const units = (string, points) =>
  Array.from(string).slice(0, Math.max(points, 0)).join("").length;

/** How many code points the first UTF-16 units of a string are. */
export const points = (string, inUnits) => length(string.slice(0, inUnits));

/** Words and punctuation marks, without the white space between them. */
export function tokensOf(string, language) {
  const found = [];
  let offset = 0;
  for (const { segment } of new Intl.Segmenter(language, { granularity: "word" }).segment(string)) {
    const end = offset + length(segment);
    if (segment.trim()) found.push([offset, end]);
    offset = end;
  }
  return found;
}

/** The index of the first token that ends behind the offset; of the last one where none does. */
export function tokenAt(tokens, offset) {
  let low = 0;
  let high = tokens.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (tokens[middle][1] > offset) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** A stretch grown to whole tokens. */
export function snapped(tokens, [start, end]) {
  const first = tokens[tokenAt(tokens, start)];
  const last = tokens[tokenAt(tokens, end - 1)];
  return [Math.min(start, first[0]), Math.max(end, last[1])];
}

/** A stretch without white space at its edges, or null where nothing else is in it. */
export function trimmed(characters, [from, to]) {
  let [start, end] = [from, to];
  while (start < end && /\s/u.test(characters[start])) start += 1;
  while (start < end && /\s/u.test(characters[end - 1])) end -= 1;
  return start < end ? [start, end] : null;
}

/** The sentence around an offset, of sentences that begin at `starts` in a text of this length. */
export function sentenceAt(starts, offset, end) {
  let index = starts.findIndex((start) => start > offset);
  if (index < 0) index = starts.length;
  return [starts[index - 1] ?? 0, starts[index] ?? end];
}

/**
 * The index of the segment that holds an offset, of `count` segments that begin at `startOf(index)`:
 * the last that begins before it, or at it unless a stretch ends there.
 */
export function segmentAt(count, startOf, offset, atEnd) {
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    const first = startOf(middle);
    if (first < offset || (first === offset && !atEnd)) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The stretches that a field holds: "3-9, 12-20". */
export const parsed = (value) =>
  [...value.matchAll(/(\d+)\s*[-–]\s*(\d+)/g)].map((match) => [Number(match[1]), Number(match[2])]);

/** What a field holds for stretches, in the order of the text. */
export const written = (stretches) =>
  [...stretches]
    .sort((a, b) => a[0] - b[0])
    .map((stretch) => stretch.join("-"))
    .join(", ");

/** A stretch with its start or its end moved by one word, or null where nothing would be left. */
export function withEdgeMoved(characters, stretch, edge, step) {
  const inWord = (index) =>
    index >= 0 && index < characters.length && !/\s/u.test(characters[index]);
  const isEdge =
    edge === "start"
      ? (index) => inWord(index) && !inWord(index - 1)
      : (index) => inWord(index - 1) && !inWord(index);
  const side = edge === "start" ? 0 : 1;
  let index = stretch[side] + step;
  while (index > 0 && index < characters.length && !isEdge(index)) index += step;
  const moved = [...stretch];
  moved[side] = Math.min(Math.max(index, 0), characters.length);
  return moved[0] < moved[1] ? moved : null;
}
