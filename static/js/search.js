// Search in the article's text.

import * as cursor from "./cursor.js";
import { article, rangeOf } from "./text.js";

const find = document.getElementById("find");

let hits = [];
let hit = -1;

export function open() {
  find.hidden = false;
  find.querySelector("input").select();
}

function search(needle) {
  const all = article().map((point) => point.toLowerCase());
  const wanted = Array.from(needle.toLowerCase());
  hits = [];
  for (let at = 0; wanted.length && at <= all.length - wanted.length; at += 1) {
    if (wanted.every((point, index) => all[at + index] === point)) hits.push([at, at + wanted.length]);
  }
  CSS.highlights?.set("found", new Highlight(...hits.map((each) => rangeOf(...each))));
  hit = -1;
  nextHit(1);
}

function nextHit(by) {
  if (hits.length) {
    hit = (hit + by + hits.length) % hits.length;
    rangeOf(...hits[hit]).startContainer.parentElement.scrollIntoView({ block: "center" });
  }
  find.querySelector("output").textContent = `${hits.length ? hit + 1 : 0} / ${hits.length}`;
}

function close() {
  find.hidden = true;
  CSS.highlights?.delete("found");
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
