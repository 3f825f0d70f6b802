"""Staff list, filter, edit, switch and listen to voices; nobody else gets in."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from accounts.models import User
from voices.models import VoiceAlias, VoiceProfile

pytestmark = pytest.mark.django_db

LIST = "admin:voices_voiceprofile_changelist"
CHANGE = "admin:voices_voiceprofile_change"
DELETE = "admin:voices_voiceprofile_delete"


@pytest.fixture
def staff(client) -> User:
    user = User.objects.create_superuser("staff@example.org")
    client.force_login(user)
    return user


@pytest.fixture
def nova(seeded) -> VoiceProfile:
    return VoiceProfile.objects.get(name="af_nova")


def rows(response) -> list[str]:
    return [voice.name for voice in response.context["cl"].result_list]


def form_of(client, voice: VoiceProfile) -> tuple[str, dict[str, str]]:
    """The address of a voice's form, and what a browser would send back unchanged."""
    url = reverse(CHANGE, args=[voice.pk])
    context = client.get(url).context
    formsets = [formset.formset for formset in context["inline_admin_formsets"]]
    forms = [context["adminform"].form]
    for formset in formsets:
        forms += [formset.management_form, *formset.forms]
    values = {
        bound.html_name: "" if bound.value() is None else bound.value()
        for form in forms
        for bound in form
    }
    return url, {key: value for key, value in values.items() if key != "preview"}


def test_strangers_stay_outside(seeded, stranger, client):
    client.force_login(stranger)
    assert client.get(reverse(LIST)).status_code == 302


def test_every_voice_is_listed_with_its_aliases(seeded, staff, client):
    response = client.get(reverse(LIST))
    assert len(rows(response)) == seeded.total
    assert "coral" in response.content.decode()


def test_the_list_costs_the_same_however_long(seeded, staff, client, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        client.get(reverse(LIST))


def test_filters_and_search(seeded, staff, client):
    url = reverse(LIST)
    assert rows(client.get(url, {"language__exact": "fr"})) == ["ff_siwis"]
    assert rows(client.get(url, {"engine__exact": "piper"})) == ["joe"]
    assert rows(client.get(url, {"gender__exact": "male", "q": "British"})) == []
    assert set(rows(client.get(url, {"q": "coral"}))) == {"af_bella", "joe"}


def test_the_preview_is_a_player_that_waits(nova, staff, client):
    VoiceProfile.objects.filter(pk=nova.pk).update(preview="previews/x-0123abcd.mp3")
    path = reverse("voice-preview", args=[nova.uuid]) + "?v=0123abcd"
    for url in (reverse(LIST), reverse(CHANGE, args=[nova.pk])):
        players = re.findall(r"<audio[^>]*>", client.get(url).content.decode())
        (player,) = [player for player in players if path in player]
        assert 'preload="none"' in player
        assert "controls" in player
        assert 'aria-label="Preview of Nova"' in player


def test_a_name_cannot_break_out_of_the_player(nova, staff, client):
    VoiceProfile.objects.filter(pk=nova.pk).update(display_name='"><script>alert(1)</script>')
    assert "<script>alert(1)" not in client.get(reverse(LIST)).content.decode()


def test_a_voice_that_is_gone_has_no_player(nova, staff, client):
    VoiceProfile.objects.filter(pk=nova.pk).update(is_installed=False)
    page = client.get(reverse(CHANGE, args=[nova.pk])).content.decode()
    assert "<audio" not in page
    assert "not installed" in page


@pytest.mark.parametrize(("action", "active"), [("deactivate", False), ("activate", True)])
def test_voices_are_switched_in_bulk(seeded, staff, client, action, active):
    voices = VoiceProfile.objects.filter(language="es")
    voices.update(is_active=not active)
    data = {"action": action, "_selected_action": [voice.pk for voice in voices]}
    response = client.post(reverse(LIST), data, follow=True)
    assert "3 voices changed." in response.content.decode()
    assert set(voices.values_list("is_active", flat=True)) == {active}


@pytest.mark.parametrize(("action", "done"), [("deactivate", "Deactivated."), ("activate", "")])
def test_who_switched_a_voice_stands_in_its_history(nova, staff, client, action, done):
    client.post(reverse(LIST), {"action": action, "_selected_action": [nova.pk]})
    history = staff.logentry_set.filter(content_type__model="voiceprofile")
    assert [entry.change_message for entry in history] == ([done] if done else [])


def test_a_voice_is_edited_and_given_an_alias(nova, staff, client):
    url, form = form_of(client, nova)
    form |= {
        "display_name": "Supernova",
        "tags": '["loud"]',
        "aliases-1-name": "super",
        "aliases-1-preference": "0",
    }
    response = client.post(url, form)
    assert response.status_code == 302, response.context["errors"]
    nova.refresh_from_db()
    assert (nova.display_name, nova.tags) == ("Supernova", ["loud"])
    assert set(nova.aliases.values_list("name", flat=True)) == {"nova", "super"}


@pytest.mark.parametrize(
    "change",
    [
        {"name": "42"},
        {"name": "Nova"},
        {"name": "af_sky"},
        {"language": "English (US)"},
        {"tags": '"loud"'},
        {"tags": "[1]"},
        {"aliases-1-name": "Big Voice"},
        {"aliases-1-name": "coral", "aliases-1-preference": "10"},
    ],
)
def test_nonsense_is_refused_in_words(nova, staff, client, change):
    url, form = form_of(client, nova)
    response = client.post(url, form | change)
    assert response.status_code == 200
    assert response.context["errors"]
    assert VoiceAlias.objects.filter(voice=nova).count() == 1


def test_engine_and_its_voice_are_not_editable(nova, staff, client):
    url, form = form_of(client, nova)
    client.post(url, form | {"engine": "piper", "engine_voice": "other", "is_installed": ""})
    nova.refresh_from_db()
    assert (nova.engine, nova.engine_voice, nova.is_installed) == ("kokoro", "af_nova", True)


def test_voices_are_neither_added_nor_deleted_while_installed(nova, own_voice, staff, client):
    assert client.get(reverse("admin:voices_voiceprofile_add")).status_code == 403
    assert client.get(reverse(DELETE, args=[nova.pk])).status_code == 403
    assert "delete_selected" not in client.get(reverse(LIST)).content.decode()
    assert client.get(reverse(DELETE, args=[own_voice.pk])).status_code == 200

    VoiceProfile.objects.filter(pk=nova.pk).update(is_installed=False)
    client.post(reverse(DELETE, args=[nova.pk]), {"post": "yes"})
    assert not VoiceProfile.objects.filter(pk=nova.pk).exists()
