from django.urls import path

from audio_api.services.transcription import job_api, transcript_api
from audio_api.services.transcription.api import TranscriptionView, TranslationView

urlpatterns = [
    path("audio/transcriptions", TranscriptionView.as_view(), name="transcriptions"),
    path("audio/translations", TranslationView.as_view(), name="translations"),
    *job_api.urlpatterns,
    *transcript_api.urlpatterns,
]
