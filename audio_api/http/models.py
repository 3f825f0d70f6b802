"""`GET /api/v1/models`."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.scopes import Scope
from audio_api.http import model_list
from audiopod.common.problem import Problem


class ModelsView(APIView):
    """`GET /api/v1/models`."""

    required_scopes = (Scope.AUDIO_READ,)

    def get(self, request: Request) -> Response:
        return Response({"object": "list", "data": model_list.models()})


class ModelView(APIView):
    """`GET /api/v1/models/{id}`."""

    required_scopes = (Scope.AUDIO_READ,)

    def get(self, request: Request, name: str) -> Response:
        model = model_list.model(name)
        if model is None:
            raise Problem(
                f"The model `{name}` does not exist or you do not have access to it.",
                status=404,
                param="model",
                code="model_not_found",
            )
        return Response(model)
