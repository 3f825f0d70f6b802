"""What staff may enter to give a payment back."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from audiopod.common import money
from audiopod.common.fields import UsdField
from wallet.models import Topup
from wallet.refunds import claim_of


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
