"""What the wallet promises, in plain Python: no database, no counters, no order of locks.

Every method takes names and numbers and returns what is to be seen from outside, or raises
`Refused` before it has changed anything. What is held, spent and counted in budgets is summed
from the holds whenever it is asked for.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from tests.wallet.machine.things import OFF, OVER, Code, Dispute, Hold, Refund, Topup

MICROS_PER_CENT = 10_000
UNFINISHED = {"created", "open", "processing"}
SPANS = {len("2026-11-23"): "/day", len("2026-11"): "/month", len("total"): "/total"}

Limits = dict[str, int | None]


class Refused(Exception):
    """The name of the refusal, and the numbers that go with it."""

    def __init__(self, name: str, *facts: object) -> None:
        super().__init__(name, *facts)
        self.name, self.facts = name, facts


class Model:
    def __init__(self, *, now: datetime, topups: dict[str, Topup], codes: dict[str, Code]) -> None:
        self.now = now
        self.topups, self.codes = topups, codes
        self.posted: dict[str, int] = defaultdict(int)
        self.debt: dict[str, int] = defaultdict(int)
        self.came_in: dict[str, int] = defaultdict(int)
        """All that was credited, less all that was taken back, whatever became of it."""
        self.holds: dict[str, Hold] = {}
        self.bookings: dict[str, tuple[str, int]] = {}
        self.refunds: dict[str, Refund] = {}
        self.disputes: dict[str, Dispute] = {}
        self.limits: Limits = {}
        """Of "ann/day", "ann-1/month" and "ann-1/total"."""

    # --- what can be seen ---------------------------------------------------------------------
    def held(self, who: str) -> int:
        return sum(hold.held for hold in self.holds.values() if hold.owner == who)

    def available(self, who: str) -> int:
        return self.posted[who] - self.held(who)

    def spent(self, who: str) -> int:
        return sum(hold.settled for hold in self.holds.values() if hold.owner == who)

    def frozen(self, who: str) -> bool:
        return any(d.freezes and self.topups[d.topup].owner == who for d in self.disputes.values())

    def spending(self) -> dict[tuple[str, str], tuple[int, int]]:
        """(Whose, period) -> held and spent, of every budget that a hold counted in."""
        sums: dict[tuple[str, str], tuple[int, int]] = {}
        for hold in self.holds.values():
            for place in hold.counts_in():
                held, spent = sums.get(place, (0, 0))
                sums[place] = (held + hold.held, spent + hold.settled)
        return sums

    def refunded_cents(self, topup: str) -> int:
        mine = [r for r in self.refunds.values() if r.topup == topup and r.status not in OFF]
        return sum(refund.cents for refund in mine)

    # --- money comes in and goes back ---------------------------------------------------------
    def put(self, who: str, micros: int) -> None:
        pays = min(self.debt[who], micros)
        self.debt[who] -= pays
        self.posted[who] += micros - pays
        self.came_in[who] += micros

    def take(self, who: str, micros: int) -> None:
        gives = min(self.available(who), micros)
        self.posted[who] -= gives
        self.debt[who] += micros - gives
        self.came_in[who] -= micros

    def grant(self, *, who: str, micros: int, key: str) -> str:
        return self._book(f"grant:{key}", who, micros)

    def adjust(self, *, who: str, micros: int, key: str) -> str:
        return self._book(f"adjustment:{key}", who, micros)

    def _book(self, key: str, who: str, micros: int) -> str:
        if key in self.bookings:
            if self.bookings[key] != (who, micros):
                raise Refused("IdempotencyConflict")
            return key
        if micros < 0 and self.available(who) < -micros:
            raise Refused("InsufficientBalance", -micros, self.available(who), 0)
        self.bookings[key] = (who, micros)
        if micros > 0:
            self.put(who, micros)
        else:
            self.take(who, -micros)
        return key

    def redeem(self, *, who: str, code: str) -> str:
        promo = self.codes.get(code)
        if promo is None or who in promo.users or len(promo.users) == promo.times:
            raise Refused("PromoRefused")
        promo.users.add(who)
        self.put(who, promo.micros)
        return "promo"

    # --- holds --------------------------------------------------------------------------------
    def hold(self, *, who: str, key: str | None, job: str, micros: int) -> tuple[str, int]:
        first = self.holds.get(job)
        if first:
            if (first.owner, first.amount) != (who, micros):
                raise Refused("HoldConflict")
            return first.state, first.settled
        if self.frozen(who):
            raise Refused("SpendingFrozen")
        if self.debt[who] or self.available(who) < micros:
            raise Refused("InsufficientBalance", micros, self.available(who), self.debt[who])
        made = Hold(who, key, micros, self.now, self.now + timedelta(seconds=60))
        self._require_budget(made)
        self.holds[job] = made
        return "open", 0

    def _require_budget(self, made: Hold) -> None:
        counted, left = self.spending(), []
        for whose, period in made.counts_in():
            limit = self.limits.get(whose + SPANS[len(period)])
            if limit is not None:
                left.append(max(0, limit - sum(counted.get((whose, period), (0, 0)))))
        if left and min(left) < made.amount:
            raise Refused("BudgetExceeded", made.amount, min(left))

    def settle(self, *, job: str, micros: int) -> tuple[str, int]:
        hold = self._hold(job)
        if hold.state == "open" and micros > hold.amount:
            raise Refused("ValueError")
        if hold.state in {"released", "expired"} and micros:
            raise Refused("HoldClosed")
        return self._close(hold, "settled" if micros else "released", micros)

    def release(self, *, job: str) -> tuple[str, int]:
        hold = self._hold(job)
        if hold.state == "settled":
            raise Refused("HoldClosed")
        return self._close(hold, "released")

    def expire(self, *, job: str) -> tuple[str, int]:
        hold = self._hold(job)
        if hold.until < self.now:
            self._close(hold, "expired")
        return hold.state, hold.settled

    def _hold(self, job: str) -> Hold:
        if job not in self.holds:
            raise Refused("DoesNotExist")
        return self.holds[job]

    def _close(self, hold: Hold, state: str, cost: int = 0) -> tuple[str, int]:
        if hold.state == "open":
            hold.state, hold.settled = state, cost
            self.posted[hold.owner] -= cost
            pays = min(self.debt[hold.owner], hold.amount - cost)
            self.posted[hold.owner] -= pays
            self.debt[hold.owner] -= pays
        return hold.state, hold.settled

    def budget(self, *, whose: str, limit: int | None) -> None:
        self.limits[whose] = limit

    # --- payments -----------------------------------------------------------------------------
    def complete_topup(self, *, topup: str, intent: str, paid_cents: int) -> str:
        mine = self.topups[topup]
        if mine.status == "completed":
            if mine.intent != intent:
                raise Refused("PaymentConflict")
            return f"pi:{intent}"
        if paid_cents < mine.cents or any(t.intent == intent for t in self.topups.values()):
            raise Refused("PaymentConflict")
        mine.status, mine.intent, mine.paid_cents = "completed", intent, paid_cents
        self.put(mine.owner, mine.cents * MICROS_PER_CENT)
        return f"pi:{intent}"

    def mark_topup(self, *, topup: str, status: str) -> bool:
        mine = self.topups[topup]
        if mine.status not in UNFINISHED:
            return False
        mine.status = status
        return True

    def _paid_by(self, intent: str) -> tuple[str, Topup]:
        for name, topup in self.topups.items():
            if topup.intent == intent:
                return name, topup
        raise Refused("DoesNotExist")

    def book_refund(self, *, refund: str, intent: str, cents: int, status: str) -> tuple[str, int]:
        name, topup = self._paid_by(intent)
        mine = self.refunds.get(refund)
        if mine is None:
            mine = self._new_refund(refund, name, topup, cents, status)
        elif mine.status not in OFF:
            if status in OFF:
                mine.status = status
                back = self._taken(name) - self._owed(name)
                self.put(topup.owner, back)
                mine.taken -= back
            mine.status = status
        return mine.status, mine.taken

    def _new_refund(self, refund: str, name: str, topup: Topup, cents: int, status: str) -> Refund:
        mine = Refund(name, cents, status)
        if status not in OFF and cents + self.refunded_cents(name) > topup.paid_cents:
            raise Refused("PaymentConflict")
        self.refunds[refund] = mine
        if status not in OFF:
            mine.taken = self._owed(name) - self._taken(name)
            self.take(topup.owner, mine.taken)
        return mine

    def _owed(self, topup: str) -> int:
        """The share of every cent that is gone, whoever has it, at most once."""
        gone = [d for d in self.disputes.values() if d.topup == topup and d.is_out]
        cents = self.refunded_cents(topup) + sum(dispute.cents for dispute in gone)
        return self.topups[topup].share(min(cents, self.topups[topup].paid_cents))

    def _taken(self, topup: str) -> int:
        moved = [*self.refunds.values(), *self.disputes.values()]
        return sum(thing.taken for thing in moved if thing.topup == topup)

    def note_dispute(self, *, dispute: str, intent: str, cents: int, status: str) -> str:
        return self._note(dispute, self._paid_by(intent)[0], status, cents).status

    def _note(self, dispute: str, topup: str, status: str, cents: int) -> Dispute:
        mine = self.disputes.setdefault(dispute, Dispute(topup, status, cents))
        if mine.status not in OVER:
            mine.status = status
        return mine

    def withdraw_dispute(
        self, *, dispute: str, intent: str, cents: int, status: str, fee_cents: int
    ) -> tuple[str, int]:
        name, topup = self._paid_by(intent)
        mine = self._note(dispute, name, status, cents)
        if not mine.withdrawn:
            mine.withdrawn = True
            mine.taken = self._owed(name) - self._taken(name)
            self.take(topup.owner, mine.taken)
        return mine.status, mine.taken

    def reinstate_dispute(
        self, *, dispute: str, intent: str, cents: int, status: str
    ) -> tuple[str, int]:
        name, topup = self._paid_by(intent)
        known = self.disputes.get(dispute)
        if known is None or not known.withdrawn:
            raise Refused("PaymentConflict")
        mine = self._note(dispute, name, status, cents)
        if not mine.reinstated:
            mine.reinstated = True
            back = self._taken(name) - self._owed(name)
            self.put(topup.owner, back)
            mine.taken -= back
        return mine.status, mine.taken
