// A transcript whose words are heard when they are pressed, and marked while they are heard.
// One of them can be reached by Tab, the others from there by the arrow keys.

const place = document.querySelector("#words .transcript");
const audio = document.getElementById("source");
const KEYS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
let words = [];
let marked = null;

function buttonOf({ word, start, end }) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "word", textContent: word, tabIndex: -1 });
  Object.assign(button, { start, end });
  return button;
}

// The text as it is, with each word in it made a button: languages without spaces stay without.
export function showWords(text, timed) {
  const parts = [];
  let at = 0;
  words = [];
  for (const each of timed) {
    const found = text.indexOf(each.word, at);
    if (!each.word || found < 0) continue;
    words.push(buttonOf(each));
    parts.push(text.slice(at, found), words.at(-1));
    at = found + each.word.length;
  }
  place.replaceChildren(...parts, text.slice(at));
  if (words.length) words[0].tabIndex = 0;
  marked = null;
}

function focus(word) {
  for (const each of words) each.tabIndex = each === word ? 0 : -1;
  word.focus();
}

function mark(word) {
  if (word === marked) return;
  marked?.removeAttribute("aria-current");
  word?.setAttribute("aria-current", "true");
  marked = word;
}

// The word at a moment. They are in order: look in the middle, then in the half that it is in.
function wordAt(seconds) {
  let [first, end] = [0, words.length];
  while (first < end) {
    const middle = Math.floor((first + end) / 2);
    if (words[middle].end <= seconds) first = middle + 1;
    else end = middle;
  }
  return words[first]?.start <= seconds ? words[first] : null;
}

place.addEventListener("click", (event) => {
  const word = event.target.closest(".word");
  if (!word || !audio.src) return;
  focus(word);
  audio.currentTime = word.start;
  audio.play().catch(() => {});
});

place.addEventListener("keydown", (event) => {
  const step = KEYS[event.key];
  const here = words.indexOf(event.target);
  if (!step || here < 0) return;
  event.preventDefault();
  const next = words[here + step];
  if (next) focus(next);
});

audio.addEventListener("timeupdate", () => mark(wordAt(audio.currentTime)));
audio.addEventListener("ended", () => mark(null));
