"""`/api/v1/voice/…`: everybody may browse the public voices; a key shows its user's own too."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import NotAuthenticated, NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import ApiKeyAuthentication
from accounts.models import ApiKey, User
from voices import services
from voices.serializers import Aliases, VoiceProfileSerializer, VoiceQuerySerializer


class OptionalApiKey(ApiKeyAuthentication):
    """Nobody needs a key; a wrong one is still refused, so that a typing error is noticed."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:  # type: ignore[override]
        try:
            return super().authenticate(request)
        except NotAuthenticated:
            return None


class VoiceView(APIView):
    authentication_classes = [OptionalApiKey]
    permission_classes = [AllowAny]

    def shape(self, voices: Any, aliases: Aliases, *, many: bool) -> Any:
        """The JSON of one voice, or of many."""
        context = {"request": self.request, "aliases": aliases}
        return VoiceProfileSerializer(voices, many=many, context=context).data


class VoiceProfilesView(VoiceView):
    def get(self, request: Request) -> Response:
        """A plain array, as AudioPod's own client wants it. 400 for a query without sense."""
        # A plain dict: in a QueryDict, DRF takes a missing boolean for an unticked box.
        query = VoiceQuerySerializer(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        aliases = services.answering_aliases(request.user)
        return Response(self.shape(query.select(request.user, aliases), aliases, many=True))


class VoiceProfileView(VoiceView):
    def get(self, request: Request, ident: str) -> Response:
        """ident: whatever a request may call a voice. 404 when this user has none of that name."""
        try:
            voice = services.find(request.user, ident)
        except services.UnknownVoice as error:
            raise NotFound(str(error), code="voice_not_found") from error
        aliases = services.answering_aliases(request.user)
        return Response(self.shape(voice, aliases, many=False))
