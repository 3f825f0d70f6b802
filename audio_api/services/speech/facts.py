"""What the documentation says of speech, read from the code that makes it so."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audio.codecs.encode import SpeechFormat
from audio.engines.speech.mixing import MAX_MIXED
from audio_api.http.limits import Limit, characters
from audio_api.services.speech.job_form import MAX_JOB_CHARACTERS
from audio_api.services.speech.serializer import MAX_INPUT_CHARACTERS, MAX_SPEED, MIN_SPEED

FORMATS: dict[SpeechFormat, str | Promise] = {
    SpeechFormat.MP3: _("The default: small, and everything plays it."),
    SpeechFormat.OPUS: _("In an Ogg container: the smallest, for calls and browsers."),
    SpeechFormat.AAC: _("As ADTS frames: for phones and video."),
    SpeechFormat.FLAC: _("Lossless and compressed: for archives."),
    SpeechFormat.WAV: _("Lossless, 16 bit: for editing. Plays everywhere, four times as large."),
    SpeechFormat.PCM: _("Bare samples without a header: for programs that play while they read."),
}


def facts() -> dict[str, Any]:
    return {
        "speech_formats": FORMATS.items(),
        "input_characters": MAX_INPUT_CHARACTERS,
        "job_characters": MAX_JOB_CHARACTERS,
        "min_speed": MIN_SPEED,
        "max_speed": MAX_SPEED,
        "most_mixed": MAX_MIXED,
    }


def limits() -> list[Limit]:
    pace = gettext("%(slowest)g to %(fastest)g") % {"slowest": MIN_SPEED, "fastest": MAX_SPEED}
    return [
        Limit(_("Text of one speech"), characters(MAX_INPUT_CHARACTERS)),
        Limit(_("Text of a speech in a job"), characters(MAX_JOB_CHARACTERS)),
        Limit(_("Speed of a speech"), pace),
    ]
