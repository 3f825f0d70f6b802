from django.urls import path

from dashboard.playground import outcome, pages, runs

urlpatterns = [
    path("", pages.speech, name="playground"),
    path("speech/run", runs.run_speech, name="playground-speech-run"),
    path("speech/ahead", pages.speech_ahead, name="playground-speech-ahead"),
    path("transcription/", pages.transcription, name="playground-transcription"),
    path("transcription/run", runs.run_transcription, name="playground-transcription-run"),
    path("transcription/ahead", pages.transcription_ahead, name="playground-transcription-ahead"),
    path("conversion/", pages.conversion, name="playground-conversion"),
    path("conversion/run", runs.run_conversion, name="playground-conversion-run"),
    path("conversion/ahead", pages.conversion_ahead, name="playground-conversion-ahead"),
    path("denoise/", pages.denoise, name="playground-denoise"),
    path("denoise/run", runs.run_denoise, name="playground-denoise-run"),
    path("denoise/ahead", pages.denoise_ahead, name="playground-denoise-ahead"),
    path("upload-pass", outcome.give_upload_pass, name="playground-upload-pass"),
    path("runs/<slug:request_id>", outcome.outcome, name="playground-outcome"),
]
