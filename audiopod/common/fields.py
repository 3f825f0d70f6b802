"""Form fields that several apps use."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from audiopod.common import money

MAX_AMOUNT_LENGTH = 30


class FilterField(forms.ChoiceField):
    """A choice that narrows a list: one of some, or "" for all."""

    def __init__(self, label: Any, choices: Iterable[tuple[str, Any]]) -> None:
        super().__init__(label=label, required=False)
        self.offer(choices)

    def offer(self, choices: Iterable[tuple[str, Any]]) -> None:
        """Have these, beside all of them, to choose from."""
        self.choices = [("", _("all")), *choices]


class UsdField(forms.Field):
    """Dollars in, micro-dollars out. With `signed`, a leading minus is understood."""

    def __init__(self, *, signed: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.signed = signed

    def prepare_value(self, value: Any) -> Any:
        """Micro-dollars are shown as they would be typed; what was typed stays as it is."""
        return money.usd_exact(value) if isinstance(value, int) else value

    def to_python(self, value: Any) -> int | None:
        text = str(value or "").strip()
        if not text:
            return None
        if len(text) > MAX_AMOUNT_LENGTH:
            raise forms.ValidationError(_("This is too long for an amount, such as 5.00."))
        negative = self.signed and text.startswith("-")
        try:
            micros = money.parse_usd(text[1:] if negative else text)
        except ValueError:
            raise forms.ValidationError(
                _(
                    "“%(text)s” is not an amount in US dollars, such as 5.00, with six decimals"
                    " at most."
                ),
                params={"text": text},
            ) from None
        return -micros if negative else micros

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether another amount was typed, however it is spelt."""
        try:
            return bool(initial != self.to_python(data))
        except forms.ValidationError:
            return True
