"""Short clips of a word or a few, in six languages, to tell the language of.

What tells languages is tuned on the development set alone. The held-out set has other sentences,
other voices as far as there are any, other speeds, and Piper's voice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import cycle

import numpy as np
from numpy.typing import NDArray

from audio.engines.base import WHISPER_SAMPLE_RATE, AudioChunk, SpeechEngine

Samples = NDArray[np.float32]

DEVELOPMENT = {
    "en": "Yes. | Good morning. | Thank you very much. | I don't know. | Where is the station?"
    " | A coffee, please. | See you tomorrow. | How much is it? | All right. | Good night.",
    "es": "Sí. | No, gracias. | Hola, ¿qué tal? | Buenos días. | ¿Dónde está el baño?"
    " | Muchas gracias. | Hasta luego. | Un café, por favor. | No lo sé. | ¿Cuánto cuesta?",
    "fr": "Oui. | Bonjour, ça va ? | Merci beaucoup. | Je ne sais pas. | Où est la gare ?"
    " | Un café, s'il vous plaît. | À demain. | Combien ça coûte ? | D'accord. | Bonne nuit.",
    "hi": "हाँ। | नमस्ते। | धन्यवाद। | आप कैसे हैं? | मुझे नहीं पता। | स्टेशन कहाँ है?"
    " | एक चाय दीजिए। | कल मिलेंगे। | कितने का है? | शुभ रात्रि।",
    "it": "Ciao, come stai? | Sì. | Buongiorno. | Grazie mille. | Non lo so. | Dov'è la stazione?"
    " | Un caffè, per favore. | A domani. | Quanto costa? | Va bene.",
    "pt": "Sim. | Bom dia. | Muito obrigado. | Tudo bem? | Não sei. | Onde fica a estação?"
    " | Um café, por favor. | Até amanhã. | Quanto custa? | Boa noite.",
}
HELD_OUT = {
    "en": "Hello there. | No, thanks. | What time is it? | Turn left here. | I'm hungry."
    " | My name is Alice. | Two tickets, please. | Of course. | It is raining. | Call me later."
    " | Happy birthday! | Who is there? | Not today. | Open the window. | I love this song."
    " | Excuse me. | We are late.",
    "es": "¿Cómo te llamas? | Buenas noches. | Tengo hambre. | Está lloviendo. | ¿Qué hora es?"
    " | Me llamo Carmen. | Claro que sí. | Feliz cumpleaños. | Abre la ventana. | Hoy no."
    " | Dos cervezas. | Perdón. | Nos vemos mañana. | Mi hermana vive aquí. | Ven conmigo."
    " | No entiendo. | Está bien.",
    "fr": "Comment tu t'appelles ? | Bonsoir. | J'ai faim. | Il pleut. | Quelle heure est-il ?"
    " | Je m'appelle Claire. | Bien sûr. | Joyeux anniversaire. | Ouvre la fenêtre."
    " | Pas aujourd'hui. | Deux billets. | Pardon. | À tout à l'heure. | Ma sœur habite ici."
    " | Viens avec moi. | Je ne comprends pas. | Non, merci.",
    "hi": "आपका नाम क्या है? | मुझे भूख लगी है। | बारिश हो रही है। | समय क्या हुआ है? | बिल्कुल।"
    " | मेरा नाम राज है। | जन्मदिन मुबारक हो। | खिड़की खोलो। | आज नहीं। | दो टिकट दीजिए।"
    " | माफ़ कीजिए। | फिर मिलते हैं। | मेरे साथ चलो। | मैं समझा नहीं। | ठीक है। | पानी लाओ।"
    " | बहुत अच्छा।",
    "it": "Come ti chiami? | Buonasera. | Ho fame. | Sta piovendo. | Che ore sono?"
    " | Mi chiamo Lucia. | Certamente. | Buon compleanno. | Apri la finestra. | Oggi no."
    " | Due biglietti. | Scusi. | Ci vediamo domani. | Mia sorella abita qui. | Vieni con me."
    " | Non capisco. | Tutto bene.",
    "pt": "Como você se chama? | Boa tarde. | Estou com fome. | Está chovendo. | Que horas são?"
    " | Meu nome é Ana. | Claro que sim. | Feliz aniversário. | Abre a janela. | Hoje não."
    " | Dois ingressos. | Com licença. | A gente se vê. | Minha irmã mora aqui. | Vem comigo."
    " | Não entendi. | Pode deixar.",
}
PIPER = (
    "Good evening. | Where are you? | I'm fine. | Let's go. | Thank you. | Maybe later."
    " | Nice to meet you. | Be careful. | The bill, please. | Sorry, I'm late."
)
_SPEEDS = (0.9, 1.0, 1.15)
_PIPER_VOICE = "en_US-joe-medium"
_TELEPHONE_HZ = (300, 3400)
_NOISE_DB = 15.0
"""Speech above noise."""
_PAUSE_SECONDS = 0.3


@dataclass(frozen=True)
class Clip:
    """samples: for Whisper."""

    language: str
    said: str
    voice: str
    samples: Samples


def development(kokoro: SpeechEngine) -> Iterator[Clip]:
    for language, texts in DEVELOPMENT.items():
        voices = cycle(_voices(kokoro, language))
        for said, (voice, tag) in zip(texts.split(" | "), voices, strict=False):
            yield _spoken(kokoro, said, voice, tag, 1.0)


def held_out(kokoro: SpeechEngine, piper: SpeechEngine) -> Iterator[Clip]:
    for language, texts in HELD_OUT.items():
        # English has more voices than the development set takes: the last ones are others
        voices = cycle(reversed(_voices(kokoro, language)))
        for said, (voice, tag), speed in zip(
            texts.split(" | "), voices, cycle(_SPEEDS), strict=False
        ):
            yield _spoken(kokoro, said, voice, tag, speed)
    for said in PIPER.split(" | "):
        yield _spoken(piper, said, _PIPER_VOICE, "en-US", 1.0)


def by_telephone(clip: Clip) -> Clip:
    """The clip in the band of a telephone."""
    return _changed(clip, telephone_band(clip.samples))


def telephone_band(samples: Samples) -> Samples:
    """Sound at Whisper's rate, without what a telephone does not carry."""
    spectrum = np.fft.rfft(samples)
    heights = np.fft.rfftfreq(len(samples), 1 / WHISPER_SAMPLE_RATE)
    low, high = _TELEPHONE_HZ
    spectrum[(heights < low) | (heights > high)] = 0
    return np.fft.irfft(spectrum, len(samples)).astype(np.float32)


