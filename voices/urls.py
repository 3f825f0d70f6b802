from django.urls import path

from voices.api import (
    OwnVoiceView,
    PublicVoiceProfilesView,
    VoiceProfilesView,
    VoiceProfileView,
)

urlpatterns = [
    path("voice-profiles", VoiceProfilesView.as_view(), name="voice-profiles"),
    # what version 2.1 of AudioPod's own client asks for, and its public page
    path("voices", VoiceProfilesView.as_view(), name="voices-of-sdk"),
    path("public-voice-profiles", PublicVoiceProfilesView.as_view(), name="public-voice-profiles"),
    path("voice-profiles/<str:ident>", VoiceProfileView.as_view(), name="voice-profile"),
    path("voices/<str:ident>", OwnVoiceView.as_view(), name="own-voice"),
    path("voices/<str:ident>/status", VoiceProfileView.as_view(), name="voice-status"),
]
