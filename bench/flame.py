"""Which functions the processor's time of a request goes to, with the real engines:

`python -m bench.flame speech --voice nova --out nova.folded` or `python -m bench.flame transcript`.

An embedded server in this process is asked by its main thread, which is left out. A thread looks a
hundred times a second which others have used a processor since, and what their stacks are. The
functions with the largest shares are printed; `--out` keeps all stacks in the folded form that
https://www.speedscope.app and flamegraph.pl open. What the engines' libraries do in threads of
their own has no stack here, and is named after the thread.
"""

from __future__ import annotations

import argparse
import http.client
import os
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from bench.report import table
from tests.harness.programs import ROOT, free_port

TEXT = (
    "The ferry leaves the island at seven, long before the bakery opens its green shutters."
    " By then the fishermen have mended their nets, and the harbour smells of salt and diesel."
)
EVERY_SECONDS = 0.01
MOST_ROWS = 15
_TASKS = Path("/proc/self/task")

Stack = tuple[str, ...]
"""From the outermost function to the innermost."""


class Sampler:
    """Nanoseconds of a processor by stack, of all threads but those that are left out."""

    def __init__(self, left_out: set[int]) -> None:
        """left_out: idents of threads."""
        self.spent: Counter[Stack] = Counter()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._left_out = left_out

    def __enter__(self) -> Sampler:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        self._left_out.add(threading.get_ident())
        before = _used()
        while not self._over.wait(EVERY_SECONDS):
            now, frames = _used(), sys._current_frames()
            known = {thread.native_id: thread.ident for thread in threading.enumerate()}
            for task, used in now.items():
                more, ident = used - before.get(task, 0), known.get(task)
                if more > 0 and ident not in self._left_out:
                    self.spent[_stack(frames.get(ident or 0), task)] += more
            before = now


def _used() -> dict[int, int]:
    """Nanoseconds of a processor that each thread of this process has used."""
    found = {}
    for task in _TASKS.iterdir():
        try:
            found[int(task.name)] = int((task / "schedstat").read_text().split()[0])
        except OSError:  # it has just ended
            continue
    return found


def _stack(frame: FrameType | None, task: int) -> Stack:
    if frame is None:
        try:
            named = (_TASKS / str(task) / "comm").read_text().strip()
        except OSError:  # it has just ended
            named = "ended"
        return (f"threads of libraries ({named})",)
    names = []
    while frame is not None:
        module = frame.f_globals.get("__name__", "?")
        names.append(f"{module}.{frame.f_code.co_qualname}")
        frame = frame.f_back
    return tuple(reversed(names))


def report(spent: Counter[Stack]) -> str:
    """The functions with the largest shares: by themselves, and with what they call."""
    whole, own, all_in = spent.total() or 1, Counter[str](), Counter[str]()
    for stack, nanoseconds in spent.items():
        own[stack[-1]] += nanoseconds
        for name in set(stack):
            all_in[name] += nanoseconds
    rows = [
        [
            name,
            f"{nanoseconds / 1e6:.0f}",
            f"{nanoseconds / whole:.0%}",
            f"{all_in[name] / whole:.0%}",
        ]
        for name, nanoseconds in own.most_common(MOST_ROWS)
    ]
    return table(["function", "ms of a processor", "by itself", "with what it calls"], rows)


def folded(spent: Counter[Stack]) -> str:
    """A line a stack, with its microseconds."""
    return "".join(
        f"{';'.join(stack)} {nanoseconds // 1000}\n" for stack, nanoseconds in spent.items()
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.flame", description=__doc__)
    parser.add_argument("what", choices=["speech", "transcript"])
    parser.add_argument("--voice", default="nova", help="that speaks (default: nova)")
    parser.add_argument("--times", type=int, default=5, help="requests (default: 5)")
    parser.add_argument("--out", type=Path, help="a file for all stacks")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="audiopod-bench-") as folder:
        port = free_port()
        request = _requester(port, _served(folder, port))
        speech = request(*_speech(asked.voice))
        again = _speech(asked.voice) if asked.what == "speech" else _transcript(speech)
        request(*again)  # once to warm up
        began = time.process_time()
        with Sampler({threading.get_ident()}) as sampler:
            for _ in range(asked.times):
                request(*again)
        whole = time.process_time() - began
    print(f"{whole / asked.times * 1000:.0f} ms of a processor a request, its client included\n")
    print(report(sampler.spent))
    if asked.out:
        asked.out.write_text(folded(sampler.spent))


def _served(folder: str, port: int) -> str:
    """Start a server in a thread; a key for it once its engines work."""
    models = os.environ.get("MODELS_DIR") or str(ROOT / "var" / "models")
    os.environ |= {"DATA_DIR": folder, "DATABASE_URL": f"sqlite:///{folder}/flame.sqlite3"}
    os.environ |= {"MODELS_DIR": models, "REDIS_URL": "", "RATE_LIMIT_PER_MINUTE": "0"}
    os.environ |= {"SWEEP_SECONDS": "3600", "BILLING_SECONDS": "3600"}
    from bench.stack import serving, token
    from bench.wallet import set_up_django

    set_up_django()
    from django.core.management import call_command

    call_command("seed_voices", verbosity=0, stdout=sys.stderr)
    serving(port)
    return token()


def _requester(port: int, key: str) -> Callable[[str, bytes, str], bytes]:
    """What posts a body to a path of the API, and gives the answer."""
    client = http.client.HTTPConnection("127.0.0.1", port)

    def post(path: str, body: bytes, content_type: str) -> bytes:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": content_type}
        client.request("POST", f"/api/v1/audio/{path}", body, headers)
        answer = client.getresponse()
        said = answer.read()
        assert answer.status == http.client.OK, said
        return said

    return post


def _speech(voice: str) -> tuple[str, bytes, str]:
    body = f'{{"model": "tts-1", "voice": "{voice}", "input": "{TEXT}"}}'
    return "speech", body.encode(), "application/json"


def _transcript(sound: bytes) -> tuple[str, bytes, str]:
    border = uuid.uuid4().hex
    fields = (b'name="model"\r\n\r\nwhisper-1', b'name="file"; filename="a.mp3"\r\n\r\n' + sound)
    parts = [
        b"--%b\r\nContent-Disposition: form-data; %b\r\n" % (border.encode(), f) for f in fields
    ]
    body = b"".join(parts) + b"--%b--\r\n" % border.encode()
    return "transcriptions", body, f"multipart/form-data; boundary={border}"


if __name__ == "__main__":
    main()
