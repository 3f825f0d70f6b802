from django.urls import path

from audio_api import api

urlpatterns = [
    path("audio/speech", api.SpeechView.as_view(), name="speech"),
    path("audio/transcriptions", api.TranscriptionView.as_view(), name="transcriptions"),
    path("audio/translations", api.TranslationView.as_view(), name="translations"),
    path("models", api.ModelsView.as_view(), name="models"),
    path("models/<path:name>", api.ModelView.as_view(), name="model"),
]
