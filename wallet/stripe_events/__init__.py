"""Events of Stripe, each handled once: the webhook brings them, or the reconciler.

`receiving` keeps the event and its outcome; `table` says what each type means. What it means is
in `payments` (money that comes), `reversals` (money that goes back) and `cards`; `matching` sees
to it that the payment is ours and is what we asked for.
"""

from wallet.stripe_events.receiving import Receipt, handle

__all__ = ["Receipt", "handle"]
