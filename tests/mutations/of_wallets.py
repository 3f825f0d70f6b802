"""Holds, budgets, balances and credit."""

from __future__ import annotations

from tests.mutations.rules import (
    BUDGETS,
    CREDIT,
    HOLDS,
    MACHINE,
    MOVEMENTS,
    PROMO,
    RACES,
    SERVICES,
    Change,
    atomic,
)

CHANGES = [
    # --- holds ----------------------------------------------------------------------------------
    Change(
        "a hold asks for what is available",
        HOLDS,
        '        posted_micros__gte=F("held_micros") + amount_micros,\n',
        "",
        (SERVICES, RACES),
    ),
    Change(
        "who is frozen holds nothing", HOLDS, "        is_frozen=False,\n", "", (SERVICES, MACHINE)
    ),
    Change(
        "a hold closes once",
        HOLDS,
        "holds.filter(state=Hold.State.OPEN).update(",
        "holds.update(",
        (SERVICES, RACES),
    ),
    Change(
        "a settlement is at most its hold",
        HOLDS,
        "Hold.objects.filter(job_id=job_id, amount_micros__gte=amount_micros)",
        "Hold.objects.filter(job_id=job_id)",
        (SERVICES,),
    ),
    Change(
        "an expired hold is not settled",
        HOLDS,
        "holds.filter(state=Hold.State.OPEN).update(",
        "holds.filter(state__in=[Hold.State.OPEN, Hold.State.EXPIRED]).update(",
        (SERVICES, MACHINE),
    ),
    Change(
        "a late settlement is refused aloud",
        HOLDS,
        "        raise HoldClosed(job_id, closed.state)\n    return closed\n\n\ndef _book",
        "    return closed\n\n\ndef _book",
        (SERVICES,),
    ),
    Change(
        "a hold keeps what its job is sold as",
        HOLDS,
        "                service=service,\n",
        "",
        (SERVICES,),
    ),
    Change(
        "a hold keeps the price of its day",
        HOLDS,
        "                price_micros_per_minute=price_micros_per_minute,\n",
        "",
        (SERVICES,),
    ),
    Change(
        "a settlement keeps what was billed",
        HOLDS,
        "            settled_micros=amount_micros,\n            billed_ms=billed_ms,\n",
        "            settled_micros=amount_micros,\n",
        (SERVICES,),
    ),
    Change(
        "only what is overdue expires",
        HOLDS,
        ".overdue(now or timezone.now())\n        won",
        ".open()\n        won",
        (SERVICES,),
    ),
    Change(
        "a job has one hold, of one amount",
        HOLDS,
        "    if (first.user_id, first.amount_micros) != (user.pk, amount_micros):\n"
        "        raise HoldConflict(job_id)\n",
        "",
        (SERVICES,),
    ),
    atomic("hold", HOLDS, "            made = Hold"),
    atomic(
        "settle", HOLDS, "        won = _close(\n            Hold.objects.filter(job_id=job_id, a"
    ),
    atomic("release", HOLDS, "        won = _close(Hold.objects.filter(job_id=job_id), state"),
    atomic("expire", HOLDS, "        late = "),
    # --- budgets --------------------------------------------------------------------------------
    Change(
        "a hold counts in its budgets",
        HOLDS,
        "            budgets.count(made, user, api_key)\n",
        "",
        (SERVICES, MACHINE),
    ),
    Change(
        "a settlement counts in its budgets",
        HOLDS,
        "    movements.charge(settled, entry)\n    budgets.uncount(settled)\n",
        "    movements.charge(settled, entry)\n",
        (SERVICES, MACHINE),
    ),
    Change(
        "a release frees its budgets",
        HOLDS,
        "    movements.free(closed)\n    budgets.uncount(closed)\n",
        "    movements.free(closed)\n",
        (SERVICES, MACHINE),
    ),
    Change(
        "a hold counts in the period in which it was made",
        BUDGETS,
        "api_key_id=closed.api_key_id, at=closed.created_at",
        "api_key_id=closed.api_key_id, at=timezone.now()",
        (SERVICES, MACHINE),
    ),
    Change(
        "what is spent counts against the limit",
        BUDGETS,
        'Q(held_micros__lte=limit - amount - F("spent_micros"))',
        "Q(held_micros__lte=limit - amount)",
        (SERVICES, MACHINE),
    ),
    Change(
        "what was spent is written down",
        BUDGETS,
        '        spent_micros=F("spent_micros") + closed.settled_micros,\n',
        "",
        (SERVICES, MACHINE),
    ),
    Change(
        "a key has a monthly budget",
        BUDGETS,
        "month_of(at): api_key.monthly_limit_micros",
        "month_of(at): None",
        (SERVICES, MACHINE),
    ),
    Change(
        "a key has a total budget",
        BUDGETS,
        "TOTAL: api_key.total_limit_micros",
        "TOTAL: None",
        (SERVICES, MACHINE),
    ),
    Change(
        "an account has a daily budget",
        BUDGETS,
        "{day_of(at): user.daily_limit_micros}",
        "{day_of(at): None}",
        (SERVICES, MACHINE),
    ),
    # --- how a wallet moves ---------------------------------------------------------------------
    Change(
        "credit pays the debt first",
        MOVEMENTS,
        "pays = min(wallet.debt_micros, amount_micros)",
        "pays = 0",
        (SERVICES, MACHINE),
    ),
    Change(
        "what is held is not taken back",
        MOVEMENTS,
        "gives = min(wallet.available_micros, amount_micros)",
        "gives = min(wallet.posted_micros, amount_micros)",
        (SERVICES, MACHINE),
    ),
    Change(
        "what a hold gives back pays the debt",
        MOVEMENTS,
        "pays = min(wallet.debt_micros, freed)",
        "pays = 0",
        (SERVICES, MACHINE),
    ),
    Change(
        "a settlement frees the whole hold",
        MOVEMENTS,
        'held_micros=F("held_micros") - held,',
        'held_micros=F("held_micros") - cost,',
        (SERVICES,),
    ),
    Change(
        "a wallet is locked while it is changed",
        MOVEMENTS,
        "Wallet.objects.select_for_update().get(pk=user.pk)",
        "Wallet.objects.get(pk=user.pk)",
        (RACES,),
        postgresql=True,
    ),
    # --- credit ---------------------------------------------------------------------------------
    atomic("a grant", CREDIT, "            entry = Journal"),
    Change(
        "an idempotency key means one booking",
        CREDIT,
        "    if (of_user",
        "    if False and (of_user",
        (SERVICES,),
    ),
    Change(
        "an adjustment takes no more than there is",
        CREDIT,
        "    if left < -amount_micros:",
        "    if False:",
        (SERVICES, MACHINE),
    ),
    atomic("a redemption", PROMO, "            return _redeem(promo, user)"),
    Change(
        "a code is redeemed so many times",
        PROMO,
        "PromoCode.objects.filter(valid, left, pk",
        "PromoCode.objects.filter(valid, pk",
        (SERVICES, MACHINE),
    ),
]
