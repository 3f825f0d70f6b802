"""Speaking into a file that no client waits for, with a list of when each word sounds."""

from __future__ import annotations

import json

from audio.codecs.encode import SpeechFormat
from audio.codecs.encode_file import FileEncoder
from audio.engines.base import EngineError
from audio.engines.speech.reading import spoken_text
from audio.engines.speech.text import clean
from audio.engines.speech.timing import Timing, as_written
from audio_api.jobs.attempt import Attempt
from audio_api.services.speech.captions import tokens
from audio_api.services.speech.params import SpeechFile, SpeechJobRequest, TimestampType
from audio_api.services.speech.work import spoken

SPEAKING = "speaking"
"""The stage of a job."""
AUDIO, TIMESTAMPS = "audio", "timestamps"
"""The names of its outputs."""

_ENCODED = {
    SpeechFile.MP3: SpeechFormat.MP3,
    SpeechFile.WAV: SpeechFormat.WAV,
    SpeechFile.OGG: SpeechFormat.OPUS,
    SpeechFile.FLAC: SpeechFormat.FLAC,
}


def run(attempt: Attempt) -> int:
    """Speak a job's text. Returns the milliseconds of audio that were made, which are charged."""
    request = SpeechJobRequest.of(attempt.job.params)
    said = spoken_text(request.to_say, request.language)
    timing = Timing()
    attempt.alive(stage=SPEAKING)
    form = SpeechFile(request.response_format)
    name = f"speech-{attempt.job.number}.{form}"
    with attempt.output(AUDIO, file_name=name, content_type=form.content_type) as file:
        encoder = FileEncoder(_ENCODED[form], file)
        for chunk in spoken(request):
            timing.hear(chunk)
            encoder.encode(chunk)
            attempt.alive(progress=timing.letters / len(said), stage=SPEAKING)
        encoder.finish()
    if not encoder.milliseconds:
        raise EngineError("the engine made no audio")
    sidecar = f"speech-{attempt.job.number}.json"
    with attempt.output(TIMESTAMPS, file_name=sidecar, content_type="application/json") as file:
        kind = TimestampType(request.timestamp_type)
        words = as_written(timing.words(said), clean(request.text))
        told = {"type": kind.value, "tokens": tokens(words, kind)}
        file.write(json.dumps(told, ensure_ascii=False).encode())
    return encoder.milliseconds
