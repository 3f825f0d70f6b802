"""`manage.py fetch_models` as a person meets it."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import call_command

from audio_api.management.commands import fetch_models
from tests.audio.weights.conftest import MakeAsset, source
from tests.audio.weights.registry import Registry

CONTENT = b"weights"
WHEEL = source("pypi", ("tiny-weights", "1.0", "tiny_weights/a.bin"))


@pytest.fixture(autouse=True)
def models_dir(settings: object, folder: Path) -> None:
    settings.MODELS_DIR = folder  # type: ignore[attr-defined]


def run(*args: str) -> tuple[int, str, str]:
    """Exit status, standard output, standard error."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command(fetch_models.Command(), *args, stdout=out, stderr=err)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_the_default_set_is_fetched_and_then_only_named(
    registry: Registry, make_asset: MakeAsset, folder: Path
) -> None:
    registry.add_wheel("tiny-weights", {"tiny_weights/a.bin": CONTENT})
    make_asset({"a.bin": CONTENT}, WHEEL)

    status, out, err = run()
    assert (status, err) == (0, "")
    assert out.splitlines() == [
        "tiny: downloading tiny-weights 1.0 with pip",
        f"tiny: complete in {folder / 'tiny'}",
    ]

    assert run() == (0, "tiny: here\n", "")


def test_the_list_says_what_is_here(make_asset: MakeAsset, folder: Path) -> None:
    make_asset({"a.bin": CONTENT}, WHEEL)

    assert "no    MIT         Tiny" in run("--list")[1]
    (folder / "tiny").mkdir(parents=True)
    (folder / "tiny/a.bin").write_bytes(CONTENT)
    run("tiny")
    assert "yes   MIT         Tiny" in run("--list")[1]


def test_verify_finds_a_changed_file_and_fetching_mends_it(
    registry: Registry, make_asset: MakeAsset, folder: Path
) -> None:
    registry.add_wheel("tiny-weights", {"tiny_weights/a.bin": CONTENT})
    make_asset({"a.bin": CONTENT}, WHEEL)
    run()
    assert run("--verify")[0] == 0
    (folder / "tiny/a.bin").write_bytes(CONTENT.upper())

    status, _, err = run("--verify")
    assert status == 1
    assert "tiny/a.bin: had sha256" in err

    assert run()[0] == 0
    assert run("--verify")[0] == 0


def test_an_unknown_name_is_answered_with_the_known_ones(make_asset: MakeAsset) -> None:
    make_asset({"a.bin": CONTENT}, WHEEL)

    status, _, err = run("huge")

    assert status == 1
    assert err == "There is no asset huge. Known: tiny\n"


def test_a_failure_is_told_in_lines_and_not_in_a_traceback(
    registry: Registry, make_asset: MakeAsset
) -> None:
    make_asset({"a.bin": CONTENT}, WHEEL)

    status, _, err = run()

    assert status == 1
    assert err.startswith("tiny: no source gave a.bin. Tried, in this order:")
    assert "Traceback" not in err


def test_ctrl_c_says_how_to_go_on(make_asset: MakeAsset, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_args: object, **_options: object) -> None:
        raise KeyboardInterrupt

    make_asset({"a.bin": CONTENT}, WHEEL)
    monkeypatch.setattr(fetch_models, "fetch", interrupted)

    assert run() == (130, "", "Stopped. Run this again to go on.\n")
