"""A voice is found by whatever a request may call it, and by nothing else."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import AnonymousUser

from voices import services
from voices.catalogue import catalogue
from voices.models import VoiceAlias, VoiceProfile

pytestmark = [pytest.mark.django_db, pytest.mark.database]

NAMES = catalogue().openai_names


@pytest.fixture
def nova(seeded) -> VoiceProfile:
    return VoiceProfile.objects.get(name="af_nova")


@pytest.mark.parametrize(
    "spell",
    [
        lambda voice: voice.name,
        lambda voice: "AF_Nova",
        lambda voice: "nova",
        lambda voice: " NOVA\n",
        lambda voice: voice.pk,
        lambda voice: str(voice.pk),
        lambda voice: voice.uuid,
        lambda voice: str(voice.uuid),
        lambda voice: str(voice.uuid).upper(),
        lambda voice: voice.uuid.hex,
        lambda voice: {"id": "nova"},
        lambda voice: {"id": voice.pk},
        lambda voice: {"id": str(voice.uuid)},
    ],
)
def test_every_spelling_finds_the_voice_in_one_query(nova, spell, django_assert_num_queries):
    with django_assert_num_queries(1):
        ref = services.resolve(None, spell(nova))
    assert ref == services.VoiceRef(
        id=nova.pk,
        uuid=nova.uuid,
        name="af_nova",
        engine="kokoro",
        engine_voice="af_nova",
        language="en-US",
        pace_ms=nova.pace_ms,
        gain_db=nova.gain_db,
    )


AURA = "b76f1226-8170-4902-9482-36bb4fc98085"
HOSTED = [368, "368", "0368", 387, {"id": 387}, AURA, UUID(AURA), AURA.upper(), UUID(AURA).hex]


@pytest.fixture
def no_voice_has_a_hosted_id(seeded) -> None:
    """Their ids count on from test to test, on some databases."""
    VoiceProfile.objects.filter(pk__in=[368, 387]).delete()


@pytest.mark.usefixtures("no_voice_has_a_hosted_id")
@pytest.mark.parametrize("ref", HOSTED, ids=str)
def test_what_audiopods_clients_name_by_themselves_is_its_standard_voice(ref):
    assert services.resolve(None, ref) == services.resolve(None, "aura")


@pytest.mark.usefixtures("no_voice_has_a_hosted_id")
def test_a_voice_that_has_the_id_answers_first(own_voice, owner, stranger):
    VoiceProfile.objects.filter(pk=own_voice.pk).update(id=368)
    assert services.resolve(owner, 368).name == "mine"
    assert services.resolve(stranger, 368) == services.resolve(None, "aura")
    VoiceProfile.objects.filter(pk=368).update(is_active=False)
    with pytest.raises(services.UnknownVoice):
        services.resolve(owner, 368)


@pytest.mark.parametrize("name", ["aura", "jester", "sage", "ava", "surge", "willow"])
def test_audiopods_standard_names_are_answered(seeded, name):
    assert services.resolve(None, name).language.startswith("en")


def test_the_thirteen_names_are_thirteen_voices(seeded):
    voices = {services.resolve(None, name).engine_voice for name in NAMES}
    assert len(NAMES) == len(voices) == 13


def test_without_kokoro_joe_speaks_for_all(db, everything):
    services.seed({"piper": everything["piper"]})
    assert {services.resolve(None, name).name for name in NAMES} == {"joe"}


def test_kokoro_takes_its_names_back_when_it_comes(db, everything):
    services.seed({"piper": everything["piper"]})
    services.seed(everything)
    assert services.resolve(None, "nova").name == "af_nova"


def test_an_alias_passes_on_from_a_voice_that_is_switched_off(nova):
    VoiceProfile.objects.filter(pk=nova.pk).update(is_active=False)
    assert services.resolve(None, "nova").name == "joe"
    for ref in (nova.pk, nova.uuid, nova.name):
        with pytest.raises(services.UnknownVoice):
            services.resolve(None, ref)


def test_the_lowest_preference_answers(nova):
    sky = VoiceProfile.objects.get(name="af_sky")
    VoiceAlias.objects.create(name="nova", voice=sky, preference=0)
    assert services.resolve(None, "nova").name == "af_sky"


def test_a_name_comes_before_an_alias(nova):
    joe = VoiceProfile.objects.get(name="joe")
    VoiceAlias.objects.create(name="af_nova", voice=joe, preference=0)
    assert services.resolve(None, "af_nova").name == "af_nova"


def test_a_private_voice_is_its_owners_alone(seeded, own_voice, owner, stranger):
    for ref in ("mine", own_voice.pk, str(own_voice.uuid)):
        assert services.resolve(owner, ref).id == own_voice.pk
        for other in (stranger, None, AnonymousUser()):
            with pytest.raises(services.UnknownVoice) as caught:
                services.resolve(other, ref)
            assert "mine" not in caught.value.suggestions


def test_ones_own_voice_comes_before_a_public_one(seeded, own_voice, owner, stranger):
    VoiceProfile.objects.filter(pk=own_voice.pk).update(name="af_nova")
    assert services.resolve(owner, "af_nova").id == own_voice.pk
    assert services.resolve(stranger, "af_nova").id != own_voice.pk


def test_two_users_may_use_the_same_name(own_voice, stranger):
    VoiceProfile.objects.create(
        name="mine", engine="kokoro", engine_voice="af_sky", language="en", owner=stranger
    )
    for user in (own_voice.owner, stranger):
        assert VoiceProfile.objects.get(owner=user).name == "mine"
    VoiceProfile.objects.all().update(is_installed=True)
    assert services.resolve(stranger, "mine").id != own_voice.pk


HOSTILE = [
    "",
    " ",
    "0",
    "-1",
    "1.0",
    "1e3",
    "²",
    "\uff11",
    "9" * 19,
    "9" * 20,
    "9" * 10_000,
    "x" * 10_000,
    "nova' OR '1'='1",
    "nova; DROP TABLE voices_voiceprofile; --",
    "%",
    "_",
    "af\x00nova",
    "\ud800",
    "\uff2e\uff2f\uff36\uff21",
    "nova\u200b",
    "af_bella+",
    "af_bella(",
    "../../etc/passwd",
    "{nova}",
    0,
    -1,
    2**63,
    -(2**63) - 1,
    10**5000,
    1.0,
    float("nan"),
    True,
    False,
    None,
    b"nova",
    [],
    ["nova"],
    {},
    {"id": None},
    {"id": {"id": "nova"}},
    {"id": ["nova"]},
    {"name": "nova"},
    {1, 2},
    uuid4(),
]


@pytest.mark.parametrize("ref", HOSTILE, ids=lambda ref: type(ref).__name__)
def test_anything_else_is_an_unknown_voice(seeded, ref, django_assert_max_num_queries):
    with django_assert_max_num_queries(2), pytest.raises(services.UnknownVoice) as caught:
        services.resolve(None, ref)
    assert len(str(caught.value)) < 400
    str(caught.value).encode()
    assert "\x00" not in str(caught.value)


def test_the_refusal_names_what_would_work(seeded):
    with pytest.raises(services.UnknownVoice) as caught:
        services.resolve(None, "shimer")
    assert caught.value.suggestions[0] == "shimmer"
    assert len(caught.value.suggestions) == 13
    assert str(caught.value).startswith("There is no voice 'shimer'. Try one of these: shimmer, ")


def test_a_display_name_is_answered_with_the_name(seeded):
    with pytest.raises(services.UnknownVoice) as caught:
        services.resolve(None, "Dora (Spanish)")
    assert caught.value.suggestions[0] == "ef_dora"


def test_a_refusal_of_nothing_like_it_names_openais_voices(seeded):
    with pytest.raises(services.UnknownVoice) as caught:
        services.resolve(None, "zzzzzzzz")
    assert set(caught.value.suggestions) == set(NAMES)


def test_every_suggestion_works(seeded):
    for ref in ("shimer", "heart", "zzzz", "af", None):
        with pytest.raises(services.UnknownVoice) as caught:
            services.resolve(None, ref)
        for name in caught.value.suggestions:
            services.resolve(None, name)


def test_with_nothing_installed_the_refusal_says_so(db):
    with pytest.raises(services.UnknownVoice, match="no voice is installed"):
        services.resolve(None, "nova")


def test_answering_aliases_are_those_that_lead_here_now(seeded, django_assert_num_queries):
    joe, nova = (VoiceProfile.objects.get(name=name) for name in ("joe", "af_nova"))
    with django_assert_num_queries(1):
        answers = services.answering_aliases(None)
    assert answers[nova.pk] == ["nova"]
    assert joe.pk not in answers

    VoiceProfile.objects.filter(pk=nova.pk).update(is_active=False)
    assert services.answering_aliases(None)[joe.pk] == ["nova"]
