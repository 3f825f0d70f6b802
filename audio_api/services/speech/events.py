"""The events of a speech with `stream_format: "sse"`, in the terms of OpenAI's specification."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from audio_api.channel import Audio, sse

TOKENS_PER_SECOND = 20
"""Of audio. OpenAI counts about as many for its own models, and does not say how."""
BYTES_PER_TOKEN = 4
"""Of UTF-8 text: the usual rule of thumb for English."""
MAX_DELTA_BYTES = 24 * 1024
"""Of audio in one event. Some clients read no line beyond 64 KiB; a multiple of 3 needs no
padding in the middle of a stream, one of 2 cuts no sample."""


def audio_deltas(data: bytes) -> Iterator[bytes]:
    """`speech.audio.delta` events with consecutive bytes of the chosen format."""
    for start in range(0, len(data), MAX_DELTA_BYTES):
        audio = base64.b64encode(data[start : start + MAX_DELTA_BYTES]).decode()
        yield sse.event({"type": "speech.audio.delta", "audio": audio})


def framed(audio: Audio, kind: str) -> Iterator[bytes]:
    """A piece of the speech as events, with what is told of its times. kind: of its tokens."""
    yield from audio_deltas(audio.data)
    if audio.tokens:
        told = {"type": "speech.audio.timestamps", "granularity": kind, "tokens": audio.tokens}
        yield sse.event(told)


def done(text: str, audio_ms: int) -> bytes:
    """`speech.audio.done`. What it counts is informative: what is paid for is audio."""
    input_tokens = -(-len(text.encode()) // BYTES_PER_TOKEN)
    output_tokens = -(-audio_ms * TOKENS_PER_SECOND // 1000)
    usage = {
        "input_tokens": input_tokens,
        "output_tokens": output_tokens,
        "total_tokens": input_tokens + output_tokens,
    }
    return sse.event({"type": "speech.audio.done", "usage": usage})
