"""What happens by itself as time passes: sessions expire, banks answer, the parent goes away."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

from fake_stripe import checkout, customer_side
from fake_stripe.state import State

_TICK_SECONDS = 0.25


class Clock:
    def __init__(
        self, state: State, *, parent: int | None, on_orphaned: Callable[[], None]
    ) -> None:
        self.state, self.parent, self.on_orphaned = state, parent, on_orphaned
        self._born_to = os.getppid()
        self._stopped = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._run, daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.wait(_TICK_SECONDS):
            if self.parent is not None and not self._parent_lives():
                self.on_orphaned()
                return
            tick(self.state)

    def _parent_lives(self) -> bool:
        if self._born_to == self.parent and os.getppid() != self.parent:
            return False
        try:
            os.kill(self.parent or 0, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True


def tick(state: State) -> None:
    """Do what is due."""
    with state.lock:
        now = state.now()
        for session in state.of_kind("checkout.session"):
            due = state.note(session).get("settles")
            if session["status"] == "open" and session["expires_at"] <= now:
                checkout.end(state, session)
                state.touched = True
            elif due and due["at"] <= now:
                del state.note(session)["settles"]
                if state.objects[session["payment_intent"]]["status"] == "processing":
                    customer_side.settled(state, session, arrived=due["arrived"])
                state.touched = True
