"""What applications send, as their sources and a look at the wire have it.

Each request is written out, with the case of its headers and the spaces of its JSON, so that a
library of today can't change what a client of last year sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

BOUNDARY = "d0e1c2a3b4f5968778695a4b3c2d1e0f"


@dataclass(frozen=True)
class Request:
    """One request, but for its key. `{AUDIO}` stands for the bytes of a recording."""

    path: str
    headers: dict[str, str]
    body: bytes
    chunked: bool = False

    def bytes_of(self, audio: Path) -> bytes:
        return self.body.replace(b"{AUDIO}", audio.read_bytes())


def form(*parts: tuple[str, bytes], boundary: str = BOUNDARY) -> bytes:
    """A multipart body of parts, each with the headers as its client writes them."""
    lines = [
        b"--%b\r\n%b\r\n\r\n%b\r\n" % (boundary.encode(), head.encode(), content)
        for head, content in parts
    ]
    return b"".join(lines) + b"--%b--\r\n" % boundary.encode()


def text(name: str, value: str) -> tuple[str, bytes]:
    return f'Content-Disposition: form-data; name="{name}"', value.encode()


def file(disposition: str, *more: str) -> tuple[str, bytes]:
    head = "\r\n".join([f'Content-Disposition: form-data; name="file"; {disposition}', *more])
    return head, b"{AUDIO}"


def multipart(boundary: str = BOUNDARY) -> dict[str, str]:
    return {"Content-Type": f"multipart/form-data; boundary={boundary}"}


JSON = {"Content-Type": "application/json"}
SDK = {
    "Accept-Encoding": "gzip, deflate",
    "User-Agent": "AsyncOpenAI/Python 2.45.0",
    "X-Stainless-Lang": "python",
    "X-Stainless-Async": "async:asyncio",
    "x-stainless-retry-count": "0",
    "x-stainless-read-timeout": "600",
}
SDK_SPEECH = (
    SDK | JSON | {"Accept": "application/octet-stream", "X-Stainless-Raw-Response": "stream"}
)
SDK_FORM = SDK | multipart() | {"Accept": "application/json"}

# --- speech: name -> request --------------------------------------------------------------------
SPEECH = {
    # openai_conversation/tts.py: a prompt that is not set is the text "None".
    "home assistant": Request(
        "/audio/speech",
        SDK_SPEECH,
        b'{"input":"The light in the kitchen is on.","model":"gpt-4o-mini-tts","voice":"marin",'
        b'"instructions":"None","response_format":"mp3","speed":1.0}',
    ),
    # wyoming_openai: no format, so that the container of the default one has to be decodable.
    "wyoming-openai": Request(
        "/audio/speech",
        SDK_SPEECH,
        '{"input":"Das Licht in der Küche ist an.","model":"tts-1-hd","voice":"alloy",'
        '"response_format":"wav"}'.encode(),
    ),
    # routers/audio.py: the body of the browser with the model put in, by aiohttp.
    "open webui": Request(
        "/audio/speech",
        {
            "Accept": "*/*",
            "Accept-Encoding": "gzip, deflate, br",
            "User-Agent": "Python/3.11 aiohttp/3.13.2",
            "X-OpenWebUI-User-Name": "Ada%20L%C3%B6velace",
            "X-OpenWebUI-User-Role": "admin",
        }
        | JSON,
        b'{"input": "The light is on.", "voice": "alloy", "model": "tts-1"}',
    ),
    "sillytavern": Request(
        "/audio/speech",
        JSON
        | {"Accept": "*/*", "Accept-Encoding": "gzip, deflate, br", "User-Agent": "node-fetch"},
        '{"input":"“The light,” she said, *smiling*, “is on…”","response_format":"mp3",'
        '"voice":"shimmer","speed":1,"model":"tts-1"}'.encode(),
    ),
    "n8n": Request(
        "/audio/speech",
        JSON | {"Accept": "application/json, text/plain, */*", "User-Agent": "n8n"},
        b'{"model":"tts-1","input":"The light is on.","voice":"onyx","response_format":"flac",'
        b'"speed":0.9}',
    ),
    # A page that plays as it loads: fetch of a browser, from an origin of its own.
    "a web page": Request(
        "/audio/speech",
        {
            "Accept": "*/*",
            "Origin": "https://app.example.com",
            "Referer": "https://app.example.com/",
            "Sec-Fetch-Mode": "cors",
        }
        | JSON,
        b'{"model":"gpt-4o-mini-tts","voice":"coral","input":"The light is on.",'
        b'"instructions":"Speak in a cheerful and positive tone.","response_format":"opus"}',
    ),
    # An assistant that asks for raw samples, and an unknown knob of another server beside them.
    "a voice assistant": Request(
        "/audio/speech",
        JSON,
        b'{"model":"kokoro","voice":"af_heart","input":"The light is on.","speed":1,'
        b'"response_format":"pcm","stream":true,"lang_code":null,"volume_multiplier":1.0,'
        b'"return_download_link":false}',
    ),
}

# --- transcripts: name -> request ---------------------------------------------------------------
TRANSCRIPTS = {
    # openai_conversation/stt.py: fields in the order of the signature, the file last.
    "home assistant": Request(
        "/audio/transcriptions",
        SDK_FORM,
        form(
            text("model", "gpt-4o-mini-transcribe"),
            text("language", "en"),
            text("prompt", "The following conversation is a smart home user talking."),
            text("response_format", "json"),
            file('filename="a.wav"', "Content-Type: audio/x-wav"),
        ),
    ),
    # requests writes no Content-Type for a file that it is given without one.
    "open webui": Request(
        "/audio/transcriptions",
        {"Accept": "*/*", "Accept-Encoding": "gzip, deflate", "User-Agent": "python-requests/2.32"}
        | multipart(),
        form(text("model", "whisper-1"), text("language", "en"), file('filename="6f1c.wav"')),
    ),
    "sillytavern": Request(
        "/audio/transcriptions",
        multipart("--------------------------310425586178236410934527"),
        form(
            file('filename="audio.wav"', "Content-Type: audio/wav"),
            text("model", "whisper-1"),
            boundary="--------------------------310425586178236410934527",
        ),
        chunked=True,
    ),
    "n8n": Request(
        "/audio/transcriptions",
        multipart() | {"Accept": "application/json, text/plain, */*"},
        form(
            text("model", "whisper-1"),
            text("language", "en"),
            text("temperature", "0.2"),
            file('filename="voice message.ogg"', "Content-Type: audio/ogg"),
        ),
    ),
    "litellm": Request(
        "/audio/transcriptions",
        SDK_FORM,
        form(
            text("model", "whisper-1"),
            text("response_format", "verbose_json"),
            text("timestamp_granularities[]", "word"),
            text("timestamp_granularities[]", "segment"),
            text("user", "team-7"),
            file('filename="upload"', "Content-Type: application/octet-stream"),
        ),
    ),
    # A phone or a Mac: the parts of a Swift or Kotlin library, with a charset or a length each.
    "a phone": Request(
        "/audio/transcriptions",
        multipart("alamofire.boundary.b1f2e3d4"),
        form(
            (
                'Content-Disposition: form-data; name="model"\r\n'
                "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 9",
                b"whisper-1",
            ),
            text("response_format", "verbose_json"),
            text("timestamp_granularities[]", "segment"),
            text("language", ""),
            text("prompt", ""),
            text("temperature", "0"),
            file(
                "filename=\"Aufnahme 1.m4a\"; filename*=utf-8''Aufnahme%201.m4a",
                "Content-Type: audio/m4a",
            ),
            boundary="alamofire.boundary.b1f2e3d4",
        ),
    ),
    # What `MediaRecorder` and `FormData` make of a recording that has no name.
    "a web page": Request(
        "/audio/transcriptions",
        {"Origin": "https://app.example.com", "Accept": "*/*"}
        | multipart("----WebKitFormBoundary7MA4YWxkTrZu0gW"),
        form(
            file('filename="blob"', "Content-Type: audio/webm;codecs=opus"),
            text("model", "whisper-1"),
            text("response_format", "json"),
            boundary="----WebKitFormBoundary7MA4YWxkTrZu0gW",
        ),
    ),
}
