"""One literal of a condition after FORMAT.md section 3.3: a test and an argument.

A test is an op, a signal and a scale. Many literals share one; the arguments of all its uses stand
in one column.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from tacit.compiler import ir
from tacit.compiler.encode import columns
from tacit.runtime import format as fmt
from tacit.runtime.format import Op

NO_SCALE: Final = -1
"""Stands in `Test.scale` where the format has no scale; it sorts before every scale."""

_POWERS: Final[tuple[int, ...]] = tuple(10**scale for scale in range(fmt.MAX_SCALE + 1))

_ORDER: Final = {
    ir.Relation.LT: Op.LT,
    ir.Relation.LE: Op.LE,
    ir.Relation.GT: Op.GT,
    ir.Relation.GE: Op.GE,
    ir.Relation.EQ: Op.EQ,
}
_SIZE: Final = {
    ir.Relation.LT: Op.SIZE_LT,
    ir.Relation.LE: Op.SIZE_LE,
    ir.Relation.GT: Op.SIZE_GT,
    ir.Relation.GE: Op.SIZE_GE,
    ir.Relation.EQ: Op.SIZE_EQ,
}
_AFFIX: Final = {
    ir.Affix.STARTS: Op.STARTS,
    ir.Affix.ENDS: Op.ENDS,
    ir.Affix.CONTAINS: Op.CONTAINS,
}
_NEGATED_ORDER: Final = frozenset(
    {Op.LT, Op.LE, Op.GT, Op.GE, Op.SIZE_LT, Op.SIZE_LE, Op.SIZE_GT, Op.SIZE_GE}
)


class Test(NamedTuple):
    """A row of the table of tests. Rows are sorted as tuples."""

    op: int  # with bit 7 when negated
    signal: int  # 0 for SEGMENT
    scale: int  # of the numbers in its arguments, or NO_SCALE


class NotNormalised(ValueError):  # noqa: N818  (it says what the input is)
    """The program has a form that the passes remove; the encoder takes their output only."""


@dataclass(frozen=True, slots=True)
class Context:
    """What the bytes of a literal depend on besides the literal."""

    signals: Sequence[ir.Signal]
    values: Sequence[Mapping[str, int]]  # per signal: the index of each value
    bodies: Mapping[ir.Condition, int]


def encode_literal(literal: ir.Literal | ir.SegmentIs, context: Context) -> tuple[Test, bytes]:
    """The test of a literal and the bytes of its argument."""
    if isinstance(literal, ir.SegmentIs):
        op, signal, scale, argument = Op.SEGMENT, 0, NO_SCALE, columns.varint(literal.segment)
    else:
        signal = literal.signal
        op, scale, argument = _test(literal.test, signal, context)
    if not literal.negated:
        return Test(int(op), signal, scale), argument
    if op in _NEGATED_ORDER:
        raise NotNormalised(f"a negated {op.name}: write the opposite order instead")
    return Test(op | fmt.NEGATED, signal, scale), argument


def _test(test: ir.Test, signal: int, context: Context) -> tuple[Op, int, bytes]:
    match test:
        case ir.Has():
            return Op.HAS, NO_SCALE, b""
        case ir.IsTrue():
            return Op.IS_TRUE, NO_SCALE, b""
        case ir.Compare(relation, value):
            if relation not in _ORDER:
                raise NotNormalised("a != test: write a negated == instead")
            scale, argument = numbers((value,), context.signals[signal].type)
            return _ORDER[relation], scale, argument
        case ir.Among(values):
            return _among(values, signal, context)
        case ir.TextMatch(affix, text):
            return _AFFIX[affix], NO_SCALE, columns.text(text)
        case ir.Size(relation, value):
            if relation not in _SIZE:
                raise NotNormalised("a size != test: write a negated == instead")
            return _SIZE[relation], NO_SCALE, columns.varint(value)
        case ir.Includes(value):
            return Op.INCLUDES, NO_SCALE, columns.varint(context.values[signal][value])
        case ir.Exists(body):
            return Op.EXISTS, NO_SCALE, columns.varint(context.bodies[body])


def _among(
    values: Sequence[int | float | str | ir.Version], signal: int, context: Context
) -> tuple[Op, int, bytes]:
    if not isinstance(values[0], str):
        scale, argument = numbers(values, context.signals[signal].type)
        if len(values) == 1:
            return Op.EQ, scale, argument
        return Op.AMONG_NUMBERS, scale, columns.varint(len(values)) + argument
    table = context.values[signal]
    members = sorted(table[str(value)] for value in values)
    if len(members) == 1:
        return Op.IS, NO_SCALE, columns.varint(members[0])
    gaps = (after - before - 1 for before, after in pairwise(members))
    written = b"".join(map(columns.varint, (len(members), members[0], *gaps)))
    mask = columns.bits(members, len(table))
    if len(mask) < len(written):
        return Op.AMONG_MASK, NO_SCALE, mask
    return Op.AMONG, NO_SCALE, written


# ------------------------------------------------------------------------------------- numbers


def numbers(
    values: Sequence[int | float | str | ir.Version], type_: ir.SignalType
) -> tuple[int, bytes]:
    """The scale (NO_SCALE but for doubles) and the bytes of one or more numbers, rising."""
    if type_ is ir.SignalType.VERSION:
        versions = sorted(value for value in values if isinstance(value, tuple))
        return NO_SCALE, b"".join(map(version, versions))
    plain = sorted(value for value in values if isinstance(value, int | float))
    if type_ is ir.SignalType.INT:
        return NO_SCALE, b"".join(columns.svarint(int(value)) for value in plain)
    scale = least_scale(plain)
    if scale == fmt.RAW_SCALE:
        return scale, b"".join(columns.f64(value) for value in plain)
    return scale, b"".join(columns.svarint(_scaled(value, scale)) for value in plain)


def version(parts: ir.Version) -> bytes:
    """One to four parts; the zeros at the end are left out."""
    count = max((i + 1 for i, part in enumerate(parts) if part), default=1)
    return bytes((count,)) + b"".join(map(columns.varint, parts[:count]))


def least_scale(values: Iterable[float]) -> int:
    """The least s <= 22 by which each value is m / 10^s to the bit, m whole, or RAW_SCALE."""
    # A value that has scale s has s + 1 too while m stays in bounds: the largest is all to try.
    values = tuple(values)
    scale = max(map(_scale_of, values))
    if scale == fmt.RAW_SCALE or all(_fits(value, scale) for value in values):
        return scale
    return fmt.RAW_SCALE


@lru_cache(maxsize=4096)
def _scale_of(value: float) -> int:
    for scale in range(fmt.MAX_SCALE + 1):
        if _fits(value, scale):
            return scale
    return fmt.RAW_SCALE


def _scaled(value: float, scale: int) -> int:
    """The whole number nearest to value * 10^scale, worked out exactly."""
    return round(Fraction(value) * _POWERS[scale])


def _fits(value: float, scale: int) -> bool:
    scaled = _scaled(value, scale)
    # Both operands are exact doubles (10^22 is the last such power): this is the reader's division.
    return abs(scaled) <= fmt.MAX_INT and scaled / _POWERS[scale] == value
