"""`manage.py sweep`: once, what every worker does all the time."""

from typing import Any

from django.core.management.base import BaseCommand

from audio_api.jobs.sweeper import sweep


class Command(BaseCommand):
    help = "End jobs that a dead process left, free their holds, remove their audio. Once."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(str(sweep()))
