# ruff: noqa: RUF001, RUF002, RUF003 - IPA, meant as it is
"""`[word](/ˈsaʊndz/)`: said as its letters of phonetics say, shown as the word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.engines.base import SpeechEngine
from audio.engines.speech.phonemes import phonemes
from audio.engines.speech.phonetic import IPA, is_phonetic, marked, sounds, unmarked
from audio.engines.speech.reading import in_words
from audio.engines.speech.text import clean, pieces, script, speakable


def read(text: str) -> str:
    """A text as an engine reads it, phonemes between ‹ and ›."""
    part = "".join(part for part in script(text) if isinstance(part, str))
    return IPA.sub(lambda found: f"‹{sounds(found[0])}›", in_words(part, "en-US"))


@pytest.mark.parametrize(
    ("text", "is_read"),
    [
        ("A [potato](/pəˈteɪtəʊ/), please.", "A ‹pətˈeɪtəʊ›, please."),
        ("[Kokoro](/kˈOkəɹO/) speaks.", "‹kˈOkəɹO› speaks."),
        ("In [New York](/nˈu jˈɔɹk/) now.", "In ‹nˈu jˈɔɹk› now."),
        ("[cat](/kæt/)", "‹kæt›"),
        ("[$5](/fˈaɪv/) and $5", "‹fˈaɪv› and five dollars"),
        ("**[bold](/bˈoʊld/)** and `[code](/kˈoʊd/)`", "‹bˈoʊld› and ‹kˈoʊd›"),
        ("[the [nginx](/ˈɛn/) docs](https://a.example/b)", "the ‹ˈɛn› docs"),
        ("one [www](/əəə/) two", "one ‹əəə› two"),
        ("[nginx](/ˈɛks/)'s: [Bob](/bɒb/)’s, [it](/ɪt/)'s", "‹ˈɛksɪz›: ‹bɒbz›, ‹ɪts›"),
        ("[no](/nəʊ/)'sound", "‹nəʊ›'sound"),
        ("A /pəˈteɪtəʊ/ is one.", "A ‹pətˈeɪtəʊ› is one."),
        # keyboards have no ɡ, ˈ and ː
        ("[get](/'ge:t ə/)", "‹ɡˈeːt ə›"),
        ("[chess](/t͡ʃɛs/)", "‹tʃɛs›"),
    ],
)
def test_words_with_their_phonemes_are_said_so(text: str, is_read: str) -> None:
    assert read(text) == is_read


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("See [the docs](/docs/).", "See the docs."),
        ("See [it](/a/ə/b/).", "See it."),
        ("[one](/1ə/)", "one"),
        ("[](/ə/) one", "one"),
        ("[word] (/ə/)", "word (/ə/)"),
    ],
)
def test_links_are_links(text: str, words: str) -> None:
    assert clean(text) == words
    assert read(text).replace("‹ə›", "/ə/") == words


def test_what_is_shown_is_the_word_and_not_its_phonemes() -> None:
    assert clean("A [potato](/pəˈteɪtəʊ/) of [New York](/nˈu jˈɔɹk/)!") == "A potato of New York!"
    assert speakable("[potato](/pəˈteɪtəʊ/)")


def test_pieces_cut_no_word_from_its_phonemes() -> None:
    word = f"[{'w' * 90}](/{'ə' * 90}/)"
    text = " ".join(part for part in script(f"{word} {word}, and {word}.") if isinstance(part, str))

    found = pieces(text)

    assert len(found) > 1
    assert sum(len(IPA.findall(piece)) for piece in found) == 3
    assert all(len(sounds(span)) == 90 for piece in found for span in IPA.findall(piece))


@given(st.text(alphabet="ab[]()/ə \ue100\ue101\ue102\U000f0061\n", max_size=80))
def test_no_text_breaks_the_marks(text: str) -> None:
    """Not even one that brings characters along that look like them."""
    for piece in pieces(" ".join(part for part in script(text) if isinstance(part, str))):
        outside = IPA.sub("", piece)
        assert not any(c in "\ue100\ue101\ue102" or c > "\U000effff" for c in outside)
        assert all(sounds(span) is not None for span in IPA.findall(piece))


@given(st.text(max_size=80))
def test_a_text_without_phonemes_is_what_it_was(text: str) -> None:
    kept = "".join(c for c in text if not ("\ue100" <= c <= "\ue102" or c > "\U000effff"))
    kept = kept.replace("[", "")
    assert unmarked(marked(kept)) == kept


@pytest.mark.parametrize(
    ("said", "is_one"),
    [
        ("pəˈteɪtəʊ", True), ("kæt", True), ("nˈu jˈɔɹk", True), ("potato", False),
        ("", False), ("ə/ə", False), ("ə)", False), ("ə" * 101, False), ("ə\nə", False),
    ],
)  # fmt: skip
def test_what_may_stand_between_the_slashes(said: str, is_one: bool) -> None:
    assert is_phonetic(said) is is_one


def test_kokoro_is_given_the_phonemes(kokoro: SpeechEngine) -> None:
    kokoro.load()
    (part,) = script("[Worcester](/wˈʊstɚ/) is a city.")
    assert isinstance(part, str)
    assert phonemes(part, "en-us").startswith("wˈʊstɚ ɪz")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("/bəˈnænə/", "bənˈænə"),
        ("/ˌhælɪˈluːjə/", "hˌælɪlˈuːjə"),
        ("/ˌfoʊtəˈgræfɪk/", "fˌoʊtəɡɹˈæfɪk"),
        ("/ˈstrɛŋkθs/", "stɹˈɛŋkθs"),
        ("/əmˈeɪ/", "əmˈeɪ"),
    ],
)
def test_stress_stands_where_the_models_have_learnt_it(written: str, said: str) -> None:
    """With the mark before the syllable, as in dictionaries, "tomato" was heard as "terminal"."""
    assert sounds(written, english=True) == said


def test_other_languages_keep_their_r() -> None:
    assert sounds("/ˈpero/") == "pˈero"
