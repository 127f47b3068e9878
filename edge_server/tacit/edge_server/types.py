"""What the edge needs of a bundle and of time, and aliases shared by its modules."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any, Protocol, TypeAlias

from tacit.runtime.state import DeviceState

Signals: TypeAlias = Mapping[str, Any]
"""Values by signal name; a value may be any JSON value or `tacit.runtime.Observed`."""


class Decision(Protocol):
    """The part of `tacit.runtime.Decision` that is sent."""

    @property
    def variant(self) -> str | None: ...
    @property
    def content(self) -> Any: ...
    @property
    def reason(self) -> str: ...
    @property
    def rule(self) -> str | int | None: ...
    @property
    def explanation(self) -> str | None: ...
    @property
    def unknown(self) -> tuple[str, ...]: ...


class Decider(Protocol):
    """The part of `tacit.runtime.Bundle` that decides; all requests share it."""

    @property
    def bytes(self) -> bytes: ...

    def decide(
        self,
        surface: str,
        signals: Signals,
        *,
        state: DeviceState | None = None,
        now: int | None = None,
        consent: Iterable[str] | None = None,
    ) -> Decision: ...

    def decide_all(
        self,
        signals: Signals,
        *,
        state: DeviceState | None = None,
        now: int | None = None,
        consent: Iterable[str] | None = None,
    ) -> Mapping[str, Decision]: ...


class Clock(Protocol):
    """Wall-clock time for deciding and dates, steady time for ages and durations."""

    def now_ms(self) -> int:
        """Milliseconds since 1970-01-01 UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds since some moment, never going back."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        return time.monotonic()
