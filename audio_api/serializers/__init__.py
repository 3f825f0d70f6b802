"""The only judge of a request body: makes what the dataclasses of `requests.py` are made of."""

from audio_api.serializers.form import form_data
from audio_api.serializers.speech import SpeechSerializer
from audio_api.serializers.transcription import TranscriptionSerializer, TranslationSerializer

__all__ = ["SpeechSerializer", "TranscriptionSerializer", "TranslationSerializer", "form_data"]
