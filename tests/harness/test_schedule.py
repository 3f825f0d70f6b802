"""Who shares a server is kept on one worker; what shares nothing may go to another."""

from __future__ import annotations

import pytest

from tests.harness.programs import ROOT
from tests.harness.schedule import TOGETHER, unit_of


@pytest.mark.parametrize(
    ("nodeid", "unit"),
    [
        ("tests/wallet/test_api.py::test_a", "tests/wallet/test_api.py"),
        ("tests/wallet/test_api.py::test_a[embedded words]", "tests/wallet/test_api.py"),
        ("tests/sdk/test_speech.py::test_a[embedded]", "tests/sdk embedded"),
        ("tests/sdk/test_headers.py::test_a[nova-grown-up-mp3]", "tests/sdk grown-up"),
        ("tests/sdk/clients/test_curl.py::test_a[speech]", "tests/sdk/clients"),
        ("tests/faults/test_engines.py::test_a[embedded-x]", "tests/faults embedded"),
        (
            "tests/faults/test_billing.py::test_a[grown-up]",
            "tests/faults/test_billing.py grown-up",
        ),
    ],
)
def test_a_unit_is_who_shares_a_server_in_one_mode_or_a_module(nodeid: str, unit: str) -> None:
    assert unit_of(nodeid) == unit


def test_what_is_kept_together_exists() -> None:
    assert not [start for start, _ in TOGETHER if not (ROOT / start).exists()]


def test_a_module_is_named_before_the_folder_that_it_is_an_exception_of() -> None:
    starts = [start for start, _ in TOGETHER]
    hidden = [
        (earlier, later)
        for place, earlier in enumerate(starts)
        for later in starts[place + 1 :]
        if later.startswith(earlier)
    ]
    assert not hidden
