"""A first price for every service of AudioPod's list, per minute.

A rate alone sells nothing: a service is offered where an app registers it (`wallet.offers`).
"""

from datetime import datetime, timezone

from django.db import migrations

BEGINNING = datetime(2020, 1, 1, tzinfo=timezone.utc)
INPUT, OUTPUT = "input", "output"
WORDS = {INPUT: "per minute of audio sent", OUTPUT: "per minute of generated audio"}
PRICES = [
    ("text_to_speech", "", OUTPUT, 40_000),
    ("voice_cloning", "", OUTPUT, 40_000),
    ("voice_conversion", "", INPUT, 130_000),
    ("transcription", "", INPUT, 10_000),
    ("translation", "", INPUT, 10_000),
    ("speech_translation", "", INPUT, 400_000),
    ("speaker_diarization", "", INPUT, 200_000),
    ("stem_extraction", "", INPUT, 100_000),
    ("stem_extraction", "lead_backing", INPUT, 150_000),
    ("stem_extraction", "gender", INPUT, 150_000),
    ("stem_extraction", "instrument", INPUT, 200_000),
    ("music_generation", "", OUTPUT, 40_000),
    ("denoise", "", INPUT, 20_000),
    ("denoise", "studio", INPUT, 40_000),
    ("denoise", "ultra", INPUT, 80_000),
    ("media_converter", "", INPUT, 10_000),
    ("audiobook", "", OUTPUT, 40_000),
    ("karaoke", "", INPUT, 250_000),
    ("midi", "", INPUT, 100_000),
    ("midi", "from_stems", INPUT, 20_000),
]


def seed(apps, schema_editor):
    """Leave alone what has a price already, whoever has set it."""
    rate = apps.get_model("wallet", "Rate")
    rate.objects.filter(service_type="text_to_speech").update(basis=OUTPUT)
    for service_type, mode, basis, price in PRICES:
        if not rate.objects.filter(service_type=service_type, mode=mode).exists():
            rate.objects.create(
                service_type=service_type,
                mode=mode,
                basis=basis,
                price_micros_per_minute=price,
                effective_from=BEGINNING,
                description=WORDS[basis],
            )


class Migration(migrations.Migration):
    dependencies = [("wallet", "0007_rates_of_modes")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
