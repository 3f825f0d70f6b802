// Runs every scenario with one client and prints a JSON line for each: `node matrix.mjs openai-7`.
import { refusals } from "./refusals.mjs";
import { speech } from "./speech.mjs";
import { transcripts } from "./transcripts.mjs";

const library = await import(process.argv[2]);
const stage = JSON.parse(process.env.STAGE);
stage.library = library;
stage.client = (options = {}) =>
  new library.default({ apiKey: stage.key, baseURL: stage.api, maxRetries: 0, ...options });

for (const [scenario, act] of Object.entries({ ...speech, ...transcripts, ...refusals })) {
  const wrong = await act(stage).then(
    () => null,
    (error) => error.stack,
  );
  console.log(JSON.stringify({ scenario, wrong }));
}
process.exit(0);
