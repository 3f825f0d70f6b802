"""`manage.py doctor`: what this machine runs and why, and what is to be done."""

from __future__ import annotations

import json
import sys
import textwrap
from dataclasses import asdict
from itertools import groupby
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from audio_api.process import doctor
from audio_api.process.doctor import Finding, Verdict

WIDTH = 100
_INDENT = " " * 9


class Command(BaseCommand):
    help = (
        "Tell what this machine runs and why. Exit status 1 when something keeps it from working."
    )
    # it is asked when something is wrong
    requires_system_checks = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="the same for programs")
        parser.add_argument(
            "--try", action="store_true", dest="try_engines",
            help="load each engine too, have it speak, and listen: some seconds and a gigabyte",
        )  # fmt: skip

    def handle(self, *_args: Any, **options: Any) -> None:
        found = list(doctor.examined(try_engines=options["try_engines"]))
        broken = [finding for finding in found if finding.verdict is Verdict.BROKEN]
        if options["json"]:
            findings = [asdict(finding) for finding in found]
            self.stdout.write(json.dumps({"works": not broken, "findings": findings}, indent=2))
        else:
            self.stdout.write("\n".join(_lines(found)))
            self.stdout.write(_summary(broken))
        if broken:
            sys.exit(1)


def _lines(found: list[Finding]) -> list[str]:
    lines = []
    for topic, findings in groupby(found, key=lambda finding: finding.topic):
        lines.append(topic)
        for finding in findings:
            lines += _told(finding)
        lines.append("")
    return lines


def _told(finding: Finding) -> list[str]:
    says = f"{finding.verdict:6} {finding.about}: {finding.says}"
    lines = textwrap.wrap(says, WIDTH, initial_indent="  ", subsequent_indent=_INDENT)
    if finding.remedy:
        remedy = f"-> {finding.remedy}"
        lines += textwrap.wrap(
            remedy, WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT + "   "
        )
    return lines


def _summary(broken: list[Finding]) -> str:
    if not broken:
        return "Nothing keeps this server from working."
    return f"Broken: {', '.join(finding.about for finding in broken)}."
