"""No two keys share a public id."""

import uuid

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_public_ids")]

    operations = [
        migrations.AlterField(
            model_name="apikey",
            name="public_id",
            field=models.UUIDField(
                default=uuid.uuid4, editable=False, help_text="its id in the API", unique=True
            ),
        ),
    ]
