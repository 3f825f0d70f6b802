// What a field says beside itself: how many characters a text has, counted as the server counts
// them, whole ones and not halves; and where a slider stands.

for (const text of document.querySelectorAll("textarea[data-most]")) {
  const most = Number(text.dataset.most);
  const told = document.querySelector("[data-count]");
  const words = document.querySelector("[data-count-words]").textContent;
  const count = () => {
    const characters = [...text.value].length;
    told.textContent = `${characters.toLocaleString(document.documentElement.lang)} ${words}`;
    text.setAttribute("aria-invalid", String(characters > most));
  };
  text.addEventListener("input", count);
  count();
  // a browser puts back what was written before a page was loaded again
  if (text.value) text.dispatchEvent(new Event("input", { bubbles: true }));
}

for (const told of document.querySelectorAll("output[for]")) {
  const slider = document.getElementById(told.htmlFor.value);
  const tell = () => {
    told.textContent = `${Number(slider.value)}×`;
  };
  slider.addEventListener("input", tell);
  tell();
}
