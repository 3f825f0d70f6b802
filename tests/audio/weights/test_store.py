"""An asset is here when its stamp and its sizes say so; hashing finds what sizes cannot."""

from __future__ import annotations

from pathlib import Path

from audio.weights import Asset, asset_path, verify
from audio.weights.store import StampEntry, write_stamp
from tests.audio.weights.conftest import MakeAsset, sha256


def place(models: Path, asset: Asset, **contents: bytes) -> Path:
    """Files as a finished fetch leaves them."""
    folder = models / asset.name
    folder.mkdir(parents=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    entries = [StampEntry(name, len(text), sha256(text)) for name, text in contents.items()]
    write_stamp(folder, entries)
    return folder


def test_a_stamped_asset_is_here(folder: Path, make_asset: MakeAsset) -> None:
    placed = place(folder, make_asset({"a": b"weights"}), a=b"weights")

    assert asset_path("tiny", folder) == placed


def test_an_unknown_name_is_not_here(folder: Path) -> None:
    assert asset_path("nothing-like-it", folder) is None


def test_files_without_a_stamp_are_not_an_asset(folder: Path, make_asset: MakeAsset) -> None:
    placed = place(folder, make_asset({"a": b"weights"}), a=b"weights")
    (placed / ".verified").unlink()

    assert asset_path("tiny", folder) is None


def test_an_unreadable_stamp_counts_as_none(folder: Path, make_asset: MakeAsset) -> None:
    placed = place(folder, make_asset({"a": b"weights"}), a=b"weights")
    (placed / ".verified").write_text('{"files": [{"na')

    assert asset_path("tiny", folder) is None


def test_a_missing_or_shortened_file_is_seen_without_hashing(
    folder: Path, make_asset: MakeAsset
) -> None:
    placed = place(folder, make_asset({"a": b"weights"}), a=b"weights")

    (placed / "a").write_bytes(b"weigh")
    assert asset_path("tiny", folder) is None

    (placed / "a").unlink()
    assert asset_path("tiny", folder) is None


def test_a_new_release_of_the_weights_is_fetched_again(folder: Path, make_asset: MakeAsset) -> None:
    place(folder, make_asset({"a": b"weights"}), a=b"weights")

    make_asset({"a": b"WEIGHTS"})

    assert asset_path("tiny", folder) is None


def test_verify_is_silent_when_all_is_well(folder: Path, make_asset: MakeAsset) -> None:
    asset = make_asset({"a": b"weights", "b": b"words"})
    place(folder, asset, a=b"weights", b=b"words")

    assert verify(asset, folder) == []
    assert asset_path("tiny", folder) is not None


def test_verify_names_and_deletes_a_changed_file(folder: Path, make_asset: MakeAsset) -> None:
    asset = make_asset({"a": b"weights", "b": b"words"})
    placed = place(folder, asset, a=b"weights", b=b"words")
    (placed / "a").write_bytes(b"wEights")

    (problem,) = verify(asset, folder)

    assert problem.startswith("tiny/a: had sha256 ")
    assert not (placed / "a").exists()
    assert (placed / "b").exists()
    assert asset_path("tiny", folder) is None


def test_an_unpinned_asset_is_compared_with_its_stamp(folder: Path, make_asset: MakeAsset) -> None:
    asset = make_asset({"a": None})
    placed = place(folder, asset, a=b"weights")
    assert verify(asset, folder) == []

    (placed / "a").write_bytes(b"wEights")

    assert len(verify(asset, folder)) == 1
    assert asset_path("tiny", folder) is None
