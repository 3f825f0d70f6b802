"""Random calls, asked of the model and of the wallet: they answer the same, or refuse the same.

Names, ids and amounts are few, so that they meet again. Any call may crash on its way first, and
any earlier call may come again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import ExitStack
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.strategies import SearchStrategy

from audiopod.common.money import cost_micros
from tests.clock import at
from tests.wallet.machine.crash import Crash, Rows, crash_after, rows
from tests.wallet.machine.invariants import broken
from tests.wallet.machine.model import Model, Refused
from tests.wallet.machine.things import Code, Topup
from tests.wallet.machine.world import REFUSALS, Seen, World, refusal
from wallet.models import Rate
from wallet.pricing import price_now

KEYS = {"ann-1": "ann", "ann-2": "ann", "bob-1": "bob"}
TOPUPS = {"t1": ("ann", 100), "t2": ("ann", 250), "t3": ("bob", 100)}
CODES: dict[str, tuple[int, int | None]] = {"WELCOME": (400_000, None), "FIRST": (1, 1)}
BUDGETS = ["ann/day", "bob/day", *(f"{key}/{span}" for key in KEYS for span in ("month", "total"))]
LEAPS = [timedelta(seconds=59), timedelta(seconds=61), timedelta(days=1), timedelta(days=31)]

AUDIT_EVERY = 8
"""Changes. The audit takes fifty times as long as the invariants, which it repeats."""

people = st.sampled_from(["ann", "bob"])
JOBS = ["j1", "j2", "j3", "j4"]
INTENTS = ["pi_1", "pi_2", "pi_3"]


def mostly(known: Callable[[Model], Collection[str]], all_of: list[str]) -> SearchStrategy[str]:
    """Names of what is there, and now and then of what may not be."""
    return st.runner().flatmap(
        lambda machine: st.sampled_from([*sorted(known(machine.model)) * 4, *all_of])
    )


new_jobs = st.sampled_from(JOBS)
jobs = mostly(lambda model: model.holds.keys(), JOBS)
open_jobs = mostly(lambda model: [j for j, h in model.holds.items() if h.state == "open"], JOBS)
micros = st.sampled_from([1, 2, 99_999, 100_000, 250_000, 333_333, 500_000, 1_000_000])
booking_keys = st.sampled_from(["a", "b", "c"])
topups = st.sampled_from(list(TOPUPS))
new_intents = st.sampled_from(INTENTS)
intents = mostly(lambda model: {t.intent for t in model.topups.values() if t.intent}, INTENTS)
DISPUTES = [f"dp_{intent}_{n}" for intent in INTENTS for n in (1, 2)]
disputes = mostly(lambda model: model.disputes.keys(), DISPUTES)
withdrawn = mostly(lambda m: [name for name, d in m.disputes.items() if d.withdrawn], DISPUTES)
numbers = st.integers(1, 2)
paid = st.sampled_from([99, 100, 108, 250, 267])
cents = st.sampled_from([1, 33, 50, 100, 108, 250, 267])
refund_statuses = st.sampled_from(["pending", "succeeded", "failed", "canceled"])
dispute_statuses = st.sampled_from(
    ["warning_needs_response", "warning_closed", "needs_response", "under_review", "won", "lost"]
)
crash_points = st.one_of(st.none(), st.none(), st.none(), st.integers(1, 15))

Call = tuple[str, dict[str, Any]]


class WalletMachine(RuleBasedStateMachine):
    @initialize(hour=st.sampled_from([0, 23]), day=st.sampled_from([1, 28]), rich=st.booleans())
    def open_accounts(self, hour: int, day: int, rich: bool) -> None:
        today = timezone.now() + timedelta(days=365)
        self.clock = ExitStack()
        self._set_clock(today.replace(month=2, day=day, hour=hour, minute=59))
        self.model = Model(
            now=self.now,
            topups={name: Topup(*of) for name, of in TOPUPS.items()},
            codes={name: Code(*worth) for name, worth in CODES.items()},
        )
        self.world = World(keys=KEYS, topups=TOPUPS)
        for code, (worth, times) in CODES.items():
            self.world.new_code(code, worth, times)
        self.calls: list[Call] = []
        self.price, self.prices = price_now("text_to_speech"), {}
        self.seen: Rows = {}
        self.changes = 0
        if rich:
            self.do(None, "complete_topup", topup="t1", intent="pi_1", paid_cents=108)
            self.do(None, "complete_topup", topup="t3", intent="pi_3", paid_cents=100)

    def teardown(self) -> None:
        if not hasattr(self, "clock"):
            return
        try:
            assert self.world.breaches() == []
        finally:
            self.clock.close()

    def do(self, crash: int | None, name: str, **asked: Any) -> Any:
        """One call, of both. The wallet's may crash before, which must not leave a trace."""
        self.calls.append((name, asked))
        real = partial(getattr(self.world, name), **asked)
        expected = _answer(partial(getattr(self.model, name), **asked))
        before = rows() if crash else None
        try:
            with crash_after(crash):
                answer = _answer(real)
        except Crash:
            assert rows() == before, f"{name} left something behind"
            answer = _answer(real)
        assert answer == expected, (name, asked)
        return expected

    # --- credit -------------------------------------------------------------------------------
    @rule(who=people, micros=micros, key=booking_keys, crash=crash_points)
    def grant(self, crash: int | None, **asked: Any) -> None:
        self.do(crash, "grant", **asked)

    @rule(who=people, micros=micros, sign=st.sampled_from([1, -1]), key=booking_keys)
    def adjust(self, who: str, micros: int, sign: int, key: str) -> None:
        self.do(None, "adjust", who=who, micros=sign * micros, key=key)

    @rule(who=people, code=st.sampled_from([*CODES, "NONE"]), crash=crash_points)
    def redeem(self, crash: int | None, **asked: Any) -> None:
        self.do(crash, "redeem", **asked)

    # --- holds --------------------------------------------------------------------------------
    @rule(key=st.sampled_from([*KEYS]), job=new_jobs, micros=micros, crash=crash_points)
    def hold_by_key(self, crash: int | None, key: str, job: str, micros: int) -> None:
        self.do(crash, "hold", who=KEYS[key], key=key, job=job, micros=micros)

    @rule(who=people, job=new_jobs, micros=micros, crash=crash_points)
    def hold_by_hand(self, crash: int | None, who: str, job: str, micros: int) -> None:
        self.do(crash, "hold", who=who, key=None, job=job, micros=micros)

    @rule(who=people, job=new_jobs, cost=st.booleans())
    def spend_everything(self, who: str, job: str, cost: bool) -> None:
        """So that refunds and disputes meet empty wallets."""
        micros = self.model.available(who) or 1
        answer = self.do(None, "hold", who=who, key=None, job=job, micros=micros)
        if cost and answer == ("open", 0):
            self.do(None, "settle", job=job, micros=micros)

    @rule(key=st.sampled_from([*KEYS]), job=new_jobs, ms=st.sampled_from([1, 60_000]))
    def hold_at_the_price_of_today(self, key: str, job: str, ms: int) -> None:
        assert price_now("text_to_speech") == self.price
        worth = max(1, cost_micros(ms, self.price))
        is_new = job not in self.model.holds
        answer = self.do(None, "hold", who=KEYS[key], key=key, job=job, micros=worth)
        if is_new and answer == ("open", 0):
            self.prices[job] = (self.price, ms, worth)

    @precondition(lambda self: self.prices)
    @rule(data=st.data())
    def settle_at_the_price_of_its_day(self, data: st.DataObject) -> None:
        job = data.draw(st.sampled_from(sorted(self.prices)))
        price, ms, held = self.prices[job]
        cost = min(held, cost_micros(ms, price))
        self.do(None, "settle", job=job, micros=cost)

    @rule(price=st.sampled_from([40_000, 90_000]))
    def change_the_price(self, price: int) -> None:
        self.pass_time(timedelta(seconds=1))
        Rate.objects.create(
            service_type="text_to_speech", price_micros_per_minute=price, effective_from=self.now
        )
        self.price = price

    @rule(job=open_jobs, micros=st.one_of(st.just(0), micros), crash=crash_points)
    def settle(self, crash: int | None, **asked: Any) -> None:
        self.do(crash, "settle", **asked)

    @precondition(lambda self: any(h.state == "open" for h in self.model.holds.values()))
    @rule(data=st.data(), part=st.sampled_from([1, 2, 3]), crash=crash_points)
    def settle_a_part(self, data: st.DataObject, part: int, crash: int | None) -> None:
        opened = sorted(job for job, hold in self.model.holds.items() if hold.state == "open")
        job = data.draw(st.sampled_from(opened))
        self.do(crash, "settle", job=job, micros=-(-self.model.holds[job].amount // part))

    @rule(job=open_jobs, crash=crash_points)
    def release(self, crash: int | None, job: str) -> None:
        self.do(crash, "release", job=job)

    @rule(job=jobs, crash=crash_points)
    def expire(self, crash: int | None, job: str) -> None:
        self.do(crash, "expire", job=job)

    @rule(leap=st.sampled_from(LEAPS))
    def pass_time(self, leap: timedelta) -> None:
        self._set_clock(self.now + leap)
        self.model.now = self.now

    def _set_clock(self, now: datetime) -> None:
        self.now = now
        self.clock.close()
        self.clock.enter_context(at(now))

    @rule(whose=st.sampled_from(BUDGETS), limit=st.one_of(st.none(), st.just(0), micros))
    def change_a_budget(self, whose: str, limit: int | None) -> None:
        self.do(None, "budget", whose=whose, limit=limit)

    # --- payments -----------------------------------------------------------------------------
    @rule(topup=topups, intent=new_intents, paid_cents=paid, crash=crash_points)
    def complete_topup(self, crash: int | None, **asked: Any) -> None:
        self.do(crash, "complete_topup", **asked)

    @rule(topup=topups, status=st.sampled_from(["open", "processing", "failed", "expired"]))
    def mark_topup(self, topup: str, status: str) -> None:
        self.do(None, "mark_topup", topup=topup, status=status)

    @rule(intent=intents, n=numbers, cents=cents, status=refund_statuses, crash=crash_points)
    def book_refund(self, crash: int | None, intent: str, n: int, **asked: Any) -> None:
        self.do(crash, "book_refund", refund=f"re_{intent}_{n}", intent=intent, **asked)

    @rule(intent=intents, n=numbers, cents=cents, status=dispute_statuses, crash=crash_points)
    def note_dispute(self, crash: int | None, intent: str, n: int, **asked: Any) -> None:
        self.do(crash, "note_dispute", dispute=f"dp_{intent}_{n}", intent=intent, **asked)

    @rule(
        dispute=disputes,
        cents=cents,
        status=dispute_statuses,
        fee_cents=st.sampled_from([0, 1500]),
        crash=crash_points,
    )
    def withdraw_dispute(self, crash: int | None, dispute: str, **asked: Any) -> None:
        self.do(crash, "withdraw_dispute", dispute=dispute, intent=dispute[3:7], **asked)

    @rule(dispute=withdrawn, cents=cents, status=dispute_statuses, crash=crash_points)
    def reinstate_dispute(self, crash: int | None, dispute: str, **asked: Any) -> None:
        self.do(crash, "reinstate_dispute", dispute=dispute, intent=dispute[3:7], **asked)

    # --- anything, once more ------------------------------------------------------------------
    @precondition(lambda self: self.calls)
    @rule(data=st.data(), crash=crash_points)
    def again(self, data: st.DataObject, crash: int | None) -> None:
        name, asked = data.draw(st.sampled_from(self.calls[-20:]))
        self.do(crash, name, **asked)

    # --- what holds after every step ----------------------------------------------------------
    @invariant()
    def all_is_as_it_should_be(self) -> None:
        """Looked at whenever a row has changed: the same rows would get the same verdict."""
        found = rows()
        if found != self.seen:
            assert broken(found) == []
            self.agree(Seen(found, self.world))
            self.seen = found
            self.changes += 1
            if self.changes % AUDIT_EVERY == 0:
                assert self.world.breaches() == []

    def agree(self, seen: Seen) -> None:
        model = self.model
        for who in self.world.users:
            money = (model.posted[who], model.held(who), model.debt[who])
            assert seen.money(who) == (*money, model.frozen(who), model.spent(who))
            assert money[0] - money[2] + model.spent(who) == model.came_in[who]
        assert seen.spending() == model.spending()
        assert seen.refunded_cents() == {name: model.refunded_cents(name) for name in TOPUPS}


def _answer(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except Refused as refused:
        return "refused", refused.name, *refused.facts
    except REFUSALS as error:
        refused = refusal(error)
        return "refused", refused.name, *refused.facts
