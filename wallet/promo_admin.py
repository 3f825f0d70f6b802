"""Promo codes in the admin. One that was redeemed keeps its word: only its end can be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from audiopod.common import money
from audiopod.common.fields import UsdField
from wallet.models import PromoCode
from wallet.services import MAX_AMOUNT_MICROS

if TYPE_CHECKING:
    PromoModelForm = forms.ModelForm[PromoCode]
    PromoModelAdmin = admin.ModelAdmin[PromoCode]
else:
    PromoModelForm = forms.ModelForm
    PromoModelAdmin = admin.ModelAdmin

PROMISED = ("code", "amount", "reason")
ITS_END = ("max_redemptions", "is_active", "expires_at")


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


@admin.register(PromoCode)
class PromoCodeAdmin(PromoModelAdmin):
    form = PromoCodeForm
    list_display = ["code", "gives", "redeemed", "max_redemptions", "is_active", "expires_at"]
    list_filter = ["is_active", "created_at"]
    search_fields = ["code", "reason"]
    ordering = ["-created_at"]

    @admin.display(description=_("amount"), ordering="amount_micros")
    def gives(self, promo: PromoCode) -> str:
        return money.usd_exact(promo.amount_micros)

    def get_fields(self, request: HttpRequest, obj: PromoCode | None = None) -> list[Any]:
        if obj is None:
            return [*PROMISED, *ITS_END]
        kept = ["code", "gives", "reason"] if self._is_kept(request, obj) else [*PROMISED]
        return [*kept, *ITS_END, "redeemed", "created_at"]

    def get_readonly_fields(self, request: HttpRequest, obj: PromoCode | None = None) -> list[str]:
        if obj is None:
            return []
        kept = ["code", "gives", "reason"] if self._is_kept(request, obj) else []
        return [*kept, "redeemed", "created_at"]

    def _is_kept(self, request: HttpRequest, promo: PromoCode) -> bool:
        return bool(promo.redeemed) or not self.has_change_permission(request, promo)

    def has_delete_permission(self, request: HttpRequest, obj: PromoCode | None = None) -> bool:
        if obj is not None and obj.redeemed:
            return False
        return super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: PromoCode, form: Any, change: bool) -> None:
        """Only what was changed: accounts redeem the code meanwhile, and are counted on the row."""
        if not change:
            super().save_model(request, obj, form, change)
            return
        names = ["amount_micros" if name == "amount" else name for name in form.changed_data]
        if names:
            obj.save(update_fields=names)
