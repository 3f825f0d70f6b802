// Who chooses a language for one example has chosen it for all, on every page.
// <input type="radio" value="python" data-tab-choice> in each group; css/tabs.css does the rest.

const KEPT_AS = "example-language";

function kept() {
  try {
    return localStorage.getItem(KEPT_AS);
  } catch {
    return null; // storage is forbidden: nothing is remembered
  }
}

function keep(language) {
  try {
    localStorage.setItem(KEPT_AS, language);
  } catch {
    // as above
  }
}

function choose(language) {
  for (const choice of document.querySelectorAll("input[data-tab-choice]")) {
    if (choice.value === language) choice.checked = true;
  }
}

document.addEventListener("change", (event) => {
  const choice = event.target;
  if (!choice.matches("input[data-tab-choice]")) return;
  const before = choice.getBoundingClientRect().top;
  choose(choice.value);
  keep(choice.value);
  // examples above this one may have become longer or shorter: it stays where it was
  window.scrollBy(0, choice.getBoundingClientRect().top - before);
});

if (kept()) choose(kept());
