from django.urls import path

from audio_api import api
from audio_api.api.choices import SpeechModelsView
from audio_api.api.usage import UsageView
from audio_api.openapi.views import SchemaView
from voices.api import VoiceChoicesView

urlpatterns = [
    path("audio/speech", api.SpeechView.as_view(), name="speech"),
    path("audio/transcriptions", api.TranscriptionView.as_view(), name="transcriptions"),
    path("audio/translations", api.TranslationView.as_view(), name="translations"),
    path("audio/voices", VoiceChoicesView.as_view(), name="audio-voices"),
    path("audio/models", SpeechModelsView.as_view(), name="audio-models"),
    path("models", api.ModelsView.as_view(), name="models"),
    path("models/<path:name>", api.ModelView.as_view(), name="model"),
    # beside the other endpoints of the wallet, but made of the jobs that are known here
    path("api-wallet/usage", UsageView.as_view(), name="wallet-usage"),
    path("schema", SchemaView.as_view(), name="schema"),
]
