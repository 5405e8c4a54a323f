// The pulse of the page: it keeps the article with its person, and brings what others decide.

import { cards } from "./cards.js";

const { htmx } = window;
const pulse = document.getElementById("pulse");

// Decisions of this page, whose cards it has: the pulse need not bring them.
let known = [];

/** This page made the decision that gave the annotation this version. */
export function remember(id, version) {
  known = [...known.slice(-200), `${id}:${version}`];
}

document.body.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.elt === pulse) event.detail.parameters.known = known.join(",");
});

document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.requestConfig?.elt !== pulse) return;
  // A card that somebody else added has no place yet.
  for (const [, id] of event.detail.serverResponse.matchAll(/<li id="(card-\d+)"/g)) {
    if (!document.getElementById(id))
      cards.insertAdjacentHTML("beforeend", `<li id="${id}" hidden></li>`);
  }
});

// Whoever comes back to the page sees at once what was done meanwhile.
window.addEventListener("focus", () => pulse && htmx.trigger(pulse, "now"));

window.addEventListener("pagehide", () => {
  if (pulse) navigator.sendBeacon(pulse.dataset.leave, new FormData(pulse));
});
