"""Rates are of a service, a mode and a basis."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("wallet", "0006_what_null_lets_pass")]

    operations = [
        migrations.RemoveConstraint(model_name="rate", name="rate_one_at_a_time"),
        migrations.RenameField(model_name="rate", old_name="service", new_name="service_type"),
        migrations.AlterModelOptions(
            name="rate", options={"ordering": ["service_type", "mode", "-effective_from"]}
        ),
        migrations.AlterField(
            model_name="rate",
            name="service_type",
            field=models.CharField(max_length=32, verbose_name="service"),
        ),
        migrations.AddField(
            model_name="rate",
            name="mode",
            field=models.CharField(
                blank=True,
                default="",
                help_text="empty: the price of every mode that has no price of its own",
                max_length=32,
                verbose_name="mode",
            ),
        ),
        migrations.AddField(
            model_name="rate",
            name="basis",
            field=models.CharField(
                choices=[("input", "audio sent"), ("output", "audio made")],
                default="input",
                max_length=8,
                verbose_name="basis",
            ),
        ),
        migrations.AddConstraint(
            model_name="rate",
            constraint=models.UniqueConstraint(
                fields=("service_type", "mode", "effective_from"), name="rate_one_at_a_time"
            ),
        ),
        migrations.AddConstraint(
            model_name="rate",
            constraint=models.CheckConstraint(
                condition=models.Q(("basis__in", ["input", "output"])), name="rate_has_a_basis"
            ),
        ),
    ]
