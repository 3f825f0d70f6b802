"""Mixes of voices: of those that an account may use, and of no others."""

from __future__ import annotations

import pytest

from audio_api.models import Job
from voices import services
from voices.models import VoiceProfile

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.mark.parametrize(
    ("ref", "name", "engine_voice"),
    [
        ("af_bella+af_sky", "af_bella+af_sky", "af_bella+af_sky"),
        ("AF_Bella(2) + af_sky(1)", "af_bella(2)+af_sky(1)", "af_bella(2)+af_sky(1)"),
        ({"id": "af_sky+bf_emma"}, "af_sky+bf_emma", "af_sky+bf_emma"),
        ("nova+coral", "af_nova+af_bella", "af_nova+af_bella"),
        ("nova+af_nova+af_sky", "af_nova(2)+af_sky(1)", "af_nova(2)+af_sky(1)"),
    ],
)
def test_a_mix_is_a_voice(seeded, ref, name, engine_voice):
    found = services.resolve(None, ref)
    assert (found.name, found.engine, found.engine_voice) == (name, "kokoro", engine_voice)
    assert (found.id, found.uuid, found.language) == (None, None, "en-US")


def test_a_mix_speaks_as_its_first_voice(seeded):
    assert services.resolve(None, "bf_emma+af_sky").language == "en-GB"


@pytest.mark.parametrize("ref", ["af_bella(2)", "af_bella+af_bella", "coral + af_bella(3)"])
def test_a_mix_of_one_voice_is_that_voice(seeded, ref):
    assert services.resolve(None, ref) == services.resolve(None, "af_bella")


@pytest.mark.parametrize(
    ("ref", "why"),
    [
        ("af_bella+nobody", "There is no voice 'nobody'. Try one of these:"),
        ("af_bella+joe", "joe can't be mixed, only the voices of Kokoro can"),
        ("joe+af_bella", "joe can't be mixed"),
        ("af_bella+", "Write a mix as af_bella+af_sky"),
        ("af_bella(0)+af_sky", "A weight in a mix is a number from 0.01 to 100"),
        ("nova(99)+af_nova(99)+af_sky", "A weight in a mix is a number from 0.01 to 100"),
    ],
)
def test_what_cannot_be_mixed_is_refused_with_the_reason(seeded, ref, why):
    with pytest.raises(services.MixRefused) as caught:
        services.resolve(None, ref)
    assert why in str(caught.value)


def test_a_voice_that_is_switched_off_is_in_no_mix(seeded):
    VoiceProfile.objects.filter(name="af_sky").update(is_active=False)
    with pytest.raises(services.MixRefused, match="no voice 'af_sky'"):
        services.resolve(None, "af_bella+af_sky")


def test_a_private_voice_is_mixed_by_its_owner_alone(seeded, own_voice, owner, stranger):
    assert services.resolve(owner, "mine+af_bella").engine_voice == "af_sky+af_bella"
    with pytest.raises(services.MixRefused, match="no voice 'mine'"):
        services.resolve(stranger, "mine+af_bella")


def test_a_voice_that_an_operator_dropped_in_is_in_no_mix(seeded):
    VoiceProfile.objects.filter(name="af_sky").update(engine_voice="af_elsewhere")
    with pytest.raises(services.MixRefused, match="af_sky can't be mixed"):
        services.resolve(None, "af_bella+af_sky")


def test_a_name_that_no_job_has_room_for_is_refused(seeded):
    names = [f"af_{'x' * 58}{number}" for number in range(3)]
    voices = VoiceProfile.objects.filter(engine="kokoro").order_by("pk")[:3]
    for voice, name in zip(voices, names, strict=True):
        VoiceProfile.objects.filter(pk=voice.pk).update(name=name)
    with pytest.raises(services.MixRefused, match="too long together"):
        services.resolve(None, "+".join(names))
    assert Job._meta.get_field("voice_name").max_length == services.MIX_NAME_LENGTH
