"""Whatever a client sends, the answer is one that the schema describes, and never a 5xx."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy

import pytest

from audio_api.openapi.document import document
from audio_api.openapi.hooks import operations
from tests.conftest import MakeServer
from tests.fuzz_api.attack import ENV, attack
from tests.harness.fake_stripe import fake_stripe_at
from tests.harness.server import Server

pytestmark = pytest.mark.thorough

PHASES = "examples,coverage,fuzzing"
BOUNDED = ("--max-examples", "15", "--generation-deterministic", "--phases", PHASES)


@pytest.fixture(scope="module")
def cheap_server(
    make_server: MakeServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("stripe")
    with (
        fake_stripe_at(folder) as stripe,
        make_server("embedded", env=ENV | stripe.env) as running,
    ):
        yield running
        running.audit()


@pytest.mark.slow
def test_no_request_gets_an_answer_that_the_schema_does_not_describe(cheap_server: Server) -> None:
    done = attack(cheap_server, *BOUNDED)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{cheap_server.log}"
    described = len(list(operations(document())))
    assert f"{described} selected / {described} total" in done.stdout, done.stdout


@pytest.mark.slow
def test_a_schema_that_lies_is_found_out(cheap_server: Server) -> None:
    """A run in which nothing fails proves something because one can fail."""
    lie = deepcopy(document())
    lie["components"]["schemas"]["Model"]["required"].append("price")
    only_models = ("--include-path", "/models", "--phases", "coverage")
    done = attack(cheap_server, *only_models, schema=json.dumps(lie).encode())
    assert done.returncode == 1, done.stdout
    assert '"price" is a required property' in done.stdout
