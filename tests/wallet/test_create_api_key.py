"""`manage.py create_api_key`: a key for scripts, alone on stdout."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from accounts.models import ApiKey, User
from accounts.services import find_api_key
from wallet.services import balance

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_prints_the_key_alone_and_makes_the_account(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("create_api_key", "--email", "Ada@Example.com", "--name", "CI")

    out, err = capsys.readouterr()
    key = find_api_key(out.strip())
    assert out == out.strip() + "\n"
    assert key is not None
    assert (key.name, key.user.email) == ("CI", "ada@example.com")
    assert "Account ada@example.com made" in err
    assert not key.user.has_usable_password()
    assert balance(key.user).posted_micros == 0


def test_credit_is_given_to_the_account_that_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    ada = User.objects.create_user("ada@example.com")

    call_command("create_api_key", "--email", "ADA@example.com", "--credit", "5.00")
    call_command("create_api_key", "--email", "ada@example.com", "--credit", "$0.50")

    assert balance(ada).posted_micros == 5_500_000
    assert ada.api_keys.count() == 2
    assert "made" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--email", "ada"], "'ada' is not an e-mail address"),
        (["--email", "ada@example.com", "--credit", "much"], "'much' is not an amount"),
        (["--email", "ada@example.com", "--credit", "9999999999"], "An amount lies between"),
        (["--email", "ada@example.com", "--name", "n" * 101], "--name takes 1 to 100 characters"),
        (["--email", "ada@example.com", "--name", " "], "--name takes 1 to 100 characters"),
    ],
)
def test_what_is_wrong_is_said_and_leaves_nothing_behind(arguments: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        call_command("create_api_key", *arguments)

    assert not User.objects.exists()
    assert not ApiKey.objects.exists()
