"""A link fetched, or refused with nothing left behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from audiopod.common.links.allow import AllowList
from audiopod.common.links.fetch import fetch
from audiopod.common.links.verdict import Fetched, FetchError, FetchLimits

LOOPBACK = AllowList(("127.0.0.1",))


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Where downloads go."""
    return tmp_path / "download"


@pytest.fixture
def fetched(target: Path) -> Callable[..., Fetched]:
    """`fetched(url, max_bytes=…)`, from this machine unless `allow` says otherwise."""

    def get(url: str, allow: AllowList = LOOPBACK, **limits: Any) -> Fetched:
        return fetch(url, into=target, limits=FetchLimits(**limits), allow=allow)

    return get


@pytest.fixture
def not_fetched(target: Path, fetched: Callable[..., Fetched]) -> Callable[..., FetchError]:
    """The error of a `fetched` that must fail; also checks that no file is left."""

    def get(url: str, allow: AllowList = LOOPBACK, **limits: Any) -> FetchError:
        with pytest.raises(FetchError) as error:
            fetched(url, allow, **limits)
        assert not target.exists()
        assert str(error.value).endswith(".")
        assert "{}" not in str(error.value)
        return error.value

    return get
