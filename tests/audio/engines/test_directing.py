"""What a text directs beside its words."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.engines.speech.directing import MAX_BREAK_MS, MAX_BREAKS, Pause
from audio.engines.speech.text import breaks_ms, clean, script, speakable

ONE_SECOND = '<break time="1s"/>'
BREAKS = [
    ('<break time="500ms"/>', 500),
    ("<break time='1.5s' />", 1500),
    ('<BREAK TIME="2S"></BREAK>', 2000),
    ("<break time=.25s>", 250),
    ('<break time=" 3 s "/>', 3000),
    ('<break time="500ms/>', 500),
    ('<break strength="weak" time="40ms"/>', 40),
    ("<break/>", 500),
    ("<break>", 500),
    ('<break strength="strong"/>', 500),
    ('<break time="10s"/>', MAX_BREAK_MS),
    ('<break time="10001ms"/>', MAX_BREAK_MS),
    ('<break time="999999999s"/>', MAX_BREAK_MS),
]
OTHER_SPELLINGS = [
    ("[pause:1s]", 1000),
    ("[pause:500ms]", 500),
    ("[pause 1.5s]", 1500),
    ("[Pause: 2 seconds]", 2000),
    ("[silence:.25s]", 250),
    ("[break=3]", 3000),
    ("[wait 40 ms]", 40),
    ("[pause]", 500),
    ("[short pause]", 250),
    ("[long pause]", 1000),
    ("[pause:99s]", MAX_BREAK_MS),
]
NO_BREAKS = ["abc", "", "-1s", "500", "0s", "0.0ms", "1m", "1e3ms", "NaNs", "99999999999999s"]
PLACED = [
    (f"{ONE_SECOND}Hello.", [Pause(1000), "Hello."]),
    (f"Hello.{ONE_SECOND}", ["Hello.", Pause(1000)]),
    (f"un{ONE_SECOND}believable", ["un", Pause(1000), "believable"]),
    (f"a{ONE_SECOND}{ONE_SECOND}{ONE_SECOND}b", ["a", *[Pause(1000)] * 3, "b"]),
    (f"so **very {ONE_SECOND} bold** it", ["so very", Pause(1000), "bold it"]),
    (f"see [the {ONE_SECOND} docs](https://example.com/a)", ["see the", Pause(1000), "docs"]),
    (f"# One\n{ONE_SECOND}\n\n- two", ["One.", Pause(1000), "two"]),
    (f"a <!-- {ONE_SECOND} --> b <break time='2s'/> c", ["a b", Pause(2000), "c"]),
    (f"\ue000 a \ue001 {ONE_SECOND} b &#xE000; c", ["a", Pause(1000), "b", "c"]),
]


@pytest.mark.parametrize(("tag", "ms"), BREAKS)
def test_a_break_lasts_as_long_as_it_says(tag: str, ms: int) -> None:
    assert script(f"one {tag} two") == ["one", Pause(ms), "two"]
    assert breaks_ms(f"one {tag} two") == ms


@pytest.mark.parametrize(("tag", "ms"), OTHER_SPELLINGS)
def test_a_pause_in_brackets_is_a_break(tag: str, ms: int) -> None:
    assert script(f"one {tag} two") == ["one", Pause(ms), "two"]
    assert breaks_ms(f"one {tag} two") == ms
    assert not speakable(tag)


@pytest.mark.parametrize("time", NO_BREAKS)
def test_a_break_of_no_readable_time_is_skipped(time: str) -> None:
    assert script(f'one <break time="{time}"/> two') == ["one two"]


@pytest.mark.parametrize(
    "text",
    ["breakfast", "a < break", "<break it now> or", "<break", "[break dance]", "[break](/break/)"],
)
def test_what_only_looks_like_a_break_is_read(text: str) -> None:
    assert "break" in clean(text)
    assert breaks_ms(text) == 0


@pytest.mark.parametrize(("text", "parts"), PLACED)
def test_breaks_stand_where_they_were_written(text: str, parts: list[str | Pause]) -> None:
    assert script(text) == parts


def test_breaks_beyond_the_twentieth_are_skipped() -> None:
    text = "".join(f"{number} {ONE_SECOND} " for number in range(30))

    parts = script(text)

    assert parts.count(Pause(1000)) == MAX_BREAKS
    assert " ".join(part for part in parts if isinstance(part, str)).split() == [
        str(number) for number in range(30)
    ]
    assert breaks_ms(text) == 20_000


def test_breaks_alone_are_nothing_to_speak() -> None:
    assert not speakable(ONE_SECOND * 3)
    assert not speakable("[laugh] [sigh]")


@given(st.lists(st.sampled_from([ONE_SECOND, "\ue000", "&#xE000;", "a ", "<!--", "-->", "["])))
def test_no_text_makes_more_silence_than_was_counted(parts: list[str]) -> None:
    text = "".join(parts)
    made = sum(part.ms for part in script(text) if isinstance(part, Pause))
    assert made <= breaks_ms(text) <= MAX_BREAKS * MAX_BREAK_MS


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("[laugh] Well.", "Well."),
        ("[whispering, tense] Come [Clear Throat] here [ GASP ].", "Come here ."),
        ("[laugh](https://example.com) [note] [1] [laughable]", "laugh note 1 laughable"),
        ("[laughs] Oh [sighing] no [laughing softly] you [clears throat] do.", "Oh no you do."),
        ("[excited] Yes! [crying] [chuckles] [cries, loudly] [breathes]", "Yes!"),
        (
            "a [singer] [hummus] [sad story] [coughing fit]",
            "a singer hummus sad story coughing fit",
        ),
        ("[voice:af_bella] Hi [speed=1.2] you [emotion: very sad] there [foo:0.5]", "Hi you there"),
        ("Hello. [a door slams] Who? [applause] [he sits down]", "Hello. Who?"),
        ("[sound of rain]\nIt was dark.", "It was dark."),
        ("[b]bold[/b] and [x] [/y] z", "bold and x z"),
        ("[the king] said [sic] that. [1] [Note] So.", "the king said sic that. 1 Note So."),
        ("[hello]", "hello"),
        ("sigh, she said", "sigh, she said"),
    ],
)
def test_directions_that_no_voice_here_follows_are_skipped(text: str, spoken: str) -> None:
    assert clean(text) == spoken


@pytest.mark.parametrize(
    "unit",
    [
        *("<break ", "<break =", "<break time=", "[laugh,", "[sigh ", "=", "[pause:", "[pause 1"),
        *("[a ", ". [a", "[a]", "[/a]", "[voice:", "[a:1"),
    ],
)
def test_hostile_directions_take_no_time(unit: str) -> None:
    text = "<break " + (unit * 4096)[:4089]
    started = time.process_time()

    script(text)

    assert time.process_time() - started < 0.5
