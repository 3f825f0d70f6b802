"""Promo codes in the admin. One that was redeemed keeps its word: only its end can be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from audiopod.common import money
from wallet.admin.forms import ITS_END, PROMISED, PromoCodeForm
from wallet.models import PromoCode

if TYPE_CHECKING:
    PromoModelAdmin = admin.ModelAdmin[PromoCode]
else:
    PromoModelAdmin = admin.ModelAdmin


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
