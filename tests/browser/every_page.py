"""Which pages there are, and who looks at each.

`test_accessible.py` compares this with the URLs of the project: a page that is added there and
not here fails a test.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

VISITOR, NEWCOMER, REGULAR, STAFF = "visitor", "newcomer", "regular", "staff"
"""Nobody; an account without anything; one with months of everything; an administrator."""

DOCS = (
    "quickstart",
    "speech",
    "transcription",
    "conversion",
    "noise-reduction",
    "voices",
    "formats",
    "keys",
    "webhooks",
    "prices",
    "wallet",
    "errors",
    "migration",
    "endpoints",
)
REQUEST, WALLET, JOBS = "/dashboard/requests", "/dashboard/wallet", "/dashboard/jobs"
HOOKS = "/dashboard/webhooks"
FACTORS = "/account/2fa"

PAGES: tuple[tuple[str, str, str], ...] = (
    ("home", VISITOR, "/"),
    ("home", REGULAR, "/"),
    ("voices", VISITOR, "/voices/"),
    ("voices", VISITOR, "/voices/?q=nothing+is+called+this"),
    ("voices", REGULAR, "/voices/?language=ar"),
    ("docs", VISITOR, "/docs/"),
    *(("docs-page", VISITOR, f"/docs/{slug}/") for slug in DOCS),
    ("docs-page", REGULAR, "/docs/quickstart/"),
    ("api-reference", VISITOR, "/docs/api/"),
    ("", VISITOR, "/no-such-page/"),
    ("login", VISITOR, "/login/"),
    ("account_login", VISITOR, "/account/login/"),
    ("account_signup", VISITOR, "/account/signup/"),
    ("account_reset_password", VISITOR, "/account/password/reset/"),
    ("account_password_reset_completed", VISITOR, "/account/password/reset/done/"),
    ("account_inactive", VISITOR, "/account/inactive/"),
    ("dashboard", NEWCOMER, "/dashboard/"),
    ("dashboard", REGULAR, "/dashboard/"),
    ("keys", NEWCOMER, "/dashboard/keys/"),
    ("keys", REGULAR, "/dashboard/keys/"),
    ("keys", REGULAR, "/dashboard/keys/?show=over"),
    ("key-create", REGULAR, "/dashboard/keys/new/"),
    ("key-edit", REGULAR, "/dashboard/keys/{key}/"),
    ("key-rotate", REGULAR, "/dashboard/keys/{key}/rotate/"),
    ("key-revoke", REGULAR, "/dashboard/keys/{key}/revoke/"),
    ("pronunciations", NEWCOMER, "/dashboard/pronunciations/"),
    ("pronunciations", REGULAR, "/dashboard/pronunciations/"),
    ("pronunciation-edit", REGULAR, "/dashboard/pronunciations/{pronunciation}/"),
    ("usage", NEWCOMER, "/dashboard/usage/"),
    ("usage", REGULAR, "/dashboard/usage/"),
    ("usage", REGULAR, "/dashboard/usage/?status=failed"),
    ("usage", REGULAR, "/dashboard/usage/?from=nonsense"),
    ("request", REGULAR, f"{REQUEST}/{{request}}/"),
    ("request", REGULAR, f"{REQUEST}/{{failed_request}}/"),
    ("jobs", NEWCOMER, f"{JOBS}/"),
    ("jobs", REGULAR, f"{JOBS}/"),
    ("jobs", REGULAR, f"{JOBS}/?status=nonsense"),
    ("job", REGULAR, f"{JOBS}/{{job_done}}/"),
    ("job", REGULAR, f"{JOBS}/{{job_failed}}/"),
    ("job", REGULAR, f"{JOBS}/{{job_running}}/"),
    ("job-delete", REGULAR, f"{JOBS}/{{job_running}}/delete/"),
    ("webhooks", NEWCOMER, f"{HOOKS}/"),
    ("webhooks", REGULAR, f"{HOOKS}/"),
    ("webhook-new", REGULAR, f"{HOOKS}/new/"),
    ("webhook-account-secret", NEWCOMER, f"{HOOKS}/secret/"),
    ("webhook-account-secret", REGULAR, f"{HOOKS}/secret/"),
    ("webhook-log", NEWCOMER, f"{HOOKS}/log/"),
    ("webhook-log", REGULAR, f"{HOOKS}/log/"),
    ("webhook-log", REGULAR, f"{HOOKS}/log/?status=nonsense"),
    ("webhook-delivery", REGULAR, f"{HOOKS}/log/{{delivery_failed}}/"),
    ("webhook-delivery", REGULAR, f"{HOOKS}/log/{{delivery_waiting}}/"),
    ("webhook", REGULAR, f"{HOOKS}/{{webhook}}/"),
    ("webhook-rotate", REGULAR, f"{HOOKS}/{{webhook}}/rotate/"),
    ("webhook-remove", REGULAR, f"{HOOKS}/{{webhook}}/remove/"),
    ("wallet", NEWCOMER, f"{WALLET}/"),
    ("wallet", REGULAR, f"{WALLET}/"),
    ("ledger", NEWCOMER, f"{WALLET}/ledger/"),
    ("ledger", REGULAR, f"{WALLET}/ledger/"),
    ("wallet-topups", REGULAR, f"{WALLET}/topups/"),
    ("wallet-topups", REGULAR, f"{WALLET}/topups/?show=unpaid"),
    ("topup-done", REGULAR, f"{WALLET}/topups/{{paid}}/"),
    ("topup-done", REGULAR, f"{WALLET}/topups/{{failed_topup}}/"),
    ("topup-cancelled", REGULAR, f"{WALLET}/topups/{{expired_topup}}/cancelled/"),
    ("wallet-auto-recharge", REGULAR, f"{WALLET}/auto-recharge/"),
    ("playground", REGULAR, "/playground/"),
    ("playground-transcription", REGULAR, "/playground/transcription/"),
    ("playground-conversion", REGULAR, "/playground/conversion/"),
    ("playground-denoise", REGULAR, "/playground/denoise/"),
    ("account", NEWCOMER, "/account/"),
    ("account", REGULAR, "/account/"),
    ("account-close", REGULAR, "/account/close/"),
    ("account_logout", REGULAR, "/account/logout/"),
    ("logout", REGULAR, "/logout/"),
    ("account_reauthenticate", NEWCOMER, "/account/reauthenticate/"),
    ("account_email", REGULAR, "/account/email/"),
    ("account_change_password", REGULAR, "/account/password/change/"),
    ("usersessions_list", REGULAR, "/account/sessions/"),
    ("mfa_index", NEWCOMER, f"{FACTORS}/"),
    ("mfa_index", REGULAR, f"{FACTORS}/"),
    ("mfa_activate_totp", NEWCOMER, f"{FACTORS}/totp/activate/"),
    ("mfa_deactivate_totp", REGULAR, f"{FACTORS}/totp/deactivate/"),
    ("mfa_view_recovery_codes", REGULAR, f"{FACTORS}/recovery-codes/"),
    ("mfa_generate_recovery_codes", REGULAR, f"{FACTORS}/recovery-codes/generate/"),
    ("mfa_list_webauthn", NEWCOMER, f"{FACTORS}/webauthn/"),
    ("mfa_list_webauthn", REGULAR, f"{FACTORS}/webauthn/"),
    ("mfa_add_webauthn", NEWCOMER, f"{FACTORS}/webauthn/add/"),
    ("mfa_edit_webauthn", REGULAR, f"{FACTORS}/webauthn/keys/{{passkey}}/edit/"),
    ("mfa_remove_webauthn", REGULAR, f"{FACTORS}/webauthn/keys/{{passkey}}/remove/"),
    ("admin:operations", STAFF, "/admin/audio_api/job/operations/"),
    ("admin:wallet_wallet_credit", STAFF, "/admin/wallet/wallet/credit/?email=regular@example.com"),
    ("admin:voices_voiceprofile_piper", STAFF, "/admin/voices/voiceprofile/piper/"),
    ("admin:voices_voiceprofile_changelist", STAFF, "/admin/voices/voiceprofile/"),
    ("admin:voices_voiceprofile_change", STAFF, "/admin/voices/voiceprofile/{voice}/change/"),
    ("admin:wallet_wallet_changelist", STAFF, "/admin/wallet/wallet/"),
    ("admin:accounts_user_changelist", STAFF, "/admin/accounts/user/"),
    ("admin:accounts_user_change", STAFF, "/admin/accounts/user/{user}/change/"),
    ("admin:auth_user_password_change", STAFF, "/admin/accounts/user/{user}/password/"),
    ("admin:audio_api_job_changelist", STAFF, "/admin/audio_api/job/"),
    ("admin:audio_api_job_change", STAFF, "/admin/audio_api/job/{request}/change/"),
)
"""(name of its URL, who looks, where). Django's own pages of the admin are examples of many."""

