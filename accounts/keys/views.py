"""The pages that make, change, rotate and revoke an API key."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from accounts import limits, networks, services
from accounts.http import UserRequest
from accounts.keys.forms import ApiKeyForm, EditKeyForm, RotateForm
from accounts.models import ApiKey
from accounts.signin.recent_login import recent_login_required_to_post
from audiopod.common.problem import Problem


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
@recent_login_required_to_post()
@sensitive_variables("token")
def create_key(request: UserRequest) -> HttpResponse:
    """The form for a new key, and in answer to it the page with the key.

    Only this page and that of a rotation show a whole key. No cache stores it, and loading it
    again makes no second key.
    """
    form = ApiKeyForm(request.POST or None)
    page = {"form": form, "address": networks.address_of(request.META.get("REMOTE_ADDR"))}
    if not form.is_valid():
        return render(request, "accounts/key_create.html", page)
    try:
        limits.count_account_change(request.user)
        key, token = services.create_api_key(
            user=request.user,
            expires_at=form.expires_at,
            form_token=form.cleaned_data["form_token"],
            **form.settings,
        )
    except Problem as problem:
        form.add_error(None, str(problem))
        return render(request, "accounts/key_create.html", page, status=problem.status)
    except services.KeyAlreadyMade:
        return _made_already(request)
    return _show_once(request, key, token)


def _show_once(request: UserRequest, key: ApiKey, token: str) -> HttpResponse:
    base_url = f"{settings.PUBLIC_URL}/api/v1"
    page = {"key": key, "token": token, "base_url": base_url}
    return render(request, "accounts/key_created.html", page)


def _made_already(request: UserRequest) -> HttpResponse:
    messages.warning(
        request,
        _(
            "That form has made its key already, and a key is shown only once. "
            "If you did not copy the key, revoke it and make another."
        ),
    )
    return redirect("keys")


def _own_key(request: UserRequest, key_id: int) -> ApiKey:
    """A key of this account. Raises Http404, for the keys of others too."""
    return get_object_or_404(ApiKey.objects.for_user(request.user), pk=key_id)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def edit_key(request: UserRequest, key_id: int) -> HttpResponse:
    """Change the name, scopes, limits and networks of a key, from its next request on."""
    key = _own_key(request, key_id)
    form = EditKeyForm(request.POST or None, key=key)
    if request.method == "POST" and form.is_valid():
        try:
            services.change(key, **form.settings)
        except services.KeyNotUsable:
            return _not_usable(request, key)
        name = form.cleaned_data["name"]
        messages.success(request, _("The key “%(name)s” was changed.") % {"name": name})
        return redirect("keys")
    if not key.is_usable():
        return _not_usable(request, key)
    page = {
        "key": key,
        "form": form,
        "address": networks.address_of(request.META.get("REMOTE_ADDR")),
    }
    return render(request, "accounts/key_edit.html", page)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
@recent_login_required_to_post()
@sensitive_variables("token")
def rotate_key(request: UserRequest, key_id: int) -> HttpResponse:
    """Ask how long the old key goes on working; in answer, show the new key, only this once."""
    key = _own_key(request, key_id)
    form = RotateForm(request.POST or None)
    page = {"key": key, "form": form}
    if not form.is_valid():
        return render(request, "accounts/key_rotate.html", page)
    form_token = form.cleaned_data["form_token"]
    if key.replacements.filter(form_token=form_token).exists():
        return _made_already(request)
    try:
        limits.count_account_change(request.user)
        made, token = services.rotate(key, overlap=form.overlap, form_token=form_token)
    except Problem as problem:
        form.add_error(None, str(problem))
        return render(request, "accounts/key_rotate.html", page, status=problem.status)
    except services.KeyAlreadyMade:
        return _made_already(request)
    except services.KeyNotUsable:
        return _not_usable(request, key)
    except services.AlreadyRotated as rotated:
        names = {"name": key.name, "successor": rotated.successor.masked}
        text = _("The key “%(name)s” was already rotated into %(successor)s.")
        messages.warning(request, text % names)
        return redirect("keys")
    return _show_once(request, made, token)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def revoke_key(request: UserRequest, key_id: int) -> HttpResponse:
    """Ask first, then end the key at once."""
    key = _own_key(request, key_id)
    if request.method != "POST":
        return render(request, "accounts/key_revoke.html", {"key": key})
    if services.revoke(key):
        messages.success(request, _("The key “%(name)s” was revoked.") % {"name": key.name})
    return redirect("keys")


def _not_usable(request: UserRequest, key: ApiKey) -> HttpResponse:
    text = _("The key “%(name)s” is revoked or has expired. Make a new one instead.")
    messages.warning(request, text % {"name": key.name})
    return redirect("keys")
