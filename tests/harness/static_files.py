"""The static files are looked for once a process, not once a client.

Django's test client sets all middleware up anew, and ServeStatic's then looks at every file there
is: that took more of a test of a page than the page did.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from servestatic.middleware import ServeStaticMiddleware


@pytest.fixture(scope="session", autouse=True)
def static_files_found_once() -> Iterator[None]:
    look_for_all = ServeStaticMiddleware.add_files_from_finders
    first: list[ServeStaticMiddleware] = []

    def add_files_from_finders(self: ServeStaticMiddleware) -> None:
        if not first:
            look_for_all(self)
            first.append(self)
        self.files.update(first[0].files)
        self.directories = first[0].directories

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ServeStaticMiddleware, "add_files_from_finders", add_files_from_finders)
        yield
