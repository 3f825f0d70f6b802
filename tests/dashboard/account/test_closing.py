"""Closing an account: at once, whole, again after a crash, and nobody else's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import erasure
from accounts.models import ApiKey, User
from accounts.services import find_api_key
from audio_api import closing
from audio_api.channel import Failed
from audio_api.jobs import attempts, detached, idempotency, sweeper
from audio_api.models import Job
from tests.accounts.conftest import PASSWORD
from tests.accounts.signing_in import is_logged_in, join, log_in
from tests.audio_api.halves import events, leave, speaks, speech
from tests.dashboard.account.conftest import Cast
from tests.dashboard.jobs import cast as detached_jobs
from tests.pages import page_of
from tests.wallet.cast import ask, money_of, pay
from tests.wallet.gateway.recording import RecordingGateway
from voices.models import FavouriteVoice, VoiceProfile
from wallet import services as wallet
from wallet.audit import audit
from wallet.gateway import GatewayUnavailable
from wallet.models import AutoRecharge, JournalEntry, StripeCustomer, Topup
from webhooks import endpoints, outbox
from webhooks.models import Delivery, Endpoint, Receiver

pytestmark = [pytest.mark.django_db, pytest.mark.database]

CLOSE = "account-close"


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs are started, and worked on when a test says so."""
    monkeypatch.setattr("audio_api.jobs.start.enqueue", lambda job: None)


def close(client: Client, email: str = "ada@example.com"):
    return client.post(reverse(CLOSE), {"email": email}, follow=True)


def test_it_says_what_is_lost_and_asks_for_the_address(as_ada: Client, ada: Cast) -> None:
    page = as_ada.get(reverse(CLOSE))
    page_of(page)
    said = page.content.decode()
    for words in ("$1.00", "1 API key stops", "1 voice of your own"):
        assert words in said

    page_of(close(as_ada, "eve@example.com"))

    ada.user.refresh_from_db()
    assert ada.user.is_active


def test_nothing_of_it_is_left_but_the_books(as_ada: Client, ada: Cast, eve: Cast) -> None:
    TOTP.activate(ada.user, "JBSWY3DPEHPK3PXP")

    page_of(close(as_ada))

    assert not is_logged_in(as_ada)
    user = User.objects.get(pk=ada.user.pk)
    assert user.email == f"closed-{user.pk}@closed.invalid"
    assert (user.is_active, user.get_full_name(), user.has_usable_password()) == (False, "", False)
    assert user.closed_at
    for rows in (EmailAddress, Authenticator, UserSession, FavouriteVoice):
        assert not rows.objects.filter(user=user).exists()
    assert not VoiceProfile.objects.filter(owner=user).exists()
    job = Job.objects.get(user=user)
    assert (job.idempotency_key, job.result) == ("", "")
    assert find_api_key(ada.token) is None
    assert ApiKey.objects.get(user=user).revoked_at
    assert money_of(user) == (0, 0)
    entry = JournalEntry.objects.order_by("pk").last()
    assert (entry.kind, entry.reason) == ("adjustment", "Account closed by its owner.")
    assert audit().breaches == []
    # and the other account has all that it had
    assert find_api_key(eve.token)
    assert money_of(eve.user) == (1_000_000, 0)
    theirs = Job.objects.get(user=eve.user)
    assert default_storage.listdir("results")[1] == [theirs.result.removeprefix("results/")]
    assert default_storage.listdir("previews")[1] == [eve.voice.preview.name.split("/")[1]]


def test_nothing_is_left_of_detached_jobs(
    as_ada: Client, ada: Cast, eve: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detached, "enqueue", lambda job: None)
    for make in (detached_jobs.waiting, detached_jobs.running, detached_jobs.done):
        make(ada.user, name="a secret name")
    failed = detached_jobs.failed(ada.user, name="a secret name")
    detached.retry(failed, request_id="req_2")
    theirs = detached_jobs.done(eve.user, name="theirs")

    page_of(close(as_ada))

    jobs = Job.objects.filter(user=ada.user, is_detached=True)
    assert jobs.count() == 5
    assert set(jobs.values_list("display_name", "kept_until")) == {("", None)}
    assert not any(detached_jobs.SAID in str(job.params) for job in jobs)
    assert not any(job.status in Job.OPEN for job in jobs)
    left = [file.path.removeprefix("job-files/") for file in theirs.files.all()]
    assert default_storage.listdir("job-files")[1] == left
    assert money_of(ada.user) == (0, 0)
    assert audit().breaches == []


def test_it_cannot_be_logged_in_to(as_ada: Client, ada: Cast) -> None:
    close(as_ada)
    client = Client()

    for email in ("ada@example.com", f"closed-{ada.user.pk}@closed.invalid"):
        said = log_in(client, email, PASSWORD).content.decode()
        assert "do not match an account" in said
    assert not is_logged_in(client)


