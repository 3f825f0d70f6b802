"""Running what the forms ask for: as the API does, but for a session in the place of a key.

With JavaScript a page asks for audio or events and is refused in JSON; a form without it gets a
file to keep or a page.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from functools import partial, wraps
from typing import Any, cast

from django.contrib.auth.views import redirect_to_login
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
)
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts import limits
from accounts.http import UserRequest
from audio.codecs.verdict import DecodedAudio
from audio_api.channel.receipt import Receipt
from audio_api.channel.waiting import Waiting, both_halves
from audio_api.http.paid import started
from audio_api.jobs import admission, start
from audio_api.jobs.start import Caller
from audio_api.models import Job
from audio_api.services.conversion.serializer import ConversionSerializer
from audio_api.services.conversion.service import CONVERSION
from audio_api.services.conversion.starting import Wish, wish_for
from audio_api.services.conversion.starting import started as jobs_started
from audio_api.services.denoise import starting as denoise
from audio_api.services.denoise.serializer import DenoiseSerializer
from audio_api.services.denoise.service import DENOISE
from audio_api.services.speech.api import speech_request
from audio_api.services.speech.params import SpeechRequest
from audio_api.services.speech.price import prepare_speech
from audio_api.services.speech.relay import relay_speech
from audio_api.services.speech.serializer import SpeechSerializer
from audio_api.services.speech.service import SPEECH
from audio_api.services.transcription.api import started_on, transcription_request
from audio_api.services.transcription.params import TranscriptionRequest
from audio_api.services.transcription.relay import relay_deltas
from audio_api.services.transcription.serializer import (
    TranscriptionSerializer,
    TranslationSerializer,
)
from audio_api.services.transcription.service import TRANSCRIPTION
from audiopod import errors
from audiopod.common import features
from audiopod.common.connection import Connection, connection_of
from audiopod.common.features import Feature
from audiopod.common.ids import request_id_of
from audiopod.common.problem import Problem
from audiopod.common.threads import off_loop
from dashboard.playground import forms, pages
from dashboard.playground.transcript import show_transcript
from dashboard.playground.words import LOGGED_OUT, for_page

NAME_CHARACTERS = 40
"""Of a text, in the name of the file that speaks it."""

Judge = Callable[[UserRequest], HttpResponseBase]


def paid_run(
    feature: Feature, *, show: pages.Show, may_be_long: bool = False
) -> Callable[[Judge], Any]:
    """A view that costs money, of what judges its form. show: the page that it is sent from."""

    def decorate(judge: Judge) -> Any:
        def judged(request: UserRequest) -> HttpResponseBase:
            _let_in(request, feature, may_be_long=may_be_long)
            return judge(request)

        @never_cache
        @require_POST
        @wraps(judge)
        async def view(request: Any) -> HttpResponseBase:
            try:
                return await both_halves(partial(judged, request))
            except Exception as error:  # noqa: BLE001 - `problem_of` logs what is our fault
                problem = for_page(errors.problem_of(error))
            return await off_loop(_refused)(request, problem, show)

        return view

    return decorate


@paid_run(SPEECH.switch, show=pages.show_speech)
def run_speech(request: UserRequest) -> HttpResponseBase:
    serializer = SpeechSerializer(data=forms.speech_fields(request.POST))
    serializer.is_valid(raise_exception=True)
    asked = speech_request(request.user, serializer.validated_data)
    job = prepare_speech(_caller(request), asked)
    return Waiting(partial(_spoken, job, asked, connection_of(request)))


async def _spoken(job: Job, asked: SpeechRequest, connection: Connection) -> StreamingHttpResponse:
    response = await relay_speech(job, Receipt(await started(job), connection), asked)
    # made of ASCII letters, digits and dashes, which every header takes
    response.headers["Content-Disposition"] = content_disposition_header(True, _name_of(asked))
    return response


def _name_of(asked: SpeechRequest) -> str:
    words = slugify(asked.text[:NAME_CHARACTERS]) or "speech"
    return f"{asked.voice_name}-{words}.{asked.response_format}"


@paid_run(TRANSCRIPTION.switch, show=pages.show_transcription, may_be_long=True)
def run_transcription(request: UserRequest) -> HttpResponseBase:
    fields, translate = _heard_fields(request), forms.is_translation(request.POST)
    caller = _caller(request)
    start.require_funds(caller)
    asked = partial(transcription_request, fields, translate=translate)
    return Waiting(partial(_transcribed, request, caller, fields, asked))


@paid_run(CONVERSION.switch, show=pages.show_conversion, may_be_long=True)
def run_conversion(request: UserRequest) -> HttpResponseBase:
    given: dict[str, Any] = {**forms.conversion_fields(request.POST)}
    upload = request.FILES.get("file")
    if not upload:
        raise Problem("No file.", param="file", code="missing_required_parameter")
    serializer = ConversionSerializer(data=given | {"file": upload})
    serializer.is_valid(raise_exception=True)
    caller = _caller(request)
    start.require_funds(caller)
    fields = serializer.validated_data
    return Waiting(partial(_converting, request, wish_for(caller, fields, fields["file"], "file")))


async def _converting(request: UserRequest, wish: Wish) -> HttpResponseBase:
    [job] = await jobs_started([wish])
    return _led_to(request, job)


@paid_run(DENOISE.switch, show=pages.show_denoise, may_be_long=True)
def run_denoise(request: UserRequest) -> HttpResponseBase:
    given: dict[str, Any] = {**forms.denoise_fields(request.POST)}
    upload = request.FILES.get("file")
    if not upload:
        raise Problem("No file.", param="file", code="missing_required_parameter")
    serializer = DenoiseSerializer(data=given | {"file": upload})
    serializer.is_valid(raise_exception=True)
    denoise.require_engine()
    caller = _caller(request)
    start.require_funds(caller)
    wish = denoise.wish_for(caller, serializer.validated_data)
    return Waiting(partial(_cleaning, request, wish))


async def _cleaning(request: UserRequest, wish: denoise.Wish) -> HttpResponseBase:
    return _led_to(request, await denoise.started(wish))


def _led_to(request: UserRequest, job: Job) -> HttpResponseBase:
    """The page of a job shows how far it is, and has the result."""
    url = reverse("job", args=[job.number])
    return HttpResponseRedirect(url) if _wants_page(request) else JsonResponse({"url": url})


def _heard_fields(request: UserRequest) -> dict[str, Any]:
    """The validated fields of the form. The playground always asks for words, and for a stream."""
    kind = TranslationSerializer if forms.is_translation(request.POST) else TranscriptionSerializer
    given: dict[str, Any] = {k: v for k, v in forms.heard_fields(request.POST).items() if v}
    if upload := request.FILES.get("file"):
        given["file"] = upload
    serializer = kind(data=given)
    if not upload:
        raise Problem("No file.", param="file", code="missing_required_parameter")
    serializer.is_valid(raise_exception=True)
    fields: dict[str, Any] = serializer.validated_data
    wanted = {"stream": True, "every_format": True, "timestamp_granularities": ["segment", "word"]}
    return fields | wanted


async def _transcribed(
    request: UserRequest,
    caller: Caller,
    fields: dict[str, Any],
    asked: Callable[[DecodedAudio], TranscriptionRequest],
) -> HttpResponseBase:
    job, reader = await started_on(fields, caller, asked)
    response = await relay_deltas(job, Receipt(reader, connection_of(request)))
    if not _wants_page(request):
        return response
    pieces = cast("AsyncIterator[bytes]", response.streaming_content)
    events = b"".join([piece async for piece in pieces])
    return await off_loop(show_transcript)(request, job.pk, events)


def _let_in(request: UserRequest, feature: Feature, *, may_be_long: bool) -> None:
    """Raises Problem: 401 for a reader who is logged out, 503 for what is switched off, 429 for too
    many runs."""
    if not request.user.is_authenticated:
        raise Problem("You are logged out.", status=401, code=LOGGED_OUT)
    features.require(features.PLAYGROUND)
    features.require(feature)
    allowance = limits.take_playground_run(request.user)
    if allowance is not None and not allowance.granted:
        raise limits.rate_limit_reached(allowance, of="the playground")
    admission.expect_room(request.user, may_be_long=may_be_long)


def _caller(request: UserRequest) -> Caller:
    return Caller(request.user, None, request_id_of(request))


def _wants_page(request: HttpRequest) -> bool:
    """Whether a form was sent by the browser itself: scripts ask for what they can read."""
    return "text/html" in request.headers.get("Accept", "")


def _refused(request: UserRequest, problem: Problem, show: pages.Show) -> HttpResponse:
    """The page again, with its form as it was and the reason; or JSON for its script."""
    if not _wants_page(request):
        return errors.response_to(problem)
    if problem.code == LOGGED_OUT:
        return redirect_to_login(pages.address_of(show))
    return show(request, request.POST, problem)
