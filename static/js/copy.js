// Copy buttons: <button type="button" data-copy="id-of-a-field-or-code" hidden>, whose words are in
// templates/partials/copy_button.html. They stay hidden without JavaScript; the text beside them
// can always be selected by hand.

const TOLD_MS = 2000;

function textOf(source) {
  return "value" in source ? source.value : source.textContent;
}

function select(source) {
  if ("select" in source) {
    source.select();
  } else {
    window.getSelection().selectAllChildren(source);
  }
}

async function copy(source) {
  try {
    await navigator.clipboard.writeText(textOf(source));
    return true;
  } catch {
    // No clipboard on plain http: select the text, which the old command can copy.
    select(source);
    return document.execCommand("copy");
  }
}

function tell(button, words) {
  const label = button.querySelector("[data-copy-label]");
  const before = label.dataset.copyLabel;
  label.textContent = words;
  setTimeout(() => {
    label.textContent = before;
  }, TOLD_MS);
}

function prepare() {
  for (const button of document.querySelectorAll("button[data-copy][hidden]")) {
    const source = document.getElementById(button.dataset.copy);
    if (!source) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const { copied, byHand } = button.querySelector("[data-copy-label]").dataset;
      tell(button, (await copy(source)) ? copied : byHand);
    });
  }
}

prepare();
document.addEventListener("htmx:afterSettle", prepare);

for (const field of document.querySelectorAll("input[data-select]")) {
  field.addEventListener("focus", () => field.select());
}
