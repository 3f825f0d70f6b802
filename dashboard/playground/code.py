"""The programs that do what the form does: with curl, Python and Node."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

PLACEHOLDER_KEY = "YOUR_API_KEY"
DEFAULT_FILE = "recording.mp3"
MAX_NAME_CHARACTERS = 80
_UNSAFE = re.compile(r"[^\w.\- ]")


@dataclass(frozen=True, slots=True)
class Code:
    """One program. name: of its language, and in ids."""

    name: str
    title: str
    text: str


def of_speech(fields: Mapping[str, Any]) -> list[Code]:
    """fields: the members of the JSON body, in their order; `response_format` among them."""
    body = {**fields}
    extension = body.get("response_format") or "mp3"
    if extension == "mp3":
        del body["response_format"]
    if body.get("speed") == 1:
        del body["speed"]
    return _programs(_SPEECH_CURL, _SPEECH_PYTHON, _SPEECH_NODE, body, f"speech.{extension}")


def of_transcription(
    fields: Mapping[str, str], *, translate: bool, file_name: str = ""
) -> list[Code]:
    """fields: the form's own beside the file; empty ones are left out."""
    given = {name: value for name, value in fields.items() if value}
    file_name = safe_name(file_name) or DEFAULT_FILE
    verb = "translations" if translate else "transcriptions"
    return _programs(_HEARD_CURL, _HEARD_PYTHON, _HEARD_NODE, given, file_name, verb)


def of_conversion(fields: Mapping[str, str], *, file_name: str = "") -> list[Code]:
    """fields: the form's own beside the file."""
    file_name = safe_name(file_name) or DEFAULT_FILE
    made = f"converted.{safe_name(fields['output_format'])}"
    words = {"PATH": "media-converter", "ACTION": "convert", "MADE": made}
    return _programs(_MADE_CURL, _MADE_PYTHON, _MADE_NODE, fields, file_name, words=words)


def of_denoise(fields: Mapping[str, str], *, file_name: str = "") -> list[Code]:
    """fields: the form's own beside the file."""
    file_name = safe_name(file_name) or DEFAULT_FILE
    words = {"PATH": "denoiser", "ACTION": "denoise", "MADE": f"clean-{file_name}"}
    return _programs(_MADE_CURL, _MADE_PYTHON, _MADE_NODE, fields, file_name, words=words)


def safe_name(file_name: str) -> str:
    """A file's name without whatever a shell or a program could take for more than a name."""
    return _UNSAFE.sub("", file_name)[-MAX_NAME_CHARACTERS:].strip(".- ")


def _programs(
    curl: str,
    python: str,
    node: str,
    fields: Mapping[str, Any],
    file_name: str,
    verb: str = "",
    *,
    words: Mapping[str, str] | None = None,
) -> list[Code]:
    """words: of the programs' own, by the names that stand in their places."""
    base = f"{settings.PUBLIC_URL}/api/v1"
    as_forms = "".join(f" \\\n  {_form_field(name, value)}" for name, value in fields.items())
    as_json = shlex.quote(json.dumps(fields, ensure_ascii=False, indent=2))
    arguments = "".join(f"    {name}={_quoted(v)},\n" for name, v in fields.items())
    members = "".join(f"  {name}: {_quoted(v)},\n" for name, v in fields.items())
    words = {
        "BASE": base,
        "KEY": PLACEHOLDER_KEY,
        "FILE": file_name,
        "VERB": verb,
        **(words or {}),
    }
    return [
        Code("curl", "curl", _filled(curl, words | {"JSON": as_json, "FORM": as_forms})),
        Code("python", "Python", _filled(python, words | {"FIELDS": arguments})),
        Code("node", "Node", _filled(node, words | {"FIELDS": members})),
    ]


def _filled(program: str, words: Mapping[str, str]) -> str:
    """Put words in the place of their names, all at once: a word that looks like a name stays."""
    return re.sub(r"<([A-Z]+)>", lambda found: words[found[1]], program)


def _quoted(value: Any) -> str:
    """A literal, the same in Python and JavaScript."""
    return json.dumps(value, ensure_ascii=False)