def test_its_address_is_free_and_brings_nothing_of_it_back(as_ada: Client, ada: Cast) -> None:
    close(as_ada)

    join(Client(), "ada@example.com")

    new = User.objects.get(email="ada@example.com")
    assert new.pk != ada.user.pk
    assert not ApiKey.objects.for_user(new).exists()


def test_other_sessions_end(as_ada: Client, ada: Cast) -> None:
    elsewhere = Client()
    log_in(elsewhere, ada.user.email, PASSWORD)

    close(as_ada)

    assert elsewhere.get(reverse("account")).status_code == 302


@pytest.mark.usefixtures("queue")
def test_a_queued_request_is_cancelled_and_its_client_told(as_ada: Client, ada: Cast) -> None:
    job, reader = speech(ada.user)
    assert "1 request that is running" in as_ada.get(reverse(CLOSE)).content.decode()

    close(as_ada)

    job.refresh_from_db()
    assert (job.status, job.error_code) == (Job.Status.CANCELLED, "account_closed")
    assert "text" not in job.params
    told = events(reader)[-1]
    assert isinstance(told, Failed)
    assert money_of(ada.user) == (0, 0)
    assert audit().breaches == []
    attempts.run(job.id)  # the message is still in the queue: it finds nothing to do
    assert money_of(ada.user) == (0, 0)


