"""`{% examples "hello" title %}`: a program in every language that it has, as tabs."""

from __future__ import annotations

from typing import Any

from django import template

from dashboard.docs.examples import examples as examples_of

register = template.Library()


@register.inclusion_tag("partials/examples.html")
def examples(name: str, title: str, api_key: str = "") -> dict[str, Any]:
    """title: what it does, in a few words; api_key: is written into it."""
    return {"name": name, "title": title, "examples": examples_of(name, api_key=api_key)}
