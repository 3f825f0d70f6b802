"""How long the recordings of a job may be, where links lead to some of them.

How long those are is not known before a worker has fetched them. The job holds the price of
`URL_INTAKE_HOLD_SECONDS` for each link, or what the account can spend if that is less; a recording
that turns out to be longer is not worked on, and costs nothing.
"""

from __future__ import annotations

from django.conf import settings

from audio_api.jobs.start import Caller
from audiopod.common.money import MS_PER_MINUTE, billed_ms, cost_micros
from wallet import pricing
from wallet import services as wallet
from wallet.offers import Offer

MIN_SECONDS = 1.0
"""An account that cannot pay for so much has no link fetched for it."""


def most_seconds(
    caller: Caller, offer: Offer, *, links: int, seconds: float, longest: float
) -> float:
    """How long all recordings of a job may be: those that it has, and what its links lead to.

    links: how many; seconds: of the recordings that it has; longest: of any job. Raises as
    `wallet.require_funds` where the account cannot pay for these, or for a second.
    """
    if not links:
        return seconds
    wanted = min(seconds + links * settings.URL_INTAKE_HOLD_SECONDS, longest)
    return affordable_seconds(caller, offer, wanted=wanted, least=max(seconds, MIN_SECONDS))


def affordable_seconds(
    caller: Caller, offer: Offer, *, wanted: float, least: float, mode: str = ""
) -> float:
    """As many of the wanted seconds as the account can pay for. mode: of the offer. Raises as
    `wallet.require_funds` where these are fewer than the least."""
    price = pricing.price_now(offer.service_type, mode)
    wanted_micros = max(1, cost_micros(billed_ms(wanted), price))
    least_micros = max(1, cost_micros(billed_ms(least), price))
    micros = _affordable(caller, wanted_micros, least_micros)
    if micros == wanted_micros:
        return wanted
    # down to a whole millisecond, whose price is not above what there is
    return float(micros * MS_PER_MINUTE // price) / 1000


def _affordable(caller: Caller, wanted_micros: int, least_micros: int) -> int:
    """As much of what is wanted as balance and budgets allow. Raises as `wallet.require_funds`."""
    while True:
        try:
            wallet.require_funds(caller.user, caller.api_key, wanted_micros)
        except wallet.InsufficientBalance as error:
            left = error.available_micros
            if left < least_micros or left >= wanted_micros:
                raise
        except wallet.BudgetExceeded as error:
            left = error.left_micros
            if left < least_micros or left >= wanted_micros:
                raise
        else:
            return wanted_micros
        wanted_micros = left
