"""`/account/`: the overview of an account, its export and its end."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from typing import IO, Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import services
from accounts.erasure import LastOperator, require_other_operator
from accounts.http import UserRequest
from accounts.models import User
from accounts.signin.recent_login import recent_login_required
from audio_api import closing
from dashboard.account import export
from dashboard.account.forms import CloseForm, ProfileForm

CHUNK_BYTES = 64 * 1024
IN_MEMORY_BYTES = 4 * 1024 * 1024


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def account(request: UserRequest) -> HttpResponse:
    """The address, the second factors and the sessions of the account, and how to close it."""
    if request.method == "POST":
        form = ProfileForm(request.POST)
        if form.is_valid():
            return _save_profile(request, form)
    else:
        form = ProfileForm(initial=_profile(request.user))
    page = {"form": form} | _guards(request.user)
    return render(request, "dashboard/account/account.html", page)


def _profile(user: User) -> dict[str, str]:
    spoken = user.language or translation.get_language() or settings.LANGUAGE_CODE
    return {"full_name": user.get_full_name(), "language": spoken}


def _save_profile(request: UserRequest, form: ProfileForm) -> HttpResponse:
    user, language = request.user, form.cleaned_data["language"]
    services.set_full_name(user, form.cleaned_data["full_name"])
    User.objects.filter(pk=user.pk).update(language=language)
    with translation.override(language):
        messages.success(request, _("Saved."))
    response = redirect("account")
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
    return response


def _guards(user: User) -> dict[str, Any]:
    kinds = list(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    return {
        "has_totp": Authenticator.Type.TOTP in kinds,
        "passkeys": kinds.count(Authenticator.Type.WEBAUTHN),
        "sessions": UserSession.objects.filter(user=user).count(),
    }


@never_cache
@login_required
@require_POST
@recent_login_required
def export_account(request: UserRequest) -> StreamingHttpResponse:
    """All that is known of the account. Written whole before it is sent, so that half an archive
    is never taken for all of it; a large one waits on the disk."""
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115 - sent later
    try:
        export.write(request.user, file)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    name = f"audiopod-account-{timezone.now():%Y-%m-%d}.zip"
    return StreamingHttpResponse(
        _chunks(file),
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


async def _chunks(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
            yield chunk


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
@recent_login_required
def close_account(request: UserRequest) -> HttpResponse:
    """Close the account for good, after its page has said what is lost."""
    user = request.user
    form = CloseForm(request.POST or None, user=user)
    try:
        require_other_operator(user)
        if form.is_valid():
            closing.close(user)
            logout(request)
            messages.success(request, _("Your account is closed, and what was yours is erased."))
            return redirect("home")
    except LastOperator:
        return render(request, "dashboard/account/last_operator.html", status=409)
    page = {"form": form, "lost": closing.consequences(user)}
    return render(request, "dashboard/account/close.html", page)
