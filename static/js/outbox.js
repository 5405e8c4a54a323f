// What a person decided, on its way to the server: one after the other, in the order of the keys.
//
// htmx says what is to be sent and where the answer goes; it is taken over here because a request
// of htmx dies with the element that sent it. What does not get through stays in the page and is
// sent again, with whom it belongs to; what was refused is shown where it was decided.

import { append, fieldsOf, takeDependants } from "./chain.js";
import { token } from "./page.js";

const { htmx } = window;
const RETRY_MS = 5000;
const TIMEOUT_MS = 60000;
const notices = ["connection", "signed-out", "another", "gone"].map((id) =>
  document.getElementById(id),
);
const saved = document.getElementById("saved");

// The first is the one that is being sent, or waits to be sent again.
const queue = [];
let sending = false;
let stuck = false;

/** What is on its way or kept: `name` of the action, id of its `card`. */
export const pending = (card) => (card ? queue.filter((each) => each.card === card) : queue);
export const isStuck = () => stuck;

/** Call when an entry has had its answer and that is in the page: `done(entry, was taken)`. */
const listeners = [];
export const whenAnswered = (listener) => listeners.push(listener);
/** Call when an entry did not get through and is kept. */
const keepers = [];
export const whenKept = (keeper) => keepers.push(keeper);

function show(id, detail = "") {
  for (const notice of notices) {
    if (!notice) continue;
    notice.hidden = notice.id !== id;
    const place = notice.querySelector(".detail");
    if (place && notice.id === id) place.textContent = detail;
  }
}

function showState() {
  const count = document.getElementById("kept");
  if (count) count.textContent = stuck ? `(${queue.length})` : "";
  for (const card of document.querySelectorAll("li.card.sending")) card.classList.remove("sending");
  for (const { card } of queue) document.getElementById(`card-${card}`)?.classList.add("sending");
  document.body.classList.toggle("sending", queue.length > 0);
  if (!saved) return;
  if (queue.length) saved.textContent = saved.dataset.sending;
  else if (saved.textContent === saved.dataset.sending) saved.textContent = "";
}

function enqueue(entry) {
  // A form that did not get through and is sent once more by hand is the same decision.
  const again = entry.form && queue.find((each) => each.form === entry.form);
  if (again) {
    Object.assign(again, { values: entry.values });
    run();
    return again;
  }
  const added = append(queue, entry);
  showState();
  if (!stuck) run();
  return added;
}

/** Take a form that did not get through out again: the person no longer wants it. */
export function withdraw(form) {
  const index = queue.findIndex((each) => each.form === form);
  if (index < 0 || (sending && index === 0)) return;
  queue.splice(index, 1);
  if (!queue.length) show(null);
  showState();
}

document.body.addEventListener("htmx:confirm", (event) => {
  const { verb, elt, path, target } = event.detail;
  if (verb !== "post" || elt.id === "pulse") return;
  event.preventDefault();
  const form = elt.matches("form") ? elt : elt.closest("form");
  const submitter = event.detail.triggeringEvent?.submitter ?? elt;
  const values = [...new FormData(form)];
  if (submitter.name) values.push([submitter.name, submitter.value]);
  const shown = elt.closest("li.card, li.editing");
  const entry = enqueue({
    form: elt.matches("form") ? elt : null,
    path,
    values,
    name: submitter.dataset.do ?? form.dataset.do ?? "",
    label: [...submitter.childNodes]
      .filter((node) => node.nodeName !== "KBD")
      .map((node) => node.textContent)
      .join("")
      .trim(),
    card: shown?.dataset.id ?? null,
    target: target?.id ? `#${target.id}` : null,
    swap: htmx.closest(elt, "[hx-swap]")?.getAttribute("hx-swap") ?? "innerHTML",
  });
  document.body.dispatchEvent(new CustomEvent("sent", { detail: { entry, form, card: shown } }));
});

/** Send what a form holds, and `values`, to `path`: for a key that has no button of its own. */
export function decide(form, { path, name, label, card = null, values = {} }) {
  const all = [...new FormData(form)].filter(([field]) => !(field in values));
  const target = card && `#card-${card}`;
  enqueue({
    path,
    values: [...all, ...Object.entries(values)],
    name,
    label,
    card,
    target,
    swap: "outerHTML",
  });
}

