"""Holds as staff see them."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.wallet.cast import take_hold
from wallet.models import Hold

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def test_holds_are_found_by_their_job(boss, rich, client):
    wanted, other = take_hold(rich, 10), take_hold(rich, 20)
    page = client.get(reverse("admin:wallet_hold_changelist"), {"q": str(wanted.job_id)})
    assert str(wanted.job_id) in page.content.decode()
    assert str(other.job_id) not in page.content.decode()
    assert Hold.objects.count() == 2
