"""Pages for logging in and for API keys."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from accounts import limits, services
from accounts.forms import TOO_MANY_ATTEMPTS, ApiKeyForm, LoginForm
from accounts.models import ApiKey, User
from audiopod.common.problem import Problem

HTTP_TOO_MANY_REQUESTS = 429


class UserRequest(HttpRequest):
    """The request of somebody who is logged in."""

    user: User


class Login(LoginView):
    template_name = "accounts/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_invalid(form)
        if form.has_error("__all__", TOO_MANY_ATTEMPTS):
            response.status_code = HTTP_TOO_MANY_REQUESTS
        return response


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
@sensitive_variables("token")
def create_key(request: UserRequest) -> HttpResponse:
    """The form, and in answer to it the new key: the only page that ever shows a whole one.

    It is not stored by any cache, and loading it again makes no second key.
    """
    form = ApiKeyForm(request.POST or None)
    if not form.is_valid():
        return render(request, "accounts/key_create.html", {"form": form})
    try:
        limits.expect_change(request.user)
        key, token = services.create_api_key(
            user=request.user,
            name=form.cleaned_data["name"],
            expires_at=form.expires_at,
            form_token=form.cleaned_data["form_token"],
            scopes=form.cleaned_data["scopes"],
            limits=form.limits,
        )
    except Problem as problem:
        form.add_error(None, str(problem))
        page = {"form": form}
        return render(request, "accounts/key_create.html", page, status=problem.status)
    except services.KeyAlreadyMade:
        messages.warning(
            request,
            _(
                "That form had made its key already, and a key is shown only once. "
                "If you did not copy it, revoke it and make another."
            ),
        )
        return redirect("dashboard")
    return render(
        request,
        "accounts/key_created.html",
        {"key": key, "token": token, "base_url": f"{settings.PUBLIC_URL}/api/v1"},
    )


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def revoke_key(request: UserRequest, key_id: int) -> HttpResponse:
    """Asks first, then ends the key at once. Somebody else's key does not exist: 404."""
    key = get_object_or_404(ApiKey.objects.for_user(request.user), pk=key_id)
    if request.method != "POST":
        return render(request, "accounts/key_revoke.html", {"key": key})
    if services.revoke(key):
        messages.success(request, _("The key “%(name)s” is revoked.") % {"name": key.name})
    return redirect("dashboard")
