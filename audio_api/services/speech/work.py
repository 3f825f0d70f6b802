"""Speaking: engine, encoder, channel, and the settlement of what reached the client."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.utils import timezone

from audio.codecs.encode import Encoder, SpeechFormat, output_samples
from audio.engines import registry, status
from audio.engines.base import AudioChunk, EngineError, SpeechEngine
from audio.engines.speech import text
from audio_api.channel import Audio, Failed, Finished, Produced, ReaderGone, Writer
from audio_api.jobs.delivery import deliver
from audio_api.jobs.leases import Lease
from audio_api.jobs.results import Keeper
from audio_api.models import Job
from audio_api.services.speech.params import SpeechJobRequest, SpeechRequest
from voices import piper_files

_CUT = "Nothing was taken of the stream for too long. Send the request again to get all of it."


def speak(job: Job, writer: Writer, lease: Lease) -> None:
    request = SpeechRequest.of(job.params)
    encoder, chunks = _encoder_for(request)
    pieces = _encoded(chunks, encoder, lease)
    if job.is_kept:
        _speak_and_keep(job, writer, lease, encoder, pieces)
        return
    for data in pieces:
        job.first_byte_at = job.first_byte_at or timezone.now()
        writer.send(Audio(data, encoder.milliseconds))
    _require_audio(encoder)
    writer.send(Produced())
    deliver(job, writer, lease)


def _require_audio(encoder: Encoder) -> None:
    if not encoder.milliseconds:
        raise EngineError("the engine made no audio")


def _speak_and_keep(
    job: Job, writer: Writer, lease: Lease, encoder: Encoder, pieces: Iterable[bytes]
) -> None:
    """Speak to the end whoever listens, and charge it whole: the client can ask for it again."""
    gone = False
    with Keeper(job, lease) as keeper:
        for data in pieces:
            job.first_byte_at = job.first_byte_at or timezone.now()
            keeper.write(data)
            if not gone:
                gone = not _sent(writer, Audio(data, encoder.milliseconds))
        _require_audio(encoder)
        outcome = keeper.succeed(audio_ms=encoder.milliseconds)
    if gone:  # a client that took nothing for too long, and may be there all the same
        writer.send(Failed(503, _CUT, "client_too_slow"))
        return
    writer.send(Produced())
    writer.send(Finished(outcome.cost_micros, outcome.balance_micros))


def _sent(writer: Writer, audio: Audio) -> bool:
    try:
        writer.send(audio)
    except ReaderGone:
        return False
    return True


def _encoder_for(request: SpeechRequest) -> tuple[Encoder, Iterable[AudioChunk]]:
    """The encoder and what it will be given.

    A WAV says its length in its first bytes, and some readers insist on the truth. A text of one
    piece is spoken whole before anything could be sent, so its length is known in time.
    """
    form = SpeechFormat(request.response_format)
    if form is not SpeechFormat.WAV or len(text.pieces(text.clean(request.text))) > 1:
        return Encoder(form), spoken(request)
    chunks = list(spoken(request))
    samples = sum(len(chunk.samples) for chunk in chunks)
    total = output_samples(samples, chunks[0].sample_rate) if chunks else 0
    return Encoder(form, total_samples=total), chunks


def _encoded(chunks: Iterable[AudioChunk], encoder: Encoder, lease: Lease) -> Iterator[bytes]:
    """Pieces of the encoded speech, none of them empty."""
    for chunk in chunks:
        lease.check()
        if data := encoder.encode(chunk):
            yield data
    if data := encoder.finish():
        yield data


def spoken(request: SpeechRequest | SpeechJobRequest) -> Iterator[AudioChunk]:
    """The speech, piece by piece. Raises EngineError where its engine is known to be broken."""
    if reason := status.why_broken(request.engine):
        raise EngineError(reason)
    piper_files.bring(request.engine, request.engine_voice)
    engine = registry.get(SpeechEngine, request.engine)
    yield from engine.speak(
        request.text,
        voice=request.engine_voice,
        language=request.language,
        speed=request.speed,
    )
