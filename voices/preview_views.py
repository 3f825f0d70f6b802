"""`/voices/<uuid>/preview.mp3`: how a voice sounds, made when it is first asked for."""

from __future__ import annotations

import asyncio
import uuid

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from audiopod.common.threads import off_loop
from voices import tasks
from voices.models import Reader, VoiceProfile

LOOK_EVERY_SECONDS = 0.2
PATIENCE_SECONDS = 30.0
KEEP_SECONDS = 3600


def _voice(voice_uuid: uuid.UUID, listener: Reader) -> VoiceProfile:
    voices = VoiceProfile.objects.all()
    if listener is None or not listener.is_staff:
        voices = voices.visible_to(listener)
    voice = voices.filter(uuid=voice_uuid).first()
    if voice is None:
        raise Http404
    return voice


async def _find(request: HttpRequest, voice_uuid: uuid.UUID) -> tuple[VoiceProfile, Reader]:
    """The voice of a request. Only for a private one the session is read."""
    try:
        return await off_loop(_voice)(voice_uuid, None), None
    except Http404:
        listener = await request.auser()
        return await off_loop(_voice)(voice_uuid, listener), listener


def _file(voice: VoiceProfile) -> HttpResponseBase:
    response = FileResponse(voice.preview.open("rb"), content_type="audio/mpeg")
    kept_by = "private" if voice.is_custom else "public"
    response.headers["Cache-Control"] = f"{kept_by}, max-age={KEEP_SECONDS}"
    return response


@require_safe
async def preview(request: HttpRequest, voice_uuid: uuid.UUID) -> HttpResponseBase:
    """The preview of a voice: a public one for anybody, a private one for its owner and for staff.
    Free, and rendered only once for each voice."""
    voice, listener = await _find(request, voice_uuid)
    if not voice.preview and voice.is_installed:
        await off_loop(tasks.render_preview.send)(voice.pk)
    waited = 0.0
    while not voice.preview and voice.is_installed and waited < PATIENCE_SECONDS:
        await asyncio.sleep(LOOK_EVERY_SECONDS)
        waited += LOOK_EVERY_SECONDS
        voice = await off_loop(_voice)(voice_uuid, listener)
    if not voice.preview:
        return HttpResponse(
            "This voice can't be heard right now. Try again in a minute.\n",
            status=503,
            content_type="text/plain; charset=utf-8",
            headers={"Retry-After": "60"},
        )
    return await off_loop(_file)(voice)
