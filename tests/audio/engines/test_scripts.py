"""Words of other scripts for a voice that knows Latin letters."""

from __future__ import annotations

# ruff: noqa: RUF001 - marks of many scripts, meant as they are
import pytest

from audio.engines.speech.scripts import in_latin


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("plain café, naïve Straße: ½ x² 5ª", "plain café, naïve Straße: ½ x² 5ª"),
        ("Привет, Иван!", "Privet, Ivan!"),
        ("Γειά σου", "Geia soy"),
        ("say 你好 now", "say Ni Hao now"),
        ("カタカナ", "katakana"),
        ("好。对，ね！ कि। لا؟", "Hao . Dui , ne! कि, l?"),
        ("“yes” «oui» ¿no? — … ・ 〽", "“yes” «oui» ¿no? — … -"),
        ("3 ⅞ in", "3 7/8 in"),
        ("2 π r, 3 я", "2 π r, 3 я"),
        ("한국어 नमस्ते தமிழ்", "한국어 नमस्ते தமிழ்"),
        ("𝐁𝐨𝐥𝐝 ｆｕｌｌ ﬃ ３ ٤", "Bold full ffi 3 4"),
        ("e\u0301" + "\u0316" * 40, "e\u0301" + "\u0316" * 40),
    ],
)
def test_only_what_would_be_spelled_is_changed(text: str, read: str) -> None:
    assert " ".join(in_latin(text).split()) == read


@pytest.mark.parametrize("text", ["שלום עולם", "مرحبا بالعالم", "สวัสดี", "አማርኛ", "ᚠᚢᚦ", "𓀀𓂀"])
def test_every_script_has_something_to_read(text: str) -> None:
    assert any(character.isalpha() for character in in_latin(text))
    assert in_latin(text).isascii()
