// Sending a form of the playground, and telling what became of it. All words come from the server
// or stand in the page: in #refusal, and in the data-* attributes of #state.

const LOOK_AFTER_MS = 300; // and then ever more seldom, for some three minutes
const LOOK_TIMES = 35;

const refusal = document.getElementById("refusal");
const state = document.getElementById("state");

export class Refused extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

// What the server answers to a form. Throws Refused when it does not do what is asked.
export async function send(form, { accept, signal, headers = {} }) {
  const response = await fetch(form.action, {
    method: "POST",
    body: new FormData(form),
    headers: { Accept: accept, ...headers },
    signal,
  });
  if (response.ok && !response.redirected) return response;
  throw await refusalOf(response);
}

async function refusalOf(response) {
  const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
  const error = isJson ? (await response.json()).error : null;
  return new Refused(error?.message ?? refusal.dataset.broken, response.status);
}

export function nameIn(response) {
  return /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "")?.[1];
}

export function clear() {
  for (const told of refusal.querySelectorAll(":scope > [data-refusal]")) told.remove();
}

export function refuse(error) {
  clear();
  const told = refusal.querySelector("template").content.cloneNode(true);
  told.querySelector("[data-words]").textContent =
    error instanceof Refused ? error.message : refusal.dataset.broken;
  for (const link of told.querySelectorAll("[data-when]")) {
    link.hidden = link.dataset.when !== String(error.status);
  }
  refusal.append(told);
}

// Say what goes on: by the name of a data-* attribute of #state, or in words.
export function say(name, words = state.dataset[name] ?? "") {
  state.hidden = !words;
  state.textContent = words;
}

// The buttons of a form: start while nothing runs, stop while something does.
export function showRunning(form, isRunning) {
  form.querySelector("[data-start]").disabled = isRunning;
  form.querySelector("[data-stop]").hidden = !isRunning;
}

// What a run cost, once it is paid. Where it was stopped, its worker first ends a sentence.
export async function outcomeOf(form, requestId) {
  if (!requestId) return null;
  const url = form.dataset.outcome.replace("REQUEST", encodeURIComponent(requestId));
  for (let looked = 0; looked < LOOK_TIMES; looked += 1) {
    const response = await fetch(url, { headers: { Accept: "application/json" } });
    if (!response.ok) return null;
    const outcome = await response.json();
    if (outcome.is_over) return outcome;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AFTER_MS * (looked + 1)));
  }
  return null;
}

export function showOutcome(outcome) {
  say("", outcome?.sentence ?? "");
  if (outcome) document.getElementById("available").textContent = outcome.available;
  const link = document.getElementById("request-page");
  link.hidden = !outcome?.url;
  if (outcome?.url) link.href = outcome.url;
}
