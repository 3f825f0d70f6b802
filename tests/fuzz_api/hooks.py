"""What Schemathesis is told beyond the schema. It loads this module by itself."""

from __future__ import annotations

import io
import uuid
import wave
from typing import Any

import schemathesis
from hypothesis import strategies as st

RATE = 16_000


def _wav(seconds: float) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(RATE)
        wav.writeframes(bytes(i % 199 for i in range(int(seconds * RATE) * 2)))
    return file.getvalue()


RECORDING = _wav(0.3)
BROKEN = [
    *(RECORDING[: len(RECORDING) // 2], RECORDING[:44], _wav(0.05), b"", b"ID3\x04", b"OggS"),
    *(b"RIFF\xff\xff\xff\xffWAVE", b"#EXTM3U\nhttp://127.0.0.1:1/a\n", b"name,seconds\nnone,3\n"),
]

# What the schema calls binary is an upload: mostly a recording, else what people mistake for one.
schemathesis.openapi.format(
    "binary", st.just(RECORDING) | st.sampled_from(BROKEN) | st.binary(max_size=2000)
)


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Make keys new: a few that are used over and over would have most requests refused."""
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and 0 < len(key) <= 200 and key.isascii() and key.isprintable():
        case.headers["Idempotency-Key"] = f"{key}{uuid.uuid4()}"
