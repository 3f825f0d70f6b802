"""Where a fetch works, how it reports, and how it runs another program."""

from __future__ import annotations

import errno
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from audio.weights.listing import Part

ERROR_LINE = re.compile(r"^(?:ERROR:|npm error) +(\S.*)", re.MULTILINE)
"""How pip and npm mark what went wrong."""
SENTENCE_WORDS = 4
"""npm begins with lines such as "code ECONNREFUSED"."""
DISK_FULL_ERRNOS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class SourceFailed(Exception):
    """A source did not give the file; the message is one line that says why."""


@dataclass(frozen=True, slots=True)
class FetchStep:
    """A step that has begun, for people: "downloading kokoro-js 1.2.1 with npm"."""

    asset: str
    message: str


@dataclass(frozen=True, slots=True)
class Workspace:
    """What the sources of one asset may use.

    downloads: this asset's own folder, on the disk of the models, gone when it is complete.
    interactive: somebody watches a terminal: pip and the hub may draw their progress bars.
    """

    asset: str
    downloads: Path
    progress: Callable[[FetchStep], None]
    interactive: bool = False

    def say(self, message: str) -> None:
        self.progress(FetchStep(self.asset, message))

    def kept(self, part: Part) -> Path:
        """The folder of a part's download; it exists only once the download is whole."""
        return self.downloads / str(part).replace("/", "--").replace(" ", "-")

    def scratch(self) -> Path:
        """An empty folder for a download that is not whole yet."""
        for folder in (self.temporary, self.partial):
            shutil.rmtree(folder, ignore_errors=True)  # of a run that was killed
            folder.mkdir(parents=True)
        return self.partial

    @property
    def partial(self) -> Path:
        return self.downloads / "partial"

    @property
    def temporary(self) -> Path:
        return self.downloads / "temporary"

    def run(self, command: Sequence[str], *, show: bool) -> None:
        """Run a program; its temporary files stay on the disk of the models.

        show: let it write to this process's standard output.
        Raises SourceFailed with its last words, OSError (ENOSPC) when they tell of a full disk.
        """
        try:
            result = subprocess.run(  # noqa: S603 - the words of the command are our own
                command,
                stdin=subprocess.DEVNULL,
                stdout=None if show else subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env={**os.environ, "TMPDIR": str(self.temporary)},
                check=False,
            )
        except OSError as error:
            raise SourceFailed(f"{command[0]} does not start: {error.strerror}") from error
        if result.returncode:
            raise _failure(result.stderr.decode(errors="replace"), result.returncode)


def _failure(words: str, code: int) -> Exception:
    """Why a program failed, in the first line that it marks as an error and that is a sentence."""
    if os.strerror(errno.ENOSPC) in words:
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    errors = [match[1] for match in ERROR_LINE.finditer(words)]
    sentences = [line for line in errors if len(line.split()) >= SENTENCE_WORDS]
    reason = (sentences or errors or [f"it ended with status {code}"])[0]
    if "Retrying (" in words:
        reason = f"the index did not answer ({reason})"
    return SourceFailed(reason)
