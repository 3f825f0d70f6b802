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
    diarized_segment,
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
from audio_api.services.transcription.transcripts.turns import Turns, speaker_of
from audio_api.services.transcription.transcripts.unfolding import TextSoFar

__all__ = [
    "DEFAULT_GRANULARITIES",
    "Granularity",
    "Logprob",
    "TextSoFar",
    "Transcript",
    "TranscriptFormat",
    "Turns",
    "delta_event",
    "diarized_segment",
    "done_event",
    "in_every_format",
    "logprobs_of",
    "render",
    "speaker_of",
    "to_json",
    "to_srt",
    "to_text",
    "to_verbose_json",
    "to_vtt",
    "transcript_logprobs",
]
