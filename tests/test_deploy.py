"""The samples in `deploy/`: what they pass on is what the server reads."""

from __future__ import annotations

from pathlib import Path

import yaml

from tests.test_settings_documented import READ

ROOT = Path(__file__).resolve().parent.parent
COMPOSE = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())
OURS = {name: one for name, one in COMPOSE["services"].items() if one["image"] == "audiopod"}


def test_compose_passes_settings_that_exist() -> None:
    for service in OURS.values():
        assert set(service["environment"]) <= set(READ)


def test_compose_passes_payments_and_mail_on() -> None:
    assert {"web", "worker-interactive", "worker-batch", "worker-background"} <= set(OURS)
    for service in OURS.values():
        given = service["environment"]
        for name in ("STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY", "STRIPE_WEBHOOK_SECRETS"):
            assert given[name] == f"${{{name}:-}}"
        assert given["EMAIL_URL"] == "${EMAIL_URL:-consolemail://}"
