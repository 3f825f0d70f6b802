"""What decoding is allowed to cost and what can come of it. Standard library only: both sides of
the process border share it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from audio.codecs.wrapping import Wrapping

PCM_RATE = 16_000
"""Hz. Decoded audio is 16-bit, little-endian, at this rate: what Whisper listens to."""

PCM_BYTES_PER_SAMPLE = 2

MAX_GAPS = 64
"""Of a recording, of which it is remembered where they are: they have to fit into an answer."""

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
    INCOMPLETE = "incomplete"
    ENCRYPTED = "encrypted"
    SILENT = "silent"
    """Only where sound is wanted for its own sake: a silent recording has a transcript."""
    NO_AUDIO_STREAM = "no_audio_stream"
    NO_SUCH_TRACK = "no_such_track"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    TOO_LARGE = "too_large"
    """What is made of it would be."""
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
    cpu_seconds: int = 90
    """Half of it decodes the longest recording once; one that is too quiet is decoded twice."""
    wall_seconds: float = 150.0
    """More than the processor's: on a busy machine a long file is not a bad one."""
    memory_bytes: int = _GIB
    """Of address space, the interpreter's own (some 130 MiB) included."""
    output_bytes: int | None = None
    """Of what is written; None: as many as decoded samples of `max_seconds` take."""

    @property
    def written_bytes(self) -> int:
        """What may be written."""
        decoded = int(self.max_seconds * PCM_RATE) * PCM_BYTES_PER_SAMPLE
        return decoded if self.output_bytes is None else self.output_bytes

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
            DecodeReason.INCOMPLETE: (
                f"{_UNDECODABLE} It is incomplete: its end is missing, as after a recording or an"
                " upload that was broken off. Send all of it."
            ),
            DecodeReason.ENCRYPTED: (
                f"{_UNDECODABLE} Its sound is encrypted, as files from some shops are (DRM): send"
                " a copy without protection."
            ),
            DecodeReason.SILENT: (
                "The recording is silent from beginning to end. Check the microphone, or which"
                " track was recorded, and send another."
            ),
            DecodeReason.NO_SUCH_TRACK: (
                "The file has no audio track of this number. The first is 1; leave the number out"
                " for the track that a player would choose."
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
            DecodeReason.TOO_LARGE: (
                f"The result would have more than {self.output_bytes} bytes. Choose a compressed"
                " format, or send the recording in parts."
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
class Wanted:
    """What of a file is to be decoded.

    track: its audio track, counted from 1, or None for the one that a player would choose and that
    is not silent; split: each of its channels by itself, and not their mix.
    """

    track: int | None = None
    split: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """What lies in a file of decoded samples, as far as its bytes do not tell.

    channels: whose samples lie beside each other; heard: those of them, counted from 0, that say
    something which none before them says as well; silent: samples of each channel that were put
    where the file's clock goes on and the file has none; gaps: where these are, and how many, each
    in samples: the first `MAX_GAPS`.
    """

    channels: int = 1
    heard: tuple[int, ...] = (0,)
    silent: int = 0
    gaps: tuple[tuple[int, int], ...] = ()

    def paid_seconds(self, samples: int) -> float:
        """Of a whole file of so many samples: the length of what was decoded, without the gaps, of
        each channel that is heard."""
        return (samples - self.silent) * len(self.heard) / PCM_RATE

    def paid_until(self, at: int) -> float:
        """The same, from the beginning to this sample."""
        gaps = sum(min(max(at - start, 0), length) for start, length in self.gaps)
        return (at - gaps) * len(self.heard) / PCM_RATE

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """From what JSON makes of it."""
        gaps = tuple((at, length) for at, length in told["gaps"])
        return cls(**{**told, "heard": tuple(told["heard"]), "gaps": gaps})


PLAIN = Sound()
"""One mix, without a gap."""


@dataclass(frozen=True, slots=True)
class DecodedAudio:
    """Raw PCM on disk: s16le, `PCM_RATE` Hz, no header. samples: of each channel."""

    path: Path
    samples: int
    sound: Sound = PLAIN

    @property
    def seconds(self) -> float:
        """Length of the audio, exactly, by the clock of the file that it comes from."""
        return self.samples / PCM_RATE

    @property
    def paid_seconds(self) -> float:
        """Length of what was decoded, of all channels that are heard."""
        return self.sound.paid_seconds(self.samples)


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """What a recording was converted into. samples: of each channel, at `rate` Hz; bits: of each
    sample, 0 for a lossy format and a lossy recording; paid_ms: milliseconds that were decoded, a
    started one counted whole; is_float: whether the recording's samples are; has_cover: whether it
    has a picture that can be kept."""

    samples: int
    rate: int
    channels: int
    bits: int
    paid_ms: int
    source_rate: int
    source_channels: int
    source_bits: int
    is_float: bool
    has_cover: bool

    @property
    def seconds(self) -> float:
        """Length of the result, exactly."""
        return self.samples / self.rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """A recording as float32 samples, to be worked on, and what it was.

    samples: of each channel, at `rate` Hz; track: the one they come from, counted from 0; paid_ms:
    milliseconds that were decoded, a started one counted whole; source_samples: as many as it is
    long by its clock; source_bits: of each sample, 0 for a lossy recording; wrapping: what it is
    put back into; is_video: whether there are pictures in its file.
    """

    samples: int
    channels: int
    rate: int
    track: int
    paid_ms: int
    source_rate: int
    source_samples: int
    source_channels: int
    source_bits: int
    is_float: bool
    is_video: bool
    wrapping: Wrapping

    @property
    def seconds(self) -> float:
        """Length of the recording by its clock."""
        return self.source_samples / self.source_rate

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """From what JSON makes of it."""
        return cls(**{**told, "wrapping": Wrapping(told["wrapping"])})
