"""The filters of the usage page, whose whole state stands in the URL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from accounts.keys.choosing import PLAYGROUND, KeyField, asking_for
from accounts.models import ApiKey, User
from audio_api import registry
from audio_api.models import Job, JobQuerySet, UsageDay, UsageDayQuerySet
from audiopod.common.fields import FilterField

DEFAULT_DAYS, MAX_DAYS = 30, 366
EARLIEST, LATEST = date(2000, 1, 1), date(2199, 12, 31)
CHOICES_SHOWN = 200
"""Keys to choose from, the newest; an older one is reached by a link to it."""


_NEWEST = ("-created_at", "-id")


def today() -> date:
    """The day that it is in UTC, by which everything is counted."""
    return timezone.now().astimezone(UTC).date()


@dataclass(frozen=True, kw_only=True)
class UsageFilters:
    """Which of an account's days and requests are asked about, both days counted."""

    user: User
    first: date
    last: date
    key: ApiKey | None = None
    is_playground: bool = False
    kind: str = ""
    voice: str = ""
    status: str = ""
    request_id: str = ""

    def days(self) -> UsageDayQuerySet:
        """What ended on those days. Days know no status and no request id."""
        days = UsageDay.objects.for_user(self.user).between(self.first, self.last)
        return days.filter(**self._where).order_by()

    def jobs(self, *, until: datetime | None = None) -> JobQuerySet:
        """The requests of those days, the newest first, or those of one id, whenever it was.

        until: the moment in which the newest of them was made at the latest. Ordered by the
        columns of the index that answers, so that no database sorts them, and with one bound at
        each end, since SQLite begins to look at the first of two.
        """
        jobs = Job.objects.for_user(self.user).filter(**self._where)
        if self.status:
            jobs = jobs.with_status(self.status)
        if self.request_id:
            jobs = jobs.filter(request_id=self.request_id)
            return (jobs.filter(created_at__lte=until) if until else jobs).order_by(*_NEWEST)
        end = _start(self.last + timedelta(days=1))
        newest = {"created_at__lte": until} if until and until < end else {"created_at__lt": end}
        jobs = jobs.filter(created_at__gte=_start(self.first), **newest)
        null_key = ("api_key_id",) if self.is_playground else ()
        return jobs.order_by(*null_key, *_NEWEST)

    @property
    def can_match(self) -> bool:
        """False where a voice is asked for of a kind of work that has no voices."""
        return not (self.voice and self.kind) or registry.get(self.kind).has_voices

    @property
    def query(self) -> dict[str, str]:
        """The parameters that ask for the same again."""
        asked = {
            "from": self.first.isoformat(),
            "to": self.last.isoformat(),
            "key": self.key_value,
            "endpoint": self.kind,
            "voice": self.voice,
            "status": self.status,
            "request": self.request_id,
        }
        return {name: value for name, value in asked.items() if value}

    def url(self, **more: str) -> str:
        """As the query of a link, with `more` changed; an empty value drops a parameter."""
        return "?" + urlencode({k: v for k, v in (self.query | more).items() if v})

    @property
    def key_value(self) -> str:
        return asking_for(self.key, is_playground=self.is_playground)

    @cached_property
    def _where(self) -> dict[str, Any]:
        where: dict[str, Any] = {}
        if self.is_playground:
            where["api_key__isnull"] = True
        elif self.key:
            where["api_key"] = self.key
        if self.voice:
            where["voice_name"] = self.voice
        # no index has both: where one kind alone has voices, naming it would say nothing more
        voiced = sum(service.has_voices for service in registry.services())
        if self.kind and (not self.voice or voiced > 1):
            where["kind"] = self.kind
        return where


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


class UsageForm(forms.Form):
    """Reads the URL. Without filters it is the last `DEFAULT_DAYS` days of everything."""

    def __init__(self, user: User, data: dict[str, str]) -> None:
        self.user = user
        self.now = today()
        default = self.now - timedelta(days=DEFAULT_DAYS - 1)
        given = {"from": default.isoformat(), "to": self.now.isoformat()}
        super().__init__(given | {k: v for k, v in data.items() if v}, auto_id="filter-%s")
        self.fields["from"] = _day(_("From"))
        self.fields["to"] = _day(_("To"))
        self.fields["key"] = KeyField(user, offered=CHOICES_SHOWN)
        self.fields["endpoint"] = FilterField(_("Endpoint"), _kinds())
        self.fields["voice"] = forms.CharField(label=_("Voice"), required=False, max_length=128)
        self.fields["status"] = FilterField(_("Status"), _words(Job.Status))
        self.fields["request"] = forms.CharField(
            label=_("Request id"), required=False, max_length=64
        )

    def clean(self) -> dict[str, Any]:
        asked = super().clean() or {}
        first, last = asked.get("from"), asked.get("to")
        if first and last and first > last:
            self.add_error("to", _("The last day comes before the first one."))
        elif first and last and (last - first).days >= MAX_DAYS:
            words = _("Choose at most %(days)d days at a time.") % {"days": MAX_DAYS}
            self.add_error("from", words)
        return asked

    @property
    def filters(self) -> UsageFilters:
        """Call it when the form is valid."""
        asked = self.cleaned_data
        key = asked["key"]
        return UsageFilters(
            user=self.user,
            first=asked["from"],
            last=asked["to"],
            key=key if isinstance(key, ApiKey) else None,
            is_playground=key == PLAYGROUND,
            kind=asked["endpoint"],
            voice=asked["voice"],
            status=asked["status"],
            request_id=asked["request"],
        )


class _DayInput(forms.DateInput):
    """A browser's own field for days, which takes nothing else."""

    input_type = "date"

    def format_value(self, value: Any) -> str | None:
        text = super().format_value(value)
        try:
            return date.fromisoformat(text or "").isoformat()
        except ValueError:
            return None


def _day(label: str) -> forms.DateField:
    return forms.DateField(
        label=label,
        input_formats=["%Y-%m-%d"],
        widget=_DayInput(format="%Y-%m-%d"),
        error_messages={"invalid": _("Write a day as 2026-11-23.")},
        validators=[MinValueValidator(EARLIEST), MaxValueValidator(LATEST)],
    )


def _kinds() -> list[tuple[str, str]]:
    return [(kind, str(label)) for kind, label in registry.choices()]


def _words(choices: type[TextChoices]) -> list[tuple[str, str]]:
    return [(str(choice), str(choice.label)) for choice in choices]
