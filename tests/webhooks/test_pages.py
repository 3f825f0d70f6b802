"""`/dashboard/webhooks/`, as an owner uses it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.accounts.conftest import PASSWORD
from tests.accounts.signing_in import log_in
from tests.harness.receiver import EventReceiver, answers
from tests.pages import page_of
from tests.webhooks.cast import serve_all, tell
from webhooks import endpoints
from webhooks.models import AccountSecret, Delivery, Endpoint

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("rung")]
SECRET = re.compile(r'value="(whsec_[\w-]{43})"')
URL = "https://example.com/audiopod"


@pytest.fixture
def owner(client: Client, user: User) -> Client:
    """Has logged in a moment ago."""
    user.set_password(PASSWORD)
    user.save()
    log_in(client, user.email, PASSWORD)
    return client


def text(response: Any) -> str:
    page_of(response, status=response.status_code)
    said: str = response.content.decode()
    return said


def secret_in(response: Any) -> str:
    found = SECRET.search(text(response))
    assert found, response.content.decode()
    return found[1]


def add(owner: Client, **fields: Any) -> Any:
    form = {"url": URL, "events": ["job.completed", "job.failed"], "description": "CI"}
    return owner.post(reverse("webhook-new"), form | fields)


def test_an_endpoint_is_added_and_its_secret_is_shown_once(owner: Client) -> None:
    answer = add(owner)
    secret = secret_in(answer)
    assert "no-store" in answer.headers["Cache-Control"]
    made = Endpoint.objects.get()
    assert (made.url, made.events, made.description) == (URL, ["job.completed", "job.failed"], "CI")
    for name, args in [("webhooks", []), ("webhook", [made.pk]), ("webhook-log", [])]:
        assert secret not in text(owner.get(reverse(name, args=args)))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"url": "http://example.com/"}, "https://"),
        ({"url": "https://192.168.0.1/"}, "no public address"),
        ({"url": ""}, "This field is required"),
        ({"events": []}, "Tick what it is to be told of"),
    ],
)
def test_a_form_says_what_is_wrong(owner: Client, fields: Any, words: str) -> None:
    assert words in text(add(owner, **fields))
    assert not Endpoint.objects.exists()


def test_it_is_changed_and_paused_and_goes_on(owner: Client, endpoint: Endpoint) -> None:
    here = reverse("webhook", args=[endpoint.pk])
    owner.post(here, {"url": URL, "events": ["job.failed"], "description": "CI"})
    endpoint.refresh_from_db()
    assert (endpoint.url, endpoint.events) == (URL, ["job.failed"])
    answer = owner.post(here, {"url": "https://10.0.0.1/", "events": ["job.failed"]})
    assert answer.status_code == 400
    assert "no public address" in text(answer)
    pause = reverse("webhook-pause", args=[endpoint.pk])
    assert "paused" in text(owner.post(pause, follow=True))
    owner.post(pause, {"active": "true"})
    endpoint.refresh_from_db()
    assert endpoint.is_active


def test_a_test_leads_to_what_came_of_it(
    owner: Client, endpoint: Endpoint, receiver: EventReceiver
) -> None:
    receiver.behaviour = answers(503, b"<b>closed</b>")
    answer = owner.post(reverse("webhook-test", args=[endpoint.pk]), follow=True)
    assert 'hx-trigger="every 1s"' in text(answer)
    serve_all()
    here = answer.redirect_chain[-1][0]
    said = text(owner.get(here))
    assert "503" in said
    assert "&lt;b&gt;closed" in said
    assert "hx-trigger" not in said, "there is nothing more to wait for"


def test_a_secret_is_rotated_and_the_old_one_ends_when_it_is_told(
    owner: Client, user: User, endpoint: Endpoint, receiver: EventReceiver
) -> None:
    answer = owner.post(reverse("webhook-rotate", args=[endpoint.pk]), {"overlap_hours": "24"})
    new = secret_in(answer)
    tell(user)
    serve_all()
    assert not receiver.forged
    assert "The old secret signs until" in text(owner.get(reverse("webhook", args=[endpoint.pk])))
    owner.post(reverse("webhook-rotated", args=[endpoint.pk]))
    receiver.secret = new
    tell(user)
    serve_all()
    assert len(receiver.events) == 2
    assert not receiver.forged


def test_the_signing_secret_of_the_account(
    owner: Client, user: User, receiver: EventReceiver
) -> None:
    here = reverse("webhook-account-secret")
    assert "overlap_hours" not in text(owner.get(here)), "there is none to overlap with"
    first = secret_in(owner.post(here))
    receiver.secret = first
    tell(user, url=receiver.url)
    serve_all()
    assert "overlap_hours" in text(owner.get(here))
    second = secret_in(owner.post(here, {"overlap_hours": "0"}))
    receiver.secret = second
    tell(user, url=receiver.url)
    serve_all()
    assert len(receiver.events) == 2
    assert not receiver.forged


@pytest.mark.parametrize("name", ["webhook-new", "webhook-rotate", "webhook-account-secret"])
def test_a_secret_is_for_who_has_logged_in_lately(
    owner: Client, endpoint: Endpoint, name: str
) -> None:
    session = owner.session
    session["account_authentication_methods"] = []
    session.save()
    UserSession.objects.update(created_at="2020-01-01T00:00:00Z")
    args = [endpoint.pk] if name == "webhook-rotate" else []
    form = {"url": URL, "events": ["job.failed"], "overlap_hours": "0"}
    answer = owner.post(reverse(name, args=args), form)
    assert answer.status_code == 302
    assert "/account/reauthenticate/" in answer.headers["Location"]
    assert Endpoint.objects.count() == 1
    assert not AccountSecret.objects.exists()


def test_the_log_is_found_by_endpoint_and_status_and_sent_again(
    owner: Client, user: User, endpoint: Endpoint, receiver: EventReceiver
) -> None:
    endpoints.create(user, url=URL)
    tell(user, job=4711)
    receiver.behaviour = answers(500)
    serve_all()
    log = reverse("webhook-log")
    both = Delivery.objects.filter(job_number=4711).count()
    assert both == 2
    assert text(owner.get(log)).count("4711") == 2
    said = text(owner.get(log, {"endpoint": endpoint.pk, "status": "failed"}))
    assert said.count("4711") == 1
    assert "500" in said
    assert "Nothing that was sent is like this" in text(owner.get(log, {"status": "dead"}))
    assert text(owner.get(log, {"status": "nonsense"})).count("4711") == 2
    receiver.behaviour = answers(200)
    failed = Delivery.objects.get(receiver=endpoint.receiver)
    owner.post(reverse("webhook-redeliver", args=[failed.pk]))
    serve_all()
    failed.refresh_from_db()
    assert failed.status == "delivered"


def test_it_is_removed_after_asking(owner: Client, endpoint: Endpoint) -> None:
    here = reverse("webhook-remove", args=[endpoint.pk])
    assert endpoint.url in text(owner.get(here))
    assert Endpoint.objects.for_user(endpoint.user).exists()
    owner.post(here)
    assert not Endpoint.objects.for_user(endpoint.user).exists()
    assert owner.get(reverse("webhook", args=[endpoint.pk])).status_code == 404


def test_nothing_of_another_account_is_there(owner: Client, stranger: User) -> None:
    foreign, _ = endpoints.create(stranger, url=URL)
    (delivery,) = tell(stranger)
    for name, args in [
        ("webhook", [foreign.pk]),
        ("webhook-rotate", [foreign.pk]),
        ("webhook-remove", [foreign.pk]),
        ("webhook-delivery", [delivery.pk]),
    ]:
        assert owner.get(reverse(name, args=args)).status_code == 404, name
    for name, args in [
        ("webhook-test", [foreign.pk]),
        ("webhook-pause", [foreign.pk]),
        ("webhook-rotated", [foreign.pk]),
        ("webhook-redeliver", [delivery.pk]),
    ]:
        assert owner.post(reverse(name, args=args)).status_code == 404, name
    assert URL not in text(owner.get(reverse("webhooks")))
    assert URL not in text(owner.get(reverse("webhook-log"), {"endpoint": foreign.pk}))


# --- the admin ------------------------------------------------------------------------------------
def test_staff_see_everything_but_secrets_pause_and_send_again(
    client: Client, user: User, endpoint: Endpoint, receiver: EventReceiver
) -> None:
    receiver.behaviour = answers(500)
    tell(user)
    serve_all()
    admin = User.objects.create_superuser("root@example.com", PASSWORD)
    client.force_login(admin)
    for model, row in [("endpoint", endpoint), ("receiver", endpoint.receiver)]:
        assert client.get(reverse(f"admin:webhooks_{model}_changelist")).status_code == 200
        page = client.get(reverse(f"admin:webhooks_{model}_change", args=[row.pk]))
        assert page.status_code == 200
        assert endpoint.secret not in page.content.decode()
    failed = Delivery.objects.get()
    change = client.get(reverse("admin:webhooks_delivery_change", args=[failed.pk]))
    assert failed.event_id in change.content.decode()
    receiver.behaviour = answers(200)
    deliveries = reverse("admin:webhooks_delivery_changelist")
    client.post(deliveries, {"action": "send_again", "_selected_action": [failed.pk]})
    serve_all()
    failed.refresh_from_db()
    assert failed.status == "delivered"
    listing = reverse("admin:webhooks_endpoint_changelist")
    client.post(listing, {"action": "pause", "_selected_action": [endpoint.pk]})
    endpoint.refresh_from_db()
    assert not endpoint.is_active


def test_staff_who_may_only_look_do_nothing(client: Client, user: User, endpoint: Endpoint) -> None:
    staff = User.objects.create_user("staff@example.com", PASSWORD, is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="view_endpoint"))
    client.force_login(staff)
    listing = reverse("admin:webhooks_endpoint_changelist")
    client.post(listing, {"action": "pause", "_selected_action": [endpoint.pk]})
    endpoint.refresh_from_db()
    assert endpoint.is_active
