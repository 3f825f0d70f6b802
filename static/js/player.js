// Play buttons: one recording at a time, heard in place.
//
// Markup (templates/partials/play_button.html makes it; static/css/player.css shows one state):
//
//   <span class="player">
//     <button type="button" class="…" data-play="/url/of.mp3" data-state="idle">
//       <span data-when="idle">icon Play</span>      <span data-when="loading">icon Loading…</span>
//       <span data-when="playing">icon Stop</span>   <span data-when="failed">icon Try again</span>
//     </button>
//     <noscript><audio controls preload="none" src="/url/of.mp3"></audio></noscript>
//   </span>
//
// All words stand in the template; this module only moves `data-state`. Buttons that arrive later
// (htmx) work too, since clicks are heard on the document. Enter and Space press a button as
// everywhere; Escape stops what plays. A page may listen for the event `play-state` of a button,
// whose `detail` is its new state.

const audio = new Audio();
let active = null;

function show(button, state) {
  if (!button || button.dataset.state === state) return;
  button.dataset.state = state;
  button.dispatchEvent(new CustomEvent("play-state", { bubbles: true, detail: state }));
}

export function stop(state = "idle") {
  const button = active;
  active = null;
  if (!button) return;
  audio.pause();
  audio.removeAttribute("src");
  audio.load();
  show(button, state);
}

export async function play(button) {
  stop();
  active = button;
  show(button, "loading");
  audio.src = button.dataset.play;
  try {
    await audio.play();
  } catch {
    // Another button may have been pressed meanwhile: that is no failure of this one.
    if (active === button) stop("failed");
  }
}

audio.addEventListener("playing", () => show(active, "playing"));
audio.addEventListener("waiting", () => show(active, "loading"));
audio.addEventListener("ended", () => stop());
audio.addEventListener("error", () => stop("failed"));

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-play]");
  if (!button) return;
  if (button === active) {
    stop();
  } else {
    play(button);
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") stop();
});

document.addEventListener("htmx:afterSettle", () => {
  if (active && !active.isConnected) stop();
});
