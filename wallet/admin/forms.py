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
from wallet.models import JournalEntry, PromoCode, Rate, Topup
from wallet.refunds import claim_of
from wallet.services import MAX_AMOUNT_MICROS

if TYPE_CHECKING:
    RateModelForm = forms.ModelForm[Rate]
    PromoModelForm = forms.ModelForm[PromoCode]
else:
    RateModelForm = PromoModelForm = forms.ModelForm


MAX_PRICE_MICROS = 1_000_000_000
"""A thousand dollars a minute: more is a slip, and would be held from every caller."""


PROMISED = ("code", "amount", "reason")
ITS_END = ("max_redemptions", "is_active", "expires_at")
"""Of a code: what it has promised once it was redeemed, and what may still end it."""


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


class PromoCodeForm(PromoModelForm):
    """A code and what it gives, in dollars."""

    amount = UsdField(label=_("Amount in USD"), help_text=_("such as 5.00, to each account once"))

    class Meta:
        model = PromoCode
        fields = ["code", "amount", "reason", *ITS_END]
        help_texts = {
            "reason": _("the customer reads it; it stays in the ledger beside each redemption")
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.redeemed:
            for name in PROMISED:
                self.fields.pop(name, None)
        elif self.instance.pk and "amount" in self.fields:
            self.fields["amount"].initial = money.usd_exact(self.instance.amount_micros)

    def clean_code(self) -> str:
        return str(self.cleaned_data["code"]).strip().upper()

    def clean_amount(self) -> int:
        micros: int = self.cleaned_data["amount"]
        if not 0 < micros <= MAX_AMOUNT_MICROS:
            raise forms.ValidationError(
                _("Give between %(least)s and %(most)s.")
                % {"least": money.usd_exact(1), "most": money.usd(MAX_AMOUNT_MICROS)}
            )
        self.instance.amount_micros = micros
        return micros

    def clean_max_redemptions(self) -> int | None:
        most: int | None = self.cleaned_data["max_redemptions"]
        if most is not None and most < self.instance.redeemed:
            raise forms.ValidationError(
                _("It was redeemed %(count)d times already: to end it, untick active.")
                % {"count": self.instance.redeemed}
            )
        return most


class RefundForm(forms.Form):
    """Of one top-up. Its nonce makes a double submit give back once."""

    amount = UsdField(
        label=_("Amount in USD"),
        required=False,
        help_text=_("of what was paid, with tax; leave it empty to give back all that is left"),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("the customer reads it; it stays in the ledger and at Stripe"),
    )
    accept_debt = forms.BooleanField(
        label=_("What the wallet does not have becomes a debt"), required=False
    )
    nonce = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, *args: Any, topup: Topup, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.topup = topup

    @property
    def left_cents(self) -> int:
        return self.topup.paid_cents - self.topup.refunded_cents

    def clean_amount(self) -> int | None:
        """Cents, or None for all that is left. How much that is, Stripe judges."""
        micros: int | None = self.cleaned_data["amount"]
        if micros is None:
            return None
        cents, fraction = divmod(micros, money.MICROS_PER_CENT)
        if fraction or not cents:
            raise forms.ValidationError(_("Give back whole cents, and at least one."))
        return cents

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "amount" in cleaned and not cleaned["accept_debt"]:
            amount = self.left_cents if cleaned["amount"] is None else cleaned["amount"]
            self._warn_of_debt(amount)
        return cleaned

    def _warn_of_debt(self, amount_cents: int) -> None:
        debt = claim_of(self.topup, amount_cents).debt_micros
        if debt:
            message = _(
                "%(debt)s of it is spent or held: it becomes a debt that the next credit pays, and"
                " nothing is spent before. Tick to give it back all the same."
            )
            self.add_error("accept_debt", message % {"debt": money.usd_exact(debt)})
