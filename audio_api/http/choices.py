"""`GET /api/v1/audio/models`, in the shape that Open WebUI fetches."""

from __future__ import annotations

from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_control
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audio_api.http import model_list

KEEP_SECONDS = 3600
"""The list changes only with a release."""


class SpeechModelsView(APIView):
    """What can be put in a speech's `model`. Open WebUI asks without a key."""

    authentication_classes: list[type[BaseAuthentication]] = []
    permission_classes = [AllowAny]

    @method_decorator(cache_control(public=True, max_age=KEEP_SECONDS))
    def get(self, request: Request) -> Response:
        return Response({"models": model_list.speech_models()})
