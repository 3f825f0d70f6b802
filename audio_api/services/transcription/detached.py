"""Writing down recordings for a job that no client waits for: one transcript of all of them."""

from __future__ import annotations

from dataclasses import replace

from django.utils import timezone

from audio.engines.base import Segment
from audio_api.jobs.attempt import Attempt
from audio_api.services.transcription.documents import Heard, build
from audio_api.services.transcription.listening import Ask, listen
from audio_api.services.transcription.params import TranscriptionJobRequest
from audio_api.services.transcription.sources import Recorded, recordings
from audio_api.services.transcription.transcripts import Transcript
from audiopod.common.money import billed_ms

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
        paid = sum(each.paid_seconds for each in found)
        # what its links lead to was not known before
        attempt.hold_less(most_ms=billed_ms(paid), params=replace(request, most_seconds=paid))
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
    return billed_ms(paid)


def _written_down(
    attempt: Attempt,
    request: TranscriptionJobRequest,
    recorded: Recorded,
    before: float,
    whole: float,
) -> Transcript:
    """before: seconds of the recordings that are done; whole: of all."""
    attempt.alive(progress=before / whole, stage=TRANSCRIBING)
    # the times of segments are right by those of words alone
    ask = Ask(task=request.task, language=request.language, word_timestamps=True)
    answer = listen(recorded.samples, recorded.sound, ask, split=request.is_split)
    segments: list[Segment] = []
    for segment in answer.segments:
        segments.append(segment if request.word_timestamps else replace(segment, words=()))
        attempt.alive(progress=(before + segment.end) / whole, stage=TRANSCRIBING)
    return Transcript(segments, answer.language, recorded.seconds, request.task, 0)
