"""A transcript with nothing asked for but its text."""

from __future__ import annotations

from audio.engines.base import Recording, Transcription, TranscriptionEngine


def transcript(
    listener: TranscriptionEngine, samples: Recording, language: str | None = None
) -> Transcription:
    """What is said, as a request without options has it. language: Whisper's code, or None to have
    it told from the speech. Raises as `TranscriptionEngine.transcribe`."""
    return listener.transcribe(
        samples,
        task="transcribe",
        language=language,
        prompt=None,
        temperature=None,
        word_timestamps=False,
    )
