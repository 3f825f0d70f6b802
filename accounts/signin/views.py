"""The log-in page."""

from __future__ import annotations

from http import HTTPStatus

from allauth.account.forms import LoginForm
from allauth.account.views import LoginView
from django.http import HttpResponse

from accounts.signin.adapter import TOO_MANY_ATTEMPTS


class LogInView(LoginView):
    """allauth's page, which answers too many attempts with the status 429."""

    def form_invalid(self, form: LoginForm) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)
        if form.has_error("__all__", TOO_MANY_ATTEMPTS):
            response.status_code = HTTPStatus.TOO_MANY_REQUESTS
        return response
