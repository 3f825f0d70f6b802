"""What of a recording is paid for."""

from __future__ import annotations

from tests.mutations.rules import Change

OF_CHANNELS = "tests/audio_api/services/transcription/test_split.py"
PARAMS = "audio_api/services/transcription/params.py"
SOUND = "audio/codecs/verdict.py"
WHOLE = "return (samples - self.silent) * len(self.heard) / PCM_RATE"

CHANGES = [
    Change(
        "silence that a file does not have is not paid for",
        SOUND,
        WHOLE,
        "return samples * len(self.heard) / PCM_RATE",
        (OF_CHANNELS,),
    ),
    Change(
        "each channel that is heard is paid for",
        SOUND,
        WHOLE,
        "return (samples - self.silent) / PCM_RATE",
        (OF_CHANNELS,),
    ),
    Change(
        "who leaves a stream does not pay for a gap before",
        PARAMS,
        "sum(self.sound.paid_until(round(end * PCM_RATE)) for end in ends)",
        "sum(ends) * len(self.sound.heard)",
        (OF_CHANNELS,),
    ),
    Change(
        "who leaves a stream pays for what had come of each channel",
        "audio_api/services/transcription/work.py",
        "ends[segment.channel] = max(ends.get(segment.channel, 0.0), segment.end)",
        "ends[None] = max(ends.get(None, 0.0), segment.end)",
        (OF_CHANNELS,),
    ),
    Change(
        "the channels of a link are held for",
        "audio_api/services/transcription/job_api.py",
        "links * (2 if wanted.split else 1)",
        "links",
        (OF_CHANNELS,),
    ),
]
