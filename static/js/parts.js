// A long article has several parts, each a page of its own: which key leads from one into another.

import * as cards from "./cards.js";

const link = (selector) => document.querySelector(`.parts ${selector}`);

/** The link that an action follows where no card of this page is left for it; null where one is. */
export function wayOn(action) {
  const list = cards.all();
  const card = cards.current();
  const isLast = card === list.at(-1) && !cards.cards.querySelector("li.more");
  if (action === "next" && isLast) return link("[rel=next]");
  if (action === "previous" && card === list[0]) return link("[rel=prev]");
  if (action === "skip" && !cards.openAfter(card)) return link("[data-to=open]");
  return null;
}
