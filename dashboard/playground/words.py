"""The words for a run that is refused, by its code, in the language of the page."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from audio_api.services.speech.api import WITH_DICTIONARY
from audiopod.common.problem import Problem
from audiopod.quota import BUDGET_EXCEEDED, INSUFFICIENT_QUOTA

PAYMENT_REQUIRED = 402
LOGGED_OUT = "logged_out"

_BY_CODE: dict[str, Promise] = {
    LOGGED_OUT: _("You are logged out. Log in and try again."),
    "switched_off": _("This is switched off at the moment. You were not charged."),
    "rate_limit_exceeded": _("Too many runs at once. Wait a moment and try again."),
    "overloaded": _("The server has more to do than it can. Try again in a moment."),
    "unspeakable_input": _("There is nothing to speak: the text has neither letters nor digits."),
    "upload_too_slow": _("The recording came too slowly. Check your connection and try again."),
}
_BY_FIELD: dict[tuple[str | None, str | None], Promise] = {
    ("input", "string_above_max_length"): _(
        "The text is too long. At most 4,096 characters are spoken at once."
    ),
    ("input", "string_below_min_length"): _("The text is empty. Write what you want to hear."),
    ("voice", "invalid_value"): _("This voice is not there. Choose another one."),
    ("file", "missing_required_parameter"): _("Choose a file, or record something, first."),
}
_BY_BEGINNING: dict[str, Promise] = {
    "Invalid file format.": _(
        "This file cannot be read as sound. Try mp3, m4a, wav, ogg, flac or webm."
    ),
    WITH_DICTIONARY: _(
        "With the words of your dictionary the text is too long. Send less of it at once."
    ),
}
"""By how the API's refusal begins, where another one has its code."""
_UNPAID: dict[str | None, Promise] = {
    INSUFFICIENT_QUOTA: _("Your balance does not cover this run. Top up, or try less at once."),
    BUDGET_EXCEEDED: _("The daily budget of your account does not cover this run."),
}


def for_page(problem: Problem) -> Problem:
    """The same refusal as a page tells it, where it has words of its own; want of money is 402.

    Why a payment is held back is told in the words of the API, as is what is wrong with a file.
    """
    if problem.type == INSUFFICIENT_QUOTA:
        return _told(problem, _UNPAID.get(problem.code), PAYMENT_REQUIRED)
    for beginning, instead in _BY_BEGINNING.items():
        if problem.message.startswith(beginning):
            return _told(problem, instead, problem.status)
    words = _BY_FIELD.get((problem.param, problem.code)) or _BY_CODE.get(problem.code or "")
    return _told(problem, words, problem.status)


def needs_money(problem: Problem) -> bool:
    """Whether the reader has to go to the wallet."""
    return problem.status == PAYMENT_REQUIRED


def _told(problem: Problem, words: Promise | None, status: int) -> Problem:
    return Problem(
        str(words or problem.message),
        status=status,
        type=problem.type,
        param=problem.param,
        code=problem.code,
        headers=problem.headers,
    )
