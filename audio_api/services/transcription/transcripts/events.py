"""The events of `stream=true`: deltas while the audio is decoded, and the whole text at the end."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from audio_api.services.transcription.transcripts.formats import (
    Transcript,
    spoken_languages,
    to_srt,
    to_verbose_json,
    to_vtt,
)
from audio_api.services.transcription.transcripts.logprobs import Logprob

AUDIO_TOKENS_PER_SECOND = 10
"""As OpenAI counts the tokens of audio that is listened to."""


def delta_event(text: str, logprobs: Sequence[Logprob] | None = None) -> dict[str, Any]:
    """`transcript.text.delta`: all deltas joined are the text of `transcript.text.done`."""
    event: dict[str, Any] = {"type": "transcript.text.delta", "delta": text}
    return event if logprobs is None else event | {"logprobs": list(logprobs)}


def done_event(
    transcript: Transcript,
    *,
    logprobs: Sequence[Logprob] | None = None,
    languages: bool = False,
) -> dict[str, Any]:
    """`transcript.text.done`, with the usage in tokens."""
    event: dict[str, Any] = {"type": "transcript.text.done", "text": transcript.text}
    if logprobs is not None:
        event["logprobs"] = list(logprobs)
    if languages:
        event["languages"] = spoken_languages(transcript)
    return event | {"usage": _usage(transcript)}


def in_every_format(transcript: Transcript) -> dict[str, Any]:
    """What the playground's `transcript.text.done` has beside the text; the API's has none."""
    return {
        "verbose_json": to_verbose_json(transcript, ("segment", "word")),
        "srt": to_srt(transcript),
        "vtt": to_vtt(transcript),
    }


def _usage(transcript: Transcript) -> dict[str, Any]:
    """Tokens of audio (a started one counts whole), of prompt and keywords, and of the answer.

    The last are what Whisper has said, its marks of time among them. They are for information:
    what is paid for is the duration.
    """
    # the duration is a multiple of a sample: the rounding only removes what a float adds
    audio = math.ceil(round(transcript.usage_seconds * AUDIO_TOKENS_PER_SECOND, 6))
    text = transcript.prompt_tokens
    said = sum(len(segment.tokens) for segment in transcript.segments)
    return {
        "type": "tokens",
        "input_tokens": audio + text,
        "input_token_details": {"text_tokens": text, "audio_tokens": audio},
        "output_tokens": said,
        "total_tokens": audio + text + said,
    }
