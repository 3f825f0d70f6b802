"""Take from a process what decoding does not need. Linux; what is not permitted is passed over,
as each measure stands on its own.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal

from audio.codecs.verdict import DecodeLimits

_CLONE_NEWUSER = 0x1000_0000
_CLONE_NEWNET = 0x4000_0000
_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_NOBODY = 65_534
_OUTPUT_SLACK_BYTES = 1024 * 1024
"""A block is written before the next is counted."""

_libc = ctypes.CDLL(None, use_errno=True)


def leave_network() -> bool:
    """Move this process and its future children into a network namespace with nothing in it.

    Needs root, or the right to make user namespaces; False where neither is given.
    """
    flags_to_try = (_CLONE_NEWNET, _CLONE_NEWUSER | _CLONE_NEWNET)
    return any(_libc.unshare(flags) == 0 for flags in flags_to_try)


def confine(limits: DecodeLimits, *, parent: int) -> None:
    """Bound this process, for good, to the files it has open and to `limits`.

    parent: the process id whose death ends this one too.
    """
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    _become_nobody()
    _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)  # a change of user clears it
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
    for name, amount in {
        resource.RLIMIT_AS: limits.memory_bytes,
        resource.RLIMIT_CPU: limits.cpu_seconds,
        resource.RLIMIT_FSIZE: limits.written_bytes + _OUTPUT_SLACK_BYTES,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NPROC: 0,
        # what is open stays usable, nothing more can be opened: no file, no pipe, no socket
        resource.RLIMIT_NOFILE: 0,
    }.items():
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(name, (amount, amount))


def _become_nobody() -> None:
    """Where this runs as root: give up its rights, the right to raise limits among them."""
    if os.geteuid() != 0:
        return
    with contextlib.suppress(OSError):
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
