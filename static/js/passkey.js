// Passkeys: a form asks the browser for one, and sends what it signed.

const decode = {
  create: (options) => PublicKeyCredential.parseCreationOptionsFromJSON(options),
  get: (options) => PublicKeyCredential.parseRequestOptionsFromJSON(options),
};

const form = document.querySelector("form[data-passkey]");
const show = (name, shown) => {
  form.querySelector(`[data-${name}]`).hidden = !shown;
};

async function ask(event) {
  event.preventDefault();
  const asks = form.dataset.passkey;
  const options = JSON.parse(document.getElementById("passkey-options").textContent);
  show("failed", false);
  try {
    const publicKey = decode[asks](options.publicKey);
    const credential = await navigator.credentials[asks]({ publicKey });
    form.elements.credential.value = JSON.stringify(credential.toJSON());
    form.removeEventListener("submit", ask);
    form.requestSubmit();
  } catch {
    show("failed", true);
  }
}

if (form) {
  const able = Boolean(window.PublicKeyCredential?.parseRequestOptionsFromJSON);
  show("unable", !able);
  form.querySelector("button").classList.toggle("on", able);
  if (able) form.addEventListener("submit", ask);
}
