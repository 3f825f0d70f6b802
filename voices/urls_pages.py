from django.urls import path

from voices import preview_views, views

urlpatterns = [
    path("", views.voice_list, name="voices"),
    path("<uuid:voice_uuid>/favourite/", views.mark_favourite, name="voice-favourite"),
    path("<uuid:voice_uuid>/preview.mp3", preview_views.preview, name="voice-preview"),
]
