"""What a recording is put back into after its samples were worked on: the kind of file that it was,
where FFmpeg can write one. Standard library only: both sides of the process border share it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

from audio.codecs.targets import RECIPES, CoverPlace, Recipe, Target

_AAC = replace(
    RECIPES[Target.M4A],
    cover=CoverPlace.NOWHERE,
    muxer_options={"movflags": "faststart"},
)
_OPUS = replace(RECIPES[Target.OPUS], cover=CoverPlace.NOWHERE)
_OF_THE_WEB = frozenset({"vp8", "vp9", "av1", "libdav1d", "libvpx", "libvpx-vp9", "libaom-av1"})
"""Pictures that WebM may have."""


class Wrapping(StrEnum):
    """Also what the name of the file ends with."""

    MP3 = "mp3"
    WAV = "wav"
    FLAC = "flac"
    OGG = "ogg"
    M4A = "m4a"
    AAC = "aac"
    MP4 = "mp4"
    MOV = "mov"
    MKV = "mkv"
    WEBM = "webm"

    @property
    def recipe(self) -> Recipe:
        """How it is made."""
        return _FILMS.get(self) or RECIPES[Target(self)]

    @property
    def has_pictures(self) -> bool:
        """Whether it is made for films."""
        return self in _FILMS


_FILMS = {
    Wrapping.MP4: replace(_AAC, title="MP4", content_type="video/mp4", muxer="mp4"),
    Wrapping.MOV: replace(_AAC, title="QuickTime", content_type="video/quicktime", muxer="mov"),
    Wrapping.MKV: replace(
        _AAC,
        title="Matroska",
        content_type="video/x-matroska",
        muxer="matroska",
        muxer_options={},
    ),
    Wrapping.WEBM: replace(_OPUS, title="WebM", content_type="video/webm", muxer="webm"),
}
_BY_DEMUXER = {
    "mp3": Wrapping.MP3,
    "flac": Wrapping.FLAC,
    "aac": Wrapping.AAC,
    "loas": Wrapping.AAC,
}


def wrapping_for(demuxer: str, codec: str, *, pictures: Sequence[str], brand: str) -> Wrapping:
    """What a recording is put back into; WAV for what is not written here.

    codec: of its sound; pictures: the codecs of its films; brand: the major one of MPEG-4.
    """
    match demuxer:
        case "mov" if not pictures:
            return Wrapping.M4A
        case "mov":
            return Wrapping.MOV if brand.startswith("qt") else Wrapping.MP4
        case "matroska" if pictures:
            is_of_the_web = codec in ("opus", "libopus", "vorbis") and set(pictures) <= _OF_THE_WEB
            return Wrapping.WEBM if is_of_the_web else Wrapping.MKV
        case "ogg" | "matroska":
            return Wrapping.FLAC if codec == "flac" else Wrapping.OGG
    return _BY_DEMUXER.get(demuxer, Wrapping.WAV)
