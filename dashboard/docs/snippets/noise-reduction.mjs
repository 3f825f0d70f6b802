import { openAsBlob } from "node:fs";
import { writeFile } from "node:fs/promises";

const api = "http://127.0.0.1:8000/api/v1/denoiser";
const headers = { Authorization: `Bearer ${process.env.AUDIOPOD_API_KEY}` };

const form = new FormData();
form.set("quality_mode", "studio");
form.set("file", await openAsBlob("hello.mp3"), "hello.mp3");
let job = await (await fetch(`${api}/denoise`, { method: "POST", headers, body: form })).json();
while (!job.completed_at) {
  job = await (await fetch(`${api}/jobs/${job.id}?wait=30`, { headers })).json();
}

const made = await fetch(job.output_url);
await writeFile("clean.mp3", Buffer.from(await made.arrayBuffer()));
