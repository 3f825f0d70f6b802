"""Why a request cost what it cost: its units and its rate, as the ledger has kept them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from audiopod.common import money

_REASON = re.compile(
    r"(?P<kind>speech|transcription|translation): (?P<seconds>[0-9]+)\.(?P<ms>[0-9]{3}) s"
    r" at (?P<rate>\$[0-9,]+\.[0-9]{2,6}) a minute"
)
_KINDS: dict[str, Promise] = {
    "speech": _("Speech"),
    "transcription": _("Transcription"),
    "translation": _("Translation"),
}


@dataclass(frozen=True, slots=True)
class Charge:
    """Milliseconds of audio, at micro-dollars a minute."""

    kind: str
    audio_ms: int
    price_micros_per_minute: int

    @property
    def seconds(self) -> float:
        return self.audio_ms / 1000

    @property
    def words(self) -> Promise:
        """What was made."""
        return _KINDS[self.kind]


def charge_of(reason: str) -> Charge | None:
    """The charge that an entry's reason tells of, such as "speech: 5.601 s at $0.04 a minute".

    None for any other reason.
    """
    found = _REASON.fullmatch(reason)
    if found is None:
        return None
    audio_ms = 1000 * int(found["seconds"]) + int(found["ms"])
    return Charge(found["kind"], audio_ms, money.parse_usd(found["rate"]))
