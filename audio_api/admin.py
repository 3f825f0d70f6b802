"""Jobs in the admin: everything to read but what customers said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from audio_api.models import Job
from audiopod.common import money
from wallet.read_only import ReadOnly

if TYPE_CHECKING:
    JobModelAdmin = admin.ModelAdmin[Job]
else:
    JobModelAdmin = admin.ModelAdmin


@admin.register(Job)
class JobAdmin(ReadOnly, JobModelAdmin):
    """What was asked for and what became of it, newest first. `params` hold texts: not shown."""

    list_display = [
        "created_at",
        "user",
        "kind",
        "status",
        "voice_name",
        "seconds",
        "cost",
        "error_code",
        "request_id",
    ]
    list_filter = ["status", "kind", "created_at", "error_code"]
    list_select_related = ["user"]
    search_fields = ["id", "request_id", "user__email", "voice_name"]
    show_full_result_count = False
    readonly_fields = ["seconds", "cost", "held", "written_off"]
    fields = [
        ("id", "request_id"),
        ("user", "api_key"),
        ("kind", "status", "attempt"),
        ("model", "voice_name"),
        ("seconds", "cost", "held", "written_off"),
        ("error_code", "error_message"),
        ("created_at", "started_at", "first_byte_at", "finished_at"),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        return super().get_queryset(request).defer("params")

    @admin.display(description="seconds of audio", ordering="audio_ms")
    def seconds(self, job: Job) -> str:
        return f"{job.audio_seconds:.1f}"

    @admin.display(description="cost", ordering="cost_micros")
    def cost(self, job: Job) -> str:
        return money.usd_exact(job.cost_micros)

    @admin.display(description="held", ordering="held_micros")
    def held(self, job: Job) -> str:
        return money.usd_exact(job.held_micros)

    @admin.display(description="written off", ordering="written_off_micros")
    def written_off(self, job: Job) -> str:
        return money.usd_exact(job.written_off_micros)
