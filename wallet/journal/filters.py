"""Which lines of the ledger are asked for: the whole state of its page stands in the URL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.keys.choosing import PLAYGROUND, KeyField, asking_for
from accounts.models import ApiKey, User
from audiopod.common.fields import FilterField
from wallet.models import JournalEntry, Posting

EARLIEST, LATEST = date(2000, 1, 1), date(2199, 12, 31)
KEYS_OFFERED = 100
"""To choose from; others are reached by a link to them."""


@dataclass(frozen=True, kw_only=True)
class LedgerFilters:
    """Lines of an account; both days, of UTC, are counted."""

    user: User
    kind: str = ""
    first: date | None = None
    last: date | None = None
    key: ApiKey | None = None
    is_playground: bool = False

    @property
    def since(self) -> datetime | None:
        return _midnight(self.first) if self.first else None

    @property
    def until(self) -> datetime | None:
        """The first moment that is not asked for any more."""
        return _midnight(self.last + timedelta(days=1)) if self.last else None

    def among(self, postings: QuerySet[Posting]) -> QuerySet[Posting]:
        """Those of some postings that are asked for."""
        where: dict[str, Any] = {}
        if self.kind:
            where["entry__kind"] = self.kind
        if self.since:
            where["entry__created_at__gte"] = self.since
        if self.until:
            where["entry__created_at__lt"] = self.until
        if self.key:
            where["entry__hold__api_key"] = self.key
        elif self.is_playground:
            where |= {"entry__hold__isnull": False, "entry__hold__api_key__isnull": True}
        return postings.filter(**where)

    @property
    def is_anything(self) -> bool:
        """Whether only some lines are asked for."""
        return bool(self.query)

    @property
    def query(self) -> dict[str, str]:
        """The parameters that ask for the same again."""
        asked = {
            "kind": self.kind,
            "from": self.first.isoformat() if self.first else "",
            "to": self.last.isoformat() if self.last else "",
            "key": asking_for(self.key, is_playground=self.is_playground),
        }
        return {name: value for name, value in asked.items() if value}

    def url(self, **more: int) -> str:
        """As the query of a link."""
        return "?" + urlencode({**self.query, **more})

    @property
    def as_query(self) -> str:
        return self.url()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


class LedgerForm(forms.Form):
    """Reads the URL; what is not asked for is everything."""

    def __init__(self, user: User, data: Mapping[str, str]) -> None:
        super().__init__(dict(data.items()), auto_id="filter-%s")
        self.user = user
        self.fields["kind"] = FilterField(_("Entries"), _kinds())
        self.fields["from"] = _day(_("From"))
        self.fields["to"] = _day(_("To"))
        self.fields["key"] = KeyField(user, offered=KEYS_OFFERED)

    def clean(self) -> dict[str, Any]:
        asked = super().clean() or {}
        if asked.get("from") and asked.get("to") and asked["from"] > asked["to"]:
            self.add_error("to", _("The last day comes before the first one."))
        return asked

    @property
    def filters(self) -> LedgerFilters:
        """Call it when the form is valid."""
        asked = self.cleaned_data
        key = asked["key"]
        return LedgerFilters(
            user=self.user,
            kind=asked["kind"],
            first=asked["from"],
            last=asked["to"],
            key=key if isinstance(key, ApiKey) else None,
            is_playground=key == PLAYGROUND,
        )


def _kinds() -> list[tuple[str, Any]]:
    named = dict(JournalEntry.Kind.choices) | {"settlement": _("request")}
    return list(named.items())


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Write a day as 2026-11-23.")},
        validators=[MinValueValidator(EARLIEST), MaxValueValidator(LATEST)],
    )