def _form_field(name: str, value: str) -> str:
    """`-F` would read a file for a value that begins with @ or <."""
    return f"--form-string {shlex.quote(f'{name}={value}')}"


_SPEECH_CURL = """\
curl <BASE>/audio/speech \\
  -H "Authorization: Bearer <KEY>" \\
  -H "Content-Type: application/json" \\
  -d <JSON> \\
  -o <FILE>"""

_SPEECH_PYTHON = """\
from openai import OpenAI

client = OpenAI(
    base_url="<BASE>",
    api_key="<KEY>",
)

with client.audio.speech.with_streaming_response.create(
<FIELDS>) as speech:
    speech.stream_to_file("<FILE>")"""

_SPEECH_NODE = """\
import { writeFile } from "node:fs/promises";
import OpenAI from "openai";

const client = new OpenAI({
  baseURL: "<BASE>",
  apiKey: "<KEY>",
});

const speech = await client.audio.speech.create({
<FIELDS>});
await writeFile("<FILE>", Buffer.from(await speech.arrayBuffer()));"""

_HEARD_CURL = """\
curl <BASE>/audio/<VERB> \\
  -H "Authorization: Bearer <KEY>" \\
  -F file=@"<FILE>"<FORM>"""

_HEARD_PYTHON = """\
from pathlib import Path

from openai import OpenAI

client = OpenAI(
    base_url="<BASE>",
    api_key="<KEY>",
)

heard = client.audio.<VERB>.create(
    file=Path("<FILE>"),
<FIELDS>)
print(heard.text)"""

_HEARD_NODE = """\
import { createReadStream } from "node:fs";
import OpenAI from "openai";

const client = new OpenAI({
  baseURL: "<BASE>",
  apiKey: "<KEY>",
});

const heard = await client.audio.<VERB>.create({
  file: createReadStream("<FILE>"),
<FIELDS>});
console.log(heard.text);"""

_MADE_CURL = """\
job=$(curl -sS --fail-with-body <BASE>/<PATH>/<ACTION> \\
  -H "Authorization: Bearer <KEY>" \\
  -F file=@"<FILE>"<FORM> \\
  | sed 's/^{"id": *\\([0-9]*\\).*/\\1/')

until grep -q '"completed_at": *"' job.json 2> /dev/null; do
  curl -sS -o job.json "<BASE>/<PATH>/jobs/$job?wait=30" \\
    -H "Authorization: Bearer <KEY>"
done
curl -sS -o "<MADE>" \\
  "$(grep -o '"output_url": *"[^"]*' job.json | cut -d '"' -f 4)"
rm job.json"""

_MADE_PYTHON = """\
import requests

BASE = "<BASE>/<PATH>"
HEADERS = {"Authorization": "Bearer <KEY>"}

asked = dict(
<FIELDS>)
with open("<FILE>", "rb") as recording:
    job = requests.post(
        f"{BASE}/<ACTION>", headers=HEADERS, data=asked, files={"file": recording}
    ).json()
while not job["completed_at"]:
    job = requests.get(
        f"{BASE}/jobs/{job['id']}", params={"wait": 30}, headers=HEADERS
    ).json()
made = requests.get(job["output_url"])
with open("<MADE>", "wb") as output:
    output.write(made.content)"""

_MADE_NODE = """\
import { openAsBlob } from "node:fs";
import { writeFile } from "node:fs/promises";

const base = "<BASE>/<PATH>";
const headers = { Authorization: "Bearer <KEY>" };

const form = new FormData();
const asked = {
<FIELDS>};
for (const [name, value] of Object.entries(asked)) form.set(name, value);
form.set("file", await openAsBlob("<FILE>"), "<FILE>");
let job = await (
  await fetch(`${base}/<ACTION>`, { method: "POST", headers, body: form })
).json();
while (!job.completed_at) {
  job = await (await fetch(`${base}/jobs/${job.id}?wait=30`, { headers })).json();
}
const made = await fetch(job.output_url);
await writeFile("<MADE>", Buffer.from(await made.arrayBuffer()));"""