_RANKS = (VISITOR, NEWCOMER, REGULAR, STAFF)


def fullest() -> frozenset[tuple[str, str]]:
    """(who looks, where): of those who look at the same page, the one who sees most of it."""
    kept: dict[str, tuple[str, str]] = {}
    for _, who, path in sorted(PAGES, key=_fullness, reverse=True):
        kept.setdefault(path.partition("?")[0], (who, path))
    return frozenset(kept.values())


def _fullness(page: tuple[str, str, str]) -> tuple[bool, int]:
    _, who, path = page
    return "?" not in path, _RANKS.index(who)


FULLEST = fullest()

IN_A_JOURNEY = {
    "account_email_verification_sent": "after a sign-up",
    "account_confirm_password_reset_code": "after asking for a new password",
    "account_complete_password_reset": "after that code",
    "mfa_authenticate": "after a password, where there is a second factor",
    "mfa_reauthenticate": "before something sensitive, where there is a second factor",
    "mfa_reauthenticate_webauthn": "before something sensitive, where there is a passkey",
    "admin:wallet_topup_refund": "of a payment that was really made",
}
"""Pages that are only reached on the way of something: the journeys look at them there."""

NO_PAGES = {
    "healthz": "JSON",
    "readyz": "JSON",
    "metrics": "text",
    "favicon": "a picture",
    "robots.txt": "text",
    "robots": "text",
    "stripe-webhook": "for a program",
    "choose-language": "leads back",
    "account_set_password": "leads on: nobody is without a password",
    "account_confirm_login_code": "switched off",
    "account-export": "a file",
    "mfa_download_recovery_codes": "a file",
    "mfa_login_webauthn": "JSON, and leads on",
    "wallet-top-up": "leads on",
    "ledger-csv": "a file",
    "usage-csv": "a file",
    "pronunciations-csv": "a file",
    "pronunciations-import": "leads on",
    "pronunciation-delete": "leads on",
    "statement": "a file",
    "request-cancel": "leads on",
    "media": "a file",
    "admin:login": "leads to the log-in of the pages",
    "jobs-open": "parts of a page",
    "job-cancel": "leads on",
    "job-retry": "leads on",
    "webhook-pause": "leads on",
    "webhook-test": "leads on",
    "webhook-rotated": "leads on",
    "webhook-redeliver": "leads on",
    "wallet-portal": "leads on",
    "wallet-promo": "leads on",
    "wallet-limits": "leads on",
    "voice-favourite": "leads back",
    "voice-preview": "a recording",
    "playground-speech-run": "a recording, or the page of the playground",
    "playground-speech-ahead": "parts of a page",
    "playground-transcription-run": "events, or the page of a transcript",
    "playground-transcription-ahead": "parts of a page",
    "playground-conversion-run": "JSON, or the page of the job",
    "playground-conversion-ahead": "parts of a page",
    "playground-denoise-run": "JSON, or the page of the job",
    "playground-denoise-ahead": "parts of a page",
    "playground-upload-pass": "JSON",
    "playground-outcome": "JSON",
}


def named_urls() -> set[str]:
    """The names of all URLs of the project outside the API, and of what it adds to the admin."""
    return set(_names(get_resolver(), "", ""))


def _names(resolver: Any, path: str, space: str) -> Iterator[str]:
    for one in resolver.url_patterns:
        here = path + str(one.pattern)
        if here.startswith("api/"):
            continue
        if isinstance(one, URLResolver):
            inner = f"{one.namespace}:" if one.namespace else ""
            yield from _names(one, here, space + inner)
        elif one.name and not _is_djangos(here, one):
            yield space + one.name


def _is_djangos(path: str, pattern: URLPattern) -> bool:
    """Of the admin, only what is made here counts: Django tests its own."""
    made = str(getattr(pattern.callback, "__module__", ""))
    return path.startswith(settings.ADMIN_PATH) and made.startswith("django.")
