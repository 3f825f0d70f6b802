"""Holds get the units and the rate that the words of their settlement tell.

The words were "speech: 5.601 s at $0.04 a minute", the kind of work in the language of the
process that wrote them. They stay in the ledger, which is never changed; only holds are written.
"""

import re
from decimal import Decimal

from django.db import migrations

ROWS_AT_ONCE = 1000
SERVICES = {
    "speech": "text_to_speech",
    "Sprachausgabe": "text_to_speech",
    "transcription": "transcription",
    "Transkription": "transcription",
    "translation": "translation",
    "Übersetzung": "translation",
}
REASON = re.compile(
    rf"(?P<kind>{'|'.join(SERVICES)}): (?P<seconds>[0-9]+)\.(?P<ms>[0-9]{{3}}) s"
    r" at \$(?P<rate>[0-9,]+\.[0-9]{2,6}) a minute"
)


def fill(apps, schema_editor):
    Hold, JournalEntry = apps.get_model("wallet", "Hold"), apps.get_model("wallet", "JournalEntry")
    connection = schema_editor.connection
    hold_id = Hold._meta.pk
    update = (
        "UPDATE wallet_hold SET service = %s, billed_ms = %s, price_micros_per_minute = %s"
        " WHERE id = %s AND state = 'settled' AND service = ''"
    )
    settled = JournalEntry.objects.filter(kind="settlement").exclude(reason="").order_by("pk")
    after = 0
    while rows := list(
        settled.filter(pk__gt=after).values_list("pk", "hold_id", "reason")[:ROWS_AT_ONCE]
    ):
        after = rows[-1][0]
        told = [
            (*columns, hold_id.get_db_prep_value(hold, connection))
            for _, hold, reason in rows
            if (columns := columns_of(reason))
        ]
        if told:
            with connection.cursor() as cursor:
                cursor.executemany(update, told)


def columns_of(reason):
    """Service, milliseconds and micro-dollars a minute; None for other words."""
    found = REASON.fullmatch(reason)
    if found is None:
        return None
    billed_ms = 1000 * int(found["seconds"]) + int(found["ms"])
    price_micros = int(Decimal(found["rate"].replace(",", "")) * 1_000_000)
    return SERVICES[found["kind"]], billed_ms, price_micros


class Migration(migrations.Migration):
    dependencies = [("wallet", "0009_what_a_hold_is_for")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
