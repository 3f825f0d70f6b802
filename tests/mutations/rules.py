"""The rules, and how each is broken: a line changed, or a constraint taken out of the database."""

from __future__ import annotations

from dataclasses import dataclass

HOLDS, BUDGETS = "wallet/services/holds.py", "wallet/services/budgets.py"
MOVEMENTS, CREDIT = "wallet/services/movements.py", "wallet/services/credit.py"
PAYMENTS, PROMO = "wallet/services/payments.py", "wallet/services/promo.py"
RECEIVING, EVENTS = "wallet/stripe_events/receiving.py", "wallet/stripe_events/payments.py"
WEBHOOK, SETTLEMENT = "wallet/webhooks.py", "audio_api/jobs/settlement.py"

SERVICES = "tests/wallet/services"
CRASHES = "tests/wallet/test_crashes.py"
MACHINE = "tests/wallet/test_machine.py"
RACES = "tests/wallet/test_races.py"
CONSTRAINTS = "tests/wallet/test_constraints.py"
TRIGGERS = "tests/wallet/test_triggers.py"
STRIPE = "tests/wallet/stripe_events"
DOOR = "tests/wallet/test_webhook.py"
RUNNER = "tests/audio_api/jobs"


@dataclass(frozen=True)
class Change:
    """A text that a file has once, and what stands there instead."""

    rule: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    """The nearest first. All the rest of the money's tests follow where none of them fails."""
    postgresql: bool = False
    """Whether only PostgreSQL shows it: SQLite lets one transaction write at a time."""


@dataclass(frozen=True)
class Dropped:
    """A constraint of a model that the database does not have. `column`: a UNIQUE of its own."""

    model: str
    name: str
    column: bool = False

    @property
    def rule(self) -> str:
        return f"the database has {self.model}.{self.name}"


def atomic(rule: str, file: str, next_line: str, *, opened: str = "transaction.atomic()") -> Change:
    old = f"with {opened}:\n{next_line}"
    return Change(f"{rule} is one transaction", file, old, f"if True:\n{next_line}", (CRASHES,))


DROPPED = [
    *(
        Dropped("Wallet", f"wallet_{name}")
        for name in (
            "held_not_negative",
            "posted_covers_held",
            "seq_not_negative",
            "debt_not_negative",
            "in_debt_has_nothing_left",
        )
    ),
    *(
        Dropped("Hold", f"hold_{name}")
        for name in (
            "amount_positive",
            "settles_at_most_itself",
            "costs_only_when_settled",
            "is_open_until_closed",
            "price_not_negative",
            "bills_when_settled",
        )
    ),
    Dropped("JournalEntry", "entry_settles_a_hold"),
    Dropped("JournalEntry", "entry_by_hand_has_a_reason"),
    *(
        Dropped("Posting", f"posting_{name}")
        for name in (
            "number_in_entry",
            "seq_in_wallet",
            "moves_money",
            "of_customer_names_user",
            "in_wallet_is_numbered",
        )
    ),
    *(
        Dropped("Spending", f"spending_{name}")
        for name in (
            "once_for_an_account",
            "once_for_a_key",
            "not_negative",
            "within_its_limit",
        )
    ),
    *(
        Dropped("Topup", f"topup_{name}")
        for name in (
            "one_auto_at_a_time",
            "once_for_an_idempotency_key",
            "amount_in_range",
            "refunds_at_most_what_was_paid",
            "completed_is_paid",
        )
    ),
    Dropped("Refund", "refund_of_something"),
    Dropped("Dispute", "dispute_gives_what_it_took"),
    Dropped("PromoCode", "promo_redeemed_within_its_limit"),
    Dropped("PromoRedemption", "promo_once_for_an_account"),
    Dropped("PromoCode", "promo_gives_money"),
    Dropped("PromoCode", "promo_has_a_reason"),
    Dropped("AutoRecharge", "auto_recharge_has_consent_and_card"),
    Dropped("AutoRecharge", "auto_recharge_amounts_in_range"),
    Dropped("StripeCustomer", "stripe_customer_one_a_mode"),
    Dropped("Rate", "rate_one_at_a_time"),
    Dropped("Rate", "rate_not_negative"),
    Dropped("Rate", "rate_has_a_basis"),
    Dropped("Hold", "job_id", column=True),
    Dropped("JournalEntry", "idempotency_key", column=True),
    Dropped("JournalEntry", "hold", column=True),
    Dropped("Topup", "payment_intent_id", column=True),
    Dropped("Topup", "session_id", column=True),
    Dropped("StripeCustomer", "customer_id", column=True),
    Dropped("PromoCode", "code", column=True),
]
