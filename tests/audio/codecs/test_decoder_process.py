"""The process that decodes: started once, replaced when lost, never left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from audio.codecs.decode import (
    DecodedAudio,
    DecodeError,
    DecodeLimits,
    DecodeReason,
    decode,
    decode_async,
)
from audio.codecs.decoder_process import decoder_process
from tests.audio.codecs.ffmpeg import long_wav, sine

Decoded = Callable[..., DecodedAudio]
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def tone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sine(tmp_path_factory.mktemp("tone") / "tone.mp3")


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Takes seconds to decode."""
    return long_wav(tmp_path_factory.mktemp("long") / "long.wav")


@pytest.fixture(autouse=True)
def _stopped_afterwards() -> Iterator[None]:
    yield
    decoder_process.stop()


def wait_for(look: Callable[[], Any], seconds: float = 5.0) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)
    return found


def working_child() -> psutil.Process:
    server = psutil.Process(wait_for(lambda: decoder_process.pid))
    return wait_for(server.children)[0]


def in_background(source: Path, output: Path) -> asyncio.Future[DecodedAudio]:
    return asyncio.ensure_future(decode_async(source, output))


def test_one_process_serves_all_files(tone: Path, decoded: Decoded):
    decoded(tone)
    first = decoder_process.pid
    decoded(tone)

    assert decoder_process.pid == first is not None


async def test_a_child_that_is_killed_is_an_error_and_the_next_file_is_decoded(
    tone: Path, long: Path, tmp_path: Path
):
    job = in_background(long, tmp_path / "long.pcm")
    child = await asyncio.to_thread(working_child)
    child.kill()

    with pytest.raises(DecodeError) as error:
        await job

    assert error.value.reason is DecodeReason.EXHAUSTED
    assert not (tmp_path / "long.pcm").exists()
    assert (await decode_async(tone, tmp_path / "tone.pcm")).samples > 0


async def test_a_child_that_crashes_says_that_the_file_is_bad(long: Path, tmp_path: Path):
    job = in_background(long, tmp_path / "long.pcm")
    child = await asyncio.to_thread(working_child)
    child.send_signal(signal.SIGSEGV)

    with pytest.raises(DecodeError) as error:
        await job

    assert error.value.reason is DecodeReason.CORRUPT


async def test_a_process_that_is_killed_is_not_the_files_fault_and_is_replaced(
    tone: Path, long: Path, tmp_path: Path
):
    job = in_background(long, tmp_path / "long.pcm")
    child = await asyncio.to_thread(working_child)
    killed = decoder_process.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)

    with pytest.raises(DecodeError) as error:
        await job

    assert error.value.reason is DecodeReason.UNAVAILABLE
    await asyncio.to_thread(child.wait, 5)  # it went with its parent
    assert (await decode_async(tone, tmp_path / "tone.pcm")).samples > 0
    assert decoder_process.pid != killed


async def test_cancelling_kills_the_child_and_removes_the_output(long: Path, tmp_path: Path):
    job = in_background(long, tmp_path / "long.pcm")
    child = await asyncio.to_thread(working_child)

    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job

    await asyncio.to_thread(child.wait, 5)
    assert not (tmp_path / "long.pcm").exists()


def test_a_job_out_of_time_leaves_no_child(long: Path, output: Path):
    with pytest.raises(DecodeError) as error:
        decode(long, output, limits=DecodeLimits(wall_seconds=0.3))

    assert error.value.reason is DecodeReason.EXHAUSTED
    assert decoder_process.pid is not None
    server = psutil.Process(decoder_process.pid)
    wait_for(lambda: not server.children())


async def test_more_jobs_than_processors_wait_their_turn(long: Path, tone: Path, tmp_path: Path):
    jobs = [in_background(long, tmp_path / f"{n}.pcm") for n in range(5)]
    await asyncio.to_thread(working_child)
    assert decoder_process.pid is not None
    server = psutil.Process(decoder_process.pid)

    for _ in range(20):
        assert len(server.children()) <= max(2, os.cpu_count() or 1)
        await asyncio.sleep(0.01)
    for job in jobs:
        job.cancel()
    await asyncio.gather(*jobs, return_exceptions=True)

    assert (await decode_async(tone, tmp_path / "tone.pcm")).samples > 0


