"""The first prices, per minute: of the audio made for speech, of the audio sent for the others."""

from datetime import datetime, timezone

from django.db import migrations

BEGINNING = datetime(2020, 1, 1, tzinfo=timezone.utc)
RATES = [
    ("text_to_speech", 40_000, "per minute of generated audio"),
    ("transcription", 10_000, "per minute of audio sent"),
    ("translation", 10_000, "per minute of audio sent"),
]


def seed(apps, schema_editor):
    rate = apps.get_model("wallet", "Rate")
    for service, price, description in RATES:
        rate.objects.get_or_create(
            service=service,
            effective_from=BEGINNING,
            defaults={"price_micros_per_minute": price, "description": description},
        )


class Migration(migrations.Migration):
    dependencies = [("wallet", "0001_initial")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
