"""Mails: the same words in text and HTML, in the language of the reader."""

from __future__ import annotations

import pytest
from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core import mail
from django.test import RequestFactory
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from accounts.signin import mails

TOLD = {
    "code": "BCDF-GHJK",
    "from_email": "old@example.com",
    "to_email": "new@example.com",
    "deleted_email": "gone@example.com",
    "ip": "192.0.2.7",
    "user_agent": "<script>alert(1)</script> Browser 100% free",
}


@pytest.mark.parametrize("name", mails.MAILS)
def test_each_mail_says_the_same_in_text_and_html(name: str) -> None:
    letter = mails.compose(name, "ada@example.com", TOLD)

    html, kind = letter.alternatives[0]
    assert kind == "text/html"
    assert letter.subject
    assert "\n" not in letter.subject
    assert letter.to == ["ada@example.com"]
    for said in (settings.PUBLIC_URL, "192.0.2.7"):
        assert said in letter.body
        assert said in html
    assert "<script>" not in html
    assert "<script>alert(1)</script> Browser 100% free" in letter.body
    assert letter.extra_headers["Auto-Submitted"] == "auto-generated"


def test_a_mail_names_this_server_whatever_the_request_said() -> None:
    letter = mails.compose("account/email/account_already_exists", "ada@example.com", {})

    assert f"{settings.PUBLIC_URL}{reverse('account_reset_password')}" in letter.body
    assert "do nothing" in letter.body


@pytest.mark.django_db
@pytest.mark.parametrize(("chosen", "spoken"), [("de", "de"), ("", "en")])
def test_a_mail_is_in_the_language_of_its_reader(
    chosen: str, spoken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    User.objects.create_user("ada@example.com", language=chosen)
    heard: list[str | None] = []
    real = mails.compose

    def compose(*given: object) -> object:
        heard.append(translation.get_language())
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(mails, "compose", compose)

    get_adapter(RequestFactory().get("/")).send_mail(
        "account/email/unknown_account", "ada@example.com", {}
    )

    assert heard == [spoken]
    assert len(mail.outbox) == 1
