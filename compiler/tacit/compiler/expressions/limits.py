"""How large an expression may be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one expression; what goes beyond is refused with the place where it happens."""

    text: int = 4096
    """Characters."""
    nodes: int = 512
    """Names, constants outside lists, calls, lists, operators (a chain of `&&` or `||` is one)."""
    depth: int = 32
    """Parentheses, arguments, lists, `!` and `?:` inside one another."""
    items: int = 10_000
    """Items of one list."""


DEFAULT = Limits()
MOST_INT = 2**53 - 1
"""Whole numbers beyond this are not exact as IEEE doubles."""
MOST_VERSION_PART = 2**26 - 1
MOST_SIZE = 65_535
"""No string or list of a signal is longer, whatever its declaration says."""
