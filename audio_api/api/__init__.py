"""The OpenAI-compatible endpoints: thin, one class each."""

from audio_api.api.models import ModelsView, ModelView
from audio_api.api.speech import SpeechView
from audio_api.api.transcription import TranscriptionView, TranslationView

__all__ = ["ModelView", "ModelsView", "SpeechView", "TranscriptionView", "TranslationView"]
