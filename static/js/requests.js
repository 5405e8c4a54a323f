// Decisions that did not get through: shown, kept in the page, and sent again until they do.

const notices = ["connection", "signed-out", "gone"].map((id) => document.getElementById(id));
// What sent a decision that did not get through.
const kept = new Set();

function notSaved(id) {
  for (const notice of notices) notice.hidden = notice.id !== id;
}

function showKept() {
  document.getElementById("kept").textContent = kept.size ? `(${kept.size})` : "";
}

function sendAgain() {
  for (const element of [...kept]) {
    kept.delete(element);
    if (!element.isConnected) continue;
    if (element.matches("form")) element.requestSubmit();
    else element.click();
  }
  showKept();
}

setInterval(sendAgain, 5000);
window.addEventListener("online", sendAgain);
window.addEventListener("beforeunload", (event) => {
  if (kept.size) event.preventDefault();
});

/** Whether a request of htmx is a person's, and not the page's own pulse. */
export const isDecision = (event) =>
  event.detail.requestConfig.verb === "post" && event.detail.elt.id !== "pulse";

document.body.addEventListener("htmx:afterRequest", (event) => {
  const { xhr, elt } = event.detail;
  const answered = xhr.status >= 200 && xhr.status < 300;
  if (answered && !kept.size) for (const notice of notices) notice.hidden = true;
  if (!answered && isDecision(event) && (xhr.status === 0 || xhr.status === 401 || xhr.status >= 500)) {
    kept.add(elt);
    showKept();
  }
});

document.body.addEventListener("htmx:sendError", () => notSaved("connection"));
document.body.addEventListener("htmx:responseError", (event) => {
  const { status } = event.detail.xhr;
  notSaved(status === 401 ? "signed-out" : status < 500 ? "gone" : "connection");
});

// Signing in again changes the token against forged requests; the page's forms have the old one.
document.body.addEventListener("htmx:configRequest", (event) => {
  const token = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1];
  if (token && event.detail.verb === "post") event.detail.parameters.csrfmiddlewaretoken = token;
});
