import assert from "node:assert/strict";
import test from "node:test";

import { find, fold } from "../../static/js/fold.js";

/** The words that a search finds. */
function found(text, needle) {
  const points = Array.from(text);
  return find(fold(points), points, needle).map(([start, end]) =>
    points.slice(start, end).join(""),
  );
}

const SAME = {
  case: ["Élysée ÉLYSÉE élysée", "elysee", ["Élysée", "ÉLYSÉE", "élysée"]],
  "accents of their own code point": ["cafe\u0301 café", "cafe", ["cafe\u0301", "café"]],
  "accents that are typed": ["cafe café", "café", ["cafe", "café"]],
  "sharp s": ["Straße STRASSE STRAẞE", "strasse", ["Straße", "STRASSE", "STRAẞE"]],
  "final sigma": ["λόγος ΛΌΓΟΣ", "λογοσ", ["λόγος", "ΛΌΓΟΣ"]],
  "Turkish i": ["İstanbul ISTANBUL ıstanbul", "istanbul", ["İstanbul", "ISTANBUL", "ıstanbul"]],
  ligatures: ["oﬃce", "office", ["oﬃce"]],
  "full width": ["ＢＢＣ", "bbc", ["ＢＢＣ"]],
  "quotation marks": ["“so” „so“ «so»", '"so"', ["“so”", "„so“", "«so»"]],
  apostrophes: ["don’t donʼt", "don't", ["don’t", "donʼt"]],
  dashes: ["1990–95, 1990—95", "1990-95", ["1990–95", "1990—95"]],
  "dashes in a row": ["so -- he said", "so - he", ["so -- he"]],
  "white space": ["New\u00a0York, New\n York", "new york", ["New\u00a0York", "New\n York"]],
  "soft hyphens": ["Par\u00adlia\u00adment", "parliament", ["Par\u00adlia\u00adment"]],
  "points of Hebrew": ["שָׁלוֹם", "שלום", ["שָׁלוֹם"]],
};

for (const [name, [text, needle, expected]] of Object.entries(SAME)) {
  test(`a search does not mind ${name}`, () => assert.deepEqual(found(text, needle), expected));
}

test("letters that are others stay others", () => {
  assert.deepEqual(found("か", "が"), []);
  assert.deepEqual(found("कि", "का"), []);
  assert.deepEqual(found("source", "sauce"), []);
});

test("hits are code points of the text, after emoji too", () => {
  const points = Array.from("👩‍🚀😀 Café, café");
  assert.deepEqual(find(fold(points), points, "cafe"), [
    [5, 9],
    [11, 15],
  ]);
});

test("a hit has its accents, and is not a part of a letter", () => {
  assert.deepEqual(found("cafe\u0301s", "cafe"), ["cafe\u0301"]);
  assert.deepEqual(found("कि", "क"), ["क"]);
  assert.deepEqual(found("Straße", "stras"), []);
  assert.deepEqual(found("Straße", "s"), ["S"]);
});

test("hits do not overlap", () => assert.deepEqual(found("aaaa", "aa"), ["aa", "aa"]));

test("nothing is found by nothing", () => {
  for (const needle of ["", "  ", "\u00ad", "\u0301"]) assert.deepEqual(found("a b", needle), []);
});
