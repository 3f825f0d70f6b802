const url = "http://127.0.0.1:8000/api/v1/voice/voice-profiles?language=es";
const answer = await fetch(url);
for (const { name, language, gender } of await answer.json()) {
  console.log(name, language, gender);
}
