"""Schemathesis against a real server. By hand, for as long as wanted:

python -m tests.fuzz_api.attack --max-time 600
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import httpx

from tests.fuzz_api.doubles import ENGINES
from tests.harness.fake_stripe import fake_stripe_at
from tests.harness.programs import ROOT
from tests.harness.server import Server, installation

CONFIG = Path(__file__).with_name("schemathesis.toml")
ENV = {
    "EXTRA_ENGINES": ENGINES,
    # limits have tests of their own, and would hide everything behind them here
    "RATE_LIMIT_PER_MINUTE": "0",
    "BAD_KEYS_PER_MINUTE": "0",
    "ACCOUNT_CHANGES_PER_MINUTE": "0",
    "MAX_CONCURRENT_JOBS": "0",
}
CREDIT_USD = "500.00"


def attack(
    server: Server, *arguments: str, schema: bytes | None = None
) -> subprocess.CompletedProcess[str]:
    """One run over a schema, by default the server's own; `arguments` go to `schemathesis run`.

    Exit status 0: no answer of 5xx, and none that the schema does not describe.
    """
    account = server.account(CREDIT_USD)
    tool = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "--no-color"]
    where = ["--url", server.api, "--header", f"Authorization: Bearer {account.key}"]
    env = os.environ | {"SCHEMATHESIS_HOOKS": "tests.fuzz_api.hooks", "PYTHONPATH": str(ROOT)}
    with tempfile.TemporaryDirectory() as folder:  # it leaves notes where it runs
        # A file, for an address that a schema was read from is not tested.
        Path(folder, "schema.json").write_bytes(schema or _schema_of(server))
        return subprocess.run(
            [*tool, "run", "schema.json", *where, *arguments],
            env=env,
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )


def _schema_of(server: Server) -> bytes:
    return httpx.get(f"{server.api}/schema", timeout=30, verify=False).raise_for_status().content


def main(arguments: Sequence[str]) -> int:
    models = Path(os.environ.get("MODELS_DIR") or ROOT / "var" / "models")
    with (
        tempfile.TemporaryDirectory() as folder,
        fake_stripe_at(Path(folder, "stripe")) as stripe,
        installation(Path(folder), models_dir=models, env=ENV | stripe.env) as server,
    ):
        done = attack(server, *arguments)
        print(done.stdout, done.stderr, server.log if done.returncode else "", sep="\n")
        server.audit()
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
