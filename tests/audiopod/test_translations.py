"""German is complete: every text of pages and mails has its translation, and they are compiled."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest
from django.conf import settings

ROOT: Path = settings.BASE_DIR
CATALOGUE = ROOT / "audiopod" / "locale" / "de" / "LC_MESSAGES" / "django.po"
SPOKEN = (
    "accounts",
    "audio_api",
    "audio",
    "dashboard",
    "fake_stripe",
    "audiopod",
    "templates",
    "voices",
    "wallet",
    "webhooks",
)
"""The folders with texts that people read."""
PLACEHOLDER = re.compile(r"%\([a-z_]+\)[sd]|%[sd%]|\{[a-z_]*\}")
TAG = re.compile(r"</?[a-z][^>]*>")


@pytest.fixture(scope="module")
def catalogue() -> polib.POFile:
    return polib.pofile(str(CATALOGUE))


def test_every_text_has_its_translation(catalogue: polib.POFile) -> None:
    assert [entry.msgid for entry in catalogue.untranslated_entries()] == []
    assert [entry.msgid for entry in catalogue.fuzzy_entries()] == []


def test_translations_keep_placeholders_and_markup(catalogue: polib.POFile) -> None:
    """A lost placeholder is a sentence without its number; a lost tag, a broken page."""
    for entry in catalogue:
        forms = entry.msgstr_plural.values() or [entry.msgstr]
        for form in forms:
            for pattern in (PLACEHOLDER, TAG):
                wanted = set(pattern.findall(entry.msgid)) | set(
                    pattern.findall(entry.msgid_plural)
                )
                given = set(pattern.findall(form))
                # a plural form may leave the count out: "one key", not "1 key"
                lost = set() if entry.msgid_plural else wanted - given
                assert (lost, given - wanted) == (set(), set()), entry.msgid


def test_the_compiled_catalogue_is_that_of_the_texts(catalogue: polib.POFile) -> None:
    compiled = polib.mofile(str(CATALOGUE.with_suffix(".mo")))
    wanted = {
        (e.msgctxt, e.msgid): (e.msgstr, e.msgstr_plural) for e in catalogue if not e.obsolete
    }
    given = {(e.msgctxt, e.msgid): (e.msgstr, e.msgstr_plural) for e in compiled}
    assert given == wanted, "run `make messages`"


def test_no_text_is_missing_from_the_catalogue(tmp_path: Path, catalogue: polib.POFile) -> None:
    """Collects the texts anew, in a copy, and finds the same ones."""
    if shutil.which("xgettext") is None:
        if os.environ.get("CI"):
            pytest.fail("xgettext is missing: install Debian's package gettext")
        pytest.skip("no xgettext here (Debian's package gettext)")
    for folder in SPOKEN:
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("*.po"))
    shutil.copy(ROOT / "manage.py", tmp_path)
    collect = [sys.executable, "manage.py", "makemessages", "--locale", "de", "--no-location"]
    env = os.environ | {"DATA_DIR": str(tmp_path / "data")}
    subprocess.run(collect, cwd=tmp_path, env=env, check=True, capture_output=True)
    found = polib.pofile(str(tmp_path / CATALOGUE.relative_to(ROOT)))
    texts = {(entry.msgctxt, entry.msgid) for entry in found if not entry.obsolete}
    known = {(entry.msgctxt, entry.msgid) for entry in catalogue if not entry.obsolete}
    assert texts - known == set(), "run `make messages` and translate them"
    assert known - texts == set(), "run `make messages`: these are said no more"
