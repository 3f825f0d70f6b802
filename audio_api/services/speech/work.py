"""Speaking: engine, encoder, channel, and the settlement of what reached the client."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
from django.utils import timezone

from audio.codecs.encode import LENGTH_FIRST, Encoder, SpeechFormat, output_samples
from audio.engines import registry, status
from audio.engines.base import AudioChunk, EngineError, SpeechEngine
from audio.engines.selftest import name_of
from audio.engines.speech.text import clean, pieces
from audio_api.channel import Audio, Failed, Finished, Produced, ReaderGone, Writer
from audio_api.jobs.delivery import deliver
from audio_api.jobs.leases import Lease
from audio_api.jobs.results import Keeper
from audio_api.models import Job
from audio_api.services.speech.captions import Captions
from audio_api.services.speech.events import framed
from audio_api.services.speech.params import SpeechJobRequest, SpeechRequest
from voices import piper_files

_FIRST_SECONDS = 0.25
"""Of a speech, encoded by themselves: an mp3 takes a hundredth of the time that it plays."""
_CUT = "Nothing was taken of the stream for too long. Send the request again to get all of it."


def speak(job: Job, writer: Writer, lease: Lease) -> None:
    request = SpeechRequest.of(job.params)
    encoder, chunks = _encoder_for(request)
    captions = Captions(request)
    spoken_pieces = _encoded(chunks, encoder, lease, captions)
    if job.is_kept:
        _speak_and_keep(job, writer, lease, encoder, spoken_pieces)
        return
    for piece in spoken_pieces:
        job.first_byte_at = job.first_byte_at or timezone.now()
        writer.send(piece)
    _require_audio(encoder)
    writer.send(Produced())
    deliver(job, writer, lease)


def _require_audio(encoder: Encoder) -> None:
    if not encoder.milliseconds:
        raise EngineError("the engine made no audio")


def _speak_and_keep(
    job: Job, writer: Writer, lease: Lease, encoder: Encoder, pieces: Iterable[Audio]
) -> None:
    """Speak to the end whoever listens, and charge it whole: the client can ask for it again.

    A speech with times is kept in the events that it is sent in, any other as its bytes.
    """
    kind, gone = SpeechRequest.of(job.params).timestamps, False
    with Keeper(job, lease) as keeper:
        for piece in pieces:
            job.first_byte_at = job.first_byte_at or timezone.now()
            keeper.write(b"".join(framed(piece, kind)) if kind else piece.data)
            if not gone:
                gone = not _sent(writer, piece)
        _require_audio(encoder)
        head = b"" if kind else encoder.exact_head()
        outcome = keeper.succeed(audio_ms=encoder.milliseconds, head=head)
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

    A WAV and a FLAC say their length in their first bytes, and some readers insist on the truth. A
    text of one piece is spoken whole before anything could be sent, so its length is known in time.
    """
    form = SpeechFormat(request.response_format)
    if form not in LENGTH_FIRST or len(pieces(clean(request.to_say))) > 1:
        return Encoder(form), spoken(request)
    chunks = list(spoken(request))
    samples = sum(len(chunk.samples) for chunk in chunks)
    total = output_samples(samples, chunks[0].sample_rate) if chunks else 0
    return Encoder(form, total_samples=total), chunks


def _encoded(
    chunks: Iterable[AudioChunk], encoder: Encoder, lease: Lease, captions: Captions
) -> Iterator[Audio]:
    """Pieces of the encoded speech, none of them empty."""
    for chunk in _begun(chunks):
        lease.check()
        captions.hear(chunk)
        if data := encoder.encode(chunk):
            yield Audio(data, encoder.milliseconds, captions.taken())
    data, rest = encoder.finish(), captions.rest()
    if data or rest:
        yield Audio(data, encoder.milliseconds, rest)


def _begun(chunks: Iterable[AudioChunk]) -> Iterator[AudioChunk]:
    """The same speech, whose first moment is encoded and sent before the rest of its chunk."""
    rest = iter(chunks)
    for first in rest:
        cut = round(_FIRST_SECONDS * first.sample_rate)
        yield replace(first, samples=first.samples[:cut])
        if len(first.samples) > cut:
            yield replace(first, samples=first.samples[cut:], said=())
        break
    yield from rest


def spoken(request: SpeechRequest | SpeechJobRequest) -> Iterator[AudioChunk]:
    """The speech at the level of all voices, piece by piece. Raises EngineError where its engine is
    known to be broken."""
    for name in {request.engine, name_of(request.engine, request.language)}:
        if reason := status.why_broken(name):
            raise EngineError(reason)
    piper_files.bring(request.engine, request.engine_voice)
    chunks = registry.get(SpeechEngine, request.engine).speak(
        request.to_say,
        voice=request.engine_voice,
        language=request.language,
        speed=request.speed,
    )
    factor = np.float32(10 ** (request.gain_db / 20))
    for chunk in chunks:
        yield replace(chunk, samples=chunk.samples * factor)
