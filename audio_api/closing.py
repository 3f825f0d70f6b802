"""Closing an account: nobody gets in at once, and then everything goes but the books.

The door is shut in one transaction. Each step after it can be taken again, and the account is
forgotten last: what a crash has left is finished by the sweeper.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from django.db import DatabaseError
from django.utils import timezone

from accounts import erasure
from accounts.models import ApiKey, User
from audio_api import channel
from audio_api.channel import Failed
from audio_api.jobs import files, idempotency, settlement
from audio_api.models import Job
from voices import piper_files
from voices.models import FavouriteVoice, Pronunciation, VoiceProfile
from wallet import services as wallet
from wallet.gateway import GatewayError, gateway, is_configured
from wallet.models import AutoRecharge, Dispute, StripeCustomer, Topup, Wallet
from webhooks import endpoints

log = logging.getLogger(__name__)

REASON = "Account closed by its owner."
CODE = "account_closed"
ROUNDS = 20
"""A request that was let in before the door was shut may still begin a job, as often as that."""
GRACE = timedelta(minutes=1)
"""Whoever closes an account is at it for so long, before somebody else finishes the work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequences:
    """What an account loses, for its owner to read before."""

    balance_micros: int
    debt_micros: int
    payments_under_way: int
    open_disputes: int
    open_jobs: int
    usable_keys: int
    own_voices: int


def consequences(user: User) -> Consequences:
    has = Wallet.objects.filter(pk=user.pk).first() or Wallet(user=user)
    return Consequences(
        balance_micros=has.posted_micros,
        debt_micros=has.debt_micros,
        payments_under_way=Topup.objects.for_user(user).unfinished().count(),
        open_disputes=Dispute.objects.filter(topup__user=user, closed_at__isnull=True).count(),
        open_jobs=Job.objects.for_user(user).open().count(),
        usable_keys=ApiKey.objects.for_user(user).usable().count(),
        own_voices=VoiceProfile.objects.filter(owner=user).count(),
    )


def close(user: User) -> None:
    """Close an account for good. Raises LastOperator; never call it in a transaction."""
    erasure.deactivate(user)
    log.info("Account %s was closed by its owner.", user.pk)
    finish(user)


def finish(user: User) -> None:
    """All that is left to do for an account that is shut."""
    _stop_paying(user)
    _give_up_balance(user)
    endpoints.erase(user)
    _erase_results(user)
    _erase_voices(user)
    erasure.anonymize(user)


def finish_all() -> int:
    """Finish what a crash has left half done; how many accounts that were."""
    return sum(_finished(user) for user in erasure.not_anonymized(before=timezone.now() - GRACE))


def _finished(user: User) -> bool:
    """One that can't be finished just now must not keep the others."""
    try:
        finish(user)
    except Exception:  # whatever the storage raises
        log.exception("Account %s is closed, but not all of it is erased yet.", user.pk)
        return False
    return True


def _give_up_balance(user: User) -> None:
    """End the open jobs and write off what the account has. Raises nothing but DatabaseError."""
    for _round in range(ROUNDS):
        for job in Job.objects.for_user(user).open().select_related("user"):
            _end(job)
        has = Wallet.objects.filter(pk=user.pk).first()
        if has is None or not has.posted_micros:
            return
        try:
            _write_off(has)
        except (wallet.InsufficientBalance, wallet.IdempotencyConflict):
            continue  # a job has begun, or a twin of ours was faster
    raise DatabaseError(f"Account {user.pk} still spends: its closing goes on later.")


def _end(job: Job) -> None:
    """A job that runs costs nothing either: the balance is given up as it is."""
    message = "The account was closed."
    if settlement.withdraw(job, code=CODE, message=message) or settlement.abandon(
        job, code=CODE, message=message
    ):
        writer = channel.open_writer(job.id)
        if writer.listened() and not writer.cancelled():
            writer.send(Failed(403, message, CODE))


def _write_off(has: Wallet) -> None:
    if has.available_micros:
        wallet.adjust(
            user=has.user,
            amount_micros=-has.available_micros,
            reason=REASON,
            actor=f"user:{has.pk}",
            idempotency_key=f"account-closed:{has.pk}:{has.seq}",
        )


def _erase_results(user: User) -> None:
    """The audio and transcripts that were kept for idempotency keys. Of other jobs that are over,
    neither audio nor text is kept."""
    for job in Job.objects.for_user(user).exclude(idempotency_key="").iterator():
        idempotency.forget(job)
    for job in Job.objects.for_user(user).filter(kept_until__isnull=False).iterator():
        files.erase(job)


def _erase_voices(user: User) -> None:
    FavouriteVoice.objects.filter(user=user).delete()
    Pronunciation.objects.for_user(user).delete()
    for voice in VoiceProfile.objects.filter(owner=user):
        if voice.preview:
            voice.preview.delete(save=False)
        voice.delete()
        piper_files.discard_unused(voice.engine, voice.engine_voice)


def _stop_paying(user: User) -> None:
    """No card is charged any more, and none is remembered."""
    AutoRecharge.objects.filter(user=user).delete()
    if is_configured():
        _take_leave_of_provider(user)


def _take_leave_of_provider(user: User) -> None:
    """As well as it can be done: a provider that does not answer keeps nobody's account open."""
    provider = gateway()
    try:
        for topup in Topup.objects.for_user(user).unfinished().filter(session_id__isnull=False):
            provider.expire_checkout(str(topup.session_id))
        mine = StripeCustomer.objects.filter(user=user, livemode=provider.livemode)
        for customer_id in mine.values_list("customer_id", flat=True):
            for card in provider.saved_cards(customer_id):
                provider.remove_card(card.payment_method_id)
        mine.delete()
    except GatewayError as error:
        log.warning("Account %s: its cards could not all be removed: %s", user.pk, error)
