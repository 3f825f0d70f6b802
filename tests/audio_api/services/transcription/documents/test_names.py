"""Names of downloaded documents."""

from __future__ import annotations

import pytest

from audio_api.services.transcription.documents.names import MAX_BYTES, file_name


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Team call.mp3", "Team call.srt"),
        ("Übung 3 · 日本語.MP4", "Übung 3 · 日本語.srt"),
        ("notes v1.2", "notes v1.2.srt"),
        ("../../etc/passwd", "etc-passwd.srt"),
        ("C:\\temp\\a.wav", "C-temp-a.srt"),
        ('a<b>|"c"?*', "a-b-c.srt"),
        ("  \t two\n lines ", "two lines.srt"),
        ("nul.wav", "_nul.srt"),
        ("COM1.x", "_COM1.x.srt"),
        ("a\u202egpj.exe", "agpj.exe.srt"),
        ("x\x00y", "xy.srt"),
        ("", "transcript.srt"),
        ("...", "transcript.srt"),
        (".mp3", "transcript.srt"),
        ("//", "transcript.srt"),
    ],
)
def test_a_title_becomes_a_name_that_any_system_keeps(title: str, expected: str) -> None:
    assert file_name(title, "srt") == expected


def test_a_long_title_is_cut_between_two_letters() -> None:
    name = file_name("語" * 1_000, "pdf")
    assert name == "語" * (MAX_BYTES // 3) + ".pdf"
