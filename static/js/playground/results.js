// What was made on this visit, the newest first. It lives in this page's memory, and goes with it.

const MOST = 5;
const WORDS = 120; // characters of a text that are shown

const place = document.getElementById("earlier");
const list = place.querySelector("ol");
const template = place.querySelector("template");

// url, download, name: where it is heard, and kept under what name; about: its cost in words.
export function remember({ text, about, url, download, name }, hear) {
  const item = template.content.cloneNode(true).firstElementChild;
  item.querySelector("[data-words]").textContent =
    text.length > WORDS ? `${text.slice(0, WORDS)}…` : text;
  item.querySelector("[data-about]").textContent = about;
  const link = item.querySelector("[data-download]");
  link.href = download;
  link.download = name;
  item.querySelector("[data-again]").addEventListener("click", hear);
  item.forget = () => [url, download].forEach((each) => URL.revokeObjectURL(each));
  list.prepend(item);
  place.hidden = false;
  while (list.children.length > MOST) {
    list.lastElementChild.forget();
    list.lastElementChild.remove();
  }
}
