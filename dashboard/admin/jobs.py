"""Jobs in the admin: everything to read but what customers said; open ones can be ended, or
handed to a worker once more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.options import InlineModelAdmin
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from dramatiq.errors import BrokerError
from redis import RedisError

from accounts.admin.read_only import ReadOnly
from audio_api.jobs import interventions
from audio_api.models import Job, JobFile
from audiopod.common import money
from dashboard.admin import operations

if TYPE_CHECKING:
    JobModelAdmin = admin.ModelAdmin[Job]
    FileInline = admin.TabularInline[JobFile, Job]
else:
    JobModelAdmin = admin.ModelAdmin
    FileInline = admin.TabularInline

REFRESH_SECONDS = 5
CODES_SHOWN = 30


class ByError(admin.SimpleListFilter):
    """The errors of the last month. To look for older ones would read every job."""

    title = gettext_lazy("error")
    parameter_name = "error"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        since = timezone.now() - timedelta(days=30)
        unlucky = Job.objects.exclude(status=Job.Status.SUCCEEDED).exclude(error_code="")
        codes = unlucky.filter(created_at__gte=since).order_by("error_code")
        found = codes.values_list("error_code", flat=True).distinct()[:CODES_SHOWN]
        return [(code, code) for code in found]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        return queryset.filter(error_code=self.value()) if self.value() else queryset


class ByPlace(admin.SimpleListFilter):
    title = gettext_lazy("where from")
    parameter_name = "from"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("api", _("the API, by a key")), ("playground", _("the playground"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        if self.value() is None:
            return queryset
        return queryset.filter(api_key__isnull=self.value() == "playground")


class ByTrouble(admin.SimpleListFilter):
    title = gettext_lazy("needs a look")
    parameter_name = "stuck"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("open", _("open: queued or running")),
            ("lost", _("stuck: its worker or its place in the queue is lost")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        if self.value() == "open":
            return queryset.filter(pk__in=Job.objects.open().values("pk"))
        if self.value() == "lost":
            lost = Job.objects.abandoned(timezone.now()).values("pk")
            return queryset.filter(pk__in=lost)
        return queryset


class ByClient(admin.SimpleListFilter):
    title = gettext_lazy("client")
    parameter_name = "detached"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", _("a client waits for it")), ("yes", _("no client waits for it"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        if self.value() is None:
            return queryset
        return queryset.filter(is_detached=self.value() == "yes")


class FilesOfJob(ReadOnly, FileInline):
    """The files of a detached job, without what is in them: names of files are the customer's."""

    model = JobFile
    fields = ["role", "name", "position", "content_type", "size"]
    readonly_fields = ["size"]
    extra = 0

    @admin.display(description=gettext_lazy("size"))
    def size(self, file: JobFile) -> str:
        return filesizeformat(file.bytes)


@admin.register(Job)
class JobAdmin(ReadOnly, JobModelAdmin):
    """What was asked for and what became of it, newest first. `params` hold texts: not shown."""

    list_display = [
        "created_at",
        "user",
        "kind",
        "status",
        "how_far",
        "voice_name",
        "seconds",
        "cost",
        "error_code",
        "request_id",
    ]
    list_filter = [ByTrouble, "status", "kind", ByPlace, ByClient, "created_at", ByError]
    list_select_related = ["user"]
    search_fields = ["id", "number__exact", "request_id__exact", "user__email", "voice_name"]
    search_help_text = gettext_lazy(
        "A request id, the id or number of a job, an e-mail address or a voice."
    )
    show_full_result_count = False
    readonly_fields = ["how_far", "seconds", "cost", "held", "written_off"]
    fields = [
        ("id", "request_id"),
        ("user", "api_key"),
        ("kind", "status", "attempt"),
        ("model", "voice_name"),
        ("seconds", "cost", "held", "written_off"),
        ("error_code", "error_message"),
        ("created_at", "queue_deadline", "lease_until"),
        ("started_at", "first_byte_at", "finished_at"),
    ]
    detached_fields = [("number", "how_far"), ("kept_until", "deleted_at")]
    """More of a job that no client waits for."""
    actions = ["cancel_jobs", "hand_over_jobs"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        return super().get_queryset(request).defer("params")

    def get_fields(self, request: HttpRequest, obj: Job | None = None) -> Any:
        return [*self.fields, *self.detached_fields] if _is_detached(obj) else self.fields

    def get_inlines(
        self, request: HttpRequest, obj: Job | None
    ) -> list[type[InlineModelAdmin[Any, Any]]]:
        return [FilesOfJob] if _is_detached(obj) else []

    @admin.display(description=gettext_lazy("progress"), ordering="progress")
    def how_far(self, job: Job) -> str | None:
        return f"{job.progress} % {job.stage}".strip() if job.is_detached else None

    @admin.display(description=gettext_lazy("seconds of audio"), ordering="audio_ms")
    def seconds(self, job: Job) -> str:
        return f"{job.audio_seconds:.1f}"

    @admin.display(description=gettext_lazy("cost"), ordering="cost_micros")
    def cost(self, job: Job) -> str:
        return money.usd_exact(job.cost_micros)

    @admin.display(description=gettext_lazy("held"), ordering="held_micros")
    def held(self, job: Job) -> str:
        return money.usd_exact(job.held_micros)

    @admin.display(description=gettext_lazy("written off"), ordering="written_off_micros")
    def written_off(self, job: Job) -> str:
        return money.usd_exact(job.written_off_micros)

    # --- what can be done ---------------------------------------------------------------------
    def has_operate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("audio_api.change_job")

    @admin.action(
        description=gettext_lazy("Cancel: end open jobs, and charge only what was delivered"),
        permissions=["operate"],
    )
    def cancel_jobs(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        self._intervene(request, queryset, interventions.cancel, _("Cancel"))

    @admin.action(
        description=gettext_lazy("Retry: hand stuck jobs to a worker again (finished ones can't)"),
        permissions=["operate"],
    )
    def hand_over_jobs(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        self._intervene(request, queryset, interventions.hand_over, _("Retry"))

    def _intervene(
        self,
        request: HttpRequest,
        queryset: QuerySet[Job],
        act: Callable[[Job], interventions.Cancelled | interventions.HandedOver],
        name: str,
    ) -> None:
        """Do it to one job after the other, whatever becomes of the one before."""
        outcomes: Counter[str] = Counter()
        for job in queryset.defer(None).select_related("user"):
            try:
                words = act(job).words
            except (RedisError, BrokerError, DatabaseError) as error:  # the others get their turn
                words = _("failed: %s") % type(error).__name__
            self.log_change(request, job, f"{name}: {words}")
            outcomes[words] += 1
        for words, count in outcomes.items():
            self.message_user(request, f"{words}: {count}", messages.INFO)

    # --- how the place is doing ---------------------------------------------------------------
    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(require_safe(self.operations_page))
        return [path("operations/", page, name="operations"), *super().get_urls()]

    def operations_page(self, request: HttpRequest) -> HttpResponse:
        """Refreshes itself, unless it is asked not to."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = self.admin_site.each_context(request) | {
            "title": _("Operations"),
            "figures": operations.look(),
            "refresh_seconds": REFRESH_SECONDS if request.GET.get("refresh") != "off" else 0,
        }
        return TemplateResponse(request, "admin/operations.html", context)


def _is_detached(job: Job | None) -> bool:
    return job is not None and job.is_detached
