"""The served entry point: the gate around Django, and what lives as long as the process."""

from __future__ import annotations

import asyncio
import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "audiopod.settings")

from django.core.asgi import get_asgi_application

_django: Any = get_asgi_application()

from django.conf import settings

from audio.codecs.decoder_process import decoder_process
from audio_api.process import embedded
from audiopod.asgi_types import App, Receive, Scope, Send
from audiopod.cors import Cors
from audiopod.gate import Gate
from audiopod.intake import Pace, Spool


class Lifespan:
    """Starts and stops with the server: the decoder of uploads, and without Redis the workers."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await self.app(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                decoder_process.start()
                await asyncio.to_thread(embedded.start)
                await send({"type": "lifespan.startup.complete"})
            else:
                await asyncio.to_thread(embedded.stop)
                decoder_process.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return


application = Lifespan(
    Gate(
        _django,
        max_body_bytes=settings.MAX_UPLOAD_BYTES,
        max_transcript_bytes=settings.MAX_TRANSCRIPT_BYTES,
        pace=Pace(
            bytes_per_second=settings.MIN_UPLOAD_BYTES_PER_SECOND,
            seconds=settings.SLOW_UPLOAD_SECONDS,
        ),
        spool=Spool(
            max_bytes=settings.MAX_SPOOLED_BYTES,
            memory_bytes=settings.FILE_UPLOAD_MAX_MEMORY_SIZE,
        ),
        cors=Cors(settings.CORS_ALLOWED_ORIGINS),
    )
)
