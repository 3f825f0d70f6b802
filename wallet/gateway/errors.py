"""Why a payment provider does not do what it was asked."""

from __future__ import annotations

from django.utils.translation import gettext as _

from audiopod.common import features


class GatewayError(Exception):
    """Whatever keeps a payment from being asked for. The message may be shown to the customer."""


class PaymentsNotConfigured(GatewayError):
    """This server has no key of a payment provider."""

    def __init__(self) -> None:
        super().__init__(
            _("Top-ups are not configured on this server; its operator can grant credit.")
        )


class TopUpsSwitchedOff(GatewayError):
    """The operator takes no payments now."""

    def __init__(self) -> None:
        super().__init__(features.said_to_be_off(features.TOP_UP))


class GatewayUnavailable(GatewayError):
    """No answer, or one that says: not now. The same call with the same key may be made again."""

    def __init__(self) -> None:
        super().__init__(_("The payment provider does not answer right now. Please try again."))


class GatewayRefused(GatewayError):
    """The provider does not do this, and would not if it were asked again.

    `code` is the provider's own: "resource_missing", "idempotency_error" and the like.
    """

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class CardDeclined(GatewayError):
    """The customer's bank said no, or wants to ask the customer first."""

    def __init__(
        self,
        message: str,
        code: str,
        *,
        needs_authentication: bool = False,
        payment_intent_id: str = "",
    ) -> None:
        super().__init__(message)
        self.code = code
        self.needs_authentication = needs_authentication
        self.payment_intent_id = payment_intent_id
