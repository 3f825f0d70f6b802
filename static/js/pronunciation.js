// The pages of pronunciations: hear a word in place, as it is saved or as it stands in the form.

import { clear, refuse, say, send } from "./playground/request.js";

const form = document.getElementById("try");
const input = document.getElementById("try-input"); // the buttons of the list have its name, too
const audio = document.getElementById("heard");

// Phonemes are told beside the word, other letters are said as they are.
function unsaved() {
  const word = document.getElementById("id_word").value.trim();
  const said = document.getElementById("id_said").value.trim();
  return said.startsWith("/") ? `[${word}](${said})` : said || word;
}

async function hear(text) {
  input.value = text;
  clear();
  say("making");
  try {
    const response = await send(form, { accept: "audio/*" });
    if (audio.src) URL.revokeObjectURL(audio.src);
    audio.src = URL.createObjectURL(await response.blob());
    audio.hidden = false;
    await audio.play().catch(() => {}); // the listener may press play
  } catch (error) {
    refuse(error);
  }
  say("");
}

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  const { dataset, value } = event.submitter ?? { dataset: {}, value: "" };
  const text = "unsaved" in dataset ? unsaved() : value;
  if (text) hear(text);
});

for (const button of document.querySelectorAll("[data-unsaved]")) button.hidden = false;
