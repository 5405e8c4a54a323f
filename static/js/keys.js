// Keys: which action a key means, on any layout, and showing it on what it presses.

const desk = document.getElementById("desk");
const byAction = JSON.parse(desk?.dataset.keys ?? "{}");
const byKey = new Map(
  Object.entries(byAction)
    .filter(([, key]) => key)
    .map(([name, key]) => [key, name]),
);

const isLetter = (key) => /^\p{L}$/u.test(key);
const isLatin = (key) => /^\p{Script=Latin}$/u.test(key);

// Whether the letters of the layout are Latin: on those a mark stays a mark (Dvorak has ' on KeyQ),
// on others it may stand where a Latin letter is (Greek has ; there).
let latin = true;

/** The name of the action that a key event asks for, or undefined. */
export function actionOf({ key, code = "" }) {
  const typed = key.toLowerCase();
  if (isLetter(typed)) latin = isLatin(typed);
  if (byKey.has(typed)) return byKey.get(typed);
  if ((isLetter(typed) ? isLatin(typed) : latin) || [...typed].length !== 1) return undefined;
  const letter = /^Key([A-Z])$/.exec(code)?.[1].toLowerCase() ?? (code === "Slash" ? "/" : "");
  return byKey.get(letter);
}

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
