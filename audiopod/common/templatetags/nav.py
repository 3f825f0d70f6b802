"""Links of the navigation, which know where the reader is."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag(takes_context=True)
def nav_link(
    context: dict[str, Any], url_name: str, words: str, *, exact: bool = False, also: str = ""
) -> SafeString:
    """A link to a named page, marked as current on it and, unless `exact`, on those below it.

    also: how the paths of other pages begin that belong to it.
    """
    url = reverse(url_name)
    request = context.get("request")
    path = request.path if request is not None else ""
    is_here = (
        path == url or (not exact and path.startswith(url)) or bool(also and path.startswith(also))
    )
    current = SafeString(' aria-current="page"') if is_here else ""
    return format_html('<a href="{}"{}>{}</a>', url, current, words)
