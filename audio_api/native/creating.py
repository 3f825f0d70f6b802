"""What the endpoints share that create a job and answer at once.

AudioPod's client repeats a request that it gets no answer to, and so would pay twice: nothing is
waited for here, and nothing can fail once the job is there.
"""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework.request import Request

from audio_api.channel.waiting import WaitingView
from audio_api.http.paid import count_request
from audio_api.native.job_body import JobBody
from audio_api.native.parsers import NATIVE_PARSERS, body_of
from audiopod.common import features
from audiopod.common.features import Feature


class CreatingView(WaitingView):
    """An endpoint that creates jobs of one kind."""

    feature: Feature
    """The operator can switch it off; its requests are refused then."""
    parser_classes = NATIVE_PARSERS
    serializer_class: ClassVar[type[JobBody]]
    """What a body of any kind must be."""

    def check_throttles(self, request: Request) -> None:
        """REST Framework asks this when it knows the key, before the body is parsed."""
        if request.method == "POST":
            features.require(self.feature)
            count_request(request)

    def fields(self, request: Request) -> dict[str, Any]:
        """The fields of its body, of any kind. Raises ValidationError."""
        asked = self.serializer_class(data=body_of(request))
        asked.is_valid(raise_exception=True)
        fields: dict[str, Any] = asked.validated_data
        return fields
