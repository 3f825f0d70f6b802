"""The filter by API key, which several pages share."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django import forms

from accounts.keys.choosing import PLAYGROUND, KeyField, asking_for
from accounts.models import ApiKey, User
from accounts.services import create_api_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def keys(ada: User) -> list[ApiKey]:
    """Ada's, the oldest first."""
    return [create_api_key(user=ada, name=f"CI {number}")[0] for number in range(3)]


def test_all_the_playground_and_the_newest_keys_are_offered(ada: User, keys: list[ApiKey]) -> None:
    offered = [value for value, _label in KeyField(ada, offered=2).choices]
    assert offered == ["", PLAYGROUND, str(keys[2].public_id), str(keys[1].public_id)]


def test_what_a_url_asks_for_comes_back_in_it(ada: User, keys: list[ApiKey]) -> None:
    field = KeyField(ada, offered=2)
    assert (field.clean(""), field.clean(PLAYGROUND)) == ("", PLAYGROUND)
    assert field.clean(str(keys[2].public_id)) == keys[2]
    assert asking_for(None, is_playground=False) == ""
    assert asking_for(None, is_playground=True) == PLAYGROUND
    assert asking_for(keys[2], is_playground=False) == str(keys[2].public_id)


def test_an_older_key_is_listed_once_it_is_asked_for(
    ada: User, keys: list[ApiKey], django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(2):
        field = KeyField(ada, offered=2)
        assert field.clean(str(keys[0].public_id)) == keys[0]
    html = field.widget.render("key", str(keys[0].public_id))
    assert html.count("<option") == 5
    assert f'<option value="{keys[0].public_id}" selected>' in html


@pytest.mark.parametrize("asked", ["7", str(uuid.UUID(int=7)), "\x00"])
def test_what_is_no_key_is_refused(ada: User, asked: str) -> None:
    with pytest.raises(forms.ValidationError, match="no such key"):
        KeyField(ada, offered=2).clean(asked)


def test_a_key_of_another_account_is_refused(eve: User, keys: list[ApiKey]) -> None:
    with pytest.raises(forms.ValidationError, match="no such key"):
        KeyField(eve, offered=2).clean(str(keys[0].public_id))
