"""Prices in the admin, with their history: what was, what is charged now, and what will be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audiopod.common import money
from wallet import offers
from wallet.admin.forms import RateForm
from wallet.models import Rate

if TYPE_CHECKING:
    RateModelAdmin = admin.ModelAdmin[Rate]
else:
    RateModelAdmin = admin.ModelAdmin


class ByTime(admin.SimpleListFilter):
    title = gettext_lazy("when")
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("now", _("now")), ("planned", _("planned")), ("past", _("past"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Rate]) -> QuerySet[Rate]:
        match self.value():
            case "now":
                return queryset.filter(Q(is_begun=True, is_followed=False))
            case "planned":
                return queryset.filter(Q(is_begun=False))
            case "past":
                return queryset.filter(Q(is_followed=True))
        return queryset


@admin.register(Rate)
class RateAdmin(RateModelAdmin):
    """Prices. One that has begun stays as it is: to change a price, add one that begins later."""

    form = RateForm
    readonly_fields = ["per_minute"]
    list_display = [
        "service",
        "mode",
        "per_minute",
        "basis",
        "when",
        "effective_from",
        "is_offered",
        "description",
    ]
    list_filter = ["service_type", ByTime]
    ordering = ["service_type", "mode", "-effective_from"]
    search_fields = ["service_type", "description"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rate]:
        """Each with whether it has begun, and whether a later one in its place has, too."""
        now = timezone.now()
        begun = Rate.objects.filter(effective_from__lte=now)
        later = begun.filter(
            service_type=OuterRef("service_type"),
            mode=OuterRef("mode"),
            effective_from__gt=OuterRef("effective_from"),
        )
        rates = super().get_queryset(request)
        return rates.annotate(
            is_begun=Exists(begun.filter(pk=OuterRef("pk"))), is_followed=Exists(later)
        )

    @admin.display(description=gettext_lazy("service"), ordering="service_type")
    def service(self, rate: Rate) -> str:
        return str(rate.label)

    @admin.display(description=gettext_lazy("offered"), boolean=True)
    def is_offered(self, rate: Rate) -> bool:
        """Whether customers see it: a price may be there before its service is."""
        offer = offers.get(rate.service_type)
        return offer is not None and rate.mode in {"", *offer.modes}

    @admin.display(description=gettext_lazy("per minute"), ordering="price_micros_per_minute")
    def per_minute(self, rate: Rate) -> str:
        return money.usd_exact(rate.price_micros_per_minute)

    @admin.display(description=gettext_lazy("when"))
    def when(self, rate: Rate) -> str:
        if not rate.is_begun:  # type: ignore[attr-defined]
            return _("planned")
        return _("past") if rate.is_followed else _("now")  # type: ignore[attr-defined]

    def get_fields(self, request: HttpRequest, obj: Rate | None = None) -> list[Any]:
        if self.has_change_permission(request, obj):
            return ["service_type", "mode", "basis", "price", "effective_from", "description"]
        return ["service_type", "mode", "basis", "per_minute", "effective_from", "description"]

    def has_change_permission(self, request: HttpRequest, obj: Rate | None = None) -> bool:
        begun = obj is not None and obj.has_begun()
        return not begun and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Rate | None = None) -> bool:
        begun = obj is not None and obj.has_begun()
        return not begun and super().has_delete_permission(request, obj)
