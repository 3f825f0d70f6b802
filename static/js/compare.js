// A recording before and after: one button goes from one to the other at the same place, as often as
// one likes while it plays. It listens to the document, since the page brings them in later.

const pair = () => [...document.querySelectorAll("#compare audio")];
let last = null; // the one that played

function other(of) {
  return pair().find((audio) => audio !== of);
}

document.addEventListener(
  "play",
  (event) => {
    if (!pair().includes(event.target)) return;
    last = event.target;
    other(last)?.pause();
  },
  true,
);

document.addEventListener("click", (event) => {
  if (!event.target.closest("#compare [data-switch]")) return;
  const from = pair().includes(last) ? last : pair()[0];
  const to = other(from);
  to.currentTime = from.currentTime;
  from.pause();
  to.play();
});
