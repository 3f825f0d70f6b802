// The list of voices: find one by its name or language, and hear a sample of the chosen one.

const list = document.getElementById("voice");
const search = document.querySelector("[data-search]");

function matches(option, language, words) {
  const name = `${option.textContent} ${language}`.toLowerCase();
  return words.every((word) => name.includes(word));
}

// Options cannot be hidden everywhere: those that do not match are taken out and put back.
function narrow(groups, words) {
  const chosen = list.value;
  list.replaceChildren();
  for (const { group, options } of groups) {
    const found = options.filter((option) => matches(option, group.label, words));
    if (!found.length) continue;
    group.replaceChildren(...found);
    list.append(group);
  }
  if ([...list.options].some((option) => option.value === chosen)) list.value = chosen;
  return list.options.length > 0;
}

function follow() {
  const button = document.querySelector(".voice-row button[data-play]");
  const preview = list.selectedOptions[0]?.dataset.preview;
  if (!button) return;
  button.hidden = !preview;
  if (preview) button.dataset.play = preview;
}

if (list instanceof HTMLSelectElement && search) {
  const groups = [...list.querySelectorAll("optgroup")].map((group) => ({
    group,
    options: [...group.children],
  }));
  const told = search.querySelector("[data-none]");
  search.hidden = false;
  search.addEventListener("input", (event) => {
    const before = list.value;
    const found = narrow(groups, event.target.value.toLowerCase().split(/\s+/).filter(Boolean));
    told.textContent = found ? "" : told.dataset.none;
    if (!found) narrow(groups, []);
    if (list.value !== before) list.dispatchEvent(new Event("change", { bubbles: true }));
  });
  // Enter in the search is for the list, not for sending the form
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
  list.addEventListener("change", follow);
  follow();
}
