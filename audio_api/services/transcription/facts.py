"""What the documentation says of transcripts, read from the code that makes it so."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from audio_api.http.limits import Limit, characters
from audio_api.services.transcription.job_form import MAX_RECORDINGS
from audio_api.services.transcription.serializer import MAX_KEYWORDS, MAX_PROMPT_CHARACTERS
from audio_api.services.transcription.subtitles import (
    DEFAULT_LINE_COUNT,
    DEFAULT_LINE_WIDTH,
    DEFAULT_WIDE_LINE_WIDTH,
    MAX_CUE_SECONDS,
)
from audio_api.services.transcription.transcripts.formats import TranscriptFormat

FORMATS: dict[TranscriptFormat, str | Promise] = {
    TranscriptFormat.JSON: _("The default: the text, and what was counted."),
    TranscriptFormat.VERBOSE_JSON: _("The text with times of segments or words, and the language."),
    TranscriptFormat.DIARIZED_JSON: _("Who says what; only with channels=split."),
    TranscriptFormat.TEXT: _("The text alone."),
    TranscriptFormat.SRT: _("Subtitles that every player reads."),
    TranscriptFormat.VTT: _("WebVTT: subtitles for the web."),
}


def facts() -> dict[str, Any]:
    return {
        "transcript_formats": FORMATS.items(),
        "prompt_characters": MAX_PROMPT_CHARACTERS,
        "keywords": MAX_KEYWORDS,
        "job_recordings": MAX_RECORDINGS,
        "cue_lines": DEFAULT_LINE_COUNT,
        "cue_columns": DEFAULT_LINE_WIDTH,
        "cue_wide_letters": DEFAULT_WIDE_LINE_WIDTH // 2,
        "cue_seconds": round(MAX_CUE_SECONDS),
    }


def limits() -> list[Limit]:
    return [
        Limit(_("Prompt of a transcript"), characters(MAX_PROMPT_CHARACTERS)),
        Limit(_("Keywords of a transcript"), str(MAX_KEYWORDS)),
        Limit(_("Recordings of one job"), str(MAX_RECORDINGS)),
    ]
