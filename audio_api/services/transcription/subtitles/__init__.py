"""Subtitles: what was said, cut into cues as they are published, a cue a segment, or a word."""

from audio_api.services.transcription.subtitles.cutting import Cue, cues_of
from audio_api.services.transcription.subtitles.layout import (
    DEFAULT_LINE_COUNT,
    DEFAULT_LINE_WIDTH,
    DEFAULT_WIDE_LINE_WIDTH,
    LIMITS,
    MAX_CUE_SECONDS,
    MIN_CUE_SECONDS,
    Layout,
)
from audio_api.services.transcription.subtitles.pieces import Spoken
from audio_api.services.transcription.subtitles.writing import srt, vtt

__all__ = [
    "DEFAULT_LINE_COUNT",
    "DEFAULT_LINE_WIDTH",
    "DEFAULT_WIDE_LINE_WIDTH",
    "LIMITS",
    "MAX_CUE_SECONDS",
    "MIN_CUE_SECONDS",
    "Cue",
    "Layout",
    "Spoken",
    "cues_of",
    "srt",
    "vtt",
]
