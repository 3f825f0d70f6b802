"""`/api/v1/voice/…`: anybody may browse the public voices; a key shows its user's own too."""

from __future__ import annotations

from typing import Any, cast

from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page
from django.views.decorators.vary import vary_on_headers
from rest_framework.exceptions import NotAuthenticated, NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import ApiKeyAuthentication
from accounts.models import ApiKey, User
from accounts.scopes import HasScopesOrNoKey, Scope
from voices import own, services
from voices.choices import choices
from voices.models import Aliases, Reader
from voices.serializers import (
    VoiceChangeSerializer,
    VoiceProfileSerializer,
    VoiceQuerySerializer,
)

CHOICES_SECONDS = 60
"""For how long a client may show the choices that it has before it asks again."""


class OptionalApiKey(ApiKeyAuthentication):
    """A key is not needed. A wrong one is still refused, so that a typing error is noticed."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:  # type: ignore[override]
        try:
            return super().authenticate(request)
        except NotAuthenticated:
            return None


@method_decorator(conditional_page, "dispatch")
@method_decorator(vary_on_headers("Authorization", "X-API-Key"), "dispatch")
class VoiceView(APIView):
    """A list that changes rarely: a client that has it asks whether it is still the same."""

    authentication_classes = [OptionalApiKey]
    permission_classes = [HasScopesOrNoKey]
    required_scopes = (Scope.VOICE_READ,)

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
        reader = self.reader(request)
        aliases = services.answering_aliases(reader)
        return Response(self.shape(query.select(reader, aliases), aliases, many=True))

    def reader(self, request: Request) -> Reader:
        """The user whose own voices the list has beside the public ones."""
        return request.user


class PublicVoiceProfilesView(VoiceProfilesView):
    """The public voices alone, whatever key is sent."""

    def reader(self, request: Request) -> Reader:
        return None


class VoiceProfileView(VoiceView):
    def get(self, request: Request, ident: str) -> Response:
        """ident: whatever a request may call a voice. 404 when this user has none of that name."""
        try:
            voice = services.find(request.user, ident)
        except services.UnknownVoice as error:
            raise NotFound(str(error), code="voice_not_found") from error
        aliases = services.answering_aliases(request.user)
        return Response(self.shape(voice, aliases, many=False))


class OwnVoiceView(APIView):
    """A voice of the account that the key belongs to."""

    required_scopes = (Scope.VOICE_WRITE,)

    def patch(self, request: Request, ident: str) -> Response:
        """Raises as `own.find_own` and `own.change`."""
        voice = own.find_own(cast(User, request.user), ident)
        asked = VoiceChangeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        own.change(voice, asked.validated_data)
        context = {"request": request, "aliases": services.answering_aliases(request.user)}
        return Response(VoiceProfileSerializer(voice, context=context).data)

    def delete(self, request: Request, ident: str) -> Response:
        """Raises as `own.find_own`."""
        own.delete(own.find_own(cast(User, request.user), ident))
        return Response(status=204)


class VoiceChoicesView(VoiceView):
    """`GET /api/v1/audio/voices`, which Open WebUI asks for without a key."""

    @method_decorator(cache_control(max_age=CHOICES_SECONDS))
    def get(self, request: Request) -> Response:
        return Response({"voices": choices(request.user)})