def in_noise(clip: Clip) -> Clip:
    """The clip with white noise, the same one each time."""
    level = np.sqrt(np.mean(clip.samples**2)) * 10 ** (-_NOISE_DB / 20)
    noise = np.random.default_rng(len(clip.samples)).normal(0, level, len(clip.samples))
    return _changed(clip, clip.samples + noise)


def with_pauses(clip: Clip) -> Clip:
    """The clip with more silence at both of its ends."""
    silence = np.zeros(int(_PAUSE_SECONDS * WHISPER_SAMPLE_RATE))
    return _changed(clip, np.concatenate([silence, clip.samples, silence]))


def without_pauses(clip: Clip) -> Clip:
    """The clip with less silence at both of its ends, as far as there is any."""
    loud = np.flatnonzero(np.abs(clip.samples) > np.abs(clip.samples).max() / 30)
    most = int(_PAUSE_SECONDS * WHISPER_SAMPLE_RATE)
    start, end = min(int(loud[0]), most), max(int(loud[-1]) + 1, len(clip.samples) - most)
    return _changed(clip, clip.samples[start:end])


def for_whisper(chunks: Sequence[AudioChunk]) -> Samples:
    """The chunks joined, at Whisper's rate. A straight line between samples is understood."""
    samples = np.concatenate([chunk.samples for chunk in chunks])
    rate = chunks[0].sample_rate
    times = np.arange(0, len(samples) / rate, 1 / WHISPER_SAMPLE_RATE)
    return np.interp(times, np.arange(len(samples)) / rate, samples).astype(np.float32)


def _voices(engine: SpeechEngine, language: str) -> list[tuple[str, str]]:
    """Names and tags of those that speak a language."""
    spoken = [(voice.name, voice.language) for voice in engine.voices()]
    return [(name, tag) for name, tag in spoken if tag.partition("-")[0] == language]


def _spoken(engine: SpeechEngine, said: str, voice: str, tag: str, speed: float) -> Clip:
    chunks = list(engine.speak(said, voice=voice, language=tag, speed=speed))
    return Clip(tag.partition("-")[0], said, voice, for_whisper(chunks))


def _changed(clip: Clip, samples: NDArray[np.float64] | Samples) -> Clip:
    return replace(clip, samples=samples.astype(np.float32))
