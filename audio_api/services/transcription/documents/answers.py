"""The stored transcript as AudioPod's API answers it."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from audio_api.services.transcription.documents.stored import StoredSegment, StoredTranscript


def transcript_answer(stored: StoredTranscript, *, job_id: int) -> dict[str, Any]:
    """`GET /transcription/jobs/{id}/transcript?format=json`, whole."""
    speakers = speakers_answer(stored)
    return {
        "job_id": job_id,
        "detected_language": stored.language,
        "language": stored.language,
        "confidence_score": confidence_score(stored),
        "total_duration": stored.duration,
        "text": stored.text,
        "transcript": stored.text,
        "segments": segments_answer(stored),
        "speakers": speakers,
        "statistics": {"speaker_count": len(speakers)},
        "video_metadata": [
            {"index": index, "title": source.name, **source.to_json()}
            for index, source in enumerate(stored.sources)
        ],
    }


def segments_answer(stored: StoredTranscript) -> list[dict[str, Any]]:
    """Each segment with its words; the text without the space before it."""
    return [segment.to_json() | {"text": segment.text.strip()} for segment in stored.segments]


def speakers_answer(stored: StoredTranscript) -> list[dict[str, Any]]:
    """Who spoke and for how many seconds; [] where nobody told speakers apart."""
    seconds: defaultdict[tuple[int | None, str], float] = defaultdict(float)
    for segment in stored.segments:
        if segment.speaker_label is not None:
            seconds[segment.speaker_id, segment.speaker_label] += segment.end - segment.start
    return [
        {"id": speaker_id, "label": label, "total_speaking_time": round(spoken, 3)}
        for (speaker_id, label), spoken in seconds.items()
    ]


def edit_answer(stored: StoredTranscript) -> dict[str, Any]:
    """`GET …/edit`: what `PUT …/edit` takes back."""
    return {"segments": [_editable(segment) for segment in stored.segments]}


def versions_answer(stored: StoredTranscript) -> dict[str, Any]:
    """`GET …/versions` of the newest state, oldest first."""
    return {"versions": [version.to_json() for version in stored.versions]}


def confidence_score(stored: StoredTranscript) -> float | None:
    """The segments' mean, each weighed by its length; None where nobody spoke."""
    weighed = [(segment.confidence, segment.end - segment.start) for segment in stored.segments]
    if not weighed:
        return None
    whole = sum(seconds for _, seconds in weighed)
    if whole <= 0:
        return round(sum(confidence for confidence, _ in weighed) / len(weighed), 4)
    return round(sum(confidence * seconds for confidence, seconds in weighed) / whole, 4)


def _editable(segment: StoredSegment) -> dict[str, Any]:
    return {
        "id": segment.id,
        "start": segment.start,
        "end": segment.end,
        "text": segment.text.strip(),
        "speaker_label": segment.speaker_label,
        "confidence": segment.confidence,
    }
