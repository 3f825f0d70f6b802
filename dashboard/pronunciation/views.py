"""`/dashboard/pronunciations/`: the words that an account's voices say otherwise."""

from __future__ import annotations

from typing import Any

from csp.decorators import csp_update
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import UserRequest
from audio_api.services.speech.service import SPEECH
from audiopod.common import features
from dashboard.playground.choices import SPEECH_MODELS, voices_for
from dashboard.playground.pages import PLAYED_FROM_MEMORY
from dashboard.pronunciation.forms import ImportForm, PronunciationForm
from voices import dictionary_csv
from voices.dictionary import MAX_ENTRIES, Pronunciation

ENTRIES_A_PAGE = 50


@csp_update(PLAYED_FROM_MEMORY)  # type: ignore[arg-type]  # who is here has logged in
@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def pronunciations(request: UserRequest) -> HttpResponse:
    """The list, with a form for one more entry."""
    form = PronunciationForm(request.POST or None)
    if form.is_valid() and form.save(Pronunciation(user=request.user)):
        said = {"word": form.cleaned_data["word"]}
        messages.success(request, _("“%(word)s” is in your dictionary.") % said)
        return redirect("pronunciations")
    return _listed(request, form=form)


def _listed(request: UserRequest, **forms: Any) -> HttpResponse:
    """The page, with a form as it was sent and why it was refused."""
    mine = Pronunciation.objects.for_user(request.user)
    page = Paginator(mine, ENTRIES_A_PAGE).get_page(request.GET.get("page"))
    shown = {
        "page": page,
        "total": page.paginator.count,
        "most": MAX_ENTRIES,
        "form": PronunciationForm(),
        "import_form": ImportForm(user=request.user),
        **_trial(request),
        **forms,
    }
    refused = any(form.errors for form in forms.values())
    return render(
        request, "dashboard/pronunciation/list.html", shown, status=400 if refused else None
    )


def _trial(request: UserRequest) -> dict[str, Any]:
    """What hearing a word takes: it is a run of the playground, and is paid for like one."""
    if not (features.is_on(features.PLAYGROUND) and features.is_on(SPEECH.switch)):
        return {"voices": None}
    return {"voices": voices_for(request.user), "model": SPEECH_MODELS[0]}


@csp_update(PLAYED_FROM_MEMORY)  # type: ignore[arg-type]  # who is here has logged in
@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def edit(request: UserRequest, entry_id: int) -> HttpResponse:
    entry = _own(request, entry_id)
    known = {name: getattr(entry, name) for name in PronunciationForm.base_fields}
    form = PronunciationForm(request.POST or None, initial=known)
    if form.is_valid() and form.save(entry):
        messages.success(request, _("“%(word)s” was changed.") % {"word": entry.word})
        return redirect("pronunciations")
    page = {"form": form, "entry": entry, **_trial(request)}
    return render(request, "dashboard/pronunciation/edit.html", page)


@login_required
@require_POST
def delete(request: UserRequest, entry_id: int) -> HttpResponse:
    entry = _own(request, entry_id)
    entry.delete()
    said = _("“%(word)s” is no longer in your dictionary.") % {"word": entry.word}
    messages.success(request, said)
    return redirect("pronunciations")


def _own(request: UserRequest, entry_id: int) -> Pronunciation:
    """An entry of the reader's. One of another account is not there: 404."""
    return get_object_or_404(Pronunciation.objects.for_user(request.user), pk=entry_id)


@never_cache
@login_required
@require_safe
def export_csv(request: UserRequest) -> HttpResponse:
    text = dictionary_csv.written(Pronunciation.objects.for_user(request.user))
    headers = {"Content-Disposition": 'attachment; filename="pronunciations.csv"'}
    return HttpResponse(text, content_type="text/csv; charset=utf-8", headers=headers)


@csp_update(PLAYED_FROM_MEMORY)  # type: ignore[arg-type]  # who is here has logged in
@never_cache
@login_required
@require_POST
def import_csv(request: UserRequest) -> HttpResponse:
    """Take a whole file, or nothing of it and say which line is wrong."""
    form = ImportForm(request.POST, request.FILES, user=request.user)
    if not form.is_valid() or (taken := form.save()) is None:
        return _listed(request, import_form=form)
    told = ngettext("%(count)d entry was taken over.", "%(count)d entries were taken over.", taken)
    messages.success(request, told % {"count": taken})
    return redirect("pronunciations")
