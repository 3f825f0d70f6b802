"""Transcripts as OpenAI's transcription endpoints send them: whole, or as they are decoded."""

from audio_api.services.transcription.transcripts.events import (
    delta_event,
    done_event,
    in_every_format,
)
from audio_api.services.transcription.transcripts.formats import (
    DEFAULT_GRANULARITIES,
    Granularity,
    Transcript,
    TranscriptFormat,
    render,
    to_json,
    to_srt,
    to_text,
    to_verbose_json,
    to_vtt,
)
from audio_api.services.transcription.transcripts.logprobs import (
    Logprob,
    logprobs_of,
    transcript_logprobs,
)
from audio_api.services.transcription.transcripts.unfolding import TextSoFar

__all__ = [
    "DEFAULT_GRANULARITIES",
    "Granularity",
    "Logprob",
    "TextSoFar",
    "Transcript",
    "TranscriptFormat",
    "delta_event",
    "done_event",
    "in_every_format",
    "logprobs_of",
    "render",
    "to_json",
    "to_srt",
    "to_text",
    "to_verbose_json",
    "to_vtt",
    "transcript_logprobs",
]
