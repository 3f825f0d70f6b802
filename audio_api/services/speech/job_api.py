"""`POST /api/v1/voice/voices/{ref}/generate` and the status of such a job."""

from __future__ import annotations

from typing import Any

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from audio_api.http.paid import caller_of
from audio_api.jobs import detached
from audio_api.native.creating import CreatingView
from audio_api.native.jobs import NOT_STORED, JobView
from audio_api.services.speech.api import pronounced_for
from audio_api.services.speech.job_form import SpeechJobSerializer
from audio_api.services.speech.job_object import tts_object
from audio_api.services.speech.params import SpeechJobRequest
from audio_api.services.speech.price import prepare_speech_job
from audio_api.services.speech.service import SPEECH
from audiopod.common.problem import Problem
from voices.services import MixRefused, UnknownVoice, VoiceRef, resolve


class SpeechStatusView(JobView):
    """`GET /voice/tts-jobs/{id}/status`"""

    http_method_names = ["get", "head", "options"]
    kinds = (SPEECH.kind,)
    shape = staticmethod(tts_object)


class GenerateView(CreatingView):
    """`POST /voice/voices/{ref}/generate`: text to a file of speech, which a worker makes."""

    feature = SPEECH.switch
    serializer_class = SpeechJobSerializer
    required_scopes = (SPEECH.scope,)

    def post(self, request: Request, ref: str) -> Response:
        """ref: whatever a request may call a voice. 404 where the user has none of that name."""
        fields = self.fields(request)
        caller = caller_of(request, fields)
        job = detached.started_before(caller)
        if job is None:
            asked = speech_job_request(caller.user, _voice(caller.user, ref), fields)
            job = detached.start(prepare_speech_job(caller, asked))
        return Response(tts_object(job), headers=NOT_STORED)


def _voice(user: User, ref: str) -> VoiceRef:
    """Raises Problem (404), and MixRefused."""
    try:
        return resolve(user, ref)
    except MixRefused:
        raise
    except UnknownVoice as error:
        raise Problem(str(error), status=404, param="voice", code="voice_not_found") from None


def speech_job_request(user: User, voice: VoiceRef, fields: dict[str, Any]) -> SpeechJobRequest:
    """What `SpeechJobSerializer` has let through, for a voice."""
    return SpeechJobRequest(
        text=fields["input_text"],
        pronounced=pronounced_for(user, fields["input_text"], param="input_text"),
        voice_id=voice.id,
        voice_name=voice.name,
        engine=voice.engine,
        engine_voice=voice.engine_voice,
        language=voice.language,
        response_format=fields["audio_format"],
        speed=float(fields["speed"]),
        target_language=fields["language"] or None,
        pace_ms=voice.pace_ms,
        gain_db=voice.gain_db,
        **fields["generation_params"],
    )


urlpatterns = [
    path("voice/voices/<str:ref>/generate", GenerateView.as_view(), name="generate-speech"),
    path("voice/tts-jobs/<str:ident>/status", SpeechStatusView.as_view(), name="tts-job-status"),
]
