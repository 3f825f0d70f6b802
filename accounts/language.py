"""Choosing the language of pages and mails."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import check_for_language
from django.views.decorators.http import require_POST
from django.views.i18n import LANGUAGE_QUERY_PARAMETER, set_language

from accounts.models import User


@require_POST
def choose_language(request: HttpRequest) -> HttpResponseBase:
    """Remember the language in a cookie, and in the account of a user who is logged in.

    Mails to the account are written in it. Redirects to the page that the form was on.
    """
    code = request.POST.get(LANGUAGE_QUERY_PARAMETER, "")
    is_known = code in dict(settings.LANGUAGES) and check_for_language(code)
    if is_known and isinstance(request.user, User) and request.user.language != code:
        User.objects.filter(pk=request.user.pk).update(language=code)
    return set_language(request)
