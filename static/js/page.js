// Every page: its forms carry the token against forged requests that counts now, and a page that
// the browser kept in memory is loaded anew, so that it shows what stands.

/** The token that counts now; signing in again, in another tab too, changes it. */
export const token = () => /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1];

/** Give the form the token that counts now. Whose page it stands on, it says itself. */
export function renew(form) {
  const field = form.elements.csrfmiddlewaretoken;
  if (field && token()) field.value = token();
}

document.addEventListener(
  "submit",
  (event) => {
    if (event.target.method === "post") renew(event.target);
  },
  { capture: true },
);

window.addEventListener("pageshow", (event) => {
  if (event.persisted) window.location.reload();
});

// Keys that were pressed while the page before this one was being left.
const unheard = sessionStorage.getItem("unheard");
if (unheard) {
  sessionStorage.removeItem("unheard");
  const notice = document.getElementById("unheard");
  notice.querySelector("kbd").textContent = unheard;
  notice.hidden = false;
}
