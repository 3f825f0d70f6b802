"""Which Whisper is the best that a machine transcribes with sooner than it is spoken.

Each of them takes half a minute of audio at once, so that a short clip costs as much: of 15 seconds
on two threads `whisper-small` would need more. Not among them is `whisper-large-v3-turbo`, which
does not translate into English.
"""

from __future__ import annotations

AUTO = "auto"
BY_SIZE = ("whisper-large-v3", "whisper-small", "whisper-base")
"""Names of assets, the best first. The last one runs anywhere."""
_THREADS_FOR_SMALL = 8


def suitable(*, has_gpu: bool, threads: int) -> tuple[str, ...]:
    """The models that such a machine is fast enough for, the best first; never none.

    threads: that one transcription may use.
    """
    if has_gpu:
        return BY_SIZE
    return BY_SIZE[1 if threads >= _THREADS_FOR_SMALL else 2 :]


def why(*, has_gpu: bool, threads: int) -> str:
    """The reason for the first of `suitable`."""
    if has_gpu:
        return "a GPU is there, which is fast enough for the largest"
    many = threads >= _THREADS_FOR_SMALL
    than = "at least" if many else "fewer than"
    return f"no GPU, and {threads} ENGINE_THREADS are {than} the {_THREADS_FOR_SMALL} of the next"


def has_gpu(device: str) -> bool:
    """Whether CTranslate2 sees a CUDA device, and may use it. device: `auto`, `cpu` or `cuda`."""
    if device == "cpu":
        return False
    import ctranslate2

    return bool(ctranslate2.get_cuda_device_count() > 0)
