"""Cues as people publish them: short enough to read, long enough to see, cut where sense is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest

from audio.engines.base import Word
from audio_api.services.transcription.subtitles import Cue, Layout, Spoken, cues_of
from audio_api.services.transcription.subtitles.pieces import columns

LECTURE = (
    "When the wind turns north, the fishermen stay at home and mend their nets, because nobody who"
    " knows the bay would take a boat out past the second lighthouse in weather like that. In"
    " winter the harbour master reads old letters by the window; he has read all of them many"
    " times. Nobody remembers who painted the lighthouse green. Good morning, Dr. Smith. Is it the"
    " children who learned to row before they could write their names and who now, years later,"
    " sail round the world without a map or a compass or so much as a watch to tell the time by"
)
CHINESE = (
    "渡轮七点离开小岛，那时面包店还没有开门，渔民们已经补好了渔网，"  # noqa: RUF001
    "港口里到处是盐和柴油的味道。没有人记得是谁把灯塔漆成了绿色。"
)
JAPANESE = (
    "フェリーは七時に島を出ます。そのころ、パン屋はまだ開いていませんが、"
    "漁師たちはもう網を直し終えていて、港には塩とディーゼルのにおいがします。"
)
THAI = "เรือเฟอร์รี่ออกจากเกาะตอนเจ็ดโมงเช้าก่อนที่ร้านเบเกอรี่จะเปิดและชาวประมงซ่อมอวนเสร็จแล้ว"
HINDI = "नौका सात बजे द्वीप से निकलती है, बेकरी खुलने से बहुत पहले, और तब तक मछुआरे अपने जाल ठीक कर चुके होते हैं।"


def spoken(
    text: str, start: float = 0.0, *, rate: float = 2.5, language: str = "en", speaker: str = ""
) -> Spoken:
    """Words one after the other, `rate` of them a second; letters where there are no spaces."""
    said = text.split() if language not in {"zh", "ja", "th"} else list(text)
    seconds = 1 / rate
    words = [
        Word(word, start + number * seconds, start + (number + 1) * seconds, 0.9)
        for number, word in enumerate(said)
    ]
    lead = "" if language in {"zh", "ja", "th"} else " "
    return Spoken(lead + text, start, words[-1].end, language, words, speaker)


def cut(*some: Spoken, duration: float = 10_000.0, **layout: object) -> list[Cue]:
    return cues_of(some, duration=duration, layout=Layout(**layout))  # type: ignore[arg-type]


def text_of(cues: Sequence[Cue], glue: str = " ") -> str:
    return glue.join(line for cue in cues for line in cue.lines)


@pytest.mark.parametrize(
    ("text", "language", "rate", "width"),
    [
        (LECTURE, "en", 2.5, 42),
        (LECTURE, "en", 0.8, 42),
        (LECTURE, "en", 6.0, 42),
        (HINDI, "hi", 2.5, 42),
        (CHINESE, "zh", 5.0, 32),
        (JAPANESE, "ja", 7.0, 32),
        (THAI, "th", 10.0, 42),
    ],
    ids=["English", "slow", "fast", "Hindi", "Mandarin", "Japanese", "Thai"],
)
def test_cues_can_be_read(text: str, language: str, rate: float, width: int) -> None:
    cues = cut(spoken(text, language=language, rate=rate))

    assert "".join(text_of(cues).split()) == "".join(text.split())
    for cue in cues:
        assert 1 <= len(cue.lines) <= 2
        assert all(0 < columns(line) <= width for line in cue.lines)
        assert 0.999 <= cue.end - cue.start <= 7.001
    assert all(one.end <= other.start for one, other in pairwise(cues))


def test_cues_end_where_sentences_and_clauses_do() -> None:
    cues = cut(spoken(LECTURE))

    assert cues[0].lines == (
        "When the wind turns north, the fishermen",
        "stay at home and mend their nets,",
    )
    ends = [cue.lines[-1].split()[-1] for cue in cues]
    assert {"nets,", "window;", "times.", "green.", "Smith."} <= set(ends)
    assert not {"Dr.", "a", "the", "and", "who", "so"} & set(ends)


def test_cues_begin_and_end_with_their_words() -> None:
    one, two = cut(spoken("The ferry leaves at seven.", 3.0), spoken("Be there!", 30.0, rate=1))

    assert (one.start, one.end) == (3.0, 5.0)
    assert (two.start, two.end) == (30.0, 32.0)


def test_a_pause_is_not_covered() -> None:
    whole = spoken("before the pause and after it")
    words = [
        Word(word.text, word.start + 30 * (number > 2), word.end + 30 * (number > 2), 0.9)
        for number, word in enumerate(whole.words)
    ]
    one, two = cut(Spoken(whole.text, 0.0, words[-1].end, "en", words))

    assert (one.lines, two.lines) == (("before the pause",), ("and after it",))
    assert one.end < 2
    assert two.start > 30


def test_a_short_word_is_shown_for_a_second_and_ends_with_the_recording() -> None:
    word = Spoken(" Yes.", 4.6, 4.8, "en", [Word("Yes.", 4.6, 4.8, 0.9)])

    (cue,) = cut(word, duration=60)
    assert cue.start == pytest.approx(4.3)
    assert cue.end == pytest.approx(5.3)
    (cue,) = cut(word, duration=4.9)
    assert cue.end == 4.9
    assert cue.end - cue.start >= 0.799 - 0.2


def test_short_sentences_share_a_cue_before_one_flashes_by() -> None:
    cues = cut(spoken("Yes. No. Perhaps. Who knows?", rate=4))

    assert len(cues) == 1
    assert text_of(cues) == "Yes. No. Perhaps. Who knows?"


def test_what_is_longer_than_a_line_is_cut() -> None:
    link = "https://example.com/" + "a" * 100
    cues = cut(spoken(f"See {link} for more."))

    assert text_of(cues, "").replace(" ", "") == f"See{link}formore."
    assert all(columns(line) <= 42 for cue in cues for line in cue.lines)


def test_no_line_begins_or_ends_with_the_wrong_mark() -> None:
    lines = [line for cue in cut(spoken(CHINESE, language="zh", rate=4)) for line in cue.lines]
    assert not any(line[0] in "，。、" for line in lines)  # noqa: RUF001

    quoi = "Quoi ! Tu dis que le bateau est parti sans nous ? Oui : il y a une heure « déjà » !"
    lines = [line for cue in cut(spoken(quoi, language="fr")) for line in cue.lines]
    assert not any(line[0] in "!?:»" for line in lines)


def test_limits_are_those_that_are_asked_for() -> None:
    narrow = cut(spoken(LECTURE), max_line_width=20, max_line_count=3)
    assert max(len(cue.lines) for cue in narrow) == 3
    assert all(columns(line) <= 20 for cue in narrow for line in cue.lines)

    counted = cut(spoken(LECTURE), max_words_per_line=3)
    assert all(len(cue.lines) == 1 for cue in counted)
    assert all(len(cue.lines[0].split()) <= 3 for cue in counted)

    both = cut(spoken(LECTURE), max_words_per_line=4, max_line_count=2)
    assert max(len(cue.lines) for cue in both) == 2
    assert all(len(line.split()) <= 4 for cue in both for line in cue.lines)


def test_a_cue_for_each_segment_or_each_word() -> None:
    some = (spoken("The ferry\nleaves.", 1.0), spoken("Be there!", 30.0))

    assert [cue.lines for cue in cut(*some, kind="segment")] == [
        ("The ferry leaves.",),
        ("Be there!",),
    ]
    words = cut(*some, kind="word")
    assert [cue.lines[0] for cue in words] == ["The", "ferry", "leaves.", "Be", "there!"]
    assert (words[1].start, words[1].end) == (1.4, 1.8)


def test_without_times_of_words_their_segments_are_spread() -> None:
    bare = Spoken(" " + LECTURE, 10.0, 60.0, "en")
    for segment in (bare, Spoken(bare.text, 10.0, 60.0, "en", [Word("Something", 10, 11, 0.9)])):
        cues = cut(segment)

        assert text_of(cues) == LECTURE
        assert cues[0].start == 10.0
        assert cues[-1].end == pytest.approx(60.0)
        assert all(cue.end - cue.start <= 7.001 for cue in cues)


def test_speakers_have_cues_of_their_own_and_room_for_their_names() -> None:
    turns = (
        spoken("I shall be there before you and keep a seat for you.", speaker="Ada"),
        spoken("Good.", 5.2, speaker="Bob"),
    )
    cues = cues_of(turns, duration=60, layout=Layout(), names_speakers=True)

    assert [cue.speaker for cue in cues] == ["Ada", "Bob"]
    assert len("Ada: " + cues[0].lines[0]) <= 42
    assert [cue.lines for cue in cues[1:]] == [("Good.",)]


ALONE = spoken("The ferry was meant to leave at seven, but nobody knew of it.", 2.0, speaker="Ada")
AT_ONCE = [
    spoken(LECTURE[:180], speaker="Ada"),
    spoken("Yes, I see.", 3.0, speaker="Bob"),
    spoken("And then we walked home.", 15.0, speaker="Ada"),
]


def test_what_is_said_at_once_is_shown_when_it_is_said() -> None:
    cues = cut(*AT_ONCE)

    assert all(cue.end - cue.start >= 1.0 for cue in cues), cues
    assert all(before.end <= after.start for before, after in pairwise(cues))
    (bob,) = [cue for cue in cues if cue.speaker == "Bob"]
    assert (bob.start, bob.lines) == (3.0, ("Yes, I see.",))

    words = cut(*AT_ONCE, kind="word")
    assert [cue.start for cue in words] == sorted(cue.start for cue in words)


def test_nobody_is_lost_who_speaks_at_the_same_moment() -> None:
    yes, no = spoken("Yes.", 2.0, speaker="Bob"), spoken("No.", 2.1, speaker="Cleo")
    cues = cut(ALONE, yes, no)
    assert [cue.speaker for cue in cues[:3]] == ["Ada", "Bob", "Cleo"]
    assert [cue.end - cue.start >= 1.0 for cue in cues] == [True] * len(cues)

    byes = [spoken("Bye.", 9.6, speaker=name) for name in ("Ada", "Bob", "Cleo")]
    assert all(cue.end > cue.start for cue in cut(*byes, duration=10.0))


def test_nothing_was_said() -> None:
    for kind in ("lines", "segment", "word"):
        assert cut(kind=kind) == []
        assert cut(Spoken("  ", 0, 1, "en"), kind=kind) == []
