import assert from "node:assert/strict";
import test from "node:test";

import { append, fieldsOf, takeDependants, uuid } from "../../static/js/chain.js";

const bytes = (value) => new Uint8Array(16).fill(value);
const values = [
  ["csrfmiddlewaretoken", "of the page as it was loaded"],
  ["version", "1"],
  ["note", "so"],
  ["note", "and so"],
];

/** A queue of decisions on these cards. */
function queueOf(...cards) {
  const queue = [];
  for (const [index, card] of cards.entries()) append(queue, { card, values, press: `p${index}` });
  return queue;
}

test("a random UUID of version 4", () => {
  assert.equal(uuid(bytes(0)), "00000000-0000-4000-8000-000000000000");
  assert.equal(uuid(bytes(255)), "ffffffff-ffff-4fff-bfff-ffffffffffff");
});

test("a decision builds on the last one on the same card", () => {
  const [first, other, second, third] = queueOf("7", "8", "7", "7");
  assert.equal(first.after, null);
  assert.equal(other.after, null);
  assert.equal(second.after, first);
  assert.equal(third.after, second);
});

test("decisions on no card do not build on each other", () => {
  const [first, second] = queueOf(null, null);
  assert.equal(first.after, null);
  assert.equal(second.after, null);
});

test("every field is sent, with the press, without the token", () => {
  assert.deepEqual(fieldsOf(queueOf("7")[0]), [
    ["version", "1"],
    ["note", "so"],
    ["note", "and so"],
    ["press", "p0"],
  ]);
});

test("the version sent is what the decision before has left", () => {
  const [first, second, other] = queueOf("7", "7", "8");
  const version = (entry) => Object.fromEntries(fieldsOf(entry)).version;
  assert.equal(version(second), "1");
  first.version = "2";
  assert.equal(version(second), "2");
  assert.equal(version(first), "1");
  assert.equal(version(other), "1");
  second.version = "3";
  const queue = [second];
  assert.equal(version(append(queue, { card: "7", values })), "3");
});

test("what was built on a refused decision is taken out, and nothing else", () => {
  const queue = queueOf("7", "8", "7", "7", null);
  const [refused, other, second, third, article] = queue;
  queue.shift();
  assert.deepEqual(takeDependants(queue, refused), [second, third]);
  assert.deepEqual(queue, [other, article]);
  assert.deepEqual(takeDependants(queue, refused), []);
});
