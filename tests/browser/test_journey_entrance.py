"""Getting in and out: passwords, codes, apps and passkeys; and the end of an account."""

from __future__ import annotations

import re
import time
import zipfile
from pathlib import Path

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import assert_accessible
from tests.browser.conftest import OpenPage
from tests.browser.people import PASSWORD, Person, code_in_mail, log_in, make_person, show_once_more
from tests.harness.server import Server

pytestmark = pytest.mark.thorough

TOTP_SECONDS = 30
NEW_PASSWORD = "four yellow bicycles"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def session_of(page: Page) -> str | None:
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    return cookies.get("sessionid")


def log_out(page: Page) -> None:
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("link", name="Log in").first).to_be_visible()


def fill_in(page: Page, person: Person, password: str = PASSWORD) -> None:
    page.goto("/login/")
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("main").get_by_role("button", name="Log in", exact=True).click()


def test_in_and_out(page: Page, member: Person) -> None:
    # Given somebody whose session began before they logged in
    page.goto("/dashboard/")
    expect(page).to_have_url(re.compile(r"/login/\?next=/dashboard/$"))

    # When they mistype their password
    fill_in(page, member, "not it at all")
    expect(page.get_by_role("alert")).to_be_visible()
    assert_accessible(page)
    before = session_of(page)

    # And then not
    log_in(page, member)
    inside = session_of(page)
    assert inside
    assert inside != before

    # Then the session that ends at the log-out opens nothing any more
    log_out(page)
    assert session_of(page) != inside
    page.context.add_cookies([{"name": "sessionid", "value": inside, "url": page.url}])
    page.goto("/dashboard/")
    expect(page).to_have_url(re.compile("/login/"))


def test_a_new_password_by_mail(page: Page, member: Person, server: Server) -> None:
    # When somebody asks for a new password
    page.goto("/login/")
    page.get_by_role("link", name=re.compile("[Ff]orgot|new password")).first.click()
    page.get_by_label("Email").fill(member.email)
    page.get_by_role("button", name="Send me a code").click()
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    assert_accessible(page)

    # And types in the code of the letter, and the password
    page.get_by_label("Code").fill(code_in_mail(server, member.email))
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Choose a new password")).to_be_visible()
    assert_accessible(page)
    for field in page.get_by_label(re.compile("password", re.IGNORECASE)).all():
        field.fill(NEW_PASSWORD)
    page.get_by_role("button", name="Save the password").click()
    expect(page.get_by_role("button", name="Save the password")).to_be_hidden()

    # Then the new one opens the account and the old one does not
    page.context.clear_cookies()
    fill_in(page, member)
    expect(page.get_by_role("alert")).to_be_visible()
    log_in(page, Person(member.account, NEW_PASSWORD))
    notice = server.mails(to=member.email)[-1]
    assert "password" in str(notice["Subject"]).lower()


def test_an_authenticator_app(page: Page, member: Person) -> None:
    # Given an app that was added
    log_in(page, member)
    show_once_more(page, "/account/2fa/totp/activate/")
    secret = page.get_by_label("Or type this secret into the app").input_value()
    code_field(page).fill(code_of_app(secret))
    page.get_by_role("button", name="Add the app").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    recovery = page.get_by_label("Unused codes").input_value().split()

    # When its owner logs in again
    log_out(page)
    fill_in(page, member)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    assert_accessible(page)

    # Then the password alone opens nothing
    page.goto("/dashboard/")
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()

    # And a wrong code neither
    code_field(page).fill("000000")
    page.get_by_role("main").get_by_role("button", name="Log in", exact=True).click()
    expect(page.get_by_text(re.compile("[Ii]ncorrect|wrong"))).to_be_visible()

    # But the app's does: a fresh one, for each works once
    code_field(page).fill(code_of_app(secret, later=1))
    page.get_by_role("main").get_by_role("button", name="Log in", exact=True).click()
    expect(page.get_by_role("heading", name="Overview", exact=True)).to_be_visible()

    # And so does a recovery code
    log_out(page)
    fill_in(page, member)
    code_field(page).fill(recovery[0])
    page.get_by_role("main").get_by_role("button", name="Log in", exact=True).click()
    expect(page.get_by_role("heading", name="Overview", exact=True)).to_be_visible()

    # And what is sensitive asks for a factor once more, when that is long ago
    page.goto("/account/2fa/reauthenticate/")
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    assert_accessible(page)


