"""Who uses the pages: accounts made behind them, and how somebody logs in."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import APIRequestContext, Page, expect

from tests.harness.account import Account
from tests.harness.server import Server

PASSWORD = "seven green umbrellas"
REGULAR = "regular@example.com"
NOT_A_KEY = f"ap_{'x' * 38}"
"""Of who is never asked for theirs."""
CODE = re.compile(r"^\s*([A-Z0-9]{4}-[A-Z0-9]{4})\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Person:
    """A verified account. `account` calls the API with its key."""

    account: Account
    password: str = PASSWORD

    @property
    def email(self) -> str:
        return self.account.email


def make_person(server: Server, credit: str = "5.00", *, staff: bool = False) -> Person:
    person = Person(server.account(credit))
    let_in(server, person, staff=staff)
    return person


def make_newcomer(server: Server) -> Person:
    """Somebody without credit, and without a key."""
    person = make_person(server, "")
    run(
        server,
        "from accounts.models import ApiKey",
        f"ApiKey.objects.filter(user__email={person.email!r}).delete()",
    )
    return person


def make_regular(server: Server) -> tuple[Person, dict[str, Any]]:
    """Somebody with months of everything, and where some of it is found."""
    person = Person(Account(server.api, REGULAR, NOT_A_KEY))
    told = run(
        server,
        "from tests.browser.overfull import fill",
        f"print(fill({person.email!r}, {person.password!r}))",
    )
    return person, json.loads(told)


def guard(server: Server, person: Person) -> dict[str, Any]:
    """Give somebody second factors of every sort, and tell where they are found."""
    told = run(
        server,
        "from tests.browser.overfull import guard",
        f"print(guard({person.email!r}))",
    )
    found: dict[str, Any] = json.loads(told)
    return found


def let_in(server: Server, person: Person, *, staff: bool = False) -> None:
    """Give an account its password, and staff their rights."""
    run(
        server,
        "from accounts.models import User",
        f"user = User.objects.get(email={person.email!r})",
        f"user.set_password({person.password!r})",
        f"user.is_staff = user.is_superuser = {staff}",
        "user.save()",
    )


def run(server: Server, *lines: str) -> str:
    """Run Python on the server's database; what it printed."""
    return server.command("shell", "--no-imports", "-c", "\n".join(lines))


def log_in(page: Page, person: Person) -> None:
    """By the page, as anybody does."""
    page.goto("/login/")
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password", exact=True).fill(person.password)
    page.get_by_role("main").get_by_role("button", name="Log in", exact=True).click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()


def show_once_more(page: Page, path: str, password: str = PASSWORD) -> None:
    """Open a page that asks first who one is, and see that it leads there."""
    page.goto(path)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url(f"**{path}")


def open_session(request: APIRequestContext, person: Person) -> None:
    """The same by its requests alone, for a test that is about something else."""
    answer = request.get("/login/")
    token = _form_token(answer.text())
    form = {"login": person.email, "password": person.password, "csrfmiddlewaretoken": token}
    answer = request.post("/login/", form=form, headers={"Referer": answer.url})
    assert answer.url.endswith("/dashboard/"), (answer.status, answer.url)


def code_in_mail(server: Server, email: str) -> str:
    """The code in the newest letter to an address."""
    letter = server.mails(to=email)[-1].get_body(("plain",))
    assert letter is not None
    found = CODE.search(letter.get_content())
    assert found, letter.get_content()
    return found[1]


def _form_token(html: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', html)
    assert found, html
    return found[1]
