"""Webhooks in the admin: everything to read but secrets, an endpoint to pause, an event to send
again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.admin.read_only import ReadOnly
from webhooks import endpoints, outbox
from webhooks.models import Attempt, Delivery, Endpoint, Receiver

if TYPE_CHECKING:
    EndpointModelAdmin = admin.ModelAdmin[Endpoint]
    ReceiverModelAdmin = admin.ModelAdmin[Receiver]
    DeliveryModelAdmin = admin.ModelAdmin[Delivery]
    AttemptTabularInline = admin.TabularInline[Attempt, Delivery]
else:
    EndpointModelAdmin = ReceiverModelAdmin = DeliveryModelAdmin = admin.ModelAdmin
    AttemptTabularInline = admin.TabularInline


@admin.register(Endpoint)
class EndpointAdmin(ReadOnly, EndpointModelAdmin):
    """Addresses that accounts have chosen."""

    list_display = ["url", "user", "is_active", "created_at", "deleted_at"]
    list_filter = ["is_active", "created_at"]
    list_select_related = ["user"]
    search_fields = ["url", "user__email"]
    fields = ["url", "user", "events", "description", "is_active", "created_at", "deleted_at"]
    actions = ["pause"]

    def has_pause_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("webhooks.change_endpoint")

    @admin.action(description=_("Pause the chosen endpoints"), permissions=["pause"])
    def pause(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> None:
        paused = 0
        for endpoint in queryset.filter(is_active=True):
            endpoints.change(endpoint, is_active=False)
            self.log_change(request, endpoint, gettext("Paused."))
            paused += 1
        text = ngettext("%d endpoint paused.", "%d endpoints paused.", paused) % paused
        self.message_user(request, text, messages.SUCCESS)


@admin.register(Receiver)
class ReceiverAdmin(ReadOnly, ReceiverModelAdmin):
    """Where events go, and how that goes."""

    list_display = ["__str__", "user", "is_slow", "dead_since", "mailed_at"]
    list_filter = ["is_slow", "dead_since"]
    list_select_related = ["user", "endpoint"]
    search_fields = ["origin", "endpoint__url", "user__email"]


class Attempts(ReadOnly, AttemptTabularInline):
    model = Attempt
    extra = 0


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly, DeliveryModelAdmin):
    """Events on their way, and those that have arrived or not."""

    list_display = [
        "created_at",
        "user",
        "event_type",
        "job_number",
        "address",
        "status",
        "attempts",
        "response_code",
        "error",
    ]
    list_filter = ["status", "event_type", "created_at"]
    list_select_related = ["user", "receiver__endpoint"]
    search_fields = ["event_id", "user__email", "job_number"]
    show_full_result_count = False
    inlines = [Attempts]
    actions = ["send_again"]

    @admin.display(description=_("address"))
    def address(self, delivery: Delivery) -> str:
        return delivery.target

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["url"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["address"]

    def has_send_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("webhooks.change_delivery")

    @admin.action(description=_("Send the chosen events again"), permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        sent = 0
        for delivery in queryset.select_related("receiver__endpoint"):
            self.log_change(request, outbox.write_again(delivery), gettext("Sent again."))
            sent += 1
        text = ngettext("%d event is sent again.", "%d events are sent again.", sent) % sent
        self.message_user(request, text, messages.SUCCESS)
