"""English words of several sounds: who tells them apart, and how each is spelled for espeak-ng."""

# ruff: noqa: RUF001 - phonetics, meant as they are
from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from audio.engines.base import SpeechEngine
from audio.engines.speech import heteronyms, tagging
from audio.engines.speech.heteronyms import is_active, respelt, table
from audio.engines.speech.phonemes import phonemes
from audio.engines.speech.phonetic import marked
from bench.heteronyms import ACCENTS, TEXTS, Sentence, is_right
from tests.harness.environments import python_with, run
from tests.harness.programs import ROOT

SPELLINGS = sorted(
    {
        (word, spelling)
        for word, each in table().items()
        for spelling in (each.usual, each.named, each.near.spelling if each.near else each.usual)
    }
)
UNKNOWN_TO_ESPEAK = {
    "associet": ("ɐsˈoʊsiət", "ɐsˈəʊsiət"),
    "associets": ("ɐsˈoʊsiəts", "ɐsˈəʊsiəts"),
    "decreace": ("dᵻkɹˈiːs", "dɪkɹˈiːs"),
    "deffuce": ("dᵻfjˈuːs", "dɪfjˈuːs"),
    "dessert": ("dɪzˈɜːt", "dɪzˈɜːt"),
    "desserts": ("dɪzˈɜːts", "dɪzˈɜːts"),
    "doave": ("dˈoʊv", "dˈəʊv"),
    "excuze": ("ɛkskjˈuːz", "ɛkskjˈuːz"),
    "excuzes": ("ɛkskjˈuːzᵻz", "ɛkskjˈuːzɪz"),
    "insullt": ("ɪnsˈʌlt", "ɪnsˈʌlt"),
    "insullts": ("ɪnsˈʌlts", "ɪnsˈʌlts"),
    "kloces": ("klˈoʊsᵻz", "klˈəʊsɪz"),
    "led": ("lˈɛd", "lˈɛd"),
    "my-newt": ("maɪnˈuːt", "maɪnjˈuːt"),
    "red": ("ɹˈɛd", "ɹˈɛd"),
    "reeject": ("ɹˈiːdʒɛkt", "ɹˈiːdʒɛkt"),
    "reejects": ("ɹˈiːdʒɛkts", "ɹˈiːdʒɛkts"),
    "rezzumay": ("ɹˈɛzjuːmˌeɪ", "ɹˈɛzjuːmˌeɪ"),
    "transpoarts": ("tɹænspˈɔːɹts", "tɹanspˈɔːts"),
    "wownd": ("wˈaʊnd", "wˈaʊnd"),
    "ymport": ("ˈɪmpɔːɹt", "ˈɪmpɔːt"),
    "ymports": ("ˈɪmpɔːɹts", "ˈɪmpɔːts"),
}
"""Sounds, American and British, that espeak-ng has under no spelling of the word itself."""


@pytest.fixture(autouse=True)
def _library(kokoro: SpeechEngine) -> Iterator[None]:
    """Loading Kokoro tells phonemizer where its espeak-ng lies."""
    kokoro.load()
    is_active.cache_clear()
    yield
    is_active.cache_clear()


Tagged = Callable[[str], None]


@pytest.fixture
def tagged(monkeypatch: pytest.MonkeyPatch) -> Tagged:
    """`tagged("read/VBD it/PRP")`: a tagger that knows these words, and calls all others FW."""

    def use(words: str) -> None:
        known = dict(pair.rsplit("/", 1) for pair in words.split())
        monkeypatch.setattr(tagging, "tags", lambda seen: [known.get(word, "FW") for word in seen])

    monkeypatch.setattr(heteronyms, "is_active", lambda: True)
    return use


def _last_words(word: str, accent: str) -> set[str]:
    contexts = (word, f"the {word}", f"to {word}", f"they {word}", f"I {word}")
    return {phonemes(text, accent).split()[-1] for text in contexts}


@pytest.mark.parametrize("accent", ACCENTS)
def test_a_spelling_has_one_sound_and_one_of_its_word(
    accent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heteronyms, "is_active", lambda: False)
    for word, spelling in SPELLINGS:
        sounds = _last_words(spelling, accent)
        if spelling == word:
            continue
        assert len(sounds) == 1, spelling
        if spelling in UNKNOWN_TO_ESPEAK:
            assert sounds == {UNKNOWN_TO_ESPEAK[spelling][ACCENTS.index(accent)]}
        else:
            assert sounds <= _last_words(word, accent), spelling


@pytest.mark.parametrize("accent", ACCENTS)
def test_the_spellings_of_a_word_sound_different(
    accent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heteronyms, "is_active", lambda: False)
    alike = {
        word
        for word, each in table().items()
        if phonemes(each.usual, accent) == phonemes(each.named, accent)
    }

    assert alike == {"lead"}  # the metal is told by the words around it
    assert phonemes("leed", accent) != phonemes("led", accent)


