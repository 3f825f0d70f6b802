from django.urls import path, re_path

from audio_api import preview_views, statement_views, views

urlpatterns = [
    path("", views.home, name="home"),
    path("dashboard/", views.dashboard, name="dashboard"),
    re_path(
        r"^dashboard/wallet/statements/(?P<month>[0-9]{4}-[0-9]{2})\.(?P<kind>pdf|csv)$",
        statement_views.statement,
        name="statement",
    ),
    path("voices/<uuid:voice_uuid>/preview.mp3", preview_views.preview, name="voice-preview"),
]
