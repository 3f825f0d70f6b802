"""The shipped file is right, and what it does not know is described from the engine."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings

from audio.engines.base import EngineVoice
from voices.catalogue import Entry, catalogue, describe, free_name
from voices.models import NAME_PATTERN, VoiceProfile

OPENAI_NAMES = {
    *("alloy", "ash", "ballad", "coral", "echo", "fable", "onyx", "nova", "sage", "shimmer"),
    *("verse", "marin", "cedar"),
}
AUDIOPOD_NAMES = {"aura", "jester", "sage", "ava", "surge", "willow"}


def first_choices() -> dict[str, str]:
    """Alias -> the voice that the catalogue prefers for it."""
    best: dict[str, tuple[int, str]] = {}
    for key, aliases in catalogue().aliases.items():
        for alias, preference in aliases.items():
            candidate = (preference, catalogue().voices[key].name)
            best[alias] = min(best.get(alias, candidate), candidate)
    return {alias: name for alias, (_, name) in best.items()}


def test_knows_every_kokoro_voice_and_joe():
    engines = [engine for engine, _ in catalogue().voices]
    assert engines.count("kokoro") == 54
    assert catalogue().voices["piper", "en_US-joe-medium"].name == "joe"


def test_knows_the_voices_of_the_weights_themselves():
    weights = Path(settings.MODELS_DIR) / "kokoro" / "voices.npz"
    if not weights.exists():
        pytest.skip(f"no Kokoro weights at {weights}")
    with np.load(weights) as arrays:
        names = set(arrays.files)
    assert names == {voice for engine, voice in catalogue().voices if engine == "kokoro"}


def test_every_voice_is_a_valid_and_distinct_profile():
    profiles = [
        VoiceProfile(
            name=entry.name,
            display_name=entry.display_name,
            engine=entry.engine,
            engine_voice=entry.engine_voice,
            language=entry.language,
            gender=entry.gender,
            accent=entry.accent,
            description=entry.description,
            tags=list(entry.tags),
        )
        for entry in catalogue().voices.values()
    ]
    for profile in profiles:
        profile.clean_fields(exclude=["owner", "preview"])
        assert profile.gender, f"{profile.name} has no gender"
        assert profile.description, f"{profile.name} has no description"
        assert profile.tags, f"{profile.name} has no tags"
    assert len({profile.name for profile in profiles}) == len(profiles)
    assert len({profile.display_name for profile in profiles}) == len(profiles)
    assert len({profile.description for profile in profiles}) == len(profiles)


def test_gender_and_language_are_those_of_kokoros_prefixes():
    americas = {"a": "en-US", "p": "pt-BR"}
    europe = {"b": "en-GB", "e": "es", "f": "fr", "i": "it"}
    languages = americas | europe | {"h": "hi", "j": "ja", "z": "zh"}
    for (engine, voice), entry in catalogue().voices.items():
        if engine == "kokoro":
            assert entry.language == languages[voice[0]]
            assert entry.gender == {"f": "female", "m": "male"}[voice[1]]


def test_every_openai_name_has_a_voice_of_its_own():
    choices = first_choices()
    assert set(catalogue().openai_names) == OPENAI_NAMES
    assert set(choices) == OPENAI_NAMES | AUDIOPOD_NAMES
    assert len(set(choices.values())) == len(choices), "two aliases share a voice"


def test_namesakes_lead_to_their_namesakes():
    choices = first_choices()
    for alias in ("alloy", "echo", "fable", "onyx", "nova"):
        assert choices[alias].endswith(f"_{alias}")


def test_joe_is_the_last_choice_of_every_alias():
    joe = catalogue().aliases["piper", "en_US-joe-medium"]
    assert set(joe) == OPENAI_NAMES | AUDIOPOD_NAMES
    for key, aliases in catalogue().aliases.items():
        if key[0] == "kokoro":
            assert all(preference < joe[alias] for alias, preference in aliases.items())


def test_no_alias_hides_behind_a_voices_name():
    assert not catalogue().alias_names & {entry.name for entry in catalogue().voices.values()}


@pytest.mark.parametrize(
    ("stem", "name", "display_name"),
    [
        ("de_DE-eva_k-x_low", "de_de-eva_k-x_low", "eva k"),
        ("My Voice (v2)", "my-voice-v2", "My Voice (v2)"),
        ("42", "piper-42", "42"),
        ("声", "piper-voice", "声"),
        ("_", "piper-voice", "_"),
        ("x" * 300, "x" * 64, "x" * 100),
    ],
)
def test_a_dropped_voice_is_named_after_its_file(stem, name, display_name):
    entry = describe("piper", EngineVoice(name=stem, language="de-DE"))
    assert (entry.name, entry.display_name, entry.language) == (name, display_name, "de-DE")
    assert re.fullmatch(NAME_PATTERN, entry.name)


def test_a_voice_without_a_language_is_undetermined():
    assert describe("piper", EngineVoice(name="x", language="")).language == "und"


@pytest.mark.parametrize("stem", ["nova", "joe", "af_nova", "taken"])
def test_a_dropped_voice_takes_no_name_from_another(stem):
    entry: Entry = describe("piper", EngineVoice(name=stem, language="en-US"))
    assert free_name(entry, {"taken"}) == f"piper-{stem}"
    assert free_name(entry, {"taken", f"piper-{stem}"}) == f"piper-{stem}-2"


def test_a_shipped_voice_keeps_its_own_name():
    assert free_name(catalogue().voices["kokoro", "af_nova"], {"joe"}) == "af_nova"


def test_the_ids_of_the_hosted_api_lead_to_aliases():
    assert set(catalogue().hosted.values()) <= catalogue().alias_names
    assert {"368", "387"} <= catalogue().hosted.keys()
