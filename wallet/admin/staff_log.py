"""What staff did with money, beside what the ledger says of it."""

from __future__ import annotations

from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.http import HttpRequest


def log_once(request: HttpRequest, made: Model, message: str) -> None:
    """Note that staff have made something, unless that is noted: a form may be sent twice."""
    kind = ContentType.objects.get_for_model(made)
    noted = LogEntry.objects.filter(content_type=kind, object_id=str(made.pk), action_flag=ADDITION)
    if request.user.is_authenticated and not noted.exists():
        LogEntry.objects.log_actions(request.user.pk, [made], ADDITION, message, single_object=True)
