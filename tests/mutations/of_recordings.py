"""What of a recording is paid for."""

from __future__ import annotations

from tests.mutations.rules import Change

OF_CHANNELS = "tests/audio_api/services/transcription/test_split.py"
OF_CONVERSIONS = "tests/audio_api/services/conversion"
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
    Change(
        "a file that lies of its length is not converted beyond what is held",
        "audio/codecs/converting.py",
        "if shaper.seconds > asked.limits.max_seconds:",
        "if shaper.seconds < 0:",
        (OF_CONVERSIONS,),
    ),
    Change(
        "several jobs are held for together or not at all",
        "audio_api/jobs/detached.py",
        "        with transaction.atomic():\n            for job, _ in jobs:",
        "        if jobs:\n            for job, _ in jobs:",
        (OF_CONVERSIONS,),
    ),
]
