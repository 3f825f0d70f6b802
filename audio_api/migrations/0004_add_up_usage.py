"""Adds up the days of usage from the jobs that had ended before days were counted."""

from datetime import UTC, timedelta

from django.db import migrations, transaction
from django.db.models import Count, DurationField, F, Q, Sum
from django.db.models.functions import TruncDate

ROWS_AT_A_TIME = 500
PLACE = ["day", "api_key_id", "kind", "voice_name"]


def take_time(apps, schema_editor):
    """A million jobs take longer to read than a request may."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET LOCAL statement_timeout = 0")


def add_up(apps, schema_editor):
    """Account by account, added by the database: no job is read into memory. Again, it writes
    the same."""
    Job, UsageDay = apps.get_model("audio_api", "Job"), apps.get_model("audio_api", "UsageDay")
    accounts = Job.objects.order_by("user_id").values_list("user_id", flat=True).distinct()
    for user_id in list(accounts):
        with transaction.atomic():
            UsageDay.objects.filter(user_id=user_id).delete()
            _add_up_account(Job, UsageDay, user_id)


def _add_up_account(Job, UsageDay, user_id):
    jobs = Job.objects.filter(user_id=user_id, finished_at__isnull=False).order_by()
    sums = jobs.annotate(day=TruncDate("finished_at", tzinfo=UTC)).values(*PLACE)
    sums = sums.annotate(
        requests=Count("pk"),
        failed=Count("pk", filter=Q(status="failed")),
        cancelled=Count("pk", filter=Q(status="cancelled")),
        sum_audio_ms=Sum("audio_ms"),
        sum_cost_micros=Sum("cost_micros"),
        took=Sum(F("finished_at") - F("created_at"), output_field=DurationField()),
    )
    rows = []
    for found in sums.iterator(chunk_size=ROWS_AT_A_TIME):
        took = found.pop("took")
        rows.append(
            UsageDay(
                user_id=user_id,
                audio_ms=found.pop("sum_audio_ms"),
                cost_micros=found.pop("sum_cost_micros"),
                taken_ms=max(0, took // timedelta(milliseconds=1)),
                **found,
            )
        )
        if len(rows) == ROWS_AT_A_TIME:
            UsageDay.objects.bulk_create(rows)
            rows = []
    UsageDay.objects.bulk_create(rows)


class Migration(migrations.Migration):
    dependencies = [("audio_api", "0003_usage_days")]
    operations = [
        migrations.RunPython(take_time, migrations.RunPython.noop, elidable=True),
        migrations.RunPython(add_up, migrations.RunPython.noop, elidable=True),
    ]
