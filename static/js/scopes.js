// Ticking some of what a key may do unticks "everything", and the reverse. The server judges.

const EVERYTHING = "*";

for (const choices of document.querySelectorAll(".key-scopes")) {
  choices.addEventListener("change", ({ target }) => {
    if (!target.checked) return;
    for (const box of choices.querySelectorAll("input[type=checkbox]")) {
      if ((box.value === EVERYTHING) !== (target.value === EVERYTHING)) box.checked = false;
    }
  });
}
