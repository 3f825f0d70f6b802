# ruff: noqa: RUF001, RUF002 - phonetic letters, meant as they are
"""How the words of an account are to be said: `nginx` as “engine ex”, or as `/ˈɛndʒɪn ˈɛks/`."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audio.engines.speech import pronouncing

MAX_ENTRIES = 500
"""In the dictionary of an account."""
WORD_LENGTH = 64
"""characters"""
SAID_LENGTH = 120
"""characters"""


def clean_word(word: str) -> str:
    """A word as it is compared and stored. Raises ValidationError for what can be none."""
    word = " ".join(unicodedata.normalize("NFC", word).split())
    if not word:
        raise ValidationError(_("Write the word as it stands in your texts."))
    if len(word) > WORD_LENGTH:
        raise ValidationError(_("A word has at most %(most)d characters.") % {"most": WORD_LENGTH})
    if any(c in "[]<>\0" or unicodedata.category(c) in {"Cc", "Co", "Cs"} for c in word):
        raise ValidationError(_("A word has none of the signs [ ] < >."))
    return word


def clean_said(said: str) -> str:
    """How a word is said. Raises ValidationError for what no voice can say."""
    said = " ".join(unicodedata.normalize("NFC", said).split())
    if len(said) > SAID_LENGTH:
        raise ValidationError(
            _("A pronunciation has at most %(most)d characters.") % {"most": SAID_LENGTH}
        )
    if any(unicodedata.category(c) in {"Cc", "Co", "Cs"} for c in said):
        raise ValidationError(_("A pronunciation is one line of text."))
    if said.startswith("/") and pronouncing.phonemes_of(said) is None:
        raise ValidationError(
            _("Between slashes stand letters of the International Phonetic Alphabet: /ˈwɜːd/.")
        )
    if not any(c.isalnum() for c in said):
        raise ValidationError(_("Write how it sounds, with letters."))
    return said


class PronunciationQuerySet(models.QuerySet["Pronunciation"]):
    def for_user(self, user: User) -> PronunciationQuerySet:
        return self.filter(user=user)


class Pronunciation(models.Model):
    """A word that the voices of an account say otherwise than it is written."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="pronunciations"
    )
    word = models.CharField(_("word"), max_length=WORD_LENGTH)
    said = models.CharField(_("said as"), max_length=SAID_LENGTH)
    match_case = models.BooleanField(_("mind capitals"), default=False)
    # Unique by this, since a database folds case only of the letters that it knows.
    key = models.CharField(max_length=WORD_LENGTH, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PronunciationQuerySet.as_manager()

    class Meta:
        verbose_name = _("pronunciation")
        verbose_name_plural = _("pronunciations")
        ordering = ["key", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "key", "match_case"], name="pronunciation_once_per_word"
            ),
        ]

    def __str__(self) -> str:
        return self.word


class DictionaryFull(Exception):
    """The account has as many entries as there may be."""


class WordKnown(Exception):
    """The account has an entry for that word already."""


def pronounced(user: User, text: str) -> str:
    """`text` as it is to be said for an account; the text itself where its dictionary has nothing
    for it. One query."""
    rows = Pronunciation.objects.for_user(user).values_list("word", "said", "match_case")
    entries = [pronouncing.LexiconEntry(*row) for row in rows[:MAX_ENTRIES]]
    return pronouncing.pronounced(text, entries)


def save(entry: Pronunciation) -> None:
    """Store a new entry or a changed one, of clean fields. Raises DictionaryFull, WordKnown."""
    entry.key = key_of(entry.word, match_case=entry.match_case)
    with transaction.atomic():
        # its owner's row is what those wait for who add at the same moment
        User.objects.select_for_update().get(pk=entry.user_id)
        if entry.pk is None and _is_full(entry.user):
            raise DictionaryFull
        try:
            with transaction.atomic():
                entry.save()
        except IntegrityError:
            raise WordKnown from None


def save_all(user: User, entries: Iterable[Pronunciation]) -> int:
    """Store entries of a file: one for a word that is known takes its place. Returns how many.

    Raises DictionaryFull; then none is stored.
    """
    by_key: dict[tuple[str, bool], Pronunciation] = {}
    for entry in entries:
        entry.key = key_of(entry.word, match_case=entry.match_case)
        by_key[entry.key, entry.match_case] = entry
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        Pronunciation.objects.bulk_create(
            by_key.values(),
            update_conflicts=True,
            unique_fields=["user", "key", "match_case"],
            update_fields=["word", "said"],
        )
        if Pronunciation.objects.for_user(user).count() > MAX_ENTRIES:
            raise DictionaryFull
    return len(by_key)


def key_of(word: str, *, match_case: bool) -> str:
    return pronouncing.folded(word) if not match_case else word


def _is_full(user: User) -> bool:
    return Pronunciation.objects.for_user(user).count() >= MAX_ENTRIES
