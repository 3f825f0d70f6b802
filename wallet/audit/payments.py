"""Do the entries of the ledger agree with the payments that they are about?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db.models import Q, Sum

from accounts.models import User
from wallet.audit.breach import Breach
from wallet.models import Dispute, JournalEntry, Posting, PromoRedemption, Refund, Topup, Wallet

Kind = JournalEntry.Kind


def topups_are_booked_once(user: User | None) -> Iterator[Breach]:
    """A completed top-up is credited by one entry, and no entry credits any other."""
    topups = Topup.objects.filter(status=Topup.Status.COMPLETED)
    if user is not None:
        topups = topups.for_user(user)
    paid = {f"pi:{row.payment_intent_id}": row for row in topups}
    booked = _from_stripe(Kind.TOPUP, user)
    for key in sorted(paid.keys() | booked.keys()):
        expected = -paid[key].amount_micros if key in paid else 0
        if booked.get(key, 0) != expected:
            detail = f"the ledger moves {booked.get(key, 0)}, the top-up says {expected}"
            yield Breach("topup", key, detail)


def refunds_match_the_ledger(user: User | None) -> Iterator[Breach]:
    """What a refund takes from the wallet is what its entries move, and sums to its top-up's."""
    refunds = Refund.objects.select_related("topup")
    if user is not None:
        refunds = refunds.filter(topup__user=user)
    booked = _from_stripe(Kind.REFUND, user)
    failed = _from_stripe(Kind.REFUND_FAILED, user)
    for refund in refunds:
        key = f"re:{refund.pk}"
        moved = booked.pop(key, 0) + failed.pop(f"{key}:failed", 0)
        if moved != refund.clawed_back_micros:
            detail = f"the ledger moves {moved}, the refund says {refund.clawed_back_micros}"
            yield Breach("refund", key, detail)
    for key, moved in (booked | failed).items():
        yield Breach("refund", key, f"the ledger moves {moved} for no refund")
    yield from _refunded_cents(refunds)


def _refunded_cents(refunds: Iterable[Refund]) -> Iterator[Breach]:
    sums: dict[Topup, int] = {}
    for refund in refunds:
        cents = refund.amount_cents if refund.status not in ("failed", "canceled") else 0
        sums[refund.topup] = sums.get(refund.topup, 0) + cents
    for topup, cents in sums.items():
        if topup.refunded_cents != cents:
            detail = f"refunded {topup.refunded_cents} cents, its refunds sum to {cents}"
            yield Breach("topup-refunded", f"top-up {topup.pk}", detail)


def disputes_match_the_ledger(user: User | None) -> Iterator[Breach]:
    """What a dispute has taken from the wallet is what its entries move, but for the fee."""
    disputes = Dispute.objects.all()
    if user is not None:
        disputes = disputes.filter(topup__user=user)
    taken = _from_stripe(Kind.DISPUTE, user, fees=True)
    won = _from_stripe(Kind.DISPUTE_WON, user)
    for dispute in disputes:
        moved = taken.pop(f"dp:{dispute.pk}:w", 0) + won.pop(f"dp:{dispute.pk}:r", 0)
        if moved != dispute.withdrawn_micros:
            detail = f"the ledger moves {moved}, the dispute says {dispute.withdrawn_micros}"
            yield Breach("dispute", f"dispute {dispute.pk}", detail)
    for key, moved in (taken | won).items():
        yield Breach("dispute", key, f"the ledger moves {moved} for no dispute")


def what_is_gone_was_given(user: User | None) -> Iterator[Breach]:
    """The wallet gave for refunds and disputes what is gone of a payment, each cent of it once."""
    topups = Topup.objects.filter(Q(refunds__isnull=False) | Q(disputes__isnull=False)).distinct()
    if user is not None:
        topups = topups.for_user(user)
    for topup in topups:
        gone = topup.disputes.filter(withdrawn_at__isnull=False, reinstated_at=None)
        cents = topup.refunded_cents + sum(gone.values_list("amount_cents", flat=True))
        share = topup.amount_micros * min(cents, topup.paid_cents) // topup.paid_cents
        given = sum(topup.refunds.values_list("clawed_back_micros", flat=True)) + sum(
            topup.disputes.values_list("withdrawn_micros", flat=True)
        )
        if given != share:
            detail = f"{cents} cents are gone, the wallet gave {given}, not {share}"
            yield Breach("topup-gone", f"top-up {topup.pk}", detail)


def wallets_are_frozen_by_disputes(user: User | None) -> Iterator[Breach]:
    """A wallet is frozen exactly while a dispute freezes it."""
    frozen = set(Wallet.objects.filter(is_frozen=True).values_list("pk", flat=True))
    freezing = set(Dispute.objects.filter(is_freezing=True).values_list("topup__user", flat=True))
    for account in sorted(frozen ^ freezing):
        if user is None or account == user.pk:
            said = "frozen without a dispute" if account in frozen else "disputed, yet not frozen"
            yield Breach("wallet-frozen", f"account {account}", said)


def promos_are_booked_once(user: User | None) -> Iterator[Breach]:
    """Each redemption has its entry, of its code and account, and each such entry one."""
    redemptions = PromoRedemption.objects.select_related("entry")
    entries = JournalEntry.objects.filter(kind=Kind.PROMO)
    if user is not None:
        redemptions = redemptions.filter(user=user)
        entries = entries.filter(postings__user=user)
    known = {f"promo:{row.code_id}:{row.user_id}" for row in redemptions}
    booked = set(entries.values_list("idempotency_key", flat=True))
    for key in sorted(known ^ booked):
        yield Breach("promo", key, "booked without a redemption" if key in booked else "not booked")


def _from_stripe(
    kind: JournalEntry.Kind, user: User | None, *, fees: bool = False
) -> dict[str, int]:
    """Micro-dollars that each entry of a kind moves to our account at Stripe, by its key.

    fees: count those that we bore as well, which leaves what the customer gave.
    """
    ours = Q(account=Posting.Account.STRIPE)
    if fees:
        ours |= Q(account=Posting.Account.FEES)
    postings = Posting.objects.filter(ours, entry__kind=kind).order_by()
    if user is not None:
        postings = postings.filter(entry__in=Posting.objects.filter(user=user).values("entry"))
    rows = postings.values_list("entry__idempotency_key").annotate(total=Sum("amount_micros"))
    return dict(rows)
