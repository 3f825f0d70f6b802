"""What apps say that they sell."""

from __future__ import annotations

import pytest

from wallet import offers
from wallet.offers import Basis, Offer


@pytest.fixture(autouse=True)
def nothing_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offers, "_offers", {})


def offer(name: str, **fields: object) -> Offer:
    return Offer(name, "a label", Basis.INPUT, **fields)  # type: ignore[arg-type]


def test_offers_stand_in_the_order_of_their_registration() -> None:
    second, first = offer("b"), offer("a")
    for one in (second, first, second, offer("b")):
        offers.register(one)
    assert offers.all() == [second, first]


def test_an_offer_is_found_by_each_of_its_names() -> None:
    denoise = offer("denoise", aliases=("noise_reduction",))
    offers.register(denoise)
    assert offers.get("denoise") is offers.get("noise_reduction") is denoise
    assert offers.get("nothing") is offers.get("") is None


@pytest.mark.parametrize(
    "other",
    [
        offer("noise_reduction"),
        offer("cleaning", aliases=("denoise",)),
        offer("cleaning", aliases=("noise_reduction",)),
    ],
)
def test_a_name_is_of_one_offer(other: Offer) -> None:
    offers.register(offer("denoise", aliases=("noise_reduction",)))
    with pytest.raises(ValueError, match="denoise has the name"):
        offers.register(other)
    assert [one.service_type for one in offers.all()] == ["denoise"]


@pytest.mark.parametrize("wrong", [offer(""), offer("x" * 33), offer("x", modes=("y" * 33,))])
def test_a_name_has_room_in_its_column(wrong: Offer) -> None:
    with pytest.raises(ValueError, match="1 to 32 characters"):
        offers.register(wrong)


def test_a_service_without_an_offer_is_called_by_its_name() -> None:
    offers.register(Offer("spoken", "a label", Basis.OUTPUT, charged_as="speech"))
    assert (offers.label_of("spoken"), offers.charged_as("spoken")) == ("a label", "speech")
    assert offers.charged_as("old_service") == offers.label_of("old_service") == "old service"
