// Passkeys: shows what needs them, [data-passkeys], where the browser has them, and says when
// none was handed over. The ceremony itself is that of allauth's webauthn.js.

const notDone = document.getElementById("passkey-not-done");

if (window.PublicKeyCredential) {
  for (const part of document.querySelectorAll("[data-passkeys]")) {
    part.hidden = false;
  }
}

document.addEventListener("allauth.error", (event) => {
  if (!notDone) return;
  event.preventDefault(); // it would be written to the console
  notDone.hidden = false;
});

for (const form of document.querySelectorAll("[data-passkeys]")) {
  form.addEventListener("click", () => {
    if (notDone) notDone.hidden = true;
  });
}
