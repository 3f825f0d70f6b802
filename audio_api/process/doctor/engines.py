"""The engines: which are here, which are missing, how many threads each has, and why."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings

from audio.engines import registry
from audio.engines.base import NoiseReductionEngine, TranscriptionEngine
from audio.engines.noise.deepfilter import INSTALL
from audio.engines.sharing import share
from audio.engines.speech import heteronyms, phonemes
from audio.engines.transcription.choosing import AUTO, has_gpu, suitable, why
from audio.engines.transcription.fitted import fit_of
from audio.engines.transcription.whisper import FasterWhisperEngine
from audio.weights import asset_path
from audio_api.process import wanted
from audio_api.process.doctor.finding import Finding, Verdict

TOPIC = "engines"


def look() -> Iterator[Finding]:
    yield from _speech()
    yield from _transcription()
    yield _noise_reduction()
    yield from _weights()
    yield from _threads()
    yield from _optional()


def _speech() -> Iterator[Finding]:
    installed = registry.installed_voices()
    for name, voices in installed.items():
        languages = sorted({voice.language for voice in voices})
        says = f"{len(voices)} in {', '.join(languages)}" if voices else "has no voice here"
        yield Finding(
            topic=TOPIC,
            about=f"voices of {name}",
            says=says,
            verdict=Verdict.FINE if voices else _missing(any(installed.values())),
            remedy="" if voices else _fetched(name),
        )


def _transcription() -> Iterator[Finding]:
    engine = registry.get(TranscriptionEngine)
    here = engine.available()
    if not isinstance(engine, FasterWhisperEngine):
        says = "comes from EXTRA_ENGINES" if here else "comes from EXTRA_ENGINES, without weights"
        verdict = Verdict.FINE if here else Verdict.BROKEN
        yield Finding(topic=TOPIC, about=engine.name, says=says, verdict=verdict)
        return
    reason = f"WHISPER_MODEL={settings.WHISPER_MODEL}"
    if settings.WHISPER_MODEL == AUTO:
        gpu = has_gpu(settings.ENGINE_DEVICE)
        best = suitable(has_gpu=gpu, threads=settings.ENGINE_THREADS)[0]
        reason += f", which means {best}: {why(has_gpu=gpu, threads=settings.ENGINE_THREADS)}"
    yield Finding(
        topic=TOPIC,
        about="transcription",
        says=f"by {engine.model_name} ({reason})" + ("" if here else ", which is not here"),
        verdict=Verdict.FINE if here else _missing(False),
        remedy="" if here else f"Run `manage.py fetch_models {engine.model_name}`.",
    )
    yield _windows(engine.model_name)


def _noise_reduction() -> Finding:
    engine = registry.get(NoiseReductionEngine)
    here = engine.available()
    return Finding(
        topic=TOPIC,
        about="noise reduction",
        says=f"by {engine.name}" if here else f"not offered: {engine.name} is not here",
        verdict=Verdict.FINE if here else Verdict.NOTE,
        remedy="" if here else f"Run `{INSTALL}`, if there is a wheel of it for this platform.",
    )


def _windows(model: str) -> Finding:
    if not settings.WHISPER_FITTED:
        says = "half a minute for everything (WHISPER_FITTED=false)"
    elif fit_of(model) is None:
        says = f"half a minute for everything: shorter ones were not measured for {model}"
    elif has_gpu(settings.ENGINE_DEVICE):
        says = "half a minute for everything: shorter ones were measured on processors alone"
    else:
        says = "as short as the speech, up to 15 seconds; then half a minute"
    return Finding(topic=TOPIC, about="windows of speech", says=says)


def _weights() -> Iterator[Finding]:
    """What an installation like this one fetches, and has not."""
    for asset in wanted.assets():
        if not asset_path(asset.name, settings.MODELS_DIR):
            yield Finding(
                topic=TOPIC,
                about=asset.name,
                says=f"is not whole in {settings.MODELS_DIR}",
                verdict=Verdict.NOTE,
                remedy=f"Run `manage.py fetch_models {asset.name}`.",
            )


def _threads() -> Iterator[Finding]:
    threads, workers = settings.ENGINE_THREADS, settings.WHISPER_WORKERS
    each = {
        "kokoro": f"{_counted(threads)} for each call: it is too large to be opened twice",
        "piper": f"{_counted(threads)} for one alone, {share(threads, 2)} each for two at once, "
        f"{share(threads, 4)} each for four: it is opened for each share",
        "transcription": f"{_counted(threads)} for each of {workers} at once (WHISPER_WORKERS)",
    }
    for name, says in each.items():
        yield Finding(topic=TOPIC, about=f"threads of {name}", says=says)
    seconds = settings.ENGINE_IDLE_SECONDS
    says = f"for {seconds} s after the last job" if seconds else "for as long as the process lives"
    yield Finding(topic=TOPIC, about="kept in memory", says=f"{says} (ENGINE_IDLE_SECONDS)")
    working = (settings.INTERACTIVE_WORKERS, settings.BATCH_WORKERS, settings.BACKGROUND_WORKERS)
    if not settings.REDIS_URL:
        says = "{} for short, {} for long, {} for background jobs in this process".format(*working)
        yield Finding(topic=TOPIC, about="jobs at once", says=says)


def _optional() -> Iterator[Finding]:
    """Languages whose library an operator adds, or leaves."""
    here = {"ja": phonemes.speaks("ja"), "zh": phonemes.speaks("zh")}
    names = {"ja": "Japanese", "zh": "Mandarin"}
    for code, works in here.items():
        yield _library(f"voices of {names[code]}", "offered", code, works=works)
    about = "words of several sounds"
    yield _library(about, "told apart in English", "en", works=heteronyms.is_active())


def _library(about: str, what: str, code: str, *, works: bool) -> Finding:
    remedy = f"If wanted: `.venv/bin/pip install -r requirements-{code}.txt`."
    says = what if works else f"not {what}"
    return Finding(topic=TOPIC, about=about, says=says, remedy="" if works else remedy)


def _missing(others: bool) -> Verdict:
    """A machine that has no engine of a kind can sell none of it, unless workers elsewhere do."""
    return Verdict.NOTE if others or settings.REDIS_URL else Verdict.BROKEN


def _fetched(engine: str) -> str:
    asset = next((each.name for each in wanted.assets() if each.name.startswith(engine)), "")
    return f"Run `manage.py fetch_models {asset}`." if asset else ""


def _counted(threads: int) -> str:
    return f"{threads} thread" if threads == 1 else f"{threads} threads"
