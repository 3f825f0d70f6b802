"""A short sentence while somebody else's long recording is transcribed, against the same alone."""

from __future__ import annotations

import io
import statistics
import wave
from concurrent.futures import ThreadPoolExecutor

from bench.served import Served

MINUTES = 5
SENTENCES = 5
"""Spoken in a row, alone and beside each transcription."""
_RATE = 24_000
"""Hz, of `pcm`."""
_BEGIN_SECONDS, _LONGEST_SECONDS = 120.0, 1800.0
"""Until the transcription begins, and until it is done, on a machine that is busy with others."""


def recording(served: Served, text: str, *, voice: str) -> bytes:
    """MINUTES of a voice that says a text again and again, as a WAV file."""
    body = {"model": "tts-1", "voice": voice, "input": text, "response_format": "pcm"}
    once = served.client.post("/audio/speech", json=body).raise_for_status().content
    size = MINUTES * 60 * _RATE * 2
    file = io.BytesIO()
    with wave.open(file, "wb") as opened:
        opened.setnchannels(1)
        opened.setsampwidth(2)
        opened.setframerate(_RATE)
        opened.writeframes((once * (size // len(once) + 1))[:size])
    return file.getvalue()


def beside(served: Served, long: bytes, text: str, *, voice: str) -> tuple[float, float]:
    """Seconds of a sentence while `long` is transcribed for another account, and alone."""
    alone = _typical(served, text, voice)
    other = served.server.account()
    with other.http() as client, ThreadPoolExecutor(1) as pool:
        transcript = pool.submit(
            client.post,
            "/audio/transcriptions",
            data={"model": "whisper-1"},
            files={"file": ("a.wav", long)},
            timeout=_LONGEST_SECONDS,
        )
        served.server.wait_for_job(other, "running", seconds=_BEGIN_SECONDS)
        mine = _typical(served, text, voice)
        job = served.server.last_job(other) or {}
        transcript.result().raise_for_status()
    if job["status"] != "running":
        raise RuntimeError("The transcript was done before the sentences: nothing was measured.")
    return mine, alone


def _typical(served: Served, text: str, voice: str) -> float:
    return statistics.median(served.speak(text, voice=voice).total for _ in range(SENTENCES))
