"""Calls of a gateway in memory: remembered, carried out once for a key, and failing on order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from wallet.gateway import CardDeclined, GatewayError, GatewayRefused, GatewayUnavailable

Made = TypeVar("Made")


@dataclass(frozen=True)
class Call:
    name: str
    args: dict[str, Any]


@dataclass
class Calls:
    """What a gateway in memory is built on."""

    calls: list[Call] = field(default_factory=list)
    _answers: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    _failures: list[tuple[GatewayError, bool]] = field(default_factory=list)

    def fail_next(self, error: GatewayError | None = None, *, after: bool = False) -> None:
        """The next call fails; with `after`, once it was carried out and its answer is lost."""
        self._failures.append((error or GatewayUnavailable(), after))

    def asked(self, name: str) -> list[Call]:
        return [call for call in self.calls if call.name == name]

    def _call(self, name: str, **args: Any) -> _Call:
        self.calls.append(Call(name, args))
        return _Call(self._failures.pop(0) if self._failures else None)

    def _once(self, name: str, key: str, words: dict[str, Any], make: Callable[[], Made]) -> Made:
        """What `make` returned or raised when the key was used first, for the same words."""
        with self._call(name, key=key, **words):
            if key not in self._answers:
                try:
                    self._answers[key] = words, make()
                except (CardDeclined, GatewayRefused) as refusal:
                    self._answers[key] = words, refusal
            first, answer = self._answers[key]
            if first != words:
                raise GatewayRefused("The key was used with other words.", "idempotency_error")
            if isinstance(answer, GatewayError):
                raise answer
            made: Made = answer
            return made


class _Call:
    """One call, which may fail before it or after it."""

    def __init__(self, failure: tuple[GatewayError, bool] | None) -> None:
        self.error, self.after = failure or (None, False)

    def __enter__(self) -> None:
        if self.error and not self.after:
            raise self.error

    def __exit__(self, *raised: object) -> None:
        if self.error and self.after:
            raise self.error
