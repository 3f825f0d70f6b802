"""Writing down recordings for a job that no client waits for: one transcript of all of them."""

from __future__ import annotations

from django.utils import timezone

from audio.engines import registry, status
from audio.engines.base import EngineError, Segment, TranscriptionEngine
from audio_api.jobs.attempt import Attempt
from audio_api.services.transcription.documents import Heard, build
from audio_api.services.transcription.params import TranscriptionJobRequest, billed_ms
from audio_api.services.transcription.sources import Recorded, recordings
from audio_api.services.transcription.transcripts import Transcript

TRANSCRIBING = "transcribing"
"""The stage of a job."""
TRANSCRIPT = "transcript"
"""The name of its outputs, one for each version."""


def run(attempt: Attempt) -> int:
    """Write a job's recordings down. Returns their milliseconds, which are charged."""
    request = TranscriptionJobRequest.of(attempt.job.params)
    attempt.alive()
    with recordings(attempt, request) as found:
        whole = sum(each.seconds for each in found)
        heard: list[Heard] = []
        before = 0.0
        for each in found:
            transcript = _written_down(attempt, request, each, before, whole)
            heard.append(Heard(each.name, transcript))
            before += each.seconds
        stored = build(heard, at=timezone.now())
    with attempt.output(
        TRANSCRIPT, file_name=f"{TRANSCRIPT}.json", content_type="application/json"
    ) as file:
        file.write(stored.to_bytes())
    return billed_ms(whole)


def _written_down(
    attempt: Attempt,
    request: TranscriptionJobRequest,
    recorded: Recorded,
    before: float,
    whole: float,
) -> Transcript:
    """before: seconds of the recordings that are done; whole: of all."""
    engine = registry.get(TranscriptionEngine)
    if reason := status.why_broken(engine.name):
        raise EngineError(reason)
    attempt.alive(progress=before / whole, stage=TRANSCRIBING)
    answer = engine.transcribe(
        recorded.samples,
        task=request.task,
        language=request.language,
        prompt=None,
        temperature=None,
        word_timestamps=request.word_timestamps,
    )
    segments: list[Segment] = []
    for segment in answer.segments:
        segments.append(segment)
        attempt.alive(progress=(before + segment.end) / whole, stage=TRANSCRIBING)
    return Transcript(segments, answer.language, recorded.seconds, request.task, 0)