async function post(entry) {
  const body = new FormData();
  for (const [name, value] of fieldsOf(entry)) body.append(name, value);
  return fetch(entry.path, {
    method: "POST",
    body,
    redirect: "manual",
    headers: { "HX-Request": "true", "X-CSRFToken": token() ?? "" },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
}

/** Send once. "taken", "refused", or "kept" where it has to be sent again. */
async function send(entry) {
  let answer;
  let body;
  try {
    answer = await post(entry);
    if (answer.status === 403 && !answer.headers.has("Signed-In-As")) answer = await post(entry);
    body = await answer.text();
  } catch {
    show("connection");
    return "kept";
  }
  const { status } = answer;
  if (status === 401) show("signed-out");
  else if (answer.headers.has("Signed-In-As"))
    show("another", decodeURIComponent(answer.headers.get("Signed-In-As")));
  else if (status >= 500 || status === 0) show("connection");
  else return settle(entry, answer, body);
  return "kept";
}

function settle(entry, answer, body) {
  const taken = answer.ok;
  const leads = answer.headers.get("HX-Redirect");
  if (leads) entry.leads = leads;
  else if (answer.headers.get("HX-Refresh")) entry.reloads = true;
  else if (taken || [409, 422].includes(answer.status)) {
    const page = new DOMParser().parseFromString(body, "text/html");
    entry.version =
      taken && entry.card
        ? page.getElementById(`card-${entry.card}`)?.querySelector("[name=version]")?.value
        : null;
    entry.shown = /"id":\s*(\d+)/.exec(answer.headers.get("HX-Trigger-After-Settle") ?? "")?.[1];
    entry.versions = taken
      ? [...page.querySelectorAll("li.card[data-id]")].map((card) => [
          card.dataset.id,
          card.querySelector("[name=version]")?.value,
        ])
      : [];
    swap(entry, body);
  } else show("gone");
  return taken ? "taken" : "refused";
}

function swap({ target, swap: style }, body) {
  let place = target && document.querySelector(target);
  let swapStyle = place ? style : "none";
  // An addition that was refused comes back as its form, which was closed when it was sent.
  if (!place && body.includes('id="card-new"'))
    [place, swapStyle] = [document.getElementById("cards"), "afterbegin"];
  place ??= document.body;
  // A form that was opened on the card meanwhile stays open, on the card as it is now.
  const opened = place.matches("li.card") && place.querySelector(":scope > .opened");
  htmx.swap(place, body, { swapStyle, swapDelay: 0, settleDelay: 0 }, { contextElement: place });
  const fresh = opened && document.querySelector(target);
  if (!fresh || fresh.matches(".editing")) return;
  fresh.append(opened);
  fresh.classList.add("editing");
}

function tellAtCard({ card, label }) {
  const place = card && document.getElementById(`card-${card}`);
  const notice = document.createElement("p");
  notice.className = "notice error";
  notice.setAttribute("role", "alert");
  notice.textContent = `${document.getElementById("gone").dataset.notDone} ${label}`;
  (place ?? document.getElementById("cards") ?? document.querySelector("main")).prepend(notice);
}

// Where the answers lead, once nothing is on its way any more and nothing was refused meanwhile.
let onward = null;

function goOnward() {
  if (!onward || queue.length) return;
  if (onward.leads) window.location.assign(onward.leads);
  else window.location.reload();
}

async function run() {
  if (sending) return;
  sending = true;
  stuck = false;
  while (queue.length) {
    const entry = queue[0];
    const outcome = await send(entry);
    if (outcome === "kept") {
      stuck = true;
      for (const keeper of keepers) keeper(entry);
      break;
    }
    queue.shift();
    if (outcome === "refused") {
      onward = null;
      // What was decided on the strength of something that was refused is not done.
      for (const each of takeDependants(queue, entry)) tellAtCard(each);
    } else if (!queue.length) show(null);
    if (entry.leads || entry.reloads) onward = entry;
    showState();
    for (const listener of listeners) listener(entry, outcome === "taken");
  }
  sending = false;
  showState();
  goOnward();
}

setInterval(() => stuck && run(), RETRY_MS);
window.addEventListener("online", () => stuck && run());
window.addEventListener("beforeunload", (event) => {
  if (queue.length) event.preventDefault();
});

// What is not a decision: what opens something, and the page's own pulse.
document.body.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful && !queue.length) show(null);
});
document.body.addEventListener("htmx:sendError", () => show("connection"));
document.body.addEventListener("htmx:responseError", (event) => {
  const { xhr } = event.detail;
  const another = xhr.getResponseHeader("Signed-In-As");
  if (another) show("another", decodeURIComponent(another));
  else show(xhr.status === 401 ? "signed-out" : xhr.status < 500 ? "gone" : "connection");
});
document.body.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb === "post" && token()) event.detail.headers["X-CSRFToken"] = token();
});
