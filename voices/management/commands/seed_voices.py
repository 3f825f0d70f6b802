"""`manage.py seed_voices`: offer the voices of the engines that are installed here."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from audio.engines import registry
from voices import piper_files, services


class Command(BaseCommand):
    help = "Offer every voice that an installed engine can speak; what was edited is kept."

    def handle(self, *_args: Any, **_options: Any) -> None:
        added = piper_files.sync()
        report = services.seed(registry.installed_voices(), added=added)
        self.stdout.write(
            f"{report.total} voices, {report.created} of them new, {report.updated} corrected."
        )
