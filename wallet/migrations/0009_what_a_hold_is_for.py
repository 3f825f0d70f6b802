"""Holds say what they are for, at which price, and what was billed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("wallet", "0008_price_list")]

    operations = [
        migrations.AddField(
            model_name="hold",
            name="service",
            field=models.CharField(blank=True, default="", max_length=32),
        ),
        migrations.AddField(
            model_name="hold",
            name="price_micros_per_minute",
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="hold",
            name="billed_ms",
            field=models.BigIntegerField(
                blank=True, help_text="milliseconds of audio that were charged for", null=True
            ),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("price_micros_per_minute__isnull", True),
                    ("price_micros_per_minute__gte", 0),
                    _connector="OR",
                ),
                name="hold_price_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("billed_ms__isnull", True),
                    models.Q(("billed_ms__gte", 0), ("state", "settled")),
                    _connector="OR",
                ),
                name="hold_bills_when_settled",
            ),
        ),
    ]
