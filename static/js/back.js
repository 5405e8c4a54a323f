// Back closes what was opened on the page before it leaves the page, and never what somebody typed.

import { cards, opened } from "./cards.js";
import { isChanged } from "./pieces.js";

let place = null; // the address at which something was opened

function remember() {
  if (place === window.location.href && window.history.state?.opened) return;
  place = window.location.href;
  window.history.pushState({ opened: true }, "");
}

/** Have the browser's Back do so; `refuse` says that something typed is not saved yet. */
export function closeOnBack(refuse) {
  cards.addEventListener("opened", remember);
  window.addEventListener("popstate", ({ state }) => {
    if (place !== window.location.href || state?.opened) return;
    const form = opened();
    if (!form) {
      place = null;
      window.history.back();
    } else if (isChanged()) {
      window.history.pushState({ opened: true }, "");
      refuse();
    } else form.querySelector("[data-cancel]").click();
  });
}
