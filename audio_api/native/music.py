"""What is told of music by a server that makes none."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.scopes import Scope


class ScoresView(APIView):
    """`GET /api/v1/music/v3/availability`: clients ask before they offer to compose."""

    required_scopes: tuple[Scope, ...] = ()

    def get(self, request: Request) -> Response:
        return Response({"available": False, "revise": False})
