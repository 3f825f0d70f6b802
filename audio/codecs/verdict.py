"""What decoding is allowed to cost and what can come of it. Standard library only: both sides of
the process border share it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

PCM_RATE = 16_000
"""Hz. Decoded audio is mono, 16-bit, little-endian, at this rate: what Whisper listens to."""

PCM_BYTES_PER_SAMPLE = 2

_GIB = 1024**3

FORMATS = (
    *("aac", "ac3", "aiff", "amr", "au", "avi", "caf", "flac", "flv", "m4a", "mkv", "mov", "mp3"),
    *("mp4", "mpeg", "mpga", "oga", "ogg", "opus", "ts", "wav", "webm", "wma", "wmv", "wv", "3gp"),
)
"""What a sender is told to send: formats by the names that people know, not all that is decoded."""

_UNDECODABLE = "The audio file could not be decoded or its format is not supported."
"""In OpenAI's own words, as is the beginning of each sentence here that OpenAI has one for."""


class DecodeReason(StrEnum):
    """Why a file was not decoded. All but `unavailable` are the file's own fault."""

    EMPTY = "empty"
    UNSUPPORTED = "unsupported"
    CORRUPT = "corrupt"
    NO_AUDIO_STREAM = "no_audio_stream"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    EXHAUSTED = "exhausted"
    """It wanted more time or memory than decoding may take."""
    UNAVAILABLE = "unavailable"
    """Too many files wait, the decoder was lost or the disk is full: it may succeed later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodeLimits:
    """What one file may cost."""

    max_seconds: float = 7200.0
    """Of decoded audio. What a header says about its length is not looked at."""
    min_seconds: float = 0.1
    queue_seconds: float = 30.0
    """How long a file may wait for a free processor; after that decoding is `unavailable`."""
    cpu_seconds: int = 60
    wall_seconds: float = 120.0
    """More than the processor's: on a busy machine a long file is not a bad one."""
    memory_bytes: int = _GIB
    """Of address space, the interpreter's own (some 130 MiB) included."""

    @property
    def patience_seconds(self) -> float:
        """The longest that a call can take. The decoder's own process ends a job before that."""
        return self.queue_seconds + self.wall_seconds

    def message(self, reason: DecodeReason) -> str:
        """The sentence that tells the sender of a file what to do."""
        return {
            DecodeReason.EMPTY: "The file is empty. Send an audio file.",
            DecodeReason.UNSUPPORTED: (
                f"Invalid file format. Supported formats: {list(FORMATS)}, with at most 8 channels"
                " at 4 to 192 kHz."
            ),
            DecodeReason.CORRUPT: (
                f"{_UNDECODABLE} It is damaged or incomplete: check that it plays, then send it"
                " again."
            ),
            DecodeReason.NO_AUDIO_STREAM: (
                f"{_UNDECODABLE} It has no audio track: send one that has."
            ),
            DecodeReason.TOO_SHORT: (
                f"Audio file is too short. Minimum audio length is {self.min_seconds:g} seconds."
            ),
            DecodeReason.TOO_LONG: (
                f"The audio is longer than {self.max_seconds:g} seconds. Split it and send the"
                " parts."
            ),
            DecodeReason.EXHAUSTED: (
                "The file takes too much time or memory to decode. Convert it to a plain mp3 or"
                " wav file, or send it in parts."
            ),
            DecodeReason.UNAVAILABLE: "The file could not be decoded just now. Send it again.",
        }[reason]


class DecodeError(Exception):
    """A file was not decoded; the message is fit for the client."""

    def __init__(self, reason: DecodeReason, limits: DecodeLimits) -> None:
        super().__init__(limits.message(reason))
        self.reason = reason


@dataclass(frozen=True, slots=True)
class DecodedAudio:
    """Raw PCM on disk: mono, s16le, `PCM_RATE` Hz, no header."""

    path: Path
    samples: int

    @property
    def seconds(self) -> float:
        """Length of the audio, exactly."""
        return self.samples / PCM_RATE

    @property
    def milliseconds(self) -> int:
        """The billing unit: a started millisecond counts whole."""
        return -(-self.samples * 1000 // PCM_RATE)
