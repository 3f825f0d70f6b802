"""`/dashboard/webhooks/`: an account's endpoints, and the secrets that sign what they are told."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import limits
from accounts.http import UserRequest
from accounts.signin.recent_login import recent_login_required_to_post
from audiopod.common.problem import Problem
from webhooks import endpoints, outbox
from webhooks.forms import EndpointForm, RotateForm
from webhooks.models import AccountSecret, Delivery, Endpoint, Signing

LATEST = 10
"""So many deliveries stand on the page of an endpoint."""


@never_cache
@login_required
@require_safe
def listing(request: UserRequest) -> HttpResponse:
    """All endpoints, and what signs the events of jobs that name an address of their own."""
    page = {
        "endpoints": Endpoint.objects.for_user(request.user).select_related("receiver"),
        "most": settings.MAX_WEBHOOK_ENDPOINTS,
        "account_secret": AccountSecret.objects.filter(user=request.user).first(),
    }
    return render(request, "webhooks/list.html", page)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
@recent_login_required_to_post()
@sensitive_variables("secret")
def add(request: UserRequest) -> HttpResponse:
    """The form for a new endpoint, and in answer to it the page with its secret."""
    form = EndpointForm(request.POST or None)
    if not form.is_valid():
        return render(request, "webhooks/new.html", {"form": form})
    try:
        limits.count_account_change(request.user)
    except Problem as problem:
        form.add_error(None, str(problem))
        return render(request, "webhooks/new.html", {"form": form}, status=problem.status)
    made = form.create(request.user)
    if made is None:
        return render(request, "webhooks/new.html", {"form": form}, status=400)
    endpoint, secret = made
    return _show_once(request, secret, endpoint)


def _show_once(
    request: UserRequest, secret: str, signer: Signing, *, is_rotation: bool = False
) -> HttpResponse:
    """signer: an endpoint, or what signs for the account."""
    endpoint = signer if isinstance(signer, Endpoint) else None
    page = {"secret": secret, "signer": signer, "endpoint": endpoint, "is_rotation": is_rotation}
    return render(request, "webhooks/secret.html", page)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def one(request: UserRequest, ident: uuid.UUID) -> HttpResponse:
    """An endpoint: what it is, a form to change it, and what was sent to it lately."""
    endpoint = _own(request, ident)
    known = {name: getattr(endpoint, name) for name in EndpointForm.base_fields}
    form = EndpointForm(request.POST or None, initial=known)
    if form.is_valid() and form.change(endpoint):
        messages.success(request, _("The endpoint was changed."))
        return redirect("webhook", ident)
    latest = Delivery.objects.for_user(request.user).filter(receiver__endpoint=endpoint)
    page = {"endpoint": _own(request, ident), "form": form, "deliveries": latest[:LATEST]}
    return render(request, "webhooks/one.html", page, status=400 if form.errors else None)


@login_required
@require_POST
def pause(request: UserRequest, ident: uuid.UUID) -> HttpResponse:
    """Pause an endpoint, or let it go on, as the button says."""
    endpoint = _own(request, ident)
    goes_on = request.POST.get("active") == "true"
    endpoints.change(endpoint, is_active=goes_on)
    said = _("The endpoint is told again.") if goes_on else _("The endpoint is paused.")
    messages.success(request, said)
    return redirect("webhook", ident)


@login_required
@require_POST
def test(request: UserRequest, ident: uuid.UUID) -> HttpResponse:
    """Send a test, and lead to the page that tells what comes of it."""
    endpoint = _own(request, ident)
    try:
        limits.count_account_change(request.user)
    except Problem as problem:
        messages.error(request, str(problem))
        return redirect("webhook", ident)
    return redirect("webhook-delivery", outbox.write_test(endpoint).pk)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
@recent_login_required_to_post()
@sensitive_variables("secret")
def rotate(request: UserRequest, ident: uuid.UUID) -> HttpResponse:
    """Ask how long the old secret goes on signing; in answer, show the new one, only this once."""
    endpoint = _own(request, ident)
    form = RotateForm(request.POST or None)
    if not form.is_valid():
        return render(request, "webhooks/rotate.html", {"endpoint": endpoint, "form": form})
    secret = endpoints.rotate(endpoint, overlap=form.overlap)
    return _show_once(request, secret, endpoint, is_rotation=True)


@login_required
@require_POST
def finish_rotation(request: UserRequest, ident: uuid.UUID) -> HttpResponse:
    """Let the new secret sign from now on."""
    endpoints.finish_rotation(_own(request, ident))
    messages.success(request, _("Events are signed with the new secret now."))
    return redirect("webhook", ident)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
@recent_login_required_to_post()
@sensitive_variables("secret")
def account_secret(request: UserRequest) -> HttpResponse:
    """Show a new secret for the events of jobs that name an address of their own."""
    signer = AccountSecret.objects.filter(user=request.user).first()
    was_shown = signer is not None and signer.shown_at is not None
    form = RotateForm(request.POST or None) if was_shown else None
    page = {"form": form, "signer": signer}
    if request.method != "POST" or (form and not form.is_valid()):
        return render(request, "webhooks/account_secret.html", page)
    overlap = form.overlap if form else timedelta()
    secret = endpoints.show_account_secret(request.user, overlap=overlap)
    signer = AccountSecret.objects.get(user=request.user)
    return _show_once(request, secret, signer, is_rotation=was_shown)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def remove(request: UserRequest, ident: uuid.UUID) -> HttpResponse:
    """Ask first, then end the endpoint at once."""
    endpoint = _own(request, ident)
    if request.method != "POST":
        return render(request, "webhooks/remove.html", {"endpoint": endpoint})
    endpoints.remove(endpoint)
    messages.success(request, _("The endpoint was removed."))
    return redirect("webhooks")


def _own(request: UserRequest, ident: uuid.UUID) -> Endpoint:
    """An endpoint of this account. Raises Http404, for those of others too."""
    return get_object_or_404(Endpoint.objects.for_user(request.user), pk=ident)
