"""`manage.py fetch_models`: fetch, list and verify the weights of the engines."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from audio.weights import (
    Asset,
    FetchError,
    FetchStep,
    asset_path,
    catalogue,
    default_assets,
    fetch,
    verify,
)
from audio_api.process import wanted

MEGABYTE = 1_000_000
INTERRUPTED_STATUS = 130
"""What a shell reports of a program that Ctrl-C ended."""


class Command(BaseCommand):
    help = "Fetch the weights of the engines, verified by sha256; what is here already is kept."
    # it runs before there is a database, and while an engine cannot load yet
    requires_system_checks = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        default = ", ".join(asset.name for asset in default_assets())
        usual = f"default: {default}, and what WHISPER_MODEL names"
        parser.add_argument("names", nargs="*", metavar="NAME", help=usual)
        parser.add_argument("--list", action="store_true", help="show what there is to fetch")
        parser.add_argument(
            "--verify", action="store_true", help="hash what is here; a wrong file is deleted"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        if unknown := [name for name in options["names"] if name not in catalogue()]:
            self._fail([f"There is no asset {', '.join(unknown)}. Known: {', '.join(catalogue())}"])
        assets = [catalogue()[name] for name in options["names"]]
        if options["list"]:
            self._list(assets or list(catalogue().values()))
        elif options["verify"]:
            self._verify(assets or _installed())
        else:
            self._fetch(assets or wanted.assets())

    def _list(self, assets: list[Asset]) -> None:
        width = max(len(asset.name) for asset in assets)
        self.stdout.write(f"{'name':{width}}  {'size':>8}  here  {'licence':10}  description")
        for asset in assets:
            here = "yes" if asset_path(asset.name, settings.MODELS_DIR) else "no"
            size = f"{'~' if asset.unpinned else ''}{asset.size // MEGABYTE} MB"
            self.stdout.write(
                f"{asset.name:{width}}  {size:>8}  {here:4}  {asset.licence:10}  "
                f"{asset.description}"
            )

    def _verify(self, assets: list[Asset]) -> None:
        wrong = []
        for asset in assets:
            self.stdout.write(f"{asset.name}: hashing {asset.size // MEGABYTE} MB")
            wrong += verify(asset, settings.MODELS_DIR)
        if wrong:
            self._fail([*wrong, "`manage.py fetch_models NAME` fetches them again."])
        self.stdout.write(f"{len(assets)} verified in {settings.MODELS_DIR}.")

    def _fetch(self, assets: list[Asset]) -> None:
        failures = []
        for asset in assets:
            try:
                self._fetch_one(asset)
            except FetchError as error:
                failures.append(str(error))
            except KeyboardInterrupt:
                self.stderr.write("Stopped. Run this again to go on.")
                sys.exit(INTERRUPTED_STATUS)
        if failures:
            self._fail(failures)

    def _fetch_one(self, asset: Asset) -> None:
        if asset_path(asset.name, settings.MODELS_DIR):
            self.stdout.write(f"{asset.name}: here")
            return
        local: Path | None = getattr(settings, "MODELS_LOCAL", None)
        folder = fetch(
            asset,
            settings.MODELS_DIR,
            self._show,
            local_dir=local,
            interactive=sys.stdout.isatty(),
        )
        self._show(FetchStep(asset.name, f"complete in {folder}"))

    def _show(self, progress: FetchStep) -> None:
        self.stdout.write(f"{progress.asset}: {progress.message}")
        self.stdout.flush()  # pip and the hub write to the same terminal

    def _fail(self, lines: list[str]) -> None:
        self.stderr.write("\n".join(lines))
        sys.exit(1)


def _installed() -> list[Asset]:
    here = [asset for asset in catalogue().values() if asset_path(asset.name, settings.MODELS_DIR)]
    return here or default_assets()
