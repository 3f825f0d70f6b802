"""Clients ask whether music can be composed, and are answered before there is any."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from tests.calling import calling_as

pytestmark = pytest.mark.django_db


def test_no_music_is_composed_here() -> None:
    ada = calling_as(User.objects.create_user("ada@example.com"), scopes=["transcribe"])
    answer = ada.get("/music/v3/availability")
    assert (answer.status_code, answer.json()) == (200, {"available": False, "revise": False})


def test_to_ask_takes_a_key() -> None:
    assert Client().get("/api/v1/music/v3/availability").status_code == 401
