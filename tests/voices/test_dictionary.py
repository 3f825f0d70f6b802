"""An account's dictionary: what may stand in it, how much, and in and out of a file."""

# ruff: noqa: RUF001 - IPA, meant as it is
from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from voices import dictionary, dictionary_csv
from voices.dictionary import Pronunciation

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def put(user, word, said="so", *, match_case=False):
    entry = Pronunciation(user=user, word=word, said=said, match_case=match_case)
    dictionary.save(entry)
    return entry


def words(user):
    return list(Pronunciation.objects.for_user(user).values_list("word", "said", "match_case"))


@pytest.mark.parametrize(
    ("word", "stored"),
    [("  New\tYork ", "New York"), ("cafe\u0301", "café"), ("C++", "C++"), ("🎉", "🎉")],
)
def test_a_word_is_stored_as_it_is_compared(word, stored):
    assert dictionary.clean_word(word) == stored


@pytest.mark.parametrize("word", ["", " \n ", "a[b", "a]b", "<b>", "x" * 65, "a\ue100b"])
def test_what_is_no_word_is_refused(word):
    with pytest.raises(ValidationError):
        dictionary.clean_word(word)


@pytest.mark.parametrize("said", ["engine ex", "/ˈɛndʒɪn ˈɛks/", " and/or ", "エンジン"])
def test_what_can_be_said_is_taken(said):
    assert dictionary.clean_said(said) == said.strip()


@pytest.mark.parametrize("said", ["", "...", "/engine/", "/ə", "/ə/ə/", "x" * 121, "a\ue100"])
def test_what_no_voice_can_say_is_refused(said):
    with pytest.raises(ValidationError):
        dictionary.clean_said(said)


def test_words_are_said_so_in_texts_of_their_account_alone(owner, stranger):
    put(owner, "nginx", "engine ex")
    assert dictionary.pronounced(owner, "NGINX runs.") == "engine ex runs."
    assert dictionary.pronounced(stranger, "NGINX runs.") == "NGINX runs."


def test_a_word_is_known_once_whatever_its_capitals(owner, stranger):
    put(owner, "Éclair")
    with pytest.raises(dictionary.WordKnown):
        put(owner, "éCLAIR")
    put(owner, "Éclair", match_case=True)
    put(stranger, "Éclair")
    assert len(words(owner)) == 2


def test_an_entry_that_is_changed_stays_the_only_one(owner):
    entry = put(owner, "one")
    put(owner, "two")
    entry.word = "TWO"
    with pytest.raises(dictionary.WordKnown):
        dictionary.save(entry)
    entry.word = "One"
    dictionary.save(entry)
    assert words(owner) == [("One", "so", False), ("two", "so", False)]


def test_a_dictionary_is_full_in_the_end(owner, monkeypatch):
    monkeypatch.setattr(dictionary, "MAX_ENTRIES", 2)
    first = put(owner, "one")
    put(owner, "two")
    with pytest.raises(dictionary.DictionaryFull):
        put(owner, "three")
    with pytest.raises(dictionary.DictionaryFull):
        dictionary.save_all(owner, [Pronunciation(user=owner, word="four", said="x")])
    first.said = "changed"
    dictionary.save(first)
    assert words(owner) == [("one", "changed", False), ("two", "so", False)]


def test_a_table_comes_back_as_it_went(owner, stranger):
    put(owner, "nginx", "/ˈɛndʒɪn ˈɛks/")
    put(owner, "US", "U, S", match_case=True)
    put(owner, "+1", "plus one")
    text = dictionary_csv.written(Pronunciation.objects.for_user(owner))
    assert text.splitlines()[0] == "word,said,match_case"
    assert "'+1,plus one," in text  # or a spreadsheet would compute it

    entries = dictionary_csv.read(stranger, text.encode())
    assert dictionary.save_all(stranger, entries) == 3
    assert words(stranger) == words(owner)


@pytest.mark.parametrize(
    "content",
    [
        b"SQL,sequel\n",
        b"\xef\xbb\xbfword,said\r\nSQL,sequel\r\n\r\n",
        b"Wort;sagt;\nSQL;sequel;\n",
        b"SQL\tsequel\tno\tand more\n",
        b'"SQL","sequel"',
    ],
    ids=["bare", "excel", "german", "tabs", "quoted"],
)
def test_tables_of_other_programs_are_read(owner, content):
    (entry,) = dictionary_csv.read(owner, content)
    assert (entry.word, entry.said, entry.match_case) == ("SQL", "sequel", False)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"a,b\nSQL\n", "Line 2: There is only one column."),
        (b"a,b\n[x],y\n", "Line 2: A word has none of the signs"),
        (b"a,/b/\n", "Line 1: Between slashes stand letters"),
        (b"a,\xff\n", "UTF-8"),
        (b"a,b\n" * 70_000, "too large"),
        (b"\n".join(b"w%d,x" % n for n in range(501)), "at most 500 entries"),
    ],
    ids=["column", "word", "said", "latin", "large", "many"],
)
def test_a_table_with_an_error_is_refused_with_its_line(owner, content, why):
    with pytest.raises(ValidationError, match=why):
        dictionary_csv.read(owner, content)


def test_a_word_that_is_there_takes_what_the_file_says(owner):
    put(owner, "SQL", "squirrel")
    assert (
        dictionary.save_all(owner, dictionary_csv.read(owner, b"sql,sequel\nSql,ess queue ell"))
        == 1
    )
    assert words(owner) == [("Sql", "ess queue ell", False)]
