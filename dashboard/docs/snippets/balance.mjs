const answer = await fetch("http://127.0.0.1:8000/api/v1/api-wallet/balance", {
  headers: { Authorization: `Bearer ${process.env.AUDIOPOD_API_KEY}` },
});
const { available_micros: micros } = await answer.json();
console.log(micros / 1_000_000);
