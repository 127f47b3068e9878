"""What an expression may read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tacit.compiler import ir


@dataclass(frozen=True, slots=True)
class Scope:
    """The names that an expression may use.

    `hints` maps a name that is not declared to what should be said about it; `faulty` are names
    whose declaration has an error of its own: their use is not complained about again. `most` maps
    a signal that is counted no further than some number to that number.
    """

    signals: Mapping[str, tuple[int, ir.Signal]]
    segments: Mapping[str, int] = field(default_factory=dict)
    hints: Mapping[str, str] = field(default_factory=dict)
    faulty: frozenset[str] = frozenset()
    most: Mapping[str, int] = field(default_factory=dict)
