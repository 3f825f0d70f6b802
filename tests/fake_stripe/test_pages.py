"""The pages as a browser without script sees them: forms are read from the page and sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx
import pytest
import stripe
from stripe import StripeClient

from fake_stripe.pages.layout import CSS, NOTICE
from tests.fake_stripe.cast import CANCEL, pay, saved_card, session, setup_session
from tests.harness.fake_stripe import FakeStripe
from tests.harness.programs import wait_until


class Form(HTMLParser):
    """Where the first form of a page goes, and the values of its choices and buttons."""

    def __init__(self, page: httpx.Response) -> None:
        super().__init__()
        self.action = str(page.url)
        self.values: list[str] = []
        self.feed(page.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form" and given.get("action"):
            self.action = urljoin(self.action, given["action"])
        if tag in ("input", "button") and given.get("value"):
            self.values.append(str(given["value"]))


@pytest.fixture
def browser() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=10) as browser:
        yield browser


def choose(browser: httpx.Client, page: httpx.Response, method: str) -> httpx.Response:
    form = Form(page)
    assert method in form.values
    return browser.post(form.action, data={"method": method})


def where(answer: httpx.Response) -> str:
    assert answer.status_code == 303
    return answer.headers["Location"]


def test_the_payment_page_says_that_no_money_moves(
    client: StripeClient, browser: httpx.Client
) -> None:
    page = browser.get(str(session(client).url))

    assert page.status_code == 200
    assert NOTICE in page.text
    assert "$10.00" in page.text
    assert f'href="{CANCEL}"' in page.text
    assert "<script" not in page.text


def test_a_card_that_pays_leads_to_the_shop(client: StripeClient, browser: httpx.Client) -> None:
    made = session(client)

    answer = choose(browser, browser.get(str(made.url)), "pm_card_visa")

    assert where(answer) == f"https://shop.example/done?session={made.id}"
    assert client.v1.checkout.sessions.retrieve(made.id).payment_status == "paid"
    assert "made already" in browser.get(str(made.url)).text


@pytest.mark.parametrize(
    ("card", "message"),
    [
        ("pm_card_chargeDeclined", "Your card was declined."),
        ("pm_card_chargeDeclinedInsufficientFunds", "Your card has insufficient funds."),
    ],
)
def test_a_card_that_is_declined_can_be_replaced(
    client: StripeClient, browser: httpx.Client, card: str, message: str
) -> None:
    made = session(client)

    declined = choose(browser, browser.get(str(made.url)), card)
    assert message in declined.text
    assert 'role="alert"' in declined.text

    where(choose(browser, declined, "pm_card_visa"))
    assert client.v1.checkout.sessions.retrieve(made.id).status == "complete"


@pytest.mark.parametrize(("answer", "status"), [("yes", "complete"), ("no", "open")])
def test_the_bank_may_ask(
    client: StripeClient, browser: httpx.Client, answer: str, status: str
) -> None:
    made = session(client)
    url = where(choose(browser, browser.get(str(made.url)), "pm_card_authenticationRequired"))
    question = browser.get(url)
    assert answer in Form(question).values

    answered = browser.post(url, data={"answer": answer})

    assert client.v1.checkout.sessions.retrieve(made.id).status == status
    if answer == "yes":
        assert where(answered) == f"https://shop.example/done?session={made.id}"
    else:
        assert "unable to authenticate" in answered.text
        where(choose(browser, answered, "pm_card_visa"))


def test_a_question_that_is_left_open_can_be_dropped_for_another_card(
    client: StripeClient, browser: httpx.Client
) -> None:
    made = session(client)
    where(choose(browser, browser.get(str(made.url)), "pm_card_authenticationRequired"))

    where(choose(browser, browser.get(str(made.url)), "pm_card_visa"))

    assert client.v1.checkout.sessions.retrieve(made.id).payment_status == "paid"


@pytest.mark.parametrize(
    ("account", "event"),
    [
        ("pm_usBankAccount_success", "checkout.session.async_payment_succeeded"),
        ("pm_usBankAccount_insufficientFunds", "checkout.session.async_payment_failed"),
    ],
)
def test_a_bank_payment_settles_by_itself(
    fake_stripe: FakeStripe,
    client: StripeClient,
    browser: httpx.Client,
    account: str,
    event: str,
) -> None:
    fake_stripe.config(settle_seconds=0)
    made = session(client)

    where(choose(browser, browser.get(str(made.url)), account))

    wait_until(lambda: fake_stripe.events(event), seconds=5, what=event)


def test_a_card_is_saved_without_a_payment(
    client: StripeClient, customer: str, browser: httpx.Client
) -> None:
    page = browser.get(str(setup_session(client, customer).url))
    assert "pm_usBankAccount_success" not in Form(page).values

    where(choose(browser, page, "pm_card_visa"))

    assert len(client.v1.customers.payment_methods.list(customer).data) == 1


def test_only_what_is_offered_can_be_chosen(client: StripeClient, browser: httpx.Client) -> None:
    made = session(client, allowed_payment_method_types=["card"])
    page = browser.get(str(made.url))
    assert "pm_usBankAccount_success" not in Form(page).values

    answer = browser.post(str(made.url), data={"method": "pm_usBankAccount_success"})

    assert "Choose one of these" in answer.text
    assert client.v1.checkout.sessions.retrieve(made.id).status == "open"


def test_an_expired_session_says_so(
    fake_stripe: FakeStripe, client: StripeClient, browser: httpx.Client
) -> None:
    made = session(client)
    fake_stripe.expire(made.id)

    page = browser.get(str(made.url))

    assert page.status_code == 410
    assert "nothing was paid" in page.text


def test_what_others_wrote_is_shown_as_text(client: StripeClient, browser: httpx.Client) -> None:
    name = "<script>alert(1)</script>\"'&"
    price = {"currency": "usd", "unit_amount": 500, "product_data": {"name": name}}
    made = session(
        client,
        line_items=[{"price_data": price, "quantity": 1}],
        cancel_url='https://shop.example/"><script>alert(2)</script>',
    )

    page = browser.get(str(made.url))

    assert "<script" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text


@pytest.mark.parametrize("path", ["checkout/cs_none", "portal/x", "receipts/x", "invoices/x", "y"])
def test_a_page_that_is_not_there(
    fake_stripe: FakeStripe, browser: httpx.Client, path: str
) -> None:
    page = browser.get(f"{fake_stripe.url}/{path}")

    assert page.status_code == 404
    assert "<h1>Not found</h1>" in page.text


def test_the_portal_removes_a_card_of_its_customer_only(
    client: StripeClient, customer: str, browser: httpx.Client
) -> None:
    card = saved_card(client, customer)
    stranger = client.v1.customers.create({}).id
    strange_card = saved_card(client, stranger)
    portal = client.v1.billing_portal.sessions.create(
        {"customer": customer, "return_url": "https://shop.example/wallet"}
    )
    page = browser.get(portal.url)
    assert Form(page).values == [card]
    assert "https://shop.example/wallet" in page.text

    for method in (card, strange_card, "pm_none"):
        assert where(browser.post(portal.url, data={"remove": method})) == portal.url

    assert client.v1.customers.payment_methods.list(customer).data == []
    assert len(client.v1.customers.payment_methods.list(stranger).data) == 1
    assert "No card is saved" in browser.get(portal.url).text


def test_receipts_and_invoices_can_be_read(
    fake_stripe: FakeStripe, client: StripeClient, customer: str, browser: httpx.Client
) -> None:
    made = session(client, customer=customer, invoice_creation={"enabled": True})
    fake_stripe.pay(made.id)
    expand = ["invoice", "payment_intent.latest_charge"]
    paid = client.v1.checkout.sessions.retrieve(made.id, {"expand": expand})
    assert isinstance(paid.invoice, stripe.Invoice)
    assert isinstance(paid.payment_intent, stripe.PaymentIntent)
    assert isinstance(paid.payment_intent.latest_charge, stripe.Charge)

    portal = client.v1.billing_portal.sessions.create({"customer": customer})
    receipt = browser.get(str(paid.payment_intent.latest_charge.receipt_url))
    invoice = browser.get(str(paid.invoice.hosted_invoice_url))

    assert "$10.00" in receipt.text
    assert "Credit" in invoice.text
    assert str(paid.invoice.number) in browser.get(portal.url).text


def test_a_payment_without_a_session_goes_back_to_its_client(
    client: StripeClient, browser: httpx.Client
) -> None:
    intent = pay(
        client,
        "pm_card_authenticationRequired",
        off_session=False,
        return_url="https://shop.example/back?a=1",
    )
    assert intent.next_action
    assert intent.next_action.redirect_to_url

    answer = browser.post(str(intent.next_action.redirect_to_url.url), data={"answer": "yes"})

    assert where(answer).startswith("https://shop.example/back?a=1&payment_intent=pi_")
    assert "redirect_status=succeeded" in where(answer)


def test_the_colours_differ_enough_in_both_themes() -> None:
    light, dark = (dict(re.findall(r"--([\w-]+): (#\w+)", part)) for part in themes())
    pairs = [("ink", "paper"), ("ink", "card"), ("soft", "card"), ("accent", "card")]
    pairs += [("on-accent", "accent"), ("warn-ink", "warn"), ("bad-ink", "bad")]

    for theme in (light, dark):
        for ink, paper in pairs:
            assert contrast(theme[ink], theme[paper]) >= 4.5, (ink, paper)


def themes() -> tuple[str, str]:
    light, dark = CSS.split("@media (prefers-color-scheme: dark)")
    return light, dark[: dark.index("}")]


def contrast(one: str, other: str) -> float:
    """By the Web Content Accessibility Guidelines 2.2."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
