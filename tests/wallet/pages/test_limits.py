"""A budget and a warning of one's own."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.pages import page_of
from tests.wallet.pages.reading import WALLET, form_of

pytestmark = pytest.mark.django_db


def test_a_budget_and_a_warning(user: User, as_owner: Client) -> None:
    page = reverse("wallet-limits")

    as_owner.post(page, {"daily_limit_micros": "12.5", "warn_below_micros": "0"})
    user.refresh_from_db()
    assert (user.daily_limit_micros, user.warn_below_micros) == (12_500_000, 0)
    form = form_of(as_owner.get(WALLET), page)
    assert re.findall(r'value="([0-9.]+)"', form) == ["12.50", "0.00"]

    as_owner.post(page, {"daily_limit_micros": "", "warn_below_micros": ""})
    user.refresh_from_db()
    assert (user.daily_limit_micros, user.warn_below_micros) == (None, None)


@pytest.mark.parametrize("wrong", ["-1", "lots", "9999999999999", "1.0000001"])
def test_a_limit_that_is_wrong_changes_nothing(wrong: str, user: User, as_owner: Client) -> None:
    User.objects.update(daily_limit_micros=5)
    form = {"daily_limit_micros": wrong, "warn_below_micros": "1"}

    answer = as_owner.post(reverse("wallet-limits"), form)

    page_of(answer)
    assert 'class="errorlist"' in answer.content.decode()
    assert f'value="{wrong}"' in answer.content.decode()
    user.refresh_from_db()
    assert (user.daily_limit_micros, user.warn_below_micros) == (5, None)
