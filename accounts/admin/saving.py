"""How the admin saves: only what its form changed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import models
from django.http import HttpRequest


class SaveOnlyChangedFields:
    """Mixed into an admin. A field that the form did not change keeps what others wrote meanwhile,
    such as the end of a key that its owner has just revoked."""

    def save_model(
        self, request: HttpRequest, obj: models.Model, form: forms.ModelForm[Any], change: bool
    ) -> None:
        columns = {field.name for field in obj._meta.concrete_fields}
        obj.save(update_fields=columns & set(form.changed_data) if change else None)
