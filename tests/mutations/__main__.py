"""Break each rule in a copy of the tree, run its tests, and print which of them noticed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.harness.postgres import postgres
from tests.harness.programs import ROOT
from tests.mutations import of_detached, of_payments, of_recordings, of_wallets
from tests.mutations.rules import (
    CONSTRAINTS,
    CRASHES,
    DROPPED,
    MACHINE,
    RACES,
    SERVICES,
    Change,
    Dropped,
)

PACKAGES = (
    *("accounts", "audio", "audio_api", "audiopod", "dashboard", "fake_stripe"),
    *("static", "templates", "tests", "voices", "wallet"),
)
FILES = ("manage.py", "pyproject.toml")
CHANGES = (
    *(*of_wallets.CHANGES, *of_payments.CHANGES),
    *(*of_detached.CHANGES, *of_recordings.CHANGES),
)
EVERYTHING = (SERVICES, CRASHES, RACES, MACHINE)
TEST_SECONDS = 400
_MIGRATION = """
from django.db import connection, migrations, models
from wallet import triggers

class Migration(migrations.Migration):
    dependencies = [("wallet", "{after}")]
    operations = [
        {operation},
        migrations.RunPython(lambda apps, editor: triggers.install(editor.connection)),
    ]
"""


class Workshop:
    """A copy of the tree in which one rule at a time is broken."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.tree, self.data, self._stack = folder / "tree", folder / "data", stack
        self.tree.mkdir()
        ignored = shutil.ignore_patterns("__pycache__", "node_modules")
        for name in PACKAGES:
            shutil.copytree(ROOT / name, self.tree / name, ignore=ignored)
        for name in FILES:
            shutil.copy(ROOT / name, self.tree / name)
        self._url = ""

    def postgresql(self) -> str:
        """The DATABASE_URL of a cluster that is started when it is first wanted."""
        if not self._url:
            self._url = self._stack.enter_context(postgres()).create_database("mutations")
        return self._url

    @contextmanager
    def changed(self, change: Change) -> Iterator[None]:
        file = self.tree / change.file
        text = file.read_text()
        found = text.count(change.old)
        assert found == 1, f"{change.rule}: its text is {found} times in {change.file}"
        file.write_text(text.replace(change.old, change.new))
        try:
            yield
        finally:
            file.write_text(text)

    @contextmanager
    def dropped(self, dropped: Dropped) -> Iterator[None]:
        folder = self.tree / "wallet" / "migrations"
        last = max(file.stem for file in folder.glob("0*.py"))
        file = folder / "9999_broken.py"
        file.write_text(_MIGRATION.format(after=last, operation=_operation(dropped)))
        try:
            yield
        finally:
            file.unlink()

    def failing(self, tests: tuple[str, ...], *, new_database: bool, url: str) -> str:
        """The first test that fails, with the first line of why; empty when all pass."""
        env = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "CI"}}
        env |= {"DATA_DIR": str(self.data), "MACHINE_EXAMPLES": "40"}
        env |= {"DATABASE_URL": url} if url else {}
        fresh = "--create-db" if new_database else "--reuse-db"
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-xq", "-p", "no:cacheprovider", fresh, *tests],
            cwd=self.tree,
            env=env,
            capture_output=True,
            text=True,
            timeout=TEST_SECONDS,
            check=False,
        )
        if done.returncode == 0:
            return ""
        first = re.search(r"^(?:FAILED|ERROR) (tests/.+?)(?: - |$)", done.stdout, re.MULTILINE)
        assert first, done.stdout[-3000:] + done.stderr[-3000:]
        return first[1]


def _operation(dropped: Dropped) -> str:
    if not dropped.column:
        return f"migrations.RemoveConstraint({dropped.model!r}, {dropped.name!r})"
    field = {
        "job_id": "models.UUIDField()",
        "hold": "models.ForeignKey('wallet.Hold', models.PROTECT, null=True, blank=True)",
    }.get(dropped.name, "models.CharField(max_length=255, null=True)")
    return f"migrations.AlterField({dropped.model!r}, {dropped.name!r}, {field})"


def main() -> None:
    words = sys.argv[1:]
    unnoticed = 0
    print("| rule, broken | the test that fails |\n|---|---|")
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="audiopod-mutations-"))
        workshop = Workshop(Path(folder), stack)
        for broken in [*CHANGES, *DROPPED]:
            if words and not any(word in broken.rule for word in words):
                continue
            began = time.monotonic()
            noticed = _noticed(workshop, broken)
            unnoticed += not noticed
            seconds = f"{time.monotonic() - began:.0f} s"
            print(f"| {broken.rule} | {noticed or '**nobody noticed**'} |", flush=True)
            sys.stderr.write(f"{seconds}\n")
    sys.exit(bool(unnoticed))


def _noticed(workshop: Workshop, broken: Change | Dropped) -> str:
    if isinstance(broken, Dropped):
        with workshop.dropped(broken):
            return workshop.failing((CONSTRAINTS,), new_database=True, url="")
    url = workshop.postgresql() if broken.postgresql else ""
    anew = broken.file.endswith("triggers.py")
    rest = tuple(test for test in EVERYTHING if test not in broken.tests)
    with workshop.changed(broken):
        for tests in [(test,) for test in (*broken.tests, *rest)]:
            if found := workshop.failing(tests, new_database=anew, url=url):
                return found
    return ""


if __name__ == "__main__":
    main()
