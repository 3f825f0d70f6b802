"""Nobody updates or deletes what the ledger says."""

from django.db import migrations

from wallet import triggers


def guard(apps, schema_editor):
    triggers.install(schema_editor.connection)
    if schema_editor.connection.vendor == "postgresql":
        # Room on each page lets the busy row change without touching an index.
        schema_editor.execute("ALTER TABLE wallet_wallet SET (fillfactor = 50)")


def unguard(apps, schema_editor):
    triggers.remove(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("wallet", "0002_rates")]

    operations = [migrations.RunPython(guard, unguard)]
