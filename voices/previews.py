"""A voice's preview: one sentence in its language, trimmed and level, kept as an mp3."""

from __future__ import annotations

import logging
import uuid
import warnings

import numpy as np
from django.core.files.base import ContentFile

from audio.codecs.encode import OUTPUT_RATE, SpeechFormat, encode_whole
from audio.engines import registry
from audio.engines.base import AudioChunk, EngineError, SpeechEngine
from voices import piper_files
from voices.models import VoiceProfile

log = logging.getLogger(__name__)

SENTENCES = {
    "en": "Hello, my name is {name}. This is how I sound on AudioPod.",
    "es": "Hola, me llamo {name}. Así sueno en AudioPod.",
    "fr": "Bonjour, je m'appelle {name}. Voici ma voix sur AudioPod.",
    "hi": "नमस्ते, मेरा नाम {name} है। ऑडियोपॉड पर मेरी आवाज़ ऐसी है।",
    "it": "Ciao, mi chiamo {name}. Questa è la mia voce su AudioPod.",
    "ja": "こんにちは、{name}です。オーディオポッドでの私の声です。",
    "pt": "Olá, meu nome é {name}. É assim que eu soo no AudioPod.",
    "zh": "你好，我是{name}。这是我在这里的声音。",
    "de": "Hallo, ich heiße {name}. So klinge ich auf AudioPod.",
    "cs": "Dobrý den, jmenuji se {name}. Takhle zním na AudioPodu.",
    "da": "Hej, jeg hedder {name}. Sådan lyder jeg på AudioPod.",
    "nl": "Hallo, mijn naam is {name}. Zo klink ik op AudioPod.",
    "no": "Hei, jeg heter {name}. Slik høres jeg ut på AudioPod.",
    "pl": "Cześć, mam na imię {name}. Tak brzmię w AudioPod.",
    "ru": "Здравствуйте, меня зовут {name}. Так я звучу на AudioPod.",
    "sv": "Hej, jag heter {name}. Så här låter jag på AudioPod.",
    "tr": "Merhaba, benim adım {name}. AudioPod'da sesim böyle.",
    "uk": "Вітаю, мене звати {name}. Так я звучу на AudioPod.",
}
EDGE_MS = 80
FADE_MS = 15
QUIET_DBFS = -45.0
HEADROOM_DB = 3.0


def sentence(voice: VoiceProfile) -> str:
    """What a voice says of itself, in its own language where we know it."""
    pattern = SENTENCES.get(voice.language.split("-")[0], SENTENCES["en"])
    return pattern.format(name=voice.display_name.split(" (")[0])


def render(voice_id: int) -> None:
    """Make the preview of a voice, unless it has one. Raises EngineError."""
    voice = VoiceProfile.objects.get(pk=voice_id)
    if not voice.preview:
        _replace(voice, "")


def regenerate(voice_id: int) -> None:
    """Make it anew: until then, or where that fails, the old one is heard. Raises EngineError."""
    voice = VoiceProfile.objects.get(pk=voice_id)
    _replace(voice, voice.preview.name or "")


def _replace(voice: VoiceProfile, old: str) -> None:
    """Put a new recording in the place of `old`. Of several at once the first stays."""
    file = ContentFile(_recording(voice))
    voice.preview.save(f"{voice.uuid}-{uuid.uuid4().hex[:8]}.mp3", file, save=False)
    new = str(voice.preview.name)
    changed = VoiceProfile.objects.filter(pk=voice.pk, preview=old).update(preview=new)
    if unused := old if changed else new:
        voice.preview.storage.delete(unused)


def _recording(voice: VoiceProfile) -> bytes:
    """Its sentence, as mp3."""
    piper_files.bring(voice.engine, voice.engine_voice)
    chunks = registry.get(SpeechEngine, voice.engine).speak(
        sentence(voice), voice=voice.engine_voice, language=voice.language, speed=1.0
    )
    pcm = encode_whole(chunks, SpeechFormat.PCM)
    if not pcm:
        raise EngineError(f"{voice.engine} made no audio for {voice.name}.")
    return encode_whole([_chunk(polished(pcm))], SpeechFormat.MP3)


def polished(pcm: bytes) -> bytes:
    """Trim silence at both ends, level it, fade the edges. In and out: s16le, 24 kHz, mono."""
    with warnings.catch_warnings():  # it looks for an ffmpeg that raw samples never need
        warnings.simplefilter("ignore", RuntimeWarning)
        from pydub import AudioSegment, effects, silence

    clip = AudioSegment(pcm, sample_width=2, frame_rate=OUTPUT_RATE, channels=1)
    start = silence.detect_leading_silence(clip, QUIET_DBFS)
    end = silence.detect_leading_silence(clip.reverse(), QUIET_DBFS)
    clip = clip[max(0, start - EDGE_MS) : len(clip) - max(0, end - EDGE_MS)]
    level = effects.normalize(clip, headroom=HEADROOM_DB)
    faded: AudioSegment = level.fade_in(FADE_MS).fade_out(FADE_MS)
    return bytes(faded.raw_data)


def _chunk(pcm: bytes) -> AudioChunk:
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.float32) / np.float32(32768)
    return AudioChunk(samples, OUTPUT_RATE)
