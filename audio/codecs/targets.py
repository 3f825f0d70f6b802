"""What a recording can be converted into, and how FFmpeg makes it. Standard library only: both
sides of the process border share it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Quality(StrEnum):
    """How much of the sound is kept."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    LOSSLESS = "lossless"


class Target(StrEnum):
    """`output_format`, which is also what the name of the file ends with."""

    MP3 = "mp3"
    WAV = "wav"
    FLAC = "flac"
    OGG = "ogg"
    M4A = "m4a"
    AAC = "aac"
    OPUS = "opus"

    @property
    def recipe(self) -> Recipe:
        """How it is made."""
        return RECIPES[self]


class CoverPlace(StrEnum):
    """Where a format has its picture."""

    NOWHERE = "nowhere"
    STREAM = "stream"
    TAG = "tag"
    """Among the comments of Vorbis, as base64."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a format is made.

    codec: None where the samples decide it; kilobits: a second of mono and of stereo, by quality;
    layouts: by the number of channels; rates: Hz, in ascending order, none for any; is_exact:
    whether a reader gets back as many samples as there were; muxer_options: FFmpeg's.
    """

    title: str
    content_type: str
    muxer: str
    codec: str | None
    layouts: Mapping[int, str]
    kilobits: Mapping[Quality, tuple[int, int]] = field(default_factory=dict)
    rates: tuple[int, ...] = ()
    has_tags: bool = True
    cover: CoverPlace = CoverPlace.NOWHERE
    is_exact: bool = True
    muxer_options: Mapping[str, str] = field(default_factory=dict)
    codec_options: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_lossless(self) -> bool:
        return not self.kilobits

    @property
    def qualities(self) -> list[Quality]:
        """Those that may be asked for. A lossless format is lossless by any name."""
        return list(Quality) if self.is_lossless else list(self.kilobits)

    @property
    def most_channels(self) -> int:
        return max(self.layouts)

    def bits_per_second(self, quality: Quality, channels: int) -> int:
        """Of a lossy format: each channel after the second takes half of what two take."""
        mono, stereo = self.kilobits[quality]
        return 1000 * (mono if channels == 1 else stereo * channels // 2)

    def rate_for(self, rate: int) -> int:
        """The nearest that it has, rather above than below."""
        if not self.rates or rate in self.rates:
            return rate
        same_family = [have for have in self.rates if have < rate and rate % have == 0]
        above = [have for have in self.rates if have > rate]
        if above:
            return above[0]
        return same_family[-1] if same_family else self.rates[-1]


_FAMILY = {1: "mono", 2: "stereo", 3: "3.0", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
"""The order of Vorbis, Opus and FLAC (RFC 7845, 5.1.1.2; RFC 9639, 9.1.3)."""
_MP3_RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
_AAC_RATES = (7_350, *_MP3_RATES, 64_000, 88_200, 96_000)
_OPUS = Recipe(
    title="Opus",
    content_type="audio/ogg",
    muxer="ogg",
    codec="libopus",
    layouts=_FAMILY,
    rates=(48_000,),
    kilobits={Quality.LOW: (32, 48), Quality.MEDIUM: (64, 96), Quality.HIGH: (96, 160)},
    cover=CoverPlace.TAG,
)
_AAC_KILOBITS = {Quality.LOW: (64, 96), Quality.MEDIUM: (96, 160), Quality.HIGH: (160, 256)}

RECIPES = {
    Target.MP3: Recipe(
        title="MP3",
        content_type="audio/mpeg",
        muxer="mp3",
        codec="libmp3lame",
        layouts={1: "mono", 2: "stereo"},
        rates=_MP3_RATES,
        kilobits={Quality.LOW: (56, 96), Quality.MEDIUM: (96, 160), Quality.HIGH: (160, 256)},
        cover=CoverPlace.STREAM,
        codec_options={
            "compression_level": "5"
        },  # of LAME: it takes half the time of its usual one
    ),
    Target.WAV: Recipe(
        title="WAV",
        content_type="audio/wav",
        muxer="wav",
        codec=None,
        layouts=_FAMILY,
    ),
    Target.FLAC: Recipe(
        title="FLAC",
        content_type="audio/flac",
        muxer="flac",
        codec="flac",
        layouts=_FAMILY,
        cover=CoverPlace.STREAM,
    ),
    Target.OGG: _OPUS,
    Target.M4A: Recipe(
        title="AAC in MPEG-4",
        content_type="audio/mp4",
        muxer="mp4",
        codec="aac",
        layouts=_FAMILY,
        rates=_AAC_RATES,
        kilobits=_AAC_KILOBITS,
        cover=CoverPlace.STREAM,
        muxer_options={"brand": "M4A ", "movflags": "faststart"},
    ),
    Target.AAC: Recipe(
        title="AAC (ADTS)",
        content_type="audio/aac",
        muxer="adts",
        codec="aac",
        layouts=_FAMILY,
        rates=_AAC_RATES,
        kilobits=_AAC_KILOBITS,
        is_exact=False,  # ADTS has no place for a length
        muxer_options={"write_id3v2": "1"},
    ),
    Target.OPUS: _OPUS,
}
