import assert from "node:assert/strict";
import test from "node:test";

import { reader } from "../../static/js/layouts.js";

const KEYS = { approve: "a", quit: "q", find: "/", mark: ";", unbound: "" };
const action = (key, code) => reader(KEYS)({ key, code });

test("a key means what is typed, in either case", () => {
  assert.equal(action("a", "KeyA"), "approve");
  assert.equal(action("A", "KeyA"), "approve");
  assert.equal(action("/", "Digit7"), "find");
  assert.equal(action("x", "KeyX"), undefined);
});

test("on another Latin layout what is typed counts, not where it stands", () => {
  assert.equal(action("a", "KeyQ"), "approve");
  assert.equal(action("'", "KeyQ"), undefined);
  assert.equal(action("ö", "KeyA"), undefined);
});

test("on a layout of other letters a key means what stands there", () => {
  assert.equal(action("ф", "KeyA"), "approve");
  assert.equal(action("α", "KeyA"), "approve");
});

test("a mark on a letter's key counts as the letter only where letters are not Latin", () => {
  const actionOf = reader({ quit: "q" });
  assert.equal(actionOf({ key: ";", code: "KeyQ" }), undefined);
  actionOf({ key: "α", code: "KeyA" });
  assert.equal(actionOf({ key: ";", code: "KeyQ" }), "quit");
  actionOf({ key: "s", code: "KeyS" });
  assert.equal(actionOf({ key: ";", code: "KeyQ" }), undefined);
});

test("the slash is where it stands too", () => {
  const actionOf = reader(KEYS);
  assert.equal(actionOf({ key: "_", code: "Slash" }), undefined);
  actionOf({ key: "ф", code: "KeyA" });
  assert.equal(actionOf({ key: ".", code: "Slash" }), "find");
});

test("keys with a name mean nothing, on any layout", () => {
  const actionOf = reader(KEYS);
  actionOf({ key: "α", code: "KeyA" });
  assert.equal(actionOf({ key: "Dead", code: "KeyA" }), undefined);
  assert.equal(action("Enter", "Enter"), undefined);
  assert.equal(action("Dead", "KeyA"), undefined);
  assert.equal(action("", ""), undefined);
});
