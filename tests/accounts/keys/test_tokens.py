"""The format of a key: what is made is accepted, anything else is refused without a database."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.keys import tokens

BODY = "0123456789ABCDEFGHIJKLMNOPQRSTUV"
TOKEN = "ap_0123456789ABCDEFGHIJKLMNOPQRSTUV4AvWJ9"

bodies = st.text(tokens.ALPHABET, min_size=tokens.BODY_LENGTH, max_size=tokens.BODY_LENGTH)


def test_the_vector_of_the_format() -> None:
    assert tokens.with_checksum(BODY) == TOKEN
    assert tokens.is_well_formed(TOKEN)


def test_made_tokens_are_well_formed_and_differ() -> None:
    made = {tokens.make_token() for _ in range(1000)}

    assert len(made) == 1000
    assert all(len(token) == 41 and tokens.is_well_formed(token) for token in made)


@given(bodies)
def test_every_body_has_one_checksum(body: str) -> None:
    assert tokens.is_well_formed(tokens.with_checksum(body))


@given(bodies, st.integers(3, 40), st.sampled_from(tokens.ALPHABET))
def test_one_wrong_character_is_noticed(body: str, place: int, wrong: str) -> None:
    token = tokens.with_checksum(body)
    changed = token[:place] + wrong + token[place + 1 :]

    assert tokens.is_well_formed(changed) is (changed == token)


@given(bodies, st.integers(3, 39))
def test_two_swapped_neighbours_are_noticed(body: str, place: int) -> None:
    token = tokens.with_checksum(body)
    swapped = token[:place] + token[place + 1] + token[place] + token[place + 2 :]

    assert tokens.is_well_formed(swapped) is (swapped == token)


def test_a_hundred_thousand_look_alikes_are_refused() -> None:
    dice = random.Random(20261123)
    length = tokens.BODY_LENGTH + tokens.CHECKSUM_LENGTH

    look_alikes = ("ap_" + "".join(dice.choices(tokens.ALPHABET, k=length)) for _ in range(100_000))

    assert not any(map(tokens.is_well_formed, look_alikes))


@given(st.text())
def test_any_other_text_is_refused(text: str) -> None:
    assert not tokens.is_well_formed(text)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "ap_",
        TOKEN + "\n",
        " " + TOKEN,
        TOKEN + "0",
        TOKEN[:-1],
        TOKEN.upper(),
        "sk" + TOKEN[2:],
    ],
)
def test_near_misses_are_refused(token: str) -> None:
    assert not tokens.is_well_formed(token)


def test_the_digest_is_hmac_sha256_of_the_whole_token() -> None:
    # From `openssl dgst -sha256 -hmac "a pepper"`.
    expected = "cd3ce87a50b5d32b9b6373f3ba57362119f0d77a5a0cdce8fa37e7dd55434360"

    assert tokens.digest(TOKEN, "a pepper").hex() == expected
    assert tokens.digest(TOKEN, "another").hex() != expected


def test_the_name_of_a_pepper_gives_nothing_away() -> None:
    assert tokens.pepper_id("a pepper") != tokens.pepper_id("another")
    assert len(tokens.pepper_id("a pepper")) == 8


@pytest.mark.parametrize(
    ("authorization", "x_api_key", "found"),
    [
        ("Bearer one", "", "one"),
        ("bearer   one ", "", "one"),
        ("", " two ", "two"),
        ("Bearer one", "two", "one"),
        ("Bearer ", "two", "two"),
        ("Bearer", "two", "two"),
        ("Basic b25l", "two", "two"),
        ("Basic b25l", "", ""),
        ("one", "", ""),
        ("", "", ""),
    ],
)
def test_where_a_request_carries_its_key(authorization: str, x_api_key: str, found: str) -> None:
    assert tokens.token_from_headers(authorization=authorization, x_api_key=x_api_key) == found


@pytest.mark.parametrize(
    ("token", "masked"),
    [
        (TOKEN, "ap_****vWJ9"),
        ("sk-proj-0123456789abcdef", "sk-****cdef"),
        ("hunter2", "****"),
        ("a" * 19, "****"),
        ("ünïcödé" * 6, "****"),
        ("line\nbreak" * 6, "****"),
    ],
)
def test_what_may_be_repeated_of_a_key(token: str, masked: str) -> None:
    assert tokens.mask(token) == masked
