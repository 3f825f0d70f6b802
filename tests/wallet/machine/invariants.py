"""What is true of the tables after every committed transaction, checked row by row.

A second opinion beside `wallet.audit`, which asks the database to add: here Python adds.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from tests.wallet.machine.crash import Row, Rows

Sums = dict[Any, int]
Problem = str
MICROS_PER_CENT = 10_000


def broken(rows: Rows) -> list[Problem]:
    checks = (entries, wallets, running, settlements, spendings, payments, promos)
    return [problem for check in checks for problem in check(rows)]


def entries(rows: Rows) -> Iterator[Problem]:
    """Each has two legs or more, none of them empty, that sum to nothing."""
    legs: dict[int, list[int]] = {entry["id"]: [] for entry in rows["wallet_journalentry"]}
    for posting in rows["wallet_posting"]:
        legs[posting["entry_id"]].append(posting["amount_micros"])
    for entry, amounts in legs.items():
        if len(amounts) < 2 or sum(amounts) or not all(amounts):
            yield f"entry {entry} has the legs {amounts}"


def wallets(rows: Rows) -> Iterator[Problem]:
    """Explained by postings and holds, and within their bounds."""
    posted, debt = _total(rows, account="customer"), _total(rows, account="receivable")
    held: Sums = Counter()
    for hold in rows["wallet_hold"]:
        held[hold["user_id"]] += hold["amount_micros"] if hold["state"] == "open" else 0
    for wallet in rows["wallet_wallet"]:
        who = wallet["user_id"]
        has = wallet["posted_micros"], wallet["held_micros"], wallet["debt_micros"]
        if has != (posted.pop(who, 0), held.pop(who, 0), -debt.pop(who, 0)):
            yield f"wallet {who} has {has}"
        if not (has[0] >= has[1] >= 0 and has[2] >= 0) or (has[2] and has[0] != has[1]):
            yield f"wallet {who} is out of bounds: {has}"
    if any(posted.values()) or any(held.values()) or any(debt.values()):
        yield "money of an account without a wallet"


def running(rows: Rows) -> Iterator[Problem]:
    """The legs of a wallet are numbered without gaps, each with the balance after it."""
    legs: dict[int, list[Row]] = defaultdict(list)
    for posting in rows["wallet_posting"]:
        if posting["account"] == "customer":
            legs[posting["user_id"]].append(posting)
    for wallet in rows["wallet_wallet"]:
        mine = sorted(legs[wallet["user_id"]], key=lambda leg: leg["wallet_seq"])
        if [leg["wallet_seq"] for leg in mine] != list(range(1, wallet["seq"] + 1)):
            yield f"wallet {wallet['user_id']}: a gap before {wallet['seq']}"
        afters = [0, *(leg["posted_after"] for leg in mine)]
        if [b - a for a, b in pairwise(afters)] != [leg["amount_micros"] for leg in mine]:
            yield f"wallet {wallet['user_id']} ran {afters}"


def settlements(rows: Rows) -> Iterator[Problem]:
    """A hold is settled by one entry that moves what it cost, and no other hold has any."""
    settled = {h["id"]: h["settled_micros"] for h in rows["wallet_hold"] if h["settled_micros"]}
    earned = _total(rows, of="entry_id", account="revenue")
    booked = [
        (entry["hold_id"], earned[entry["id"]])
        for entry in rows["wallet_journalentry"]
        if entry["hold_id"] is not None or entry["kind"] == "settlement"
    ]
    if sorted(booked, key=str) != sorted(settled.items(), key=str):
        yield f"holds cost {settled}, and entries booked {booked}"
    for hold in rows["wallet_hold"]:
        is_settled, is_open = hold["state"] == "settled", hold["state"] == "open"
        costs_right = (0 < hold["settled_micros"] <= hold["amount_micros"]) == is_settled
        if not costs_right or is_open != (hold["closed_at"] is None):
            yield f"hold {hold['id']} is {hold['state']} and cost {hold['settled_micros']}"


def spendings(rows: Rows) -> Iterator[Problem]:
    """Every budget counts what the holds of its period hold and have cost."""
    held: Sums = Counter()
    spent: Sums = Counter()
    for hold in rows["wallet_hold"]:
        made = str(hold["created_at"])
        places = [(hold["user_id"], None, made[:10])]
        if hold["api_key_id"]:
            places += [(hold["user_id"], hold["api_key_id"], p) for p in (made[:7], "total")]
        for place in places:
            held[place] += hold["amount_micros"] if hold["state"] == "open" else 0
            spent[place] += hold["settled_micros"]
    for row in rows["wallet_spending"]:
        place = (row["user_id"], row["api_key_id"], row["period"])
        found, expected = (row["held_micros"], row["spent_micros"]), (held[place], spent[place])
        if found != expected:
            yield f"budget {place} counts {found}, its holds {expected}"
        if row["limit_micros"] is not None and row["limit_micros"] < sum(found):
            yield f"budget {place} is beyond its limit"
        held[place] = spent[place] = 0
    if any(held.values()) or any(spent.values()):
        yield "a hold counts in no budget"


def payments(rows: Rows) -> Iterator[Problem]:
    """What Stripe has for us is what it took, less what it gave back."""
    paid, intents = 0, []
    refunded: Sums = Counter()
    for refund in rows["wallet_refund"]:
        is_off = refund["status"] in {"failed", "canceled"}
        refunded[refund["topup_id"]] += 0 if is_off else refund["amount_cents"]
        paid -= refund["clawed_back_micros"]
    for topup in rows["wallet_topup"]:
        if topup["status"] == "completed":
            paid += topup["amount_cents"] * MICROS_PER_CENT
            intents.append(f"pi:{topup['payment_intent_id']}")
        if not topup["refunded_cents"] == refunded[topup["id"]] <= topup["paid_cents"]:
            yield f"top-up {topup['id']} says that {topup['refunded_cents']} were refunded"
    booked = [e["idempotency_key"] for e in rows["wallet_journalentry"] if e["kind"] == "topup"]
    if sorted(booked) != sorted(intents):
        yield f"paid were {intents}, and credited {booked}"
    paid -= sum(dispute["withdrawn_micros"] for dispute in rows["wallet_dispute"])
    fees = sum(_total(rows, of="account", account="fees").values())
    has = -sum(_total(rows, of="account", account="stripe").values())
    if has != paid + fees:
        yield f"Stripe has {has} in our books, and {paid + fees} by its payments"


def promos(rows: Rows) -> Iterator[Problem]:
    used = Counter(row["code_id"] for row in rows["wallet_promoredemption"])
    for code in rows["wallet_promocode"]:
        if code["redeemed"] != used[code["id"]]:
            yield f"code {code['code']} was redeemed {used[code['id']]} times"


def _total(rows: Rows, *, account: str, of: str = "user_id") -> Sums:
    sums: Sums = Counter()
    for posting in rows["wallet_posting"]:
        if posting["account"] == account:
            sums[posting[of]] += posting["amount_micros"]
    return sums
