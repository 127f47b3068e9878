"""The constants of a signal as bytes: rising numbers, versions, texts (FORMAT.md section 3.2)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Final

from tacit.compiler import ir
from tacit.compiler.encode import columns
from tacit.runtime import format as fmt

Value = int | float | str | ir.Version
"""A constant of a test; all constants of one signal are of one kind."""

_POWERS: Final[tuple[int, ...]] = tuple(10**scale for scale in range(fmt.MAX_SCALE + 1))


def values(constants: Sequence[Value], type_: ir.SignalType) -> bytes:
    """The constants of a signal (rising, or the members of an enum) in the form of its type."""
    match type_:
        case ir.SignalType.BOOL:
            return b""
        case ir.SignalType.INT:
            return columns.varint(len(constants)) + _rising([int(n) for n in _plain(constants)])
        case ir.SignalType.DOUBLE:
            return columns.varint(len(constants)) + _doubles(_plain(constants))
        case ir.SignalType.VERSION:
            written = (version(value) for value in constants if isinstance(value, tuple))
            return columns.varint(len(constants)) + b"".join(written)
        case _:
            return columns.texts([str(value) for value in constants])


def _plain(constants: Sequence[Value]) -> list[int | float]:
    return [value for value in constants if isinstance(value, int | float)]


def _rising(wholes: Sequence[int]) -> bytes:
    """The first number, then what each is above the one before, less one."""
    if not wholes:
        return b""
    gaps = (columns.varint(after - before - 1) for before, after in pairwise(wholes))
    return columns.svarint(wholes[0]) + b"".join(gaps)


def _doubles(numbers: Sequence[float]) -> bytes:
    if not numbers:
        return b""
    scale = least_scale(numbers)
    if scale == fmt.RAW_SCALE:
        return bytes((scale,)) + b"".join(map(columns.f64, numbers))
    return bytes((scale,)) + _rising([_scaled(number, scale) for number in numbers])


def version(parts: ir.Version) -> bytes:
    """One to four parts; the zeros at the end are left out."""
    count = max((i + 1 for i, part in enumerate(parts) if part), default=1)
    return bytes((count,)) + b"".join(map(columns.varint, parts[:count]))


def least_scale(numbers: Sequence[float]) -> int:
    """The least s <= 22 by which each number is m / 10^s to the bit, m whole, or RAW_SCALE."""
    # A number that has scale s has s + 1 too while m stays in bounds: the largest is all to try.
    scale = max(map(_scale_of, numbers))
    if scale == fmt.RAW_SCALE or all(_fits(number, scale) for number in numbers):
        return scale
    return fmt.RAW_SCALE


def _scale_of(number: float) -> int:
    for scale in range(fmt.MAX_SCALE + 1):
        if _fits(number, scale):
            return scale
    return fmt.RAW_SCALE


def _scaled(number: float, scale: int) -> int:
    """The whole number nearest to number * 10^scale, worked out exactly."""
    return round(Fraction(number) * _POWERS[scale])


def _fits(number: float, scale: int) -> bool:
    scaled = _scaled(number, scale)
    # Both operands are exact doubles (10^22 is the last such power): this is the reader's division.
    return abs(scaled) <= fmt.MAX_INT and scaled / _POWERS[scale] == number
