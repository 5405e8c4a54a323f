// Search in the article's text.

import * as cursor from "./cursor.js";
import { find as hitsOf, fold } from "./fold.js";
import { article, bringIntoView, rangeOf, rangesOf } from "./text.js";

const find = document.getElementById("find");

let folded = null;
let hits = [];
let hit = -1;

export function open() {
  find.hidden = false;
  const field = find.querySelector("input");
  field.focus();
  field.select();
  find.scrollIntoView({ block: "nearest" });
}

function search(needle) {
  folded ??= fold(article());
  hits = hitsOf(folded, article(), needle);
  CSS.highlights?.set("found", new Highlight(...rangesOf(hits)));
  hit = -1;
  nextHit(1);
}

function nextHit(by) {
  if (hits.length) {
    hit = (hit + by + hits.length) % hits.length;
    const range = rangeOf(...hits[hit]);
    const highlight = new Highlight(range);
    highlight.priority = 1;
    CSS.highlights?.set("found-now", highlight);
    bringIntoView(range);
  } else CSS.highlights?.delete("found-now");
  find.querySelector("output").textContent = `${hits.length ? hit + 1 : 0} / ${hits.length}`;
}

function close() {
  find.hidden = true;
  CSS.highlights?.delete("found");
  CSS.highlights?.delete("found-now");
  const at = hits[hit];
  if (at) cursor.put(at);
  hits = [];
  find.dispatchEvent(new CustomEvent("closed", { bubbles: true }));
}

find.addEventListener("input", (event) => search(event.target.value));
find.addEventListener("keydown", (event) => {
  if (event.key === "Enter") nextHit(event.shiftKey ? -1 : 1);
  else if (event.key === "Escape") close();
  else return;
  event.preventDefault();
  event.stopPropagation();
});
