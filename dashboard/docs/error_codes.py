"""Every `code` that an answer of the API may carry, with what it means and what to do."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from audio_api import registry
from audio_api.registry import ErrorCode

_SEE_PARAM = _("Correct the field that “param” names.")

IN_A_REQUEST = (
    ErrorCode("missing_required_parameter", 400, _("A field is missing."), _SEE_PARAM),
    ErrorCode(
        "invalid_type",
        400,
        _("A value is of the wrong type."),
        _SEE_PARAM,
    ),
    ErrorCode(
        "invalid_value",
        400,
        _("A value is not known here: an unknown voice or format, a file without sound."),
        _("Read “message”: it says which values there are."),
    ),
    ErrorCode(
        "invalid_choice", 400, _("A value is not one of those that can be chosen."), _SEE_PARAM
    ),
    ErrorCode("min_value", 400, _("A number is too small."), _SEE_PARAM),
    ErrorCode("max_value", 400, _("A number is too large."), _SEE_PARAM),
    ErrorCode("max_length", 400, _("A list has too many items."), _SEE_PARAM),
    ErrorCode("max_string_length", 400, _("A number has too many digits."), _SEE_PARAM),
    ErrorCode("overflow", 400, _("A number is too large to be one."), _SEE_PARAM),
    ErrorCode("empty", 400, _("A list is empty, or a file has no bytes."), _SEE_PARAM),
    ErrorCode("no_name", 400, _("A file came without a name."), _("Send it with a file name.")),
    ErrorCode("string_above_max_length", 400, _("A text is too long."), _("Shorten it.")),
    ErrorCode("string_below_min_length", 400, _("A text is empty."), _("Send some.")),
    ErrorCode(
        "null_characters_not_allowed", 400, _("A text has a NUL character in it."), _SEE_PARAM
    ),
    ErrorCode(
        "surrogate_characters_not_allowed",
        400,
        _("A text has half a Unicode character in it."),
        _("Send valid Unicode."),
    ),
    ErrorCode(
        "invalid_unicode",
        400,
        _("An address has characters that an address cannot have."),
        _SEE_PARAM,
    ),
    ErrorCode(
        "invalid", 400, _("The amount of a top-up is not a whole number of cents."), _SEE_PARAM
    ),
    ErrorCode(
        "invalid_amount",
        400,
        _("A top-up is too small or too large."),
        _("See the limits under “Prices and limits”."),
    ),
    ErrorCode(
        "promo_refused",
        400,
        _("A promo code gives this account nothing."),
        _("Read “message”: it may be over, used, or mistyped."),
    ),
    ErrorCode(
        "model_not_found",
        404,
        _("There is no model of this name to look up. Requests may still name any model."),
        _("List the models."),
    ),
    ErrorCode(
        "voice_not_found",
        404,
        _("No voice that this key may use has this name, id or UUID."),
        _("List the voices."),
    ),
    ErrorCode(
        "job_not_found",
        404,
        _("The account has no job of that id, or has deleted it."),
        _("List the jobs."),
    ),
    ErrorCode(
        "job_not_completed",
        409,
        _("The job whose output is asked for has none: it is not done, or has failed."),
        _("Wait until it is completed."),
    ),
    ErrorCode(
        "job_not_retryable",
        409,
        _("The job has not failed, or what it was asked is not kept any more."),
        _("Create a new job."),
    ),
    ErrorCode(
        "files_limit_reached",
        409,
        _("The files of all jobs take as much room as an account may have."),
        _("Delete jobs, or wait until their files are erased."),
    ),
    ErrorCode(
        "file_expired",
        410,
        _("The file was erased, or the link to it is too old."),
        _("Ask for the job again: its answer has new links while its files are kept."),
    ),
    ErrorCode(
        "unsupported_url",
        400,
        _("The address is none that files are taken from here."),
        _("Send the direct link to a media file, or the file itself."),
    ),
    ErrorCode(
        "invalid_webhook_url",
        400,
        _("The address is none that events are sent to."),
        _("Use https and a public host, or ask the operator to allow yours."),
    ),
    ErrorCode(
        "webhook_endpoint_not_found",
        404,
        _("The account has no webhook endpoint of that id."),
        _("List the endpoints."),
    ),
    ErrorCode(
        "webhook_delivery_not_found",
        404,
        _("The account has no delivery of that id, or it is too old."),
        _("List the deliveries."),
    ),
    ErrorCode(
        "webhook_endpoint_exists",
        409,
        _("Another endpoint of the account has this address."),
        _("Change that one."),
    ),
    ErrorCode(
        "webhook_endpoints_limit",
        409,
        _("The account has as many webhook endpoints as it may."),
        _("Remove one first."),
    ),
    ErrorCode(
        "service_not_offered",
        404,
        _("The hosted AudioPod API has this product, and this server does not have it."),
        _("Use what “Endpoints” lists."),
    ),
    ErrorCode(
        "upload_too_slow",
        408,
        _("The upload stood still or trickled, and was cut off."),
        _("Check the connection and send it again."),
        retry=True,
    ),
)

WHO_ASKS = (
    ErrorCode(
        "invalid_api_key",
        401,
        _("The key is mistyped, revoked or expired, or its account is closed."),
        _("Check it, or make another."),
    ),
    ErrorCode(
        "missing_scope",
        403,
        _("The key is not for this: “message” names the scope that it lacks."),
        _("Use a key that has the scope."),
    ),
    ErrorCode(
        "voice_not_yours",
        403,
        _("The voice is one that everybody has."),
        _("Change or delete voices of your own."),
    ),
    ErrorCode(
        "ip_not_authorized",
        403,
        _("The key may not be used from the address that the request came from."),
        _("Call from a network that the key allows, or change its networks in the dashboard."),
    ),
    ErrorCode(
        "beyond_this_key",
        403,
        _("A key tried to make a key that may do more than itself."),
        _("Ask for less, or make the key in the dashboard."),
    ),
)

SENT_TWICE = (
    ErrorCode(
        "idempotency_key_in_use",
        409,
        _("The first request with this Idempotency-Key is still being worked on."),
        _("Repeat it after “Retry-After” to get its result."),
        retry=True,
    ),
    ErrorCode(
        "idempotency_result_lost",
        409,
        _("The first result was paid for, and is lost."),
        _("Make it anew with a new Idempotency-Key."),
    ),
    ErrorCode(
        "idempotency_key_used",
        409,
        _("This Idempotency-Key has made its API key already, which is shown only once."),
        _("Revoke that key if it was lost, and make another."),
    ),
    ErrorCode(
        "idempotency_key_reused",
        422,
        _("This Idempotency-Key was used for a request that asked something else."),
        _("Use a new one for each request."),
    ),
)

MONEY_AND_LIMITS = (
    ErrorCode(
        "insufficient_quota",
        429,
        _("The wallet cannot pay for this request, owes something, or is frozen."),
        _("Top up. Trying again does not help."),
    ),
    ErrorCode(
        "budget_exceeded",
        429,
        _("A budget of the key or of the account has too little left (402 under /api-wallet)."),
        _("Wait until it resets, raise it, or use another key."),
    ),
    ErrorCode(
        "insufficient_api_balance",
        402,
        _("The same as insufficient_quota, as it is spelt under /api-wallet."),
        _("Top up."),
    ),
    ErrorCode(
        "rate_limit_exceeded",
        429,
        _("Too many requests in a minute, too many at a time, or too many with a wrong key."),
        _("Try again after “Retry-After”."),
        retry=True,
    ),
    ErrorCode(
        "topup_over",
        409,
        _("The top-up that this Idempotency-Key began is over."),
        _("Begin another with a new one."),
    ),
    ErrorCode(
        "card_declined",
        402,
        _("The card was declined. Its bank may give another word as the code."),
        _("Read “message”, or use another card."),
    ),
    ErrorCode(
        "payment_refused",
        502,
        _("The payment provider refused what this server asked of it."),
        _("Tell the operator of this server."),
    ),
    ErrorCode(
        "payments_not_configured",
        503,
        _("This server takes no payments."),
        _("Ask its operator for credit."),
    ),
)

OUR_SIDE = (
    ErrorCode(
        "overloaded",
        503,
        _("More is waiting than can be done, or too many uploads arrive at once."),
        _("Try again after “Retry-After”."),
        retry=True,
    ),
    ErrorCode(
        "switched_off",
        503,
        _("The operator of this server has switched this off for now."),
        _("Come back later."),
    ),
)

WITHOUT_A_CODE = (
    ErrorCode(None, 400, _("The body cannot be read at all."), _("Read “message”.")),
    ErrorCode(None, 401, _("No key was sent."), _("Send one as a Bearer token.")),
    ErrorCode(None, 404, _("There is nothing at this address."), _("See “Endpoints”.")),
    ErrorCode(None, 405, _("The address does not serve this method."), _("Read “message”.")),
    ErrorCode(None, 413, _("The body is too large."), _("See “Prices and limits”.")),
    ErrorCode(
        None,
        415,
        _("The body is of another kind than the endpoint reads."),
        _("Speech takes JSON; transcripts take a form with a file."),
    ),
    ErrorCode(
        None,
        500,
        _("It failed here. You were not charged."),
        _("Try again. If it stays, send us the request id."),
        retry=True,
    ),
    ErrorCode(
        None,
        503,
        _("Something that is needed does not answer. You were not charged."),
        _("Try again after “Retry-After”."),
        retry=True,
    ),
)


def sections() -> list[tuple[str, str | Promise, tuple[ErrorCode, ...]]]:
    """(anchor, title, codes)"""
    return [
        ("request", _("What was asked"), (*IN_A_REQUEST, *registry.errors())),
        ("who", _("Who asks"), WHO_ASKS),
        ("twice", _("Sent twice"), SENT_TWICE),
        ("money", _("Money and limits"), MONEY_AND_LIMITS),
        ("server", _("This server"), OUR_SIDE),
        ("plain", _("Without a code"), WITHOUT_A_CODE),
    ]
