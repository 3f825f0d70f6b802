"""The addresses of accounts that were made before anybody could sign up count as verified: whoever
runs the place made them. Nobody is asked to confirm one before the next log-in."""

from django.db import migrations, models
from django.db.models import Exists, OuterRef

AT_ONCE = 1000


def vouch(apps, schema_editor):
    database = schema_editor.connection.alias
    User = apps.get_model("accounts", "User")
    EmailAddress = apps.get_model("account", "EmailAddress")
    known = EmailAddress.objects.using(database).filter(user=OuterRef("pk"))
    users = User.objects.using(database).filter(~Exists(known)).values_list("pk", "email")
    rows = []
    for pk, email in users.iterator(chunk_size=AT_ONCE):
        rows.append(EmailAddress(user_id=pk, email=email, verified=True, primary=True))
    EmailAddress.objects.using(database).bulk_create(
        rows, batch_size=AT_ONCE, ignore_conflicts=True
    )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_rotation_and_networks"),
        ("account", "0009_emailaddress_unique_primary_email"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                fields=["closed_at"],
                name="user_closed",
                condition=models.Q(closed_at__isnull=False),
            ),
        ),
        migrations.RunPython(vouch, migrations.RunPython.noop, elidable=True),
    ]
