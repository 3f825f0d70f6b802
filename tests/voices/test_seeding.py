"""Seeding is repeatable, careful with what people changed, and true to what is installed."""

from __future__ import annotations

import dataclasses
from uuid import UUID

import pytest

from audio.engines.base import EngineVoice
from voices import catalogue as catalogue_module
from voices import seeding, services
from voices.catalogue import Catalogue, catalogue
from voices.models import VoiceAlias, VoiceProfile

pytestmark = [pytest.mark.django_db, pytest.mark.database]

SPOKEN = 54 - 5 - 8 + 1
"""every Kokoro voice but the Japanese and the Mandarin ones, and joe"""


def test_creates_a_profile_for_each_installed_voice(everything):
    report = services.seed(everything)
    assert report == services.SeedReport(created=SPOKEN, updated=0, total=SPOKEN)
    nova = VoiceProfile.objects.get(name="af_nova")
    assert (nova.display_name, nova.gender, nova.language) == ("Nova", "female", "en-US")
    assert nova.is_active
    assert nova.is_installed
    assert not VoiceProfile.objects.filter(language__in=["ja", "zh"]).exists()


def test_a_second_time_changes_nothing(everything):
    services.seed(everything)
    before = list(VoiceProfile.objects.values()), list(VoiceAlias.objects.values())
    again = services.seed(everything)
    assert again == services.SeedReport(created=0, updated=0, total=SPOKEN)
    assert (list(VoiceProfile.objects.values()), list(VoiceAlias.objects.values())) == before


def test_a_second_time_costs_a_handful_of_queries(
    seeded, everything, django_assert_max_num_queries
):
    with django_assert_max_num_queries(8):
        services.seed(everything)


def test_nothing_installed_is_no_error():
    assert services.seed({}) == services.SeedReport(created=0, updated=0, total=0)


def test_what_an_administrator_changed_stays(seeded, everything):
    edited = VoiceProfile.objects.get(name="af_nova")
    edited.name, edited.display_name, edited.tags = "supernova", "Supernova", ["loud"]
    edited.is_active = False
    edited.save()
    VoiceAlias.objects.filter(name="nova", voice=edited).delete()
    added = VoiceAlias.objects.create(name="bright", voice=edited)

    report = services.seed(everything)

    assert (report.created, report.updated) == (0, 0)
    edited.refresh_from_db()
    assert (edited.name, edited.display_name) == ("supernova", "Supernova")
    assert edited.tags == ["loud"]
    assert not edited.is_active
    assert list(edited.aliases.all()) == [added]


def test_a_corrected_catalogue_reaches_only_untouched_fields(seeded, everything, monkeypatch):
    VoiceProfile.objects.filter(name="af_nova").update(description="Ours.")
    key = ("kokoro", "af_nova")
    better = dataclasses.replace(
        catalogue().voices[key], description="Theirs.", accent="Californian"
    )
    corrected = dataclasses.replace(catalogue(), voices=catalogue().voices | {key: better})
    use(monkeypatch, corrected)

    assert services.seed(everything).updated == 1

    nova = VoiceProfile.objects.get(name="af_nova")
    assert (nova.description, nova.accent) == ("Ours.", "Californian")
    assert services.seed(everything).updated == 0


def use(monkeypatch, other: Catalogue) -> None:
    for module in (catalogue_module, seeding):
        monkeypatch.setattr(module, "catalogue", lambda: other)


def test_a_taken_preference_moves_the_seeded_one_down(everything):
    services.seed({"piper": everything["piper"]})
    joe = VoiceProfile.objects.get(name="joe")
    other = VoiceProfile.objects.create(
        name="other", display_name="Other", engine="x", engine_voice="x", language="en"
    )
    VoiceAlias.objects.create(name="nova", voice=other, preference=10)

    services.seed(everything)

    order = VoiceAlias.objects.filter(name="nova").values_list("voice__name", "preference")
    assert list(order) == [("other", 10), ("af_nova", 11), (joe.name, 20)]


def test_a_voice_that_is_gone_stays_but_is_not_offered(seeded, everything):
    report = services.seed({"piper": everything["piper"]})
    assert report == services.SeedReport(created=0, updated=0, total=1)
    assert VoiceProfile.objects.count() == SPOKEN
    assert [voice.name for voice in VoiceProfile.objects.offered()] == ["joe"]
    assert services.seed(everything).total == SPOKEN


def test_refresh_is_enough_to_notice_what_went_and_came(seeded, everything):
    assert services.refresh_installed({}) == 0
    assert not VoiceProfile.objects.offered().exists()
    assert services.refresh_installed(everything) == SPOKEN


def test_a_private_voice_goes_and_comes_with_its_engine(seeded, own_voice, everything):
    services.refresh_installed({"piper": everything["piper"]})
    own_voice.refresh_from_db()
    assert not own_voice.is_installed
    services.refresh_installed(everything)
    own_voice.refresh_from_db()
    assert own_voice.is_installed


def test_a_voice_from_the_drop_folder_gets_a_profile():
    services.seed({"piper": [EngineVoice(name="de_DE-eva_k-x_low", language="de-DE")]})
    voice = VoiceProfile.objects.get()
    voice.full_clean()
    assert (voice.name, voice.display_name) == ("de_de-eva_k-x_low", "eva k")
    assert (voice.language, voice.gender) == ("de-DE", "")


def test_dropped_voices_with_like_names_all_get_one():
    names = ["A", "a", "a!", "nova", "声", "音"]
    services.seed({"piper": [EngineVoice(name=name, language="en") for name in names]})
    voices = VoiceProfile.objects.order_by("id").values_list("engine_voice", "name")
    assert dict(voices) == {
        "A": "a",
        "a": "piper-a",
        "a!": "piper-a-2",
        "nova": "piper-nova",
        "声": "piper-voice",
        "音": "piper-voice-2",
    }


def test_the_same_voice_told_twice_is_one():
    twice = [EngineVoice(name="eva", language="de")] * 2
    assert services.seed({"piper": twice}) == services.SeedReport(1, 0, 1)


def test_a_shipped_voice_has_the_same_uuid_everywhere(seeded):
    nova = VoiceProfile.objects.get(name="af_nova")
    assert nova.uuid == seeding.seeded_uuid(("kokoro", "af_nova"))
    assert nova.uuid == UUID("80d12c6e-e806-54d4-bcb6-225aa1bb2431")
