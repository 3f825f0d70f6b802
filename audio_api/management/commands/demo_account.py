"""`manage.py demo_account`: somebody to try things as, with credit and a key, and an admin."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from audio_api.process import demo


class Command(BaseCommand):
    help = "Make a demo account with a key and $10.00, and an administrator, unless they exist."

    def handle(self, *_args: Any, **_options: Any) -> None:
        self.stdout.write("\n".join(demo.ensure().lines()))