async def test_a_file_that_waits_too_long_for_its_turn_is_not_blamed(
    long: Path, tone: Path, tmp_path: Path
):
    jobs = [in_background(long, tmp_path / f"{n}.pcm") for n in range(2 * (os.cpu_count() or 1))]
    await asyncio.to_thread(working_child)

    with pytest.raises(DecodeError) as error:
        await decode_async(
            tone, tmp_path / "tone.pcm", limits=DecodeLimits(queue_seconds=0.1, wall_seconds=0.1)
        )

    assert error.value.reason is DecodeReason.UNAVAILABLE
    for job in jobs:
        job.cancel()
    await asyncio.gather(*jobs, return_exceptions=True)


def run_python(program: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(program), *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_it_dies_with_its_parent_even_when_that_is_killed(long: Path, tmp_path: Path):
    program = """
        import sys, threading, time
        from pathlib import Path
        from audio.codecs.decode import decode
        from audio.codecs.decoder_process import decoder_process
        job = threading.Thread(target=decode, args=(Path(sys.argv[1]), Path(sys.argv[2])))
        job.start()
        while not decoder_process.pid: time.sleep(0.01)
        print(decoder_process.pid, flush=True)
        job.join()
    """
    parent = run_python(program, str(long), str(tmp_path / "out.pcm"))
    assert parent.stdout
    server = psutil.Process(int(parent.stdout.readline()))
    child = wait_for(server.children)[0]

    parent.kill()
    parent.communicate()

    for process in (server, child):
        wait_for(lambda process=process: not process.is_running())


def test_a_fork_of_the_parent_uses_a_process_of_its_own(tone: Path, tmp_path: Path):
    program = """
        import os, sys
        from pathlib import Path
        from audio.codecs.decode import decode
        from audio.codecs.decoder_process import decoder_process
        source, folder = Path(sys.argv[1]), Path(sys.argv[2])
        decode(source, folder / "a.pcm")
        ours = decoder_process.pid
        child = os.fork()
        if child == 0:
            decode(source, folder / "b.pcm")
            different = decoder_process.pid not in (None, ours)
            decoder_process.stop()
            os._exit(0 if different else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        decode(source, folder / "c.pcm")
        assert decoder_process.pid == ours
    """
    parent = run_python(program, str(tone), str(tmp_path))

    printed, _ = parent.communicate(timeout=30)

    assert (parent.returncode, printed) == (0, "")


def test_nothing_of_django_is_in_it():
    program = """
        import sys, audio.codecs.fork_server
        print({"django", "audiopod", "audio_api.models"} & set(sys.modules))
    """
    printed, _ = run_python(program).communicate(timeout=30)

    assert printed == "set()\n"


def test_what_a_confined_process_can_no_longer_do():
    program = """
        import os, resource, socket
        from audio.codecs.confine import confine
        from audio.codecs.verdict import DecodeLimits

        def attempt(what):
            try: what()
            except (ValueError, OSError, MemoryError) as error: return type(error).__name__
            return "allowed"

        confine(DecodeLimits(memory_bytes=300 * 2**20), parent=os.getppid())
        print(attempt(lambda: open("/etc/passwd")))
        print(attempt(lambda: open("/tmp/new-file", "w")))
        print(attempt(socket.socket))
        print(attempt(os.pipe))
        print(attempt(lambda: os.fork() or os._exit(0)))
        print(attempt(lambda: bytearray(400 * 2**20)))
        print(resource.getrlimit(resource.RLIMIT_CPU), os.geteuid() != 0)
        print(attempt(lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))))
    """
    printed, _ = run_python(program).communicate(timeout=30)

    assert printed.splitlines() == [
        *("OSError", "OSError", "OSError", "OSError", "BlockingIOError", "MemoryError"),
        *("(90, 90) True", "ValueError"),
    ]


async def test_the_child_sees_no_environment_and_no_other_file(long: Path, tmp_path: Path):
    job = in_background(long, tmp_path / "long.pcm")
    child = await asyncio.to_thread(working_child)
    await asyncio.sleep(0.1)  # it closes what it inherited first

    descriptors = sorted(os.readlink(path) for path in Path(f"/proc/{child.pid}/fd").iterdir())

    assert [name for name in descriptors if not name.startswith("socket:")] == sorted(
        [str(long), str(tmp_path / "long.pcm")]
    )
    assert len(descriptors) == 3
    environment = Path(f"/proc/{child.pid}/environ").read_bytes().split(b"\0")
    assert {*environment} <= {b"", b"LC_CTYPE=C.UTF-8", b"OPENBLAS_NUM_THREADS=1"}
    job.cancel()
    await asyncio.gather(job, return_exceptions=True)
