"""What the documentation says of transcripts, read from the code that makes it so."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from audio_api.http.limits import Limit, characters
from audio_api.services.transcription.job_form import MAX_RECORDINGS
from audio_api.services.transcription.serializer import MAX_KEYWORDS, MAX_PROMPT_CHARACTERS
from audio_api.services.transcription.transcripts.formats import TranscriptFormat

FORMATS: dict[TranscriptFormat, str | Promise] = {
    TranscriptFormat.JSON: _("The default: the text, and what was counted."),
    TranscriptFormat.VERBOSE_JSON: _("The text with times of segments or words, and the language."),
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
    }


def limits() -> list[Limit]:
    return [
        Limit(_("Prompt of a transcript"), characters(MAX_PROMPT_CHARACTERS)),
        Limit(_("Keywords of a transcript"), str(MAX_KEYWORDS)),
        Limit(_("Recordings of one job"), str(MAX_RECORDINGS)),
    ]
