// The page of conversions: send the recording, then go to the page of its job, which shows how far
// it is and has the result.

import { leave } from "./pass.js";
import "./recording.js";
import { clear, refuse, say, send, showRunning } from "./request.js";

const form = document.getElementById("run");
let sending = null;

async function run(signal) {
  const headers = await leave(form);
  const response = await send(form, { accept: "application/json", signal, headers });
  location.assign((await response.json()).url);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (sending) return;
  sending = new AbortController();
  clear();
  showRunning(form, true);
  say("sending");
  try {
    await run(sending.signal);
  } catch (error) {
    say("");
    if (error.name !== "AbortError") refuse(error);
  }
  sending = null;
  showRunning(form, false);
});

form.querySelector("[data-stop]").addEventListener("click", () => sending?.abort());
