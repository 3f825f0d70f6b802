"""The programs of the playground: each is one program, whatever is written into the form."""

from __future__ import annotations

import ast
import json
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from audio.engines.speech.length import USUAL_PACE_MS, length
from dashboard.playground import code, estimate

NASTY = 'it\'s "quoted" $HOME `id` \\ \n</code><script> <FILE> \u2028 \N{GRINNING FACE} @<x'
SPEECH = {"model": "tts-1", "voice": "nova", "input": NASTY, "response_format": "mp3", "speed": 1}


def text_of(programs: list[code.Code], name: str) -> str:
    (found,) = (program.text for program in programs if program.name == name)
    return found


def words_of(command: str) -> list[str]:
    """As a shell reads them, to whom a backslash at the end of a line is nothing."""
    return shlex.split(command.replace("\\\n", ""))


def arguments_of(program: str) -> dict[str, object]:
    calls = [n for n in ast.walk(ast.parse(program)) if isinstance(n, ast.Call)]
    (call,) = (c for c in calls if isinstance(c.func, ast.Attribute) and c.func.attr == "create")
    return {
        k.arg: k.value.value for k in call.keywords if k.arg and isinstance(k.value, ast.Constant)
    }


def test_curl_sends_what_the_form_says() -> None:
    words = words_of(text_of(code.of_speech(SPEECH), "curl"))
    assert words[:2] == ["curl", words[1]]
    assert words[1].endswith("/api/v1/audio/speech")
    body = json.loads(words[words.index("-d") + 1])
    assert body == {"model": "tts-1", "voice": "nova", "input": NASTY}
    assert words[-1] == "speech.mp3"


def test_what_is_no_default_is_said() -> None:
    programs = code.of_speech(SPEECH | {"response_format": "wav", "speed": 1.25})
    assert arguments_of(text_of(programs, "python")) == SPEECH | {
        "response_format": "wav",
        "speed": 1.25,
    }
    assert all("speech.wav" in program.text for program in programs)


def test_a_transcription_s_curl_reads_no_other_file() -> None:
    """`-F` would read one for a value that begins with @."""
    fields = {"model": "whisper-1", "language": "", "prompt": "@/etc/passwd"}
    programs = code.of_transcription(fields, translate=False, file_name="a'; rm -rf ~;.mp3")
    words = words_of(text_of(programs, "curl"))
    assert words[1].endswith("/audio/transcriptions")
    assert words[words.index("-F") + 1] == "file=@a rm -rf .mp3"
    assert words[-4:] == [
        "--form-string",
        "model=whisper-1",
        "--form-string",
        "prompt=@/etc/passwd",
    ]
    said = arguments_of(text_of(programs, "python"))
    assert said == {"model": "whisper-1", "prompt": "@/etc/passwd"}


@pytest.mark.parametrize(
    ("name", "kept"),
    [("", ""), ("../../x.wav", "x.wav"), ("-o.mp3", "o.mp3"), ("übung 1.mp3", "übung 1.mp3")],
)
def test_a_file_s_name_is_a_name_and_no_more(name: str, kept: str) -> None:
    assert code.safe_name(name) == kept


@pytest.mark.skipif(not shutil.which("node"), reason="node is not here")
def test_node_takes_each_program(tmp_path: Path) -> None:
    heard = code.of_transcription({"model": "m", "prompt": NASTY}, translate=True)
    for number, programs in enumerate([code.of_speech(SPEECH), heard]):
        path = tmp_path / f"{number}.mjs"
        path.write_text(text_of(programs, "node"))
        done = subprocess.run(
            ["node", "--check", path], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("text", ["Hello there.", "123 456", "漢字かな交じり文", "a" * 4096, "…"])
@pytest.mark.parametrize("speed", [0.25, 1, 4])
@pytest.mark.django_db
def test_what_is_usual_is_never_more_than_the_most(text: str, speed: float) -> None:
    found = estimate.of_speech(text, speed, None)
    assert found.most is not None
    assert found.usual is not None
    assert 0 < found.usual <= found.most
    longest_ms = length(text, "en-US").longest_ms(USUAL_PACE_MS, speed)
    assert found.most == -(-longest_ms * (found.price or 0) // 60_000)


def test_a_conversion_s_programs_are_one_program_each() -> None:
    fields = {"output_format": NASTY, "quality": "@/etc/passwd"}
    programs = code.of_conversion(fields, file_name="a'; rm -rf ~;.mp3")
    shell = text_of(programs, "curl")
    assert "quality=@/etc/passwd" in words_of(shell.split("|")[0].removeprefix("job=$(") + "")
    assert subprocess.run(["bash", "-n"], input=shell, text=True, check=False).returncode == 0
    ast.parse(text_of(programs, "python"))
    assert "rm -rf" in text_of(programs, "node")
    assert "<FORM>" not in shell


def test_a_noise_reduction_s_programs_take_names_with_spaces() -> None:
    programs = code.of_denoise({"quality_mode": NASTY}, file_name="my talk.mp3")
    shell = text_of(programs, "curl")
    assert 'curl -sS -o "clean-my talk.mp3"' in shell
    assert subprocess.run(["bash", "-n"], input=shell, text=True, check=False).returncode == 0
    ast.parse(text_of(programs, "python"))
