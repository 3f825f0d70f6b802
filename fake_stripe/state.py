"""Everything that the fake Stripe knows: its objects, its events, what it was asked.

One lock guards it all. A request is carried out whole under the lock, so what it changes is
seen together, as in the real one.
"""

from __future__ import annotations

import json
import secrets
import string
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

from stripe import api_version

from fake_stripe.errors import no_such
from fake_stripe.shapes import blank

Obj = dict[str, Any]
API_VERSION = api_version
_KEPT = ("port", "objects", "notes", "replies", "pending")
_ALPHABET = string.digits + string.ascii_letters


class State:
    """`objects` are as a client sees them, by id; `notes` is what only the server knows of them."""

    def __init__(self, *, livemode: bool, public_url: str) -> None:
        self.livemode, self.public_url = livemode, public_url
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.port = 0
        self.call: Obj = {"id": None, "idempotency_key": None}
        self.on_event: Callable[[Obj], None] = lambda event: None
        self.clear()

    def clear(self) -> None:
        self.objects: dict[str, Obj] = {}
        self._by_kind: defaultdict[str, list[Obj]] = defaultdict(list)
        self.notes: dict[str, Obj] = {}
        self.replies: dict[str, Obj] = {}
        self.pending: list[Obj] = []
        self.touched = True

    # --- a file that outlives the process ---------------------------------------------------
    def save(self, file: Path) -> None:
        """Whole or not at all: written beside the file, then put in its place."""
        with self.lock:
            kept = {name: getattr(self, name) for name in _KEPT}
            self.touched = False
            text = json.dumps(kept)
        beside = file.with_name(f"{file.name}.new")
        beside.write_text(text)
        beside.replace(file)

    def load(self, file: Path) -> None:
        for name, value in json.loads(file.read_text()).items():
            setattr(self, name, value)
        for one in self.objects.values():
            self._by_kind[one["object"]].append(one)
        for job in self.pending:
            job["under_way"] = False
        # a request that was cut off by the end of the process may be sent again
        self.replies = {key: one for key, one in self.replies.items() if "status" in one}

    # --- objects ----------------------------------------------------------------------------
    def new_id(self, prefix: str, length: int = 24) -> str:
        return f"{prefix}_" + "".join(secrets.choice(_ALPHABET) for _ in range(length))

    def create(self, kind: str, prefix: str, /, **fields: Any) -> Obj:
        """A new object of a kind, with every field that the interface promises."""
        id_ = fields.pop("id", None) or self.new_id(prefix)
        made = blank(kind) | {"id": id_, "object": kind, "created": self.now()} | fields
        if "livemode" in made:
            made["livemode"] = self.livemode
        self.objects[id_] = made
        self._by_kind[kind].append(made)
        return made

    def remove(self, obj: Obj) -> None:
        del self.objects[obj["id"]]
        self._by_kind[obj["object"]].remove(obj)

    def get(self, kind: str, id_: str, *, param: str = "id") -> Obj:
        """Raises ApiError `resource_missing`, naming `param`."""
        found = self.objects.get(id_)
        if found is None or found["object"] != kind:
            raise no_such(kind, id_, param=param)
        return found

    def of_kind(self, kind: str, **fields: Any) -> list[Obj]:
        """The newest first."""
        return [
            one
            for one in reversed(self._by_kind[kind])
            if all(one.get(name) == value for name, value in fields.items())
        ]

    def note(self, of: Obj) -> Obj:
        return self.notes.setdefault(of["id"], {})

    # --- events -----------------------------------------------------------------------------
    def emit(self, type_: str, about: Obj, *, previous: Obj | None = None) -> Obj:
        """Tell the webhooks, with the object as it is at this moment."""
        data: Obj = {"object": deepcopy(about)}
        if previous is not None:
            data["previous_attributes"] = previous
        event = self.create(
            "event", "evt", type=type_, data=data, request=dict(self.call), pending_webhooks=1
        )
        event["api_version"] = API_VERSION
        self.on_event(event)
        return event

    @staticmethod
    def now() -> int:
        return int(time.time())
