// Keys: which action a key means on this page, and showing it on what it presses.

import { reader } from "./layouts.js";

const desk = document.getElementById("desk");
const byAction = JSON.parse(desk?.dataset.keys ?? "{}");

/** The name of the action that a key event asks for, or undefined. */
export const actionOf = reader(byAction);

/** Show on the controls inside of `place` the keys that press them. */
export function showOn(place) {
  for (const control of place?.querySelectorAll("[data-do], button[data-role], #dim") ?? []) {
    const { do: action, role } = control.dataset;
    const key = byAction[action ?? (role ? `role_${role}` : control.id)];
    if (!key || control.getAttribute("aria-keyshortcuts")) continue;
    control.setAttribute("aria-keyshortcuts", key.toUpperCase());
    const shown = document.createElement("kbd");
    shown.textContent = key.toUpperCase();
    shown.setAttribute("aria-hidden", "true");
    control.append(" ", shown);
  }
  for (const shown of place?.querySelectorAll("kbd[data-key-of]") ?? []) {
    shown.textContent = (byAction[shown.dataset.keyOf] ?? "").toUpperCase();
  }
}

/** And take them away again where they press something else now. */
export function hideOn(place) {
  for (const control of place.querySelectorAll("[data-do][aria-keyshortcuts]")) {
    control.removeAttribute("aria-keyshortcuts");
    control.querySelector("kbd")?.remove();
  }
}
