"""The page of voices, for anybody: search, hear, copy the name, mark favourites."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect, push_url

from voices import languages
from voices.forms import Facets, VoiceFilterForm
from voices.models import Aliases, FavouriteVoice, VoiceProfile
from voices.services import answering_aliases

VOICES_ON_A_PAGE = 48


@dataclass(frozen=True, slots=True)
class Shown:
    """A voice, and the aliases that lead to it now."""

    voice: VoiceProfile
    aliases: tuple[str, ...]

    @property
    def copied(self) -> str:
        """The id of the element that holds its name."""
        return f"voice-{self.voice.pk}"


@never_cache
@require_safe
def voice_list(request: HttpRequest) -> HttpResponse:
    """The voices that the reader may use, by language. Four queries, however many there are."""
    offered = VoiceProfile.objects.offered().visible_to(request.user)
    aliases, facets = answering_aliases(request.user), Facets.of(offered)
    form = VoiceFilterForm(request.GET, facets=facets, reader=request.user)
    voices = form.select(offered, aliases).order_by("language", "display_name", "pk")
    pages = Paginator(voices.with_favourites_of(request.user), VOICES_ON_A_PAGE)
    page = pages.get_page(request.GET.get("page"))
    asked = form.chosen()
    context = {
        "form": form,
        "groups": _by_language(page.object_list, aliases),
        "page": page,
        "total": facets.total,
        "asked": urlencode(asked),
        "back": _address(asked),
    }
    response = render(request, "voices/voices.html", context)
    return push_url(response, _address(asked)) if _is_htmx(request) else response


def _by_language(voices: Iterable[VoiceProfile], aliases: Aliases) -> list[tuple[str, list[Shown]]]:
    """(language in words, its voices), in the order that they come in."""
    groups = groupby(voices, key=lambda voice: voice.language)
    return [
        (languages.in_words(tag), [Shown(v, tuple(aliases.get(v.pk, ()))) for v in some])
        for tag, some in groups
    ]


def _address(asked: dict[str, str]) -> str:
    return reverse("voices") + (f"?{urlencode(asked)}" if asked else "")


@require_POST
def mark_favourite(request: HttpRequest, voice_uuid: UUID) -> HttpResponse:
    """Mark a voice, or take the mark away: `favourite` says `on` or `off`. Leads back, or gives
    the new button where htmx asked."""
    if not request.user.is_authenticated:
        return _to_login(request)
    seen = VoiceProfile.objects.offered().visible_to(request.user)
    voice = get_object_or_404(seen, uuid=voice_uuid)
    is_favourite = request.POST.get("favourite") == "on"
    if is_favourite:
        FavouriteVoice.objects.get_or_create(user=request.user, voice=voice)
    else:
        FavouriteVoice.objects.filter(user=request.user, voice=voice).delete()
    if _is_htmx(request):
        shown = {"voice": voice, "is_favourite": is_favourite}
        return render(request, "voices/favourite.html", shown)
    return redirect(_way_back(request))


def _to_login(request: HttpRequest) -> HttpResponse:
    """The answer to a session that has ended: htmx must not put the log-in into a button."""
    answer = redirect_to_login(_way_back(request))
    return HttpResponseClientRedirect(answer.url) if _is_htmx(request) else answer


def _way_back(request: HttpRequest) -> str:
    """The page of voices that a form was sent from; never an address of another server."""
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith("/"):
        return wanted
    return reverse("voices")


def _is_htmx(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"
