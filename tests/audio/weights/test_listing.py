"""The catalogue that ships is whole, and a broken one is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from audio.weights import catalogue, default_assets
from audio.weights.listing import read_catalogue

SHA256 = re.compile(r"[0-9a-f]{64}")


def test_every_pinned_file_has_a_size_and_a_sha256() -> None:
    for asset in catalogue().values():
        for file in asset.files:
            if not asset.unpinned:
                assert file.size, (asset.name, file.name)
                assert SHA256.fullmatch(file.sha256 or ""), (asset.name, file.name)


def test_every_asset_says_what_it_is_and_where_it_comes_from() -> None:
    for asset in catalogue().values():
        assert asset.description
        assert asset.licence
        assert asset.size > 1_000_000
        for file in asset.files:
            assert file.sources, (asset.name, file.name)
            assert all(part.path for source in file.sources for part in source.parts)


def test_unpinned_assets_come_from_the_hub_alone() -> None:
    for asset in catalogue().values():
        kinds = {source.kind for file in asset.files for source in file.sources}
        assert not asset.unpinned or kinds == {"hub"}, asset.name


def test_the_default_set_is_one_engine_of_each_kind_and_pinned() -> None:
    names = [asset.name for asset in default_assets()]

    assert names == ["whisper-base", "kokoro", "piper-en_US-joe-medium"]
    assert not any(asset.unpinned for asset in default_assets())


def test_no_source_names_a_host() -> None:
    for asset in catalogue().values():
        for file in asset.files:
            for source in file.sources:
                assert not any("://" in part.package + part.path for part in source.parts)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("name = 'a.bin'\nsize = 1", "needs a size and a sha256"),
        ("name = 'a.bin'\nbuild = 'glue'", "glue"),
        ("name = 'a.bin'\nsources = [{ kind = 'ftp', parts = [] }]", "ftp"),
    ],
)
def test_a_broken_catalogue_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "catalogue.toml"
    head = "default = []\n[assets.a]\ndescription = 'a'\nlicence = 'MIT'\n[[assets.a.files]]\n"
    path.write_text(head + text)

    with pytest.raises(ValueError, match=complaint):
        read_catalogue(path)


def test_a_default_that_is_not_described_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.toml"
    path.write_text("default = ['ghost']\n[assets]\n")

    with pytest.raises(ValueError, match="ghost"):
        read_catalogue(path)
