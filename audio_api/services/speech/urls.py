from django.urls import path

from audio_api.services.speech import job_api
from audio_api.services.speech.api import SpeechView

urlpatterns = [
    path("audio/speech", SpeechView.as_view(), name="speech"),
    *job_api.urlpatterns,
]
