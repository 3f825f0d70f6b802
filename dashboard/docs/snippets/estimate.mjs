const answer = await fetch("http://127.0.0.1:8000/api/v1/api-wallet/estimate", {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ service_type: "transcription", duration_seconds: 90 }),
});
console.log((await answer.json()).cost_micros);
