"""Positions: a span is a value on every node; line and column are worked out only when shown."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open run of code points `start`..`end` of the file `file` (relative path)."""

    file: str
    start: int
    end: int
