"""The only judge of a request body: makes what the dataclasses of `requests.py` are made of."""

from audio_api.serializers.speech import SpeechSerializer
from audio_api.serializers.transcription import (
    TranscriptionSerializer,
    TranslationSerializer,
    form_data,
)

__all__ = ["SpeechSerializer", "TranscriptionSerializer", "TranslationSerializer", "form_data"]
