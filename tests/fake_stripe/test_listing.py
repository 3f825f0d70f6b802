from __future__ import annotations

import pytest
import stripe
from stripe import StripeClient


@pytest.fixture
def intents(client: StripeClient) -> list[str]:
    """The ids of seven, the newest first."""
    made = [
        client.v1.payment_intents.create({"amount": 100 + n, "currency": "usd"}) for n in range(7)
    ]
    return [one.id for one in reversed(made)]


def test_pages_follow_each_other(client: StripeClient, intents: list[str]) -> None:
    first = client.v1.payment_intents.list({"limit": 3})
    second = client.v1.payment_intents.list({"limit": 3, "starting_after": intents[2]})
    last = client.v1.payment_intents.list({"limit": 3, "starting_after": intents[5]})

    assert [one.id for one in first.data] == intents[:3]
    assert [one.id for one in second.data] == intents[3:6]
    assert [one.id for one in last.data] == intents[6:]
    assert [first.has_more, second.has_more, last.has_more] == [True, True, False]


def test_pages_go_back_as_well(client: StripeClient, intents: list[str]) -> None:
    page = client.v1.payment_intents.list({"limit": 2, "ending_before": intents[4]})

    assert [one.id for one in page.data] == intents[2:4]
    assert page.has_more


def test_the_sdk_walks_through_all(client: StripeClient, intents: list[str]) -> None:
    page = client.v1.payment_intents.list({"limit": 2})

    assert [one.id for one in page.auto_paging_iter()] == intents


def test_by_time(client: StripeClient, intents: list[str]) -> None:
    oldest = client.v1.payment_intents.retrieve(intents[-1]).created

    def found(**bounds: int) -> int:
        return len(client.v1.payment_intents.list({"created": bounds}).data)  # type: ignore

    assert found(gte=oldest) == 7
    assert found(lt=oldest) == 0
    assert found(gt=oldest + 60) == 0
    assert found(lte=oldest + 60) == 7


@pytest.mark.parametrize("params", [{"limit": 0}, {"limit": 101}, {"starting_after": "pi_none"}])
def test_pages_that_make_no_sense_are_refused(
    client: StripeClient, params: dict[str, object]
) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.list(params)  # type: ignore[arg-type]
