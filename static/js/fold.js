// Text as a search compares it: without what a keyboard does not type, or a reader does not see.

// Of quotation marks Unicode's own class leaves out those that are typed in their place.
const QUOTE = /[\p{Quotation_Mark}`´ʹʺʻʼʽˈ՚׳״′″‴‵‶❛-❟〃]/u;
const DASH = /[\p{Dash}⁃]/u;
// Soft hyphens, zero-width spaces and joiners, marks of direction, variation selectors.
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u;
const MARK = /\p{Mark}/u;
// Accents and points; not the vowel signs of other scripts, nor what makes か to が.
const ACCENT = /(?![\u3099\u309a])(?=\p{Mark})[\p{Script=Inherited}\p{Script=Hebrew}]/u;

/** A code point as it is compared: nothing, one character, or several ("ß" is "ss"). */
function folded(point) {
  if (QUOTE.test(point)) return "'";
  if (DASH.test(point)) return "-";
  if (/\s/u.test(point)) return " ";
  if (INVISIBLE.test(point)) return "";
  // Up and down again: ß and ẞ, ς and σ, ı and İ are the same then.
  const letters = point
    .normalize("NFKD")
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .normalize("NFKD");
  return Array.from(letters)
    .filter((each) => !ACCENT.test(each))
    .join("");
}

/**
 * Code points as one folded string, and for each of its units the index of the code point it is of.
 * White space in a row counts as one space, dashes in a row as one.
 */
export function fold(points) {
  const units = [];
  const owners = [];
  points.forEach((point, index) => {
    for (const unit of folded(point).split("")) {
      if ((unit === " " || unit === "-") && units.at(-1) === unit) continue;
      units.push(unit);
      owners.push(index);
    }
  });
  return { text: units.join(""), owners };
}

/** Where the needle stands in folded code points, as [start, end] of these, from left to right. */
export function find({ text, owners }, points, needle) {
  const wanted = fold(Array.from(needle)).text;
  const hits = [];
  if (!wanted.trim()) return hits;
  for (let at = text.indexOf(wanted); at >= 0;) {
    const behind = at + wanted.length;
    // A part of a code point, as one s of "ß", is no hit.
    const isWhole = owners[at] !== owners[at - 1] && owners[behind] !== owners[behind - 1];
    if (isWhole) {
      let end = owners[behind - 1] + 1;
      while (end < points.length && MARK.test(points[end]) && end !== owners[behind]) end += 1;
      hits.push([owners[at], end]);
    }
    at = text.indexOf(wanted, isWhole ? behind : at + 1);
  }
  return hits;
}
