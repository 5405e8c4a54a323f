// The queue, and an article that waits, refresh themselves; this says when they cannot.

const stale = document.getElementById("stale");
const unanswered = stale.textContent;

function tell(event) {
  const signedOut = event.detail.xhr?.status === 401;
  stale.textContent = signedOut ? stale.dataset.signedOut : unanswered;
  stale.hidden = false;
}

document.body.addEventListener("htmx:sendError", tell);
document.body.addEventListener("htmx:responseError", tell);
document.body.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) stale.hidden = true;
});
