// Which action a key means, on any layout.

const isLetter = (key) => /^\p{L}$/u.test(key);
const isLatin = (key) => /^\p{Script=Latin}$/u.test(key);

/** Make a function from a key event to the name of the action it asks for, or undefined. */
export function reader(byAction) {
  const byKey = new Map(
    Object.entries(byAction)
      .filter(([, key]) => key)
      .map(([name, key]) => [key, name]),
  );
  // Whether the letters of the layout are Latin: on those a mark stays a mark (Dvorak has ' on KeyQ),
  // on others it may stand where a Latin letter is (Greek has ; there).
  let latin = true;

  return function actionOf({ key, code = "" }) {
    const typed = key.toLowerCase();
    if (isLetter(typed)) latin = isLatin(typed);
    if (byKey.has(typed)) return byKey.get(typed);
    if ((isLetter(typed) ? isLatin(typed) : latin) || [...typed].length !== 1) return undefined;
    const letter = /^Key([A-Z])$/.exec(code)?.[1].toLowerCase() ?? (code === "Slash" ? "/" : "");
    return byKey.get(letter);
  };
}
