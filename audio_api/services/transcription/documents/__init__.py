"""Transcripts that a job keeps: stored, corrected by people, and sent in seven forms."""

from audio_api.services.transcription.documents.answers import (
    confidence_score,
    edit_answer,
    segments_answer,
    speakers_answer,
    transcript_answer,
    versions_answer,
)
from audio_api.services.transcription.documents.building import Heard, build
from audio_api.services.transcription.documents.edits import (
    MAX_NOTES_CHARACTERS,
    apply_edits,
    checked_notes,
)
from audio_api.services.transcription.documents.render import DocumentForm, Rendered, render
from audio_api.services.transcription.documents.stored import (
    Source,
    StoredSegment,
    StoredTranscript,
    StoredWord,
)
from audio_api.services.transcription.documents.versions import Version

__all__ = [
    "MAX_NOTES_CHARACTERS",
    "DocumentForm",
    "Heard",
    "Rendered",
    "Source",
    "StoredSegment",
    "StoredTranscript",
    "StoredWord",
    "Version",
    "apply_edits",
    "build",
    "checked_notes",
    "confidence_score",
    "edit_answer",
    "render",
    "segments_answer",
    "speakers_answer",
    "transcript_answer",
    "versions_answer",
]
