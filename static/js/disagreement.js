// The page of differences: its keys.

import "./outbox.js";

const showKeys = () => {
  for (const key of document.querySelectorAll("kbd.js")) key.classList.add("on");
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.isComposing) return;
  if (event.target.closest("input:not([type=hidden]), textarea, select")) return;
  const control = document.querySelector(
    `main [data-key="${CSS.escape(event.key.toLowerCase())}"]`,
  );
  if (!control) return;
  event.preventDefault();
  control.click();
});

document.body.addEventListener("htmx:afterSettle", showKeys);
showKeys();
