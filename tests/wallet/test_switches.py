"""Without top-ups nobody pays, by a page, the API or a standing order; without codes none gives."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from waffle.testutils import override_switch

from accounts.models import User
from tests.calling import calling_as, error_of
from tests.wallet.billing_cast import DOLLAR, standing_order
from tests.wallet.cast import fund, money_of
from tests.wallet.gateway.recording import RecordingGateway
from wallet import auto_recharge, topups
from wallet.gateway import TopUpsSwitchedOff
from wallet.models import PromoCode, Topup

pytestmark = pytest.mark.django_db

NO_TOP_UPS = override_switch("top_up", active=False)
NO_CODES = override_switch("promo_codes", active=False)


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def code() -> PromoCode:
    return PromoCode.objects.create(code="WELCOME", amount_micros=5 * DOLLAR, reason="welcome")


def test_no_payment_is_begun(recording: RecordingGateway, user: User) -> None:
    with NO_TOP_UPS:
        for start in (topups.start_checkout, topups.start_payment):
            with pytest.raises(TopUpsSwitchedOff, match="switched off by the operator"):
                start(user, 2500)
    assert not Topup.objects.exists()
    assert topups.start_checkout(user, 2500).status == "open"


@pytest.mark.parametrize("path", ["topup/checkout", "topup/payment-intent"])
def test_the_api_says_so(recording: RecordingGateway, user: User, path: str) -> None:
    with NO_TOP_UPS:
        answer = calling_as(user).post(f"/api-wallet/{path}", {"amount_cents": 2500})
    assert error_of(answer, 503)["code"] == "switched_off"


def test_the_page_refuses_and_says_so(
    recording: RecordingGateway, user: User, client: Client
) -> None:
    client.force_login(user)
    with NO_TOP_UPS:
        page = client.post(reverse("wallet-top-up"), {"preset": "2500", "form_token": "a" * 32})
        assert "takes no top-ups for now" in page.content.decode()
    assert not Topup.objects.exists()


def test_no_card_is_charged_by_a_standing_order(recording: RecordingGateway, user: User) -> None:
    fund(user, 4 * DOLLAR)
    standing_order(recording, user)
    with NO_TOP_UPS:
        assert auto_recharge.run_due() == 0
    assert auto_recharge.run_due() == 1


def test_no_code_gives_anything(code: PromoCode, user: User, client: Client) -> None:
    client.force_login(user)
    caller = calling_as(user)
    with NO_CODES:
        answer = caller.post("/api-wallet/redeem", {"code": "WELCOME"})
        assert error_of(answer, 503)["code"] == "switched_off"
        page = client.post(reverse("wallet-promo"), {"code": "WELCOME"})
        assert "takes no promo codes for now" in page.content.decode()
    assert money_of(user) == (0, 0)
    assert caller.post("/api-wallet/redeem", {"code": "WELCOME"}).status_code == 200
    assert money_of(user) == (5 * DOLLAR, 0)
