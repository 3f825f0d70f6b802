from django.urls import path

from audio_api import preview_views, views

urlpatterns = [
    path("", views.home, name="home"),
    path("dashboard/", views.dashboard, name="dashboard"),
    path("voices/<uuid:voice_uuid>/preview.mp3", preview_views.preview, name="voice-preview"),
]
