"""What templates ask of forms."""

from __future__ import annotations

from django import forms, template

register = template.Library()


@register.filter
def chosen(form: forms.Form) -> str:
    """The labels of the filters that are set, beside those that always are."""
    return ", ".join(str(each.label) for each in form if each.value() and not each.field.required)
