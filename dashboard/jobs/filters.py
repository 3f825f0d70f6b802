"""Which of an account's jobs are asked about; it stands in the URL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext as _

from accounts.models import User
from audio_api import registry
from audio_api.models import Job, JobQuerySet
from audiopod.common.fields import FilterField

NEWEST_FIRST = ("-created_at", "-id")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFilters:
    """Detached jobs of an account that it has not deleted. kind, status: empty for all."""

    user: User
    kind: str = ""
    status: str = ""

    def jobs(self, *, until: datetime | None = None) -> JobQuerySet:
        """The newest first. until: when the newest of them was made, at the latest."""
        jobs = Job.objects.for_user(self.user).detached().order_by(*NEWEST_FIRST)
        if self.kind:
            jobs = jobs.filter(kind=self.kind)
        if self.status:
            jobs = jobs.filter(status=self.status)
        return jobs.filter(created_at__lte=until) if until else jobs

    @property
    def is_narrow(self) -> bool:
        return bool(self.kind or self.status)

    def url(self, **more: str) -> str:
        """As the query of a link, with `more` added."""
        asked = {"kind": self.kind, "status": self.status, **more}
        return "?" + urlencode({name: value for name, value in asked.items() if value})


class JobsForm(forms.Form):
    """Reads the URL."""

    def __init__(self, user: User, data: dict[str, str]) -> None:
        super().__init__(data, auto_id="filter-%s")
        self.user = user
        kinds = [(service.kind, str(service.label)) for service in registry.services()]
        self.fields["kind"] = FilterField(_("Kind"), kinds)
        statuses = [(str(status), str(status.label)) for status in Job.Status]
        self.fields["status"] = FilterField(_("Status"), statuses)

    @property
    def filters(self) -> JobFilters:
        """Call it when the form is valid."""
        return JobFilters(
            user=self.user, kind=self.cleaned_data["kind"], status=self.cleaned_data["status"]
        )
