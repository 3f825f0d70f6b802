"""What customers may enter about their money."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audiopod.common import money
from audiopod.common.fields import UsdField
from wallet.gateway import SavedCard
from wallet.models import AutoRecharge
from wallet.models.payments import MAX_TOPUP_CENTS, MIN_TOPUP_CENTS
from wallet.services import MAX_AMOUNT_MICROS

PRESETS_USD = (5, 10, 25, 50)
DEFAULT_PRESET_USD = 25


class DollarField(UsdField):
    """Dollars typed by a customer, in micro-dollars; a phone shows digits for it."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"inputmode": "decimal", "autocomplete": "off", "placeholder": "0.00"}
        super().__init__(widget=forms.TextInput(attrs=attrs), **kwargs)


class CentsField(DollarField):
    """Dollars typed by a customer, in whole cents, within what a card may be asked for."""

    def __init__(self, *, most_cents: int = MAX_TOPUP_CENTS, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.most_cents = most_cents

    def to_python(self, value: Any) -> int | None:
        micros = super().to_python(value)
        if micros is None:
            return None
        cents, rest = divmod(micros, money.MICROS_PER_CENT)
        if rest:
            raise forms.ValidationError(_("A card pays whole cents, such as 5.00."))
        if not MIN_TOPUP_CENTS <= cents <= self.most_cents:
            least, most = (usd_of(limit) for limit in (MIN_TOPUP_CENTS, self.most_cents))
            raise forms.ValidationError(
                _("The amount is between %(least)s and %(most)s.") % {"least": least, "most": most}
            )
        return cents


def usd_of(cents: int) -> str:
    """ "$10,000"."""
    return money.usd_exact(cents * money.MICROS_PER_CENT).removesuffix(".00")


class TopupForm(forms.Form):
    """An amount: the one that is typed or, without it, the one that is chosen.

    `form_token` makes a form that is sent twice one top-up.
    """

    preset = forms.ChoiceField(
        label=_("Amount"),
        choices=[(str(usd * 100), f"${usd}") for usd in PRESETS_USD],
        widget=forms.RadioSelect,
        required=False,
        initial=str(DEFAULT_PRESET_USD * 100),
    )
    amount_cents = CentsField(
        label=_("Another amount in USD"),
        required=False,
        help_text=_("From $1 to $10,000. What you type here counts instead of the choice above."),
    )
    save_card = forms.BooleanField(
        label=_("Remember this card, so that I can turn on auto-recharge"), required=False
    )
    form_token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "amount_cents" in cleaned and cleaned["amount_cents"] is None:
            chosen = cleaned.get("preset")
            if chosen:
                cleaned["amount_cents"] = int(chosen)
            elif "preset" in cleaned:
                self.add_error("amount_cents", _("Choose an amount, or type one."))
        return cleaned

    def topup_id(self, user: User) -> uuid.UUID:
        """The same for the same form of the same account, filled in the same way."""
        given = self.cleaned_data
        words = f"{user.pk}:{given['amount_cents']}:{given['save_card']}"
        return uuid.uuid5(given["form_token"], words)


class PromoForm(forms.Form):
    code = forms.CharField(
        label=_("Promo code"),
        max_length=64,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )


class LimitsForm(forms.Form):
    """How much may be spent in a day, and when to be warned."""

    daily_limit_micros = DollarField(
        label=_("Daily budget in USD"),
        required=False,
        help_text=_("Per day in UTC, all keys together. Empty: no limit."),
    )
    warn_below_micros = DollarField(
        label=_("Warn me below, in USD"),
        required=False,
        help_text=_("By e-mail, once each time. Empty: as this server does by itself; 0: never."),
    )

    @classmethod
    def of(cls, user: User) -> LimitsForm:
        """The form as it is filled in now."""
        return cls(
            initial={
                "daily_limit_micros": amount_to_edit(user.daily_limit_micros),
                "warn_below_micros": amount_to_edit(user.warn_below_micros),
            }
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name, micros in list(cleaned.items()):
            if micros is not None and micros > MAX_AMOUNT_MICROS:
                self.add_error(name, _("This is more than any wallet holds."))
        return cleaned

    def save(self, user: User) -> None:
        given = self.cleaned_data
        user.daily_limit_micros = given["daily_limit_micros"]
        user.warn_below_micros = given["warn_below_micros"]
        user.save(update_fields=["daily_limit_micros", "warn_below_micros"])


class AutoRechargeForm(forms.Form):
    """The customer's standing order. To enable it is to consent to being charged."""

    enabled = forms.BooleanField(
        label=_(
            "Charge my card by itself. I allow AudioPod to charge the card chosen here, without"
            " asking me each time, whenever my balance falls below the amount that I set here,"
            " and never more than my monthly limit. I can turn this off at any time."
        ),
        required=False,
    )
    threshold_micros = DollarField(label=_("When the balance falls below, in USD"))
    amount_cents = CentsField(label=_("Charge, in USD"), help_text=_("From $1 to $10,000."))
    monthly_cap_cents = CentsField(
        label=_("At most in a month, in USD"),
        help_text=_("Of recharges, per month in UTC."),
        most_cents=100 * MAX_TOPUP_CENTS,
    )
    payment_method_id = forms.ChoiceField(label=_("Card"), widget=forms.RadioSelect, required=False)

    def __init__(self, *args: Any, cards: list[SavedCard], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["payment_method_id"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        field.choices = [(card.payment_method_id, card_label(card)) for card in cards]

    @staticmethod
    def initial_of(order: AutoRecharge, cards: list[SavedCard]) -> dict[str, Any]:
        """What is set now; with one card alone, that one."""
        known = {card.payment_method_id for card in cards}
        chosen = order.payment_method_id if order.payment_method_id in known else ""
        if not chosen and len(cards) == 1:
            chosen = cards[0].payment_method_id
        return {
            "enabled": order.is_enabled,
            "threshold_micros": amount_to_edit(order.threshold_micros),
            "amount_cents": amount_to_edit(order.amount_cents * money.MICROS_PER_CENT),
            "monthly_cap_cents": amount_to_edit(order.monthly_cap_cents * money.MICROS_PER_CENT),
            "payment_method_id": chosen,
        }


def card_label(card: SavedCard) -> str:
    until = f"{card.exp_month:02d}/{card.exp_year}"
    return _("%(card)s, expires %(until)s") % {"card": card.label, "until": until}


def amount_to_edit(micros: int | None) -> str:
    """As a customer would type it: "5.00"; empty for none."""
    return "" if micros is None else money.usd_exact(micros).removeprefix("$").replace(",", "")