@pytest.mark.usefixtures("queue")
def test_a_request_that_is_running_ends_without_a_charge(
    as_ada: Client, ada: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, reader = speech(ada.user)
    speaks(monkeypatch, 0.5, lambda: closing.close(ada.user), 0.25)

    leave(reader, delivered_ms=750, cancelled=False)
    attempts.run(job.id)

    job.refresh_from_db()
    assert (job.status, job.cost_micros) == (Job.Status.FAILED, 0)
    assert money_of(ada.user) == (0, 0)
    assert audit().breaches == []


@pytest.mark.usefixtures("queue")
def test_a_request_that_slips_in_is_ended_too(ada: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was let in before the door was shut, and begins while the balance is given up."""
    real = closing._write_off
    late: list[Job] = []

    def slipping(has):
        if not late:
            late.append(speech(ada.user)[0])
        real(has)

    monkeypatch.setattr(closing, "_write_off", slipping)

    closing.close(ada.user)

    late[0].refresh_from_db()
    assert late[0].status == Job.Status.CANCELLED
    assert money_of(ada.user) == (0, 0)
    assert audit().breaches == []


@pytest.mark.parametrize(
    "step", ["_stop_paying", "_give_up_balance", "_erase_results", "_erase_voices"]
)
def test_a_crash_in_between_is_finished_by_the_sweeper(
    step: str, ada: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(_user: User) -> None:
        raise RuntimeError("the power is out")

    with monkeypatch.context() as crash:
        crash.setattr(closing, step, die)
        with pytest.raises(RuntimeError):
            closing.close(ada.user)
    assert find_api_key(ada.token) is None
    assert (
        sweeper.sweep().chores.get("closed accounts", 0) == 0
    )  # whoever closes it may still be at it
    User.objects.filter(pk=ada.user.pk).update(closed_at=timezone.now() - timedelta(minutes=2))

    assert sweeper.sweep().chores.get("closed accounts", 0) == 1

    ada.user.refresh_from_db()
    assert ada.user.email.endswith("@closed.invalid")
    assert money_of(ada.user) == (0, 0)
    assert sweeper.sweep().chores.get("closed accounts", 0) == 0
    assert audit().breaches == []


def test_one_that_cannot_be_finished_does_not_keep_the_others(
    ada: Cast, eve: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for cast in (ada, eve):
        erasure.deactivate(cast.user)
    User.objects.update(closed_at=timezone.now() - timedelta(minutes=2))
    real = idempotency.forget

    def forget(job: Job) -> None:
        if job.user_id == ada.user.pk:
            raise OSError("no storage today")
        real(job)

    monkeypatch.setattr(idempotency, "forget", forget)

    assert closing.finish_all() == 1
    assert [user.pk for user in erasure.not_anonymized(before=timezone.now())] == [ada.user.pk]


def test_twice_is_as_good_as_once(ada: Cast) -> None:
    closing.close(ada.user)
    entries = JournalEntry.objects.count()

    closing.close(ada.user)

    assert JournalEntry.objects.count() == entries


def test_cards_are_forgotten_here_and_at_the_provider(
    ada: Cast, recording: RecordingGateway
) -> None:
    customer = recording.ensure_customer(ada.user)
    recording.save_card(customer)
    topup = Topup.objects.create(
        user=ada.user,
        kind="checkout",
        amount_cents=500,
        livemode=False,
        expires_at=timezone.now() + timedelta(hours=1),
    )
    AutoRecharge.objects.create(user=ada.user)
    session = recording.create_checkout(
        topup, customer_id=customer, save_card=False, success_url="http://x", cancel_url="http://x"
    )
    Topup.objects.filter(pk=topup.pk).update(session_id=session.id, status="open")

    closing.close(ada.user)

    assert recording.saved_cards(customer) == []
    assert recording.checkout(session.id).status == "expired"
    assert not AutoRecharge.objects.filter(user=ada.user).exists()
    assert not StripeCustomer.objects.filter(user=ada.user).exists()


def test_a_provider_that_is_away_keeps_no_account_open(
    ada: Cast, recording: RecordingGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise GatewayUnavailable

    recording.ensure_customer(ada.user)
    monkeypatch.setattr(recording, "saved_cards", away)

    closing.close(ada.user)

    assert money_of(ada.user) == (0, 0)


def test_the_last_administrator_stays(as_ada: Client, ada: Cast) -> None:
    User.objects.filter(pk=ada.user.pk).update(is_superuser=True, is_staff=True)

    page_of(as_ada.get(reverse(CLOSE)), status=409)
    page_of(close(as_ada), status=409)
    assert User.objects.get(pk=ada.user.pk).is_active

    User.objects.create_superuser("root@example.com", PASSWORD)
    close(as_ada)
    left = User.objects.get(pk=ada.user.pk)
    assert (left.is_active, left.is_staff, left.is_superuser) == (False, False, False)


def test_money_that_comes_later_is_booked_and_reported(
    ada: Cast,
    eve: Cast,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: Any,
) -> None:
    """A payment that was on its way: the operator gives it back."""
    closing.close(ada.user)
    caplog.clear()
    with django_capture_on_commit_callbacks(execute=True):
        pay(eve.user, 500)
    assert not caplog.records

    with django_capture_on_commit_callbacks(execute=True):
        topup = pay(ada.user, 500)

    assert money_of(ada.user) == (5_000_000, 0)
    assert audit().breaches == []
    [record] = caplog.records
    assert record.levelname == "ERROR"
    assert f"Top-up {topup.pk} of $5.00 was paid after account" in record.message


def test_what_is_not_settled_with_a_bank_is_said_before(as_ada: Client, ada: Cast) -> None:
    ask(ada.user, 500)
    disputed = pay(ada.user, 900)
    dispute = {"payment_intent_id": disputed.payment_intent_id or "", "amount_cents": 900}
    wallet.note_dispute(dispute_id="du_1", status="needs_response", **dispute)

    page = as_ada.get(reverse(CLOSE))
    page_of(page)
    said = page.content.decode()
    assert "1 payment of yours is not finished" in said
    assert "1 payment of yours is disputed" in said

    wallet.note_dispute(dispute_id="du_1", status="won", **dispute)
    Topup.objects.unfinished().update(status="expired")
    said = as_ada.get(reverse(CLOSE)).content.decode()
    assert "is not finished" not in said
    assert "is disputed" not in said


def test_neither_keys_nor_the_notes_of_staff_tell_who_it_was(ada: Cast, eve: Cast) -> None:
    boss = User.objects.create_superuser("root@example.com", PASSWORD)
    ApiKey.objects.update(name="Ada's laptop", allowed_networks=["203.0.113.7/32"])
    for subject in (ada.user, eve.user, EmailAddress(pk=1, user=ada.user, email=ada.user.email)):
        LogEntry.objects.log_actions(boss.pk, [subject], CHANGE, "", single_object=True)

    closing.close(ada.user)

    key = ApiKey.objects.get(user=ada.user)
    assert (key.name, key.allowed_networks) == ("—", [])
    assert ApiKey.objects.get(user=eve.user).name == "Ada's laptop"
    titles = sorted(LogEntry.objects.values_list("object_repr", flat=True))
    gone = f"closed-{ada.user.pk}@closed.invalid"
    assert titles == [gone, gone, eve.user.email]


def test_a_visitor_is_sent_to_log_in(client: Client) -> None:
    for name in ("account", CLOSE):
        assert client.get(reverse(name)).status_code == 302
    assert client.post(reverse("account-export")).status_code == 302


def test_nothing_is_sent_for_it_any_more(as_ada: Client, ada: Cast, eve: Cast) -> None:
    mine, _ = endpoints.create(ada.user, url="https://example.com/hook")
    theirs, _ = endpoints.create(eve.user, url="https://example.com/hook")
    outbox.write_test(mine)

    close(as_ada)

    assert Endpoint.objects.get() == theirs
    assert not Delivery.objects.exists()
    assert not Receiver.objects.filter(user=ada.user).exists()
