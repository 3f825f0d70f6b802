"""Reading the wallet's pages, and the rows that they show."""

from __future__ import annotations

import re

from django.http import HttpResponse

from accounts.models import User
from wallet import services
from wallet.models import Topup

WALLET = "/dashboard/wallet/"


def words(answer: HttpResponse) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def form_of(answer: HttpResponse, action: str) -> str:
    found = re.search(rf'<form[^>]*action="{action}".*?</form>', answer.content.decode(), re.DOTALL)
    assert found, f"no form to {action}"
    return found[0]


def token_of(answer: HttpResponse) -> str:
    found = re.search(r'name="form_token"\s+value="([^"]+)"', answer.content.decode())
    assert found
    return found[1]


def make_topup(user: User, **fields: object) -> Topup:
    made = {"kind": "checkout", "amount_cents": 2500, "livemode": False, "status": "open"}
    return Topup.objects.create(user=user, **(made | fields))


def completed(user: User) -> Topup:
    topup = make_topup(user)
    services.complete_topup(
        topup_id=topup.pk,
        payment_intent_id=f"pi_{topup.pk.hex}",
        paid_cents=2700,
        receipt_url="https://pay.example/receipt",
    )
    topup.refresh_from_db()
    return topup
