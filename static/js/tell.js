const told = document.getElementById("told");

/** Have a screen reader say something. */
export const tell = (words) => {
  told.textContent = words;
};
