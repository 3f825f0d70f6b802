"""The page to log in by."""

from __future__ import annotations

from allauth.account.forms import LoginForm
from allauth.account.views import LoginView
from django.http import HttpResponse

from accounts.signin.adapter import TOO_MANY_ATTEMPTS

HTTP_TOO_MANY_REQUESTS = 429


class LogIn(LoginView):
    """allauth's, whose refusal of too many attempts is an error to programs too."""

    def form_invalid(self, form: LoginForm) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)
        if form.has_error("__all__", TOO_MANY_ATTEMPTS):
            response.status_code = HTTP_TOO_MANY_REQUESTS
        return response
