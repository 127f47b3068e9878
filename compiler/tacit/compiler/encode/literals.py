"""One literal of a condition after FORMAT.md section 3.3: a test and an argument.

A test is an op and a signal. Many literals share one; the arguments of all its uses stand together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from tacit.compiler import ir
from tacit.compiler.encode import columns
from tacit.compiler.encode.numbers import Value
from tacit.runtime import format as fmt
from tacit.runtime.format import Op

Argument: TypeAlias = int | tuple[int, ...] | str | None
"""A number (mostly an index), several indexes, a text, or nothing."""

_ORDER: Final = {
    ir.Relation.LT: Op.LT,
    ir.Relation.LE: Op.LE,
    ir.Relation.GT: Op.GT,
    ir.Relation.GE: Op.GE,
    ir.Relation.EQ: Op.IS,
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
_NEVER_NEGATED: Final = frozenset(
    {Op.LT, Op.LE, Op.GT, Op.GE, Op.SIZE_LT, Op.SIZE_LE, Op.SIZE_GT, Op.SIZE_GE}
)


class Test(NamedTuple):
    """A row of the table of tests. Rows are sorted as tuples."""

    op: int  # with bit 7 when negated
    signal: int  # 0 for SEGMENT


class NotNormalised(ValueError):  # noqa: N818  (it says what the input is)
    """The program has a form that the passes remove; the encoder takes their output only."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a literal's argument depends on besides the literal."""

    values: Sequence[Mapping[Value, int]]  # per signal: the index of each value
    masked: Collection[int]  # the signals whose sets are written as masks
    bodies: Mapping[ir.Condition, int]


def encode_literal(literal: ir.Literal | ir.SegmentIs, context: Context) -> tuple[Test, Argument]:
    """The test of a literal and its argument."""
    argument: Argument
    if isinstance(literal, ir.SegmentIs):
        op, signal, argument = Op.SEGMENT, 0, literal.segment
    else:
        signal = literal.signal
        op, argument = _test(literal.test, signal, context)
    if not literal.negated:
        return Test(int(op), signal), argument
    if op in _NEVER_NEGATED:
        raise NotNormalised(f"a negated {op.name}: write the opposite order instead")
    return Test(op | fmt.NEGATED, signal), argument


def _test(test: ir.Test, signal: int, context: Context) -> tuple[Op, Argument]:
    values = context.values[signal]
    match test:
        case ir.Has():
            return Op.HAS, None
        case ir.IsTrue():
            return Op.IS_TRUE, None
        case ir.Compare(relation, value):
            if relation not in _ORDER:
                raise NotNormalised("a != test: write a negated == instead")
            return _ORDER[relation], values[value]
        case ir.Among((value,)):
            return Op.IS, values[value]
        case ir.Among(members):
            op = Op.AMONG_MASK if signal in context.masked else Op.AMONG
            return op, tuple(sorted(values[member] for member in members))
        case ir.TextMatch(affix, text):
            return _AFFIX[affix], text
        case ir.Size(relation, size):
            if relation not in _SIZE:
                raise NotNormalised("a size != test: write a negated == instead")
            return _SIZE[relation], size
        case ir.Includes(value):
            return Op.INCLUDES, values[value]
        case ir.Exists(body):
            return Op.EXISTS, context.bodies[body]


def masks_are_shorter(set_sizes: Iterable[int], size: int) -> bool:
    """Whether sets over `size` values take fewer bits as masks than as lists.

    One form serves all sets of a signal: a second one would be a further row in the table of tests.
    """
    width = (size - 1).bit_length()
    return sum(size - (count + 1) * width for count in set_sizes if count > 1) < 0


def write_arguments(test: Test, uses: Sequence[Argument], size: int) -> bytes:
    """The arguments of all uses of a test; `size` is the number of values of its signal."""
    match test.op & ~fmt.NEGATED:
        case Op.HAS | Op.IS_TRUE:
            return b""
        case Op.STARTS | Op.ENDS | Op.CONTAINS:
            return columns.texts([use for use in uses if isinstance(use, str)])
        case Op.AMONG:
            sets = [use for use in uses if isinstance(use, tuple)]
            counts = columns.packed(map(len, sets))
            return counts + columns.packed(member for members in sets for member in members)
        case Op.AMONG_MASK:
            return columns.bits([_mask(use) for use in uses if isinstance(use, tuple)], size)
        case _:
            return columns.packed(use for use in uses if isinstance(use, int))


def _mask(members: tuple[int, ...]) -> int:
    mask = 0
    for member in members:
        mask |= 1 << member
    return mask
