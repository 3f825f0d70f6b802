// The chosen recording: from the file chooser, dropped onto it, or from the microphone. It can be
// heard, its length is told to the server for the estimate, and one that is too large is refused.

const drop = document.getElementById("drop");
const chooser = document.getElementById("file");
const audio = document.getElementById("source");
const form = document.getElementById("run");
const FAR_SECONDS = 1e7;

// Put a file into the chooser, so that the form sends it as if it had been chosen there.
export function choose(file) {
  const transfer = new DataTransfer();
  transfer.items.add(file);
  chooser.files = transfer.files;
  chooser.dispatchEvent(new Event("change", { bubbles: true }));
}

function tell(name, value) {
  form.elements[name].value = value;
  form.elements[name].dispatchEvent(new Event("change", { bubbles: true }));
}

function show(file) {
  if (audio.src) URL.revokeObjectURL(audio.src);
  audio.hidden = !file;
  tell("seconds", "");
  tell("file_name", file?.name ?? "");
  if (!file) {
    audio.removeAttribute("src");
    return;
  }
  audio.src = URL.createObjectURL(file);
  audio.load();
}

// What a browser has recorded does not say how long it is, until one has asked for its far end.
function measure() {
  if (Number.isFinite(audio.duration)) {
    tell("seconds", String(audio.duration));
    return;
  }
  const found = () => {
    if (!Number.isFinite(audio.duration)) return;
    audio.removeEventListener("durationchange", found);
    audio.currentTime = 0;
    tell("seconds", String(audio.duration));
  };
  audio.addEventListener("durationchange", found);
  audio.currentTime = FAR_SECONDS;
}

chooser.addEventListener("change", () => {
  const file = chooser.files[0];
  const isTooLarge = file && file.size > Number(drop.dataset.maxBytes);
  chooser.setCustomValidity(isTooLarge ? drop.dataset.tooLarge : "");
  if (isTooLarge) chooser.reportValidity();
  show(file);
});

audio.addEventListener("loadedmetadata", measure);
audio.addEventListener("error", () => {
  audio.hidden = true; // the server may read what this browser does not play
});

for (const name of ["dragenter", "dragover"]) {
  drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.add("drop--over");
  });
}

for (const name of ["dragleave", "drop"]) {
  drop.addEventListener(name, () => drop.classList.remove("drop--over"));
}

drop.addEventListener("drop", (event) => {
  event.preventDefault();
  const file = event.dataTransfer.files[0];
  if (file) choose(file);
});
