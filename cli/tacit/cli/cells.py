"""Texts of a table's cells -> values of a signal's type. An empty cell is a missing value.

Only the reading of text happens here. Whether a number lies within its bounds or a text is a member
is the runtime's decision, so a value that reads well can still count as missing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Convert: TypeAlias = Callable[[str], Any]
"""Raises ValueError, with what was wanted, for a text that has no value of the type."""

_INT = re.compile(r"[-+]?[0-9]{1,400}")
_DECIMAL = re.compile(r"[-+]?([0-9]{1,400}(\.[0-9]{0,400})?|\.[0-9]{1,400})([eE][-+]?[0-9]{1,4})?")
_BOOLS = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False,
          "t": True, "f": False, "y": True, "n": False}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """How cells are written: what stands between the items of a list, and what means "missing"."""

    separator: str = ";"
    nulls: frozenset[str] = frozenset()


def to_bool(text: str) -> bool:
    """`TRUE true 1 yes y t` and their opposites."""
    try:
        return _BOOLS[text.strip().lower()]
    except KeyError:
        raise ValueError("a bool (true, false, 1, 0, yes, no)") from None


def to_number(text: str) -> int | float:
    """An int where the text is one, else a double: an int signal takes `3.0` as well."""
    text = text.strip()
    if _INT.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    raise ValueError("a number")


def to_double(text: str) -> float:
    """A double; overflow makes an infinity, which the runtime takes as missing."""
    return float(to_number(text))


def converters(types: Mapping[str, str], reading: Reading) -> dict[str, Convert]:
    """For each signal of `types` (name to type) the reader of its cells."""

    def to_list(text: str) -> list[str]:
        return [item.strip() for item in text.split(reading.separator)]

    by_type: dict[str, Convert] = {
        "bool": to_bool,
        "int": to_number,
        "double": to_double,
        "string_list": to_list,
    }
    return {name: by_type.get(type_, str) for name, type_ in types.items()}


def is_missing(text: str, reading: Reading) -> bool:
    """Whether a cell holds nothing."""
    return not text or text.isspace() or text in reading.nulls
