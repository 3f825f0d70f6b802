"""The real wallet, asked by the same names and numbers as its model."""

from __future__ import annotations

import uuid

from django.core.exceptions import ObjectDoesNotExist
from django.db import connection

from accounts.models import ApiKey, User
from tests.wallet.machine.crash import Rows
from tests.wallet.machine.model import Refused
from wallet import services
from wallet.audit import audit
from wallet.models import (
    Hold,
    JournalEntry,
    PromoCode,
    Refund,
    Topup,
)

REFUSALS = (
    services.BudgetExceeded,
    services.HoldClosed,
    services.HoldConflict,
    services.IdempotencyConflict,
    services.InsufficientBalance,
    services.PaymentConflict,
    services.PromoRefused,
    services.SpendingFrozen,
    ObjectDoesNotExist,
    ValueError,
)


def refusal(error: Exception) -> Refused:
    """An error of the services, in the model's words."""
    match error:
        case services.InsufficientBalance():
            facts = (error.required_micros, error.available_micros, error.debt_micros)
            return Refused("InsufficientBalance", *facts)
        case services.BudgetExceeded():
            return Refused("BudgetExceeded", error.required_micros, error.left_micros)
        case ObjectDoesNotExist():
            return Refused("DoesNotExist")
        case _:
            return Refused(type(error).__name__)


class World:
    """Made with the same people, keys, top-ups and codes as the model."""

    def __init__(self, *, keys: dict[str, str], topups: dict[str, tuple[str, int]]) -> None:
        people = sorted(set(keys.values()))
        self.users = {name: User.objects.create_user(f"{name}@example.org") for name in people}
        self.keys = {
            name: ApiKey.objects.create(
                user=self.users[who], name=name, digest=name.encode(), pepper_id="p"
            )
            for name, who in keys.items()
        }
        self.topups = {
            name: Topup.objects.create(
                user=self.users[who], kind="checkout", amount_cents=cents, livemode=False
            ).pk
            for name, (who, cents) in topups.items()
        }

    def new_code(self, code: str, micros: int, times: int | None) -> None:
        PromoCode.objects.create(
            code=code, amount_micros=micros, reason="a test", max_redemptions=times
        )

    @staticmethod
    def job(name: str) -> uuid.UUID:
        return uuid.uuid5(uuid.NAMESPACE_OID, name)

    # --- what can be seen ---------------------------------------------------------------------
    def breaches(self) -> list[str]:
        """Of every invariant, except that holds of a clock that leaps are late."""
        connection.check_constraints()
        return [str(b) for b in audit().breaches if b.rule != "hold-overdue"]

    # --- what can be done ---------------------------------------------------------------------
    def grant(self, *, who: str, micros: int, key: str) -> str:
        return self._booked(services.grant, who, micros, key)

    def adjust(self, *, who: str, micros: int, key: str) -> str:
        return self._booked(services.adjust, who, micros, key)

    def _booked(self, book: object, who: str, micros: int, key: str) -> str:
        entry: JournalEntry = book(  # type: ignore[operator]
            user=self.users[who],
            amount_micros=micros,
            reason="a test",
            actor="command:test",
            idempotency_key=key,
        )
        return entry.idempotency_key

    def redeem(self, *, who: str, code: str) -> str:
        return services.redeem(user=self.users[who], code=code).kind

    def hold(self, *, who: str, key: str | None, job: str, micros: int) -> tuple[str, int]:
        made = services.hold(
            user=self.users[who],
            api_key=self.keys[key] if key else None,
            job_id=self.job(job),
            amount_micros=micros,
            seconds=60,
        )
        return made.state, made.settled_micros

    def settle(self, *, job: str, micros: int) -> tuple[str, int]:
        return self._seen(services.settle(job_id=self.job(job), amount_micros=micros))

    def release(self, *, job: str) -> tuple[str, int]:
        return self._seen(services.release(job_id=self.job(job)))

    def expire(self, *, job: str) -> tuple[str, int]:
        return self._seen(services.expire(job_id=self.job(job)))

    def _seen(self, hold: Hold) -> tuple[str, int]:
        return hold.state, hold.settled_micros

    def budget(self, *, whose: str, limit: int | None) -> None:
        name, _, span = whose.partition("/")
        if span == "day":
            self.users[name].daily_limit_micros = limit
            self.users[name].save()
            return
        key = self.keys[name]
        if span == "month":
            key.monthly_limit_micros = limit
        else:
            key.total_limit_micros = limit
        key.save()

    def complete_topup(self, *, topup: str, intent: str, paid_cents: int) -> str:
        return services.complete_topup(
            topup_id=self.topups[topup], payment_intent_id=intent, paid_cents=paid_cents
        ).idempotency_key

    def mark_topup(self, *, topup: str, status: str) -> bool:
        return services.mark_topup(topup_id=self.topups[topup], status=Topup.Status(status))

    def book_refund(self, *, refund: str, intent: str, cents: int, status: str) -> tuple[str, int]:
        booked: Refund = services.book_refund(
            refund_id=refund, payment_intent_id=intent, amount_cents=cents, status=status
        )
        return booked.status, booked.clawed_back_micros

    def note_dispute(self, *, dispute: str, intent: str, cents: int, status: str) -> str:
        return services.note_dispute(**_of(dispute, intent, cents, status)).status

    def withdraw_dispute(
        self, *, dispute: str, intent: str, cents: int, status: str, fee_cents: int
    ) -> tuple[str, int]:
        known = _of(dispute, intent, cents, status)
        withdrawn = services.withdraw_dispute(**known, fee_cents=fee_cents)
        return withdrawn.status, withdrawn.withdrawn_micros

    def reinstate_dispute(
        self, *, dispute: str, intent: str, cents: int, status: str
    ) -> tuple[str, int]:
        given = services.reinstate_dispute(**_of(dispute, intent, cents, status))
        return given.status, given.withdrawn_micros


def _of(dispute: str, intent: str, cents: int, status: str) -> dict[str, object]:
    return {
        "dispute_id": dispute,
        "payment_intent_id": intent,
        "amount_cents": cents,
        "status": status,
    }


class Seen:
    """The rows of the tables, by the names of the model."""

    def __init__(self, rows: Rows, world: World) -> None:
        self.rows, self.world = rows, world

    def money(self, who: str) -> tuple[int, int, int, bool, int]:
        """Posted, held, debt, frozen and spent."""
        mine = self.world.users[who].pk
        spent = sum(h["settled_micros"] for h in self.rows["wallet_hold"] if h["user_id"] == mine)
        for row in self.rows["wallet_wallet"]:
            if row["user_id"] == mine:
                amounts = (row["posted_micros"], row["held_micros"], row["debt_micros"])
                return *amounts, bool(row["is_frozen"]), spent
        return 0, 0, 0, False, spent

    def spending(self) -> dict[tuple[str, str], tuple[int, int]]:
        names = {key.pk: name for name, key in self.world.keys.items()}
        people = {user.pk: name for name, user in self.world.users.items()}
        return {
            (
                names[row["api_key_id"]] if row["api_key_id"] else people[row["user_id"]],
                row["period"],
            ): (row["held_micros"], row["spent_micros"])
            for row in self.rows["wallet_spending"]
        }

    def refunded_cents(self) -> dict[str, int]:
        found = {str(row["id"]).replace("-", ""): row for row in self.rows["wallet_topup"]}
        return {name: found[pk.hex]["refunded_cents"] for name, pk in self.world.topups.items()}
