"""What `manage.py check` says of the settings of payments."""

from __future__ import annotations

import pytest

from wallet.checks import payments

GOOD = {
    "STRIPE_SECRET_KEY": "sk_live_1",
    "STRIPE_PUBLISHABLE_KEY": "pk_live_1",
    "STRIPE_WEBHOOK_SECRETS": ["whsec_1", "whsec_2"],
    "STRIPE_API_BASE": "",
    "DEMO_PAYMENTS": False,
    "HTTPS": True,
}
TEST_KEYS = {
    "STRIPE_SECRET_KEY": "sk_test_1",
    "STRIPE_PUBLISHABLE_KEY": "pk_test_1",
    "HTTPS": False,
}
DEMO = TEST_KEYS | {"STRIPE_API_BASE": "http://127.0.0.1:9", "DEMO_PAYMENTS": True}


@pytest.fixture
def found(settings):
    """The ids of what is wrong with the settings, which are good but for `changes`."""

    def check(changes):
        for name, value in (GOOD | changes).items():
            setattr(settings, name, value)
        return [message.id for message in payments(None)]

    return check


@pytest.mark.parametrize(
    "fine",
    [
        {},
        TEST_KEYS,
        DEMO,
        {"STRIPE_PUBLISHABLE_KEY": ""},
        {"STRIPE_SECRET_KEY": "rk_live_1"},
        TEST_KEYS | {"STRIPE_SECRET_KEY": "rk_test_1"},
        {"STRIPE_SECRET_KEY": "", "STRIPE_WEBHOOK_SECRETS": [], "HTTPS": False},
    ],
)
def test_nothing_is_said_of_what_is_fine(found, fine):
    assert found(fine) == []


@pytest.mark.parametrize(
    ("changes", "id_"),
    [
        ({"STRIPE_WEBHOOK_SECRETS": []}, "wallet.E001"),
        ({"STRIPE_WEBHOOK_SECRETS": [" "]}, "wallet.E001"),
        *(
            ({"STRIPE_SECRET_KEY": key, "HTTPS": False}, "wallet.E002")
            for key in ("pk_live_1", "sk_1", "sk_live_", "sk_prod_1", "sk_live_1 2", "whsec_1", "x")
        ),
        *(
            ({"STRIPE_PUBLISHABLE_KEY": key}, "wallet.E006")
            for key in ("sk_live_1", "rk_test_1", "pk_1", "pk_live_", "pk_live_1 ", "x")
        ),
        (
            {
                "STRIPE_SECRET_KEY": "",
                "STRIPE_WEBHOOK_SECRETS": [],
                "STRIPE_PUBLISHABLE_KEY": "sk_live_1",
            },
            "wallet.E006",
        ),
        ({"STRIPE_PUBLISHABLE_KEY": "pk_test_1"}, "wallet.E003"),
        (TEST_KEYS | {"STRIPE_PUBLISHABLE_KEY": "pk_live_1"}, "wallet.E003"),
        ({"DEMO_PAYMENTS": True}, "wallet.E004"),
        (TEST_KEYS | {"DEMO_PAYMENTS": True}, "wallet.E004"),
        ({"STRIPE_API_BASE": "http://127.0.0.1:9"}, "wallet.E005"),
        ({"STRIPE_SECRET_KEY": "rk_live_1", "STRIPE_API_BASE": "http://x"}, "wallet.E005"),
        ({"HTTPS": False}, "wallet.W001"),
        ({"STRIPE_SECRET_KEY": ""}, "wallet.W002"),
        ({"STRIPE_WEBHOOK_SECRETS": ["whsec_1", "we_1"]}, "wallet.W003"),
    ],
)
def test_what_is_wrong_is_named(found, changes, id_):
    assert found(changes) == [id_]


def test_a_key_in_the_wrong_place_is_not_repeated(settings):
    settings.STRIPE_PUBLISHABLE_KEY = settings.STRIPE_SECRET_KEY = "sk_live_confided 1"
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_1"]
    found = payments(None)
    assert {message.id for message in found} == {"wallet.E002", "wallet.E006"}
    assert "confided" not in " ".join(map(str, found))


def test_a_name_with_a_slip_is_warned_of(found, monkeypatch):
    monkeypatch.setenv("STRIPE_TAX_CODE", "txcd_1")
    assert found({}) == []
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", "whsec_confided")
    assert found({}) == ["wallet.W004"]
    [warning] = payments(None)
    assert "STRIPE_WEBHOOK_SECRET " in warning.msg
    assert "STRIPE_WEBHOOK_SECRETS" in warning.hint
    assert "confided" not in str(warning)
