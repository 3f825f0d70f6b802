"""The catalogue of weights, read from `catalogue.toml` (whose head explains its keys)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, cast, get_args

CATALOGUE_PATH = Path(__file__).with_name("catalogue.toml")

SourceKind = Literal["pypi", "npm", "npm+node", "hub"]
Build = Literal["concatenate", "voices"]


@dataclass(frozen=True, slots=True)
class Part:
    """One file, or the files that a glob names, inside a package or a repository of the hub."""

    package: str
    version: str
    path: str

    def __str__(self) -> str:
        return f"{self.package} {self.version}".rstrip()


@dataclass(frozen=True, slots=True)
class Source:
    kind: SourceKind
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class File:
    """A file of an asset. `size` (bytes) and `sha256` are None in an unpinned asset."""

    name: str
    size: int | None
    sha256: str | None
    build: Build
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Asset:
    name: str
    description: str
    licence: str
    files: tuple[File, ...]
    unpinned: bool
    size: int
    """Bytes on the disk; of an unpinned asset, about."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    assets: dict[str, Asset]
    default: tuple[str, ...]


def catalogue() -> dict[str, Asset]:
    """Every asset that can be fetched, by name, in the order of the file."""
    return _shipped().assets


def default_assets() -> list[Asset]:
    """What a fresh installation fetches: one engine of each kind that works on any machine."""
    shipped = _shipped()
    return [shipped.assets[name] for name in shipped.default]


@lru_cache(maxsize=1)
def _shipped() -> Catalogue:
    return read_catalogue(CATALOGUE_PATH)


def read_catalogue(path: Path) -> Catalogue:
    """Read a catalogue. Raises ValueError or KeyError, naming what is wrong in it."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    assets = {name: _asset(name, entry) for name, entry in data["assets"].items()}
    for name in data["default"]:
        if name not in assets:
            raise ValueError(f"{path.name}: the default asset {name} is not described")
    return Catalogue(assets=assets, default=tuple(data["default"]))


def _asset(name: str, entry: dict[str, Any]) -> Asset:
    unpinned = bool(entry.get("unpinned", False))
    files = tuple(_file(item, entry.get("hub")) for item in entry["files"])
    for file in files:
        if not unpinned and (file.size is None or file.sha256 is None):
            raise ValueError(f"asset {name}: {file.name} needs a size and a sha256")
    return Asset(
        name=name,
        description=entry["description"],
        licence=entry["licence"],
        files=files,
        unpinned=unpinned,
        size=entry.get("about_bytes") or sum(file.size or 0 for file in files),
    )


def _file(item: dict[str, Any], hub: str | None) -> File:
    sources = [_source(source) for source in item.get("sources", [])]
    if hub:
        sources.append(Source(kind="hub", parts=(Part(hub, "", item["name"]),)))
    build = item.get("build", "concatenate")
    if build not in get_args(Build):
        raise ValueError(f"{item['name']}: there is no way to build a file called {build!r}")
    return File(
        name=item["name"],
        size=item.get("size"),
        sha256=item.get("sha256"),
        build=cast(Build, build),
        sources=tuple(sources),
    )


def _source(entry: dict[str, Any]) -> Source:
    if entry["kind"] not in get_args(SourceKind):
        raise ValueError(f"there is no kind of source called {entry['kind']!r}")
    parts = tuple(
        Part(part["package"], part.get("version", ""), part["path"]) for part in entry["parts"]
    )
    return Source(kind=cast(SourceKind, entry["kind"]), parts=parts)
