"""What an operator has set wrong, told before the server starts."""

from __future__ import annotations

from typing import Any

from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from webhooks.targets import allow_list


@checks.register
def allow_list_is_readable(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    try:
        allow_list()
    except ImproperlyConfigured as error:
        return [checks.Error(str(error), id="webhooks.E001")]
    return []
