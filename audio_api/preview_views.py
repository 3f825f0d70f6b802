"""`/voices/<uuid>/preview.mp3`: how a voice sounds, made when it is first asked for."""

from __future__ import annotations

import asyncio
import uuid

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from audio_api import tasks
from audio_api.threads import off_loop
from voices.models import VoiceProfile

LOOK_EVERY_SECONDS = 0.2
PATIENCE_SECONDS = 30.0
KEEP_SECONDS = 3600


def _voice(voice_uuid: uuid.UUID) -> VoiceProfile:
    voice = VoiceProfile.objects.public().filter(uuid=voice_uuid).first()
    if voice is None:
        raise Http404
    return voice


def _file(voice: VoiceProfile) -> HttpResponseBase:
    response = FileResponse(voice.preview.open("rb"), content_type="audio/mpeg")
    response.headers["Cache-Control"] = f"public, max-age={KEEP_SECONDS}"
    return response


@require_safe
async def preview(request: HttpRequest, voice_uuid: uuid.UUID) -> HttpResponseBase:
    """The preview of a public voice. Free, and rendered only once for each voice."""
    voice = await off_loop(_voice)(voice_uuid)
    if not voice.preview and voice.is_installed:
        await off_loop(tasks.render_preview.send)(voice.pk)
    waited = 0.0
    while not voice.preview and voice.is_installed and waited < PATIENCE_SECONDS:
        await asyncio.sleep(LOOK_EVERY_SECONDS)
        waited += LOOK_EVERY_SECONDS
        voice = await off_loop(_voice)(voice_uuid)
    if not voice.preview:
        return HttpResponse(
            "This voice can't be heard right now. Try again in a minute.\n",
            status=503,
            content_type="text/plain; charset=utf-8",
            headers={"Retry-After": "60"},
        )
    return await off_loop(_file)(voice)
