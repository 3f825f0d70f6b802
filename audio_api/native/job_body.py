"""What every request may say that creates a job, whatever its kind."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import ValidationError

from audio_api.http.bodies import NativeBody
from audio_api.http.fields import TextField
from audio_api.native.fields import OptionalMixin
from webhooks import targets


class WebhookUrlField(OptionalMixin, TextField):
    """An address that may be told of the end of a job. It is told only of this one."""

    def __init__(self, **kwargs: Any) -> None:
        options = {"max_length": targets.MAX_URL_CHARACTERS, "is_name": True, "required": False}
        super().__init__(**(options | kwargs))

    def to_internal_value(self, data: Any) -> str:
        url = super().to_internal_value(data)
        try:
            return str(targets.parse(url, targets.allow_list()))
        except targets.TargetRefused as refused:
            raise ValidationError(str(refused), code=targets.CODE) from None


class JobBody(NativeBody):
    """The body of a request that creates a job."""

    webhook_url = WebhookUrlField()
