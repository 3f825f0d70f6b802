"""Secrets of second factors, encrypted: a copy of the database alone does not reveal them."""

from __future__ import annotations

from urllib.parse import urlsplit

from allauth.mfa import app_settings
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.cache import cache
from django.utils.html import escape
from django.utils.translation import gettext as _
from qrcode.main import QRCode

from audiopod.common.sealing import seal, unseal

PURPOSE = "second factor"


class MfaAdapter(DefaultMFAAdapter):
    """allauth's adapter, which encrypts secrets with SECRET_KEY.

    It decrypts with SECRET_KEY_FALLBACKS too.
    """

    def encrypt(self, text: str) -> str:
        return seal(text, purpose=PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        """Raises cryptography's InvalidToken when none of the keys has encrypted the text."""
        return unseal(encrypted_text, purpose=PURPOSE)

    def build_totp_svg(self, url: str) -> str:
        """The QR code as an `<svg>` element, in the colours of the page."""
        code = QRCode(box_size=1, border=4)
        code.add_data(url)
        rows = code.get_matrix()
        dots = [f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, on in enumerate(row) if on]
        label = escape(_("QR code with the secret of the account"))
        return (
            f'<svg class="qr" viewBox="0 0 {len(rows)} {len(rows)}" role="img"'
            f' aria-label="{label}" shape-rendering="crispEdges">'
            f'<path fill="currentColor" d="{"".join(dots)}"/></svg>'
        )

    def generate_authenticator_name(
        self,
        user: AbstractBaseUser,
        type: Authenticator.Type,  # noqa: A002 - allauth's name
    ) -> str:
        known = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return _("Passkey %(number)d") % {"number": known + 1}

    def _get_site_name(self) -> str:
        """The name of this site in a browser and in an authenticator app."""
        return f"AudioPod ({urlsplit(settings.PUBLIC_URL).hostname})"


def mark_code_used(user: AbstractBaseUser, code: str) -> None:
    """Mark a code of an authenticator app as used, in the cache where allauth looks.

    The mark lasts as long as the code is valid by any clock within the tolerance.
    """
    seconds = (2 * app_settings.TOTP_TOLERANCE + 1) * app_settings.TOTP_PERIOD
    used = TOTP(Authenticator(user_id=user.pk))._get_used_cache_key(code)
    cache.set(used, "y", timeout=seconds)
