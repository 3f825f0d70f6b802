"""What every test may ask for: the weights, a PostgreSQL, and real servers in both modes."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from django.conf import settings

from tests.flush import flushable_ledger  # noqa: F401  (a fixture for every test)
from tests.harness.account import Account
from tests.harness.fake_stripe import FakeStripe, WebhookReceiver, fake_stripe_at
from tests.harness.forgetting import nothing_is_remembered  # noqa: F401  (a fixture for every test)
from tests.harness.migrated import Migrated
from tests.harness.postgres import Postgres, postgres
from tests.harness.programs import ROOT, missing
from tests.harness.schedule import (  # noqa: F401  (hooks)
    pytest_xdist_auto_num_workers,
    pytest_xdist_make_scheduler,
)
from tests.harness.server import MODES, Mode, Server, installation
from tests.harness.static_files import static_files_found_once  # noqa: F401  (a fixture for every test)

WEIGHTS = (
    "whisper-base/model.bin",
    "kokoro/model.onnx",
    "kokoro/voices.npz",
    "piper-en_US-joe-medium/en_US-joe-medium.onnx",
)
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # a shell starts what goes to the background deaf to Ctrl-C, and its children inherit that:
    # those here are to be stopped by it
    signal.signal(signal.SIGINT, signal.default_int_handler)

# no test ever asks Stripe itself, whatever keys the environment or a `.env` has
settings.STRIPE_SECRET_KEY = settings.STRIPE_PUBLISHABLE_KEY = settings.STRIPE_API_BASE = ""
settings.STRIPE_WEBHOOK_SECRETS = []
settings.DEMO_PAYMENTS = False

MakeServer = Callable[..., AbstractContextManager[Server]]


@pytest.fixture(scope="session")
def models_dir() -> Path:
    """The folder of the engines' weights; skips (in CI: fails) when they are not there."""
    folder = Path(os.environ.get("MODELS_DIR") or ROOT / "var" / "models")
    absent = [name for name in WEIGHTS if not (folder / name).exists()]
    if absent:
        missing(", ".join(absent), "run `python manage.py fetch_models`")
    return folder


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Postgres]:
    with postgres() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def make_server(
    request: pytest.FixtureRequest, models_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> MakeServer:
    """`with make_server("grown-up", env={…}) as server`: an installation of one's own."""
    migrated = Migrated(tmp_path_factory.mktemp("migrated"))

    def make(mode: Mode, *, env: dict[str, str] | None = None) -> AbstractContextManager[Server]:
        cluster = request.getfixturevalue("postgres_cluster") if mode == "grown-up" else None
        folder = tmp_path_factory.mktemp(mode)
        return installation(
            folder, models_dir=models_dir, postgres=cluster, env=env, migrated=migrated
        )

    return make


@pytest.fixture(
    scope="session", params=[MODES[0], pytest.param(MODES[1], marks=pytest.mark.thorough)]
)
def server(request: pytest.FixtureRequest, make_server: MakeServer) -> Iterator[Server]:
    """The product as it ships, once in each mode, for all who leave it as they found it.

    Of the accounts and jobs in it, a test may count its own only.
    """
    with make_server(request.param) as running:
        yield running
        running.audit()


# For what both modes do alike, by the same code.
embedded_only = pytest.mark.parametrize("server", MODES[:1], indirect=True)


@pytest.fixture(scope="module")
def account(server: Server) -> Account:
    """A client with $5.00. For tests that need a balance of their own: `server.account()`."""
    return server.account()


@pytest.fixture(scope="session")
def fake_stripe_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeStripe]:
    with fake_stripe_at(tmp_path_factory.mktemp("pretend-stripe")) as running:
        yield running


@pytest.fixture
def fake_stripe(fake_stripe_process: FakeStripe) -> Iterator[FakeStripe]:
    """A Stripe that knows nothing yet, and sends no events until `config(webhook_url=…)`."""
    fake_stripe_process.reset()
    yield fake_stripe_process
    fake_stripe_process.reset()


@pytest.fixture
def webhook_receiver() -> Iterator[WebhookReceiver]:
    """Takes signed events, at its `url`."""
    with WebhookReceiver() as receiver:
        yield receiver
