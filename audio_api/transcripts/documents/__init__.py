"""Transcripts that a job keeps: stored, corrected by people, and sent in seven forms."""

from audio_api.transcripts.documents.answers import (
    confidence_score,
    edit_answer,
    segments_answer,
    speakers_answer,
    transcript_answer,
    versions_answer,
)
from audio_api.transcripts.documents.building import Heard, build
from audio_api.transcripts.documents.edits import apply_edits, checked_notes
from audio_api.transcripts.documents.render import DocumentForm, Rendered, render
from audio_api.transcripts.documents.stored import (
    Source,
    StoredSegment,
    StoredTranscript,
    StoredWord,
)
from audio_api.transcripts.documents.versions import Version

__all__ = [
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
