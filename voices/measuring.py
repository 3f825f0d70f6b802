# ruff: noqa: RUF001 - sentences in many scripts, meant as they are
"""Learning how fast and how loud a voice is, by letting it speak in its own language."""

from __future__ import annotations

from audio.engines import registry
from audio.engines.base import SpeechEngine
from audio.engines.speech import measuring
from voices import piper_files
from voices.models import VoiceProfile
from voices.previews import sentence

SENTENCES = {
    "en": "The ferry leaves at seven in the morning, and nobody knows when it will be back.",
    "es": "El barco sale a las siete de la mañana, y nadie sabe cuándo volverá.",
    "fr": "Le bateau part à sept heures du matin, et personne ne sait quand il reviendra.",
    "hi": "नाव सुबह सात बजे निकलती है, और कोई नहीं जानता कि वह कब लौटेगी।",
    "it": "Il traghetto parte alle sette del mattino, e nessuno sa quando tornerà.",
    "ja": "船は朝の七時に出て、いつ戻るかは誰も知りません。",
    "pt": "O barco parte às sete da manhã, e ninguém sabe quando voltará.",
    "zh": "船早上七点出发，没有人知道它什么时候回来。",
    "de": "Die Fähre fährt um sieben Uhr morgens ab, und niemand weiß, wann sie zurückkommt.",
    "cs": "Trajekt odplouvá v sedm hodin ráno a nikdo neví, kdy se vrátí.",
    "da": "Færgen sejler klokken syv om morgenen, og ingen ved, hvornår den kommer tilbage.",
    "nl": "De veerboot vertrekt om zeven uur 's ochtends, en niemand weet wanneer hij terugkomt.",
    "no": "Fergen går klokken sju om morgenen, og ingen vet når den kommer tilbake.",
    "pl": "Prom odpływa o siódmej rano i nikt nie wie, kiedy wróci.",
    "ru": "Паром отходит в семь часов утра, и никто не знает, когда он вернётся.",
    "sv": "Färjan går klockan sju på morgonen, och ingen vet när den kommer tillbaka.",
    "tr": "Feribot sabah yedide kalkıyor ve ne zaman döneceğini kimse bilmiyor.",
    "uk": "Пором відходить о сьомій ранку, і ніхто не знає, коли він повернеться.",
}
NUMBERS = "1984 + 365"
"""Words in every language."""


def lines(voice: VoiceProfile) -> tuple[str, ...]:
    """What a voice says while it is measured: about 12 seconds."""
    own = SENTENCES.get(voice.language.split("-")[0].lower())
    return (sentence(voice), *((own,) if own else ()), NUMBERS)


def measure(voice_id: int) -> None:
    """Let a voice speak, and keep what is learned of it. Raises EngineError."""
    voice = VoiceProfile.objects.get(pk=voice_id)
    piper_files.bring(voice.engine, voice.engine_voice)
    said = lines(voice)
    engine = registry.get(SpeechEngine, voice.engine)
    spoken = measuring.speak(engine, said, voice=voice.engine_voice, language=voice.language)
    found = measuring.learned(spoken, said, voice.language)
    VoiceProfile.objects.filter(pk=voice_id).update(pace_ms=found.pace_ms, gain_db=found.gain_db)
