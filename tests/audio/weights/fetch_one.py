"""A program that fetches one asset: `python -m … CATALOGUE NAME MODELS_DIR [MAX_FILE_BYTES LOCAL]`.

Its own process can be killed, run beside another one, and given a limit that stands for the
end of the disk.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

from audio.weights.fetching import FetchError, fetch
from audio.weights.listing import read_catalogue
from audio.weights.workspace import FetchStep


def show(progress: FetchStep) -> None:
    print(f"{progress.asset}: {progress.message}", flush=True)


def main(catalogue: str, name: str, models_dir: str, limit: int | None, local: Path | None) -> None:
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        fetch(read_catalogue(Path(catalogue)).assets[name], Path(models_dir), show, local_dir=local)
    except FetchError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    catalogue, name, models_dir, *rest = sys.argv[1:]
    main(
        catalogue, name, models_dir, int(rest[0]) if rest else None, Path(rest[1]) if rest else None
    )
