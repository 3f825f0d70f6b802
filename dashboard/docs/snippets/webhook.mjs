import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const secrets = process.env.AUDIOPOD_WEBHOOK_SECRETS.split(/\s+/);
const seen = new Set(); // in a real program, a table with a unique column

function isGenuine(headers, body) {
  const timestamp = headers["x-audiopod-timestamp"] ?? "";
  const signature = Buffer.from(headers["x-audiopod-signature"] ?? "");
  const age = Math.abs(Date.now() / 1000 - Number(timestamp));
  // an old request is perhaps one that somebody sends again
  if (!/^\d+$/.test(timestamp) || age > 300) return false;
  // there are two while a secret is rotated
  return secrets.some((secret) => {
    const hmac = createHmac("sha256", secret).update(`${timestamp}.`).update(body);
    const expected = Buffer.from(`sha256=${hmac.digest("hex")}`);
    return expected.length === signature.length && timingSafeEqual(expected, signature);
  });
}

createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  const body = Buffer.concat(parts);
  const genuine = isGenuine(request.headers, body);
  response.writeHead(genuine ? 204 : 401).end();
  if (!genuine) return;
  const event = JSON.parse(body);
  if (seen.has(event.event_id)) return; // it may come more than once
  seen.add(event.event_id);
  console.log(event.event_type, event.job_id);
}).listen(8400, "localhost");
