// An editable combobox with list autocomplete (WAI-ARIA Authoring Practices) on a plain text field.
//
// The field says where its options come from (`data-names`, an address that `q` is added to and that
// answers with `<li role="option" id data-name data-kind>`) and which select gets the kind of what
// is chosen (`data-kind`, its id). Without this script, or without a network, it is a text field.

const DELAY = 120; // milliseconds from the last key to the request
let lists = 0;

/** Make a combobox of the field; done again it changes nothing. */
export function setUp(input) {
  if (input.dataset.combobox) return;
  input.dataset.combobox = "on";
  lists += 1;
  const list = document.createElement("ul");
  list.id = `names-${lists}`;
  list.className = "names";
  list.setAttribute("role", "listbox");
  list.hidden = true;
  const label = input.labels?.[0];
  if (label) {
    label.id ||= `${list.id}-label`;
    list.setAttribute("aria-labelledby", label.id);
  }
  input.after(list);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");
  input.autocomplete = "off";

  let timer = 0;
  let asked = null; // the request whose answer counts
  let active = null;
  const isOpen = () => !list.hidden;
  const options = () => [...list.children];

  function activate(option) {
    active?.removeAttribute("aria-selected");
    active = option;
    if (!option) {
      input.removeAttribute("aria-activedescendant");
      return;
    }
    option.setAttribute("aria-selected", "true");
    input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  function forget() {
    clearTimeout(timer);
    asked?.abort();
    asked = null;
  }

  function close() {
    forget();
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    activate(null);
  }

  function choose(option) {
    input.value = option.dataset.name;
    const kind = document.getElementById(input.dataset.kind ?? "");
    if (kind) kind.value = option.dataset.kind;
    close();
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  async function fetchOptions() {
    forget();
    const request = new AbortController();
    asked = request;
    const address = new URL(input.dataset.names, document.baseURI);
    address.searchParams.set("q", input.value);
    try {
      const answer = await fetch(address, { signal: request.signal });
      // The sign-in page must be a list.
      const markup = answer.ok && !answer.redirected ? await answer.text() : "";
      if (asked !== request) return;
      show(markup);
    } catch {
      if (asked === request) close();
    }
  }

  function show(markup) {
    activate(null);
    list.replaceChildren(
      ...new DOMParser()
        .parseFromString(markup, "text/html")
        .body.querySelectorAll("[role=option]"),
    );
    for (const option of options()) option.id = `${list.id}-${option.id}`;
    list.hidden = !list.children.length || document.activeElement !== input;
    input.setAttribute("aria-expanded", String(isOpen()));
    if (pending && isOpen()) move(pending);
    pending = 0;
  }

  // An arrow that opened the list moves into it once its options are there.
  let pending = 0;

  function move(by) {
    const all = options();
    const at = all.indexOf(active);
    // Past either end the field itself is the active one again.
    const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by;
    activate(all[next] ?? null);
  }

  function keydown(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
    switch (event.key) {
      case "ArrowDown":
      case "ArrowUp": {
        const by = event.key === "ArrowDown" ? 1 : -1;
        if (isOpen()) move(by);
        else {
          pending = by;
          fetchOptions();
        }
        break;
      }
      case "Enter":
        // With none chosen the form is sent with what was typed, as from any text field.
        if (isOpen()) event.stopPropagation();
        if (!active) {
          close();
          return;
        }
        choose(active);
        break;
      case "Escape":
        if (!isOpen()) {
          forget();
          return;
        }
        close();
        break;
      case "Tab":
        close();
        return;
      default:
        return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  input.addEventListener("keydown", keydown);
  input.addEventListener("input", (event) => {
    if (event.isComposing) return;
    pending = 0;
    activate(null);
    forget();
    timer = setTimeout(fetchOptions, DELAY);
  });
  input.addEventListener("compositionend", () => {
    forget();
    timer = setTimeout(fetchOptions, DELAY);
  });
  input.addEventListener("blur", close);
  // A press on an option must not take the focus, and the list, away before the click.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) choose(option);
  });
}
