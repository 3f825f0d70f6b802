from django.urls import include, path

from audio_api import registry
from audio_api.http.choices import SpeechModelsView
from audio_api.http.models import ModelsView, ModelView
from audio_api.http.usage import UsageView
from audio_api.openapi.views import SchemaView
from voices.api import VoiceChoicesView

urlpatterns = [
    *(path("", include(routes)) for routes in registry.routes()),
    path("audio/voices", VoiceChoicesView.as_view(), name="audio-voices"),
    path("audio/models", SpeechModelsView.as_view(), name="audio-models"),
    path("models", ModelsView.as_view(), name="models"),
    path("models/<path:name>", ModelView.as_view(), name="model"),
    # beside the other endpoints of the wallet, but made of the jobs that are known here
    path("api-wallet/usage", UsageView.as_view(), name="wallet-usage"),
    path("", include("audio_api.native.urls")),
    path("schema", SchemaView.as_view(), name="schema"),
]