def code_field(page: Page) -> Locator:
    return page.get_by_role("textbox", name=re.compile("code", re.IGNORECASE))


def code_of_app(secret: str, *, later: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // TOTP_SECONDS + later))


def test_a_passkey(open_page: OpenPage, member: Person, server: Server) -> None:
    # Given a browser with an authenticator, where pages have a name: numbers have no passkeys
    page = open_page(base_url=f"http://localhost:{server.port}")
    hardware = page.context.new_cdp_session(page)
    hardware.send("WebAuthn.enable")
    hardware.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    log_in(page, member)

    # When a passkey is added that needs no password
    show_once_more(page, "/account/2fa/webauthn/add/")
    page.get_by_label("Name", exact=True).fill("My laptop")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()

    # Then it logs its owner in by itself
    log_out(page)
    page.goto("/login/")
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page.get_by_role("heading", name="Overview", exact=True)).to_be_visible()
    page.goto("/account/2fa/webauthn/")
    expect(page.get_by_role("row").filter(has_text="My laptop")).to_contain_text(
        "without a password"
    )

    # And a password alone does not
    log_out(page)
    fill_in(page, member)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Overview", exact=True)).to_be_visible()
    page.goto("/account/2fa/webauthn/reauthenticate/?next=/account/")
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Account", exact=True)).to_be_visible()


def test_a_passkey_that_is_not_handed_over(open_page: OpenPage, server: Server) -> None:
    """Who has none, or changes their mind, is told so on the page."""
    page = open_page(base_url=f"http://localhost:{server.port}")
    hardware = page.context.new_cdp_session(page)
    hardware.send("WebAuthn.enable")
    refusing = AUTHENTICATOR | {"isUserVerified": False}
    hardware.send("WebAuthn.addVirtualAuthenticator", {"options": refusing})
    page.goto("/login/")
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("did not provide a passkey")


def test_other_sessions_end(open_page: OpenPage, member: Person) -> None:
    here, there = open_page(member), open_page(member)
    there.goto("/dashboard/")
    here.goto("/account/sessions/")
    expect(here.get_by_role("row")).to_have_count(3)
    here.get_by_role("button", name="Log out everywhere else").click()
    expect(here.get_by_role("row")).to_have_count(2)
    there.goto("/dashboard/")
    expect(there).to_have_url(re.compile("/login/"))


def test_an_account_is_exported_and_closed(page: Page, server: Server, downloads: Path) -> None:
    member = make_person(server)
    log_in(page, member)

    # When everything is exported
    page.goto("/account/")
    page.get_by_role("button", name="Export all of it").click()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    with page.expect_download() as coming:
        page.get_by_role("button", name="Continue").click()
    coming.value.save_as(downloads / "export.zip")
    with zipfile.ZipFile(downloads / "export.zip") as kept:
        told = " ".join(kept.read(name).decode() for name in kept.namelist())
    assert member.email in told
    assert member.account.key not in told

    # And then the account is closed
    page.goto("/account/")
    page.get_by_role("link", name="Close the account").click()
    expect(page.get_by_text("You give up your balance of $5.00")).to_be_visible()
    page.get_by_label(re.compile("^Type your e-mail address")).fill(member.email)
    page.get_by_role("button", name="Close my account").click()
    expect(page.get_by_role("link", name="Log in").first).to_be_visible()

    # Then neither its key nor its password opens anything
    with member.account.http() as client:
        assert client.get("/models").status_code == 401
    fill_in(page, member)
    expect(page.get_by_role("alert")).to_be_visible()
    assert page.context.request.get("/dashboard/").url.endswith("/login/?next=/dashboard/")
