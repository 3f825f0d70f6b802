"""Every key that there is gets a public id of its own."""

import uuid

from django.db import migrations


def fill(apps, schema_editor):
    ApiKey = apps.get_model("accounts", "ApiKey")
    for pk in ApiKey.objects.values_list("pk", flat=True).iterator():
        ApiKey.objects.filter(pk=pk).update(public_id=uuid.uuid4())


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_budgets_and_scopes")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
