"""Count what was held and spent before there were budgets; put the ledger's guards back.

The guards: SQLite has dropped them where the migration before rebuilt a table.
"""

from collections import defaultdict
from datetime import UTC

from django.db import migrations

from wallet import triggers


def count(apps, schema_editor):
    Hold, Spending = apps.get_model("wallet", "Hold"), apps.get_model("wallet", "Spending")
    sums = defaultdict(lambda: [0, 0])
    for hold in Hold.objects.filter(state__in=["open", "settled"]).iterator():
        at = hold.created_at.astimezone(UTC)
        periods = [(None, f"{at:%Y-%m-%d}")]
        if hold.api_key_id is not None:
            periods += [(hold.api_key_id, f"{at:%Y-%m}"), (hold.api_key_id, "total")]
        for api_key_id, period in periods:
            row = sums[hold.user_id, api_key_id, period]
            row[0] += hold.amount_micros if hold.state == "open" else 0
            row[1] += hold.settled_micros
    Spending.objects.bulk_create(
        Spending(
            user_id=user_id,
            api_key_id=api_key_id,
            period=period,
            held_micros=held,
            spent_micros=spent,
        )
        for (user_id, api_key_id, period), (held, spent) in sums.items()
    )


def guard(apps, schema_editor):
    triggers.install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("wallet", "0004_budgets_and_payments")]

    operations = [
        migrations.RunPython(count, migrations.RunPython.noop),
        migrations.RunPython(guard, migrations.RunPython.noop),
    ]
