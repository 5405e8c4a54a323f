// Marks in the text: which are judged, and whether only the current attribution's are shown.

const text = document.getElementById("text");
const cards = document.getElementById("cards");
const button = document.getElementById("dim");
const NAME = "accordingto-dim";

function show(isDim) {
  text.classList.toggle("dim", isDim);
  button.setAttribute("aria-pressed", String(isDim));
}

/** Show the current attribution's marks only, or all of them again; remembered in this browser. */
export function toggle() {
  const isDim = !text.classList.contains("dim");
  show(isDim);
  try {
    localStorage.setItem(NAME, isDim ? "1" : "");
  } catch {
    // Without storage it holds for this page.
  }
}

function remembered() {
  try {
    return localStorage.getItem(NAME) === "1";
  } catch {
    return false;
  }
}

/** What covers a mark, as far as it is on the page, is approved. */
const isJudged = (mark) =>
  mark.dataset.a
    .split(" ")
    .every((id) => document.getElementById(`card-${id}`)?.classList.contains("approved"));

// An approval swaps the card alone: its words in the text follow it.
new MutationObserver((records) => {
  const removed = new Set(
    records.flatMap(({ removedNodes }) => [...removedNodes].map(({ id }) => id)),
  );
  for (const node of records.flatMap(({ addedNodes }) => [...addedNodes])) {
    if (!node.dataset?.id || !removed.has(node.id)) continue;
    for (const mark of text.querySelectorAll(`mark[data-a~="${node.dataset.id}"]`)) {
      mark.classList.toggle("ok", isJudged(mark));
    }
  }
}).observe(cards, { childList: true });

button.addEventListener("click", toggle);
button.hidden = false;
show(remembered());
