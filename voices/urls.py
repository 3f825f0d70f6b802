from django.urls import path

from voices.api import VoiceProfilesView, VoiceProfileView

urlpatterns = [
    path("voice-profiles", VoiceProfilesView.as_view(), name="voice-profiles"),
    path("voice-profiles/<str:ident>", VoiceProfileView.as_view(), name="voice-profile"),
]