@pytest.mark.parametrize(
    ("tags", "text", "said"),
    [
        ("read/VBD", "I read it.", "I red it."),
        ("read/VB", "I will read it.", "I will reed it."),
        ("ever/RB you/PRP read/VB", "Have you ever read it?", "Have you ever red it?"),
        ("n't/RB read/VBD", "He didn't read it.", "He didn't reed it."),
        ("n’t/RB read/VBD", "He didn’t read it.", "He didn’t reed it."),
        ("children/NNS read/VBP", "Have the children read it?", "Have the children red it?"),
        ("read/VBD", "They read it every day.", "They reed it every day."),
        ("read/VBD", "He read it every day.", "He red it every day."),
        ("read/VBP", "I read it yesterday.", "I red it yesterday."),
        ("close/JJ", "It is close.", "It is klose."),
        ("close/VB", "Close it, then CLOSE it.", "Klose it, then Cloze it."),
        ("lead/NN", "The lead was hers.", "The leed was hers."),
        ("lead/NN", "Pipes of lead leak.", "Pipes of led leak."),
        ("lead/VBP", "These pipes lead here.", "These pipes leed here."),
        ("Metals/NNS contract/NN when/WRB", "Metals contract when", "Metals conntract when"),
        ("Sales/NNS record/NN to/TO", "Sales record to", "Sales record to"),
        ("used/VBD live/VB", "I used to live there.", "I yoost to livve there."),
        ("used/VBN cut/VB", "It is used to cut.", "It is used to cut."),
        ("use/NN", "The use's end.", "The yuse's end."),
    ],
)
def test_a_word_is_spelled_as_it_is_meant(tagged: Tagged, tags: str, text: str, said: str) -> None:
    tagged(tags)

    assert respelt(text) == said


@pytest.mark.parametrize(
    "text", ["A close-up.", "It is read-only.", "Nothing of the sort.", "", "…", "n't", "—-—"]
)
def test_all_other_text_stays(tagged: Tagged, text: str) -> None:
    tagged("close/VB read/VBD")

    assert respelt(text) == text


def test_a_word_with_its_phonemes_keeps_them(tagged: Tagged) -> None:
    tagged("read/VBD")
    span = marked("[read](/ɹiːd/)")

    assert respelt(f"I read {span} or /ɹɛd/.") == f"I red {span} or /ɹɛd/."


def test_each_sentence_is_judged_by_itself(tagged: Tagged, monkeypatch: pytest.MonkeyPatch) -> None:
    tagged("")
    asked: list[Sequence[str]] = []
    monkeypatch.setattr(tagging, "tags", lambda words: asked.append(words) or ["VB"] * len(words))

    respelt("“Close it.” It is dark! Don't READ 3.14 there.")

    assert asked == [
        ["“", "Close", "it", "."],
        ["Do", "n't", "read", "3", ".", "14", "there", "."],
    ]


def test_without_the_library_espeak_reads_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tagging, "find_spec", lambda name: None)

    assert not is_active()
    assert respelt("I read it yesterday.") == "I read it yesterday."


def _broken(words: Sequence[str]) -> list[str]:
    raise OSError("no model")


@pytest.mark.parametrize(
    "tagger",
    [_broken, lambda words: ["VB"] * len(words), lambda words: []],
    ids=["broken", "wrong", "empty"],
)
def test_a_tagger_that_fails_its_trial_is_not_used(
    monkeypatch: pytest.MonkeyPatch, tagger: Any
) -> None:
    monkeypatch.setattr(tagging, "find_spec", lambda name: name)
    monkeypatch.setattr(tagging, "tags", tagger)

    assert not is_active()
    assert "ɹˈiːd" in phonemes("I read it yesterday.", "en-us")


def test_other_languages_are_not_asked_for(tagged: Tagged) -> None:
    before = phonemes("Wind, Minute und Content.", "de")
    tagged("Wind/VB")

    assert phonemes("Wind, Minute und Content.", "de") == before


def test_a_tagger_that_fails_later_leaves_the_text_to_espeak(
    tagged: Tagged, monkeypatch: pytest.MonkeyPatch
) -> None:
    tagged("")
    monkeypatch.setattr(tagging, "tags", _broken)

    assert respelt("I read it yesterday.") == "I read it yesterday."


def test_english_voices_of_both_engines_are_asked_for(
    tagged: Tagged, piper: SpeechEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    tagged("read/VBD")
    spoken: list[str] = []
    (name,) = {voice.name for voice in piper.voices()}
    loaded = piper._voice(name)  # type: ignore[attr-defined]
    read = loaded.phonemize
    monkeypatch.setattr(loaded, "phonemize", lambda text: spoken.append(text) or read(text))

    said = phonemes("I read it.", "en-us"), phonemes("I read it.", "en-gb")
    list(piper.speak("I read it.", voice=name, language="en-US", speed=1.0))

    assert said == ("aɪ ɹˈɛd ɪt.", "aɪ ɹˈɛd ɪt.")
    assert spoken == ["I red it."]


@pytest.fixture
def _installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What requirements-en.txt pins, in an environment of its own."""
    python = python_with(ROOT / "requirements-en.txt")
    where = run([str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"])
    monkeypatch.syspath_prepend(where.stdout.strip())


@pytest.mark.usefixtures("_installed")
@pytest.mark.parametrize(("name", "wrong"), [("developed", 2), ("held_out", 3)])
@pytest.mark.parametrize("accent", ACCENTS)
def test_the_real_tagger_tells_what_is_meant(name: str, wrong: int, accent: str) -> None:
    data = tomllib.loads(TEXTS.read_text(encoding="utf-8"))
    sentences = [Sentence(*each) for each in data[name]["sentences"]]
    missed = [
        each.text
        for each in sentences
        if not is_right(phonemes(each.text, accent), data["sounds"][each.word], each.meant)
    ]

    assert is_active()
    assert len(missed) <= wrong, missed


@pytest.mark.usefixtures("_installed")
@pytest.mark.parametrize("unit", ["read ", "’s ", "lead pipe ", "\ud800 read ", "don't ", "READ!"])
def test_the_real_tagger_takes_any_text(unit: str) -> None:
    assert is_active()
    assert respelt((unit * 4096)[:4096])
