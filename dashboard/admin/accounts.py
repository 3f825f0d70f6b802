"""Accounts in the admin, with what they have, hold, owe, spend and do, and how to suspend one."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.admin import UserAdmin
from accounts.models import ApiKey, User
from audio_api.models import Job, UsageDay
from audiopod.common import money
from wallet.admin import OF_ACCOUNT
from wallet.models import Wallet

if TYPE_CHECKING:
    from datetime import date

RECENT_DAYS = 30
SHOWN = ["balance", "spent_this_month", "spent_lately", "last_request", "live_keys", "more"]
"""On an account's own page, beside what `accounts` shows."""


def _spent_since(day: date) -> Coalesce:
    """Micro-dollars, by the days of usage: a few rows for each account, however many its jobs."""
    days = UsageDay.objects.filter(user=OuterRef("pk"), day__gte=day).order_by().values("user")
    return Coalesce(Subquery(days.annotate(total=Sum("cost_micros")).values("total")), 0)


def _keys_alive() -> Coalesce:
    keys = ApiKey.objects.usable().filter(user=OuterRef("pk")).order_by().values("user")
    count = keys.annotate(total=Count("pk")).values("total")
    return Coalesce(Subquery(count, output_field=IntegerField()), 0)


class ByMoney(admin.SimpleListFilter):
    title = gettext_lazy("money")
    parameter_name = "money"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("debt", _("in debt")),
            ("frozen", _("frozen by a dispute")),
            ("held", _("something is held")),
            ("spent", _("nothing available")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        match self.value():
            case "debt":
                return queryset.filter(wallet__debt_micros__gt=0)
            case "frozen":
                return queryset.filter(wallet__is_frozen=True)
            case "held":
                return queryset.filter(wallet__held_micros__gt=0)
            case "spent":
                nothing = Q(wallet__posted_micros__lte=F("wallet__held_micros"))
                return queryset.filter(nothing | Q(wallet__isnull=True))
        return queryset


admin.site.unregister(User)


@admin.register(User)
class AccountAdmin(UserAdmin):
    """What `accounts` knows of an account, and beside it what the upper layers do."""

    list_display = [
        "email",
        "is_active",
        "available",
        "held",
        "debt",
        "spent_this_month",
        "spent_lately",
        "last_request",
        "live_keys",
        "date_joined",
        "is_staff",
    ]
    list_filter = ["is_active", ByMoney, "date_joined", "is_staff", "is_superuser"]
    list_select_related = ["wallet"]
    list_per_page = 50
    date_hierarchy = "date_joined"
    actions = ["suspend", "restore"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        today = timezone.now().astimezone(UTC).date()
        jobs = Job.objects.filter(user=OuterRef("pk")).order_by("-created_at")
        accounts: QuerySet[User] = (
            super()
            .get_queryset(request)
            .annotate(
                month_micros=_spent_since(today.replace(day=1)),
                recent_micros=_spent_since(today - timedelta(days=RECENT_DAYS - 1)),
                last_request_at=Subquery(jobs.values("created_at")[:1]),
                keys_alive=_keys_alive(),
            )
        )
        return accounts

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        sets = super().get_fieldsets(request, obj)
        if obj is None:
            return sets
        does = (gettext_lazy("What it has and does"), {"fields": SHOWN})
        return [*sets[:1], does, *sets[1:]]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        return [*super().get_readonly_fields(request, obj), *SHOWN]

    # --- money ----------------------------------------------------------------------------------
    @admin.display(description=gettext_lazy("available"), ordering="wallet__posted_micros")
    def available(self, user: User) -> str:
        return money.usd(_wallet(user).available_micros)

    @admin.display(description=gettext_lazy("held"), ordering="wallet__held_micros")
    def held(self, user: User) -> str | None:
        return _or_nothing(_wallet(user).held_micros)

    @admin.display(description=gettext_lazy("debt"), ordering="wallet__debt_micros")
    def debt(self, user: User) -> str | None:
        return _or_nothing(_wallet(user).debt_micros)

    @admin.display(description=gettext_lazy("balance"))
    def balance(self, user: User) -> str:
        wallet = _wallet(user)
        said = _("%(available)s available, %(held)s held, %(debt)s owed") % {
            "available": money.usd_exact(wallet.available_micros),
            "held": money.usd_exact(wallet.held_micros),
            "debt": money.usd_exact(wallet.debt_micros),
        }
        return said + (" · " + _("frozen by a dispute") if wallet.is_frozen else "")

    @admin.display(description=gettext_lazy("spent this month"))
    def spent_this_month(self, user: User) -> str:
        return money.usd(user.month_micros)  # type: ignore[attr-defined]

    @admin.display(description=gettext_lazy("in 30 days"))
    def spent_lately(self, user: User) -> str:
        return money.usd(user.recent_micros)  # type: ignore[attr-defined]

    # --- what it does -----------------------------------------------------------------------
    @admin.display(description=gettext_lazy("last request"))
    def last_request(self, user: User) -> str | None:
        at = user.last_request_at  # type: ignore[attr-defined]
        return date_format(localtime(at), "DATETIME_FORMAT") if at else None

    @admin.display(description=gettext_lazy("live keys"))
    def live_keys(self, user: User) -> int:
        return user.keys_alive  # type: ignore[attr-defined, no-any-return]

    @admin.display(description=gettext_lazy("see also"))
    def more(self, user: User) -> SafeString:
        of_user: dict[str, object] = {"user__id__exact": user.pk}
        pages: list[tuple[str, str, dict[str, object]]] = [
            (_("requests"), "admin:audio_api_job_changelist", of_user),
            (_("API keys"), "admin:accounts_apikey_changelist", of_user),
            (_("ledger"), "admin:wallet_journalentry_changelist", {OF_ACCOUNT: user.pk}),
            (_("top-ups"), "admin:wallet_topup_changelist", of_user),
            (_("grant or adjust credit"), "admin:wallet_wallet_credit", {"email": user.email}),
        ]
        links = ((reverse(page, query=query), words) for words, page, query in pages)
        return format_html_join(" · ", '<a href="{}">{}</a>', links)

    # --- suspension -------------------------------------------------------------------------
    @admin.action(
        description=gettext_lazy("Suspend: keys and sessions stop at once, money stays"),
        permissions=["change"],
    )
    def suspend(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        me = Q(pk=request.user.pk)
        others = queryset.exclude(me)
        if queryset.filter(me).exists():
            self.message_user(request, _("You can't suspend yourself."), messages.WARNING)
        done = self._set_active(request, others, active=False)
        text = ngettext("%d account suspended.", "%d accounts suspended.", done) % done
        self.message_user(request, text, messages.SUCCESS)

    @admin.action(
        description=gettext_lazy("Let suspended accounts in again"), permissions=["change"]
    )
    def restore(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Leaves out accounts that their owner has closed."""
        done = self._set_active(request, queryset.filter(closed_at__isnull=True), active=True)
        text = ngettext("%d account let in again.", "%d accounts let in again.", done) % done
        self.message_user(request, text, messages.SUCCESS)

    def _set_active(self, request: HttpRequest, accounts: QuerySet[User], *, active: bool) -> int:
        """Only superusers do this to staff."""
        mine = Q() if request.user.is_superuser else Q(is_superuser=False, is_staff=False)
        done = 0
        for user in accounts.filter(mine).exclude(is_active=active):
            if User.objects.filter(pk=user.pk, is_active=not active).update(is_active=active):
                words = _("Let in again.") if active else _("Suspended.")
                self.log_change(request, user, words)
                done += 1
        return done


def _wallet(user: User) -> Wallet:
    found: Wallet | None = getattr(user, "wallet", None)
    return found or Wallet(user=user)


def _or_nothing(micros: int) -> str | None:
    """None for zero: the admin shows a dash."""
    return money.usd_exact(micros) if micros else None
