"""What staff may enter about money."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audiopod.common import money
from audiopod.common.fields import UsdField
from wallet import offers
from wallet.models import JournalEntry, Rate

if TYPE_CHECKING:
    RateModelForm = forms.ModelForm[Rate]
else:
    RateModelForm = forms.ModelForm


MAX_PRICE_MICROS = 1_000_000_000
"""A thousand dollars a minute: more is a slip, and would be held from every caller."""


class CreditForm(forms.Form):
    """A grant, or a correction up or down. Its nonce makes a double submit book once."""

    email = forms.EmailField(label=_("Account"), help_text=_("its e-mail address"))
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[
            (JournalEntry.Kind.GRANT.value, _("Grant: credit given")),
            (JournalEntry.Kind.ADJUSTMENT.value, _("Adjustment: a correction, up or down")),
        ],
    )
    amount = UsdField(
        label=_("Amount in USD"), help_text=_("such as 5.00, or -5.00 to take back"), signed=True
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("the customer reads it; it stays in the ledger"),
    )
    nonce = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def clean_email(self) -> User:
        try:
            return User.objects.get_by_natural_key(self.cleaned_data["email"])
        except User.DoesNotExist:
            raise forms.ValidationError(_("No account has this e-mail address.")) from None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        amount = cleaned.get("amount")
        if amount == 0:
            self.add_error("amount", _("Nothing to book."))
        elif amount and amount < 0 and cleaned.get("kind") == JournalEntry.Kind.GRANT:
            words = _("A grant is positive: take money back by an adjustment.")
            self.add_error("amount", words)
        return cleaned


class RateForm(RateModelForm):
    """A price that begins in the future, entered in dollars."""

    service_type = forms.ChoiceField(label=_("Service"))
    price = UsdField(label=_("USD per minute of audio"), help_text=_("such as 0.04"))

    class Meta:
        model = Rate
        fields = ["service_type", "mode", "basis", "price", "effective_from", "description"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "service_type" in self.fields:
            chosen = cast(forms.ChoiceField, self.fields["service_type"])
            chosen.choices = [("", "---------"), *_priceable()]
        if self.instance.pk and "price" in self.fields:
            micros = self.instance.price_micros_per_minute
            self.fields["price"].initial = money.usd_exact(micros)

    def clean_price(self) -> int:
        price: int = self.cleaned_data["price"]
        if price > MAX_PRICE_MICROS:
            raise forms.ValidationError(
                _("A price is at most %(most)s a minute, in dollars.")
                % {"most": money.usd(MAX_PRICE_MICROS)}
            )
        return price

    def clean(self) -> dict[str, Any]:
        """What a service says of itself: its modes, and which audio it measures."""
        cleaned = super().clean() or {}
        offer = offers.get(cleaned.get("service_type", ""))
        mode, basis = cleaned.get("mode", ""), cleaned.get("basis")
        if offer is None:
            return cleaned
        if mode and mode not in offer.modes:
            words = _("This service has no such mode. It has: %(modes)s.")
            self.add_error("mode", words % {"modes": ", ".join(offer.modes) or "-"})
        if basis and basis != offer.basis:
            words = _("This service measures other audio: choose “%(basis)s”.")
            self.add_error("basis", words % {"basis": offer.basis.label})
        return cleaned

    def clean_effective_from(self) -> datetime:
        begins: datetime = self.cleaned_data["effective_from"]
        if begins <= timezone.now():
            words = _("Choose a moment to come: a new price leaves the past be.")
            raise forms.ValidationError(words)
        return begins

    def save(self, commit: bool = True) -> Rate:
        self.instance.price_micros_per_minute = self.cleaned_data["price"]
        return super().save(commit)


def _priceable() -> list[tuple[str, Any]]:
    """What may have a price: every offer, then services with a rate that are not offered."""
    offered = {offer.service_type: str(offer.label) for offer in offers.all()}
    others = Rate.objects.exclude(service_type__in=offered).order_by("service_type")
    names = others.values_list("service_type", flat=True).distinct()
    return [
        *offered.items(),
        *((name, _("%(service)s (not offered)") % {"service": name}) for name in names),
    ]
