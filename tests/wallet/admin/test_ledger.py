"""The ledger as staff see it."""

from __future__ import annotations

import uuid

import pytest
from django.urls import reverse

from accounts.models import User
from tests.wallet.cast import take_hold
from wallet import services
from wallet.models import JournalEntry

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def test_an_entry_shows_its_postings(boss, rich, client):
    services.settle(job_id=take_hold(rich, 500).job_id, amount_micros=120)
    entry = JournalEntry.objects.get(kind="settlement")
    page = client.get(reverse("admin:wallet_journalentry_change", args=[entry.pk]))
    for shown in ("-$0.00012", "revenue", "$0.99988"):
        assert shown in page.content.decode()
    listed = client.get(reverse("admin:wallet_journalentry_changelist")).content.decode()
    assert "-$0.00012" in listed


def charged(user: User) -> JournalEntry:
    job = uuid.uuid4()
    told = {"service": "transcription", "price_micros_per_minute": 1_000}
    services.hold(user=user, job_id=job, amount_micros=500, seconds=60, **told)
    return services.settle(job_id=job, amount_micros=120, billed_ms=7_200).journal_entry


def test_the_list_says_what_each_entry_was_for(boss, rich, client):
    charged(rich)
    listed = client.get(reverse("admin:wallet_journalentry_changelist")).content.decode()
    assert "transcription: 7.200 s at $0.001 a minute" in listed
    assert "a test" in listed, "the reason of the grant"
    found = client.get(reverse("admin:wallet_journalentry_changelist"), {"q": "transcription"})
    assert [entry.kind for entry in found.context["cl"].result_list] == ["settlement"]


def test_listing_entries_takes_as_many_queries_for_many(boss, rich, client, count_queries):
    listing = reverse("admin:wallet_journalentry_changelist")
    few = count_queries(lambda: client.get(listing))
    for _ in range(5):
        charged(rich)
    assert count_queries(lambda: client.get(listing)) == few


@pytest.fixture
def count_queries(django_assert_max_num_queries):
    def count(call) -> int:
        with django_assert_max_num_queries(100) as seen:
            call()
        return len(seen)

    return count
