import assert from "node:assert/strict";
import test from "node:test";

import * as offsets from "../../static/js/offsets.js";

// 👩‍🚀 is three code points and five units; é here is two code points, e and its accent.
const TEXT = "👩‍🚀 said: “Cafe\u0301s 🇩🇪 open”, she added.";
const POINTS = Array.from(TEXT);
const at = (words) => {
  const start = Array.from(TEXT.slice(0, TEXT.indexOf(words))).length;
  return [start, start + Array.from(words).length];
};
const words = ([start, end]) => POINTS.slice(start, end).join("");

test("a string is as long as Python says", () => {
  assert.equal("👩‍🚀".length, 5);
  assert.equal(offsets.length("👩‍🚀"), 3);
  assert.equal(offsets.length("𝔘𝔫𝔦"), 3);
  assert.equal(offsets.length("e\u0301"), 2);
  assert.equal(offsets.length(""), 0);
});

test("code points and units lead to each other", () => {
  for (let point = 0; point <= POINTS.length; point += 1) {
    assert.equal(offsets.points(TEXT, offsets.units(TEXT, point)), point);
  }
  assert.equal(offsets.units("a😀b", 2), 3);
  assert.equal(offsets.points("a😀b", 3), 2);
});

test("units stay inside of the string", () => {
  assert.equal(offsets.units("a😀", -1), 0);
  assert.equal(offsets.units("a😀", 9), 3);
});

test("tokens are words and marks, whole graphemes, without white space", () => {
  const tokens = offsets.tokensOf(TEXT, "en").map(words);
  assert.deepEqual(tokens.slice(0, 5), ["👩‍🚀", "said", ":", "“", "Cafe\u0301s"]);
  assert.ok(tokens.includes("🇩🇪"));
  assert.equal(tokens.join(""), TEXT.replaceAll(" ", ""));
  assert.deepEqual(offsets.tokensOf("", "en"), []);
});

test("a token is found by any offset in it, and from the white space before it", () => {
  const tokens = offsets.tokensOf(TEXT, "en");
  tokens.forEach(([start, end], index) => {
    const before = index ? tokens[index - 1][1] : 0;
    for (let offset = before; offset < end; offset += 1) {
      assert.equal(offsets.tokenAt(tokens, offset), index, `${offset} in ${start}-${end}`);
    }
  });
  assert.equal(offsets.tokenAt(tokens, POINTS.length + 5), tokens.length - 1);
});

test("a stretch grows to whole tokens", () => {
  const tokens = offsets.tokensOf(TEXT, "en");
  const [start] = at("Cafe\u0301s");
  assert.equal(words(offsets.snapped(tokens, [start + 1, start + 5])), "Cafe\u0301s");
  assert.equal(words(offsets.snapped(tokens, [1, 2])), "👩‍🚀");
  assert.equal(words(offsets.snapped(tokens, at("said"))), "said");
  assert.equal(words(offsets.snapped(tokens, at(" said"))), " said");
  const [from] = at("aid");
  const [, to] = at("Caf");
  assert.equal(words(offsets.snapped(tokens, [from, to])), "said: “Cafe\u0301s");
});

test("white space at the edges does not count", () => {
  const [start, end] = at(" said: ");
  assert.equal(words(offsets.trimmed(POINTS, [start, end])), "said:");
  assert.deepEqual(offsets.trimmed(Array.from("a \u00a0\u2003\nb"), [1, 5]), null);
  assert.deepEqual(offsets.trimmed(POINTS, [2, 2]), null);
});

test("the sentence around an offset", () => {
  const starts = [0, 10, 25];
  assert.deepEqual(offsets.sentenceAt(starts, 0, 40), [0, 10]);
  assert.deepEqual(offsets.sentenceAt(starts, 9, 40), [0, 10]);
  assert.deepEqual(offsets.sentenceAt(starts, 10, 40), [10, 25]);
  assert.deepEqual(offsets.sentenceAt(starts, 39, 40), [25, 40]);
  assert.deepEqual(offsets.sentenceAt([3], 1, 40), [0, 3]);
});

test("a boundary belongs to the segment that a stretch begins or ends in", () => {
  const starts = [0, 5, 9];
  const segmentAt = (offset, atEnd) =>
    offsets.segmentAt(starts.length, (index) => starts[index], offset, atEnd);
  assert.equal(segmentAt(5, false), 1);
  assert.equal(segmentAt(5, true), 0);
  assert.equal(segmentAt(6, true), 1);
  assert.equal(segmentAt(0, true), 0);
  assert.equal(segmentAt(99, false), 2);
});

test("a field's stretches are read and written in the order of the text", () => {
  assert.deepEqual(offsets.parsed("3-9, 12 – 20"), [
    [3, 9],
    [12, 20],
  ]);
  assert.deepEqual(offsets.parsed("none"), []);
  const stretches = [
    [100, 104],
    [12, 20],
    [3, 9],
  ];
  assert.equal(offsets.written(stretches), "3-9, 12-20, 100-104");
  assert.deepEqual(stretches[0], [100, 104]);
  assert.equal(offsets.written([]), "");
});

test("an edge moves word by word, over what is longer in units too", () => {
  const said = at("said:");
  const wider = offsets.withEdgeMoved(POINTS, said, "end", 1);
  assert.equal(words(wider), "said: “Cafe\u0301s");
  assert.equal(words(offsets.withEdgeMoved(POINTS, wider, "end", 1)), "said: “Cafe\u0301s 🇩🇪");
  assert.deepEqual(offsets.withEdgeMoved(POINTS, wider, "end", -1), said);
  assert.equal(words(offsets.withEdgeMoved(POINTS, said, "start", -1)), "👩‍🚀 said:");
});

test("an edge stays in the text, and a stretch keeps a word", () => {
  const said = at("said:");
  const first = at("👩‍🚀");
  assert.equal(offsets.withEdgeMoved(POINTS, said, "end", -1), null);
  assert.equal(offsets.withEdgeMoved(POINTS, said, "start", 1), null);
  assert.deepEqual(offsets.withEdgeMoved(POINTS, first, "start", -1), first);
  const last = at("added.");
  assert.deepEqual(offsets.withEdgeMoved(POINTS, last, "end", 1), last);
});
