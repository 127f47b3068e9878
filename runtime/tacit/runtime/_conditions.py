"""Tests, shapes and the conditions made of them: FORMAT.md sections 3.3 to 3.6."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from tacit.runtime import format as f
from tacit.runtime._bytes import Reader
from tacit.runtime._model import (
    All,
    Any,
    Argument,
    Condition,
    Constant,
    Literal,
    Signal,
    literals,
)
from tacit.runtime.format import Node, Op, Type

ORDER = frozenset({Op.LT, Op.LE, Op.GT, Op.GE})
SIZE_ORDER = frozenset({Op.SIZE_LT, Op.SIZE_LE, Op.SIZE_GT, Op.SIZE_GE})
SIZES = SIZE_ORDER | {Op.SIZE_EQ}
AFFIXES = frozenset({Op.STARTS, Op.ENDS, Op.CONTAINS})
SETS = frozenset({Op.AMONG, Op.AMONG_MASK})
PICKS = SETS | {Op.IS}

ELEMENT_OPS = PICKS | AFFIXES | SIZES
"""What a body may ask of one element of its list."""
ELEMENT_ONLY = PICKS | AFFIXES
"""What may be asked of a list inside bodies alone."""
NUMBERS = frozenset({Type.INT, Type.DOUBLE, Type.VERSION})
TEXTS = frozenset({Type.STRING, Type.STRING_LIST})


@dataclass(frozen=True, slots=True)
class Test:
    """A row of the table of tests."""

    op: Op
    negated: bool
    signal: int


Shape: TypeAlias = "Node | tuple[Node, tuple[Shape, ...]]"
"""`LITERAL`, `TRUE`, `FALSE`, or `ALL` or `ANY` with its terms."""


def types_of(op: Op) -> frozenset[Type]:
    """The types of signal that an op may name (`SEGMENT` names none)."""
    if op is Op.HAS:
        return frozenset(Type)
    if op is Op.IS_TRUE:
        return frozenset({Type.BOOL})
    if op in ORDER:
        return NUMBERS
    if op in PICKS:
        return NUMBERS | TEXTS | {Type.ENUM}
    if op in AFFIXES or op in SIZES:
        return TEXTS
    return frozenset({Type.STRING_LIST})  # INCLUDES, EXISTS


# ---------------------------------------------------------------- 3.3 tests


def decode_tests(reader: Reader, signals: tuple[Signal, ...]) -> list[Test]:
    rows: list[tuple[int, int]] = []
    for _ in range(reader.count(f.MAX_TABLE, "tests")):
        row = reader.u8(), reader.varint()
        if rows and row <= rows[-1]:
            reader.fail("order", "tests do not rise")
        rows.append(row)
    return [_checked_test(reader, byte, signal, signals) for byte, signal in rows]


def _checked_test(reader: Reader, byte: int, signal: int, signals: tuple[Signal, ...]) -> Test:
    if byte & ~f.NEGATED not in set(Op):
        reader.fail("code", f"op {byte:#04x}")
    op = Op(byte & ~f.NEGATED)
    negated = bool(byte & f.NEGATED)
    if negated and op in ORDER | SIZE_ORDER:
        reader.fail("code", f"{op.name} is never negated")
    if op is Op.SEGMENT:
        if signal != 0:
            reader.fail("reserved", "SEGMENT names a signal")
        return Test(op, negated, 0)
    kind = signals[reader.below(signal, len(signals), "signal")].type
    if kind not in types_of(op):
        reader.fail("type", f"{op.name} on {signals[signal].name!r}, a {kind.name.lower()}")
    return Test(op, negated, signal)


# ---------------------------------------------------------------- 3.4 shapes


def decode_shapes(reader: Reader) -> list[Shape]:
    count = reader.count(f.MAX_TABLE, "shapes")
    shapes = [_decode_shape(reader, depth=1, above=None) for _ in range(count)]
    if len(set(shapes)) != len(shapes):
        reader.fail("duplicate", "two shapes are equal")
    return shapes


def _decode_shape(reader: Reader, depth: int, above: Node | None) -> Shape:
    if depth > f.MAX_SHAPE_DEPTH:
        reader.fail("limit", f"a shape deeper than {f.MAX_SHAPE_DEPTH}")
    byte = reader.u8()
    if byte > max(Node):
        reader.fail("code", f"node {byte:#04x} of a shape")
    node = Node(byte)
    if node is Node.LITERAL:
        return node
    if node in (Node.FALSE, Node.TRUE):
        if above is not None:
            reader.fail("shape", "a constant does not stand alone")
        return node
    if node is above:
        reader.fail("shape", f"{node.name} directly in {node.name}")
    count = reader.count(f.MAX_CONDITION_LITERALS, "terms", least=2)
    return node, tuple(_decode_shape(reader, depth + 1, node) for _ in range(count))


def literal_count(shape: Shape) -> int:
    if isinstance(shape, tuple):
        return sum(literal_count(term) for term in shape[1])
    return 1 if shape is Node.LITERAL else 0


# ---------------------------------------------------------------- 3.5 conditions


@dataclass(frozen=True, slots=True)
class Conditions:
    bodies: tuple[Condition, ...]
    segments: tuple[Condition, ...]
    rules: tuple[Condition, ...]
    wheres: tuple[Condition, ...]


def decode_conditions(
    reader: Reader,
    signals: tuple[Signal, ...],
    tests: list[Test],
    shapes: list[Shape],
    has_state: bool,
) -> Conditions:
    """Bodies, segments, the conditions of all rules and, in a bundle with state, those of events;
    their arguments (3.6) with them."""
    body_count = reader.count(f.MAX_TABLE, "bodies")
    segment_count = reader.count(f.MAX_TABLE, "segments")
    rule_count = reader.count(f.MAX_RULES, "rules")
    where_count = reader.count(f.MAX_TABLE, "conditions of events") if has_state else 0
    shape_numbers = reader.packed(body_count + segment_count + rule_count + where_count)
    _check_first_use(reader, shape_numbers, len(shapes))
    sizes = [literal_count(shape) for shape in shapes]
    if max(sizes, default=0) > f.MAX_CONDITION_LITERALS:
        reader.fail("limit", "a condition has too many literals")
    total = sum(sizes[number] for number in shape_numbers)
    if total > f.MAX_LITERALS:
        reader.fail("limit", f"{total} literals, at most {f.MAX_LITERALS}")
    test_numbers = reader.packed(total)
    for number in test_numbers:
        reader.below(number, len(tests), "test")
    arguments = _decode_arguments(reader, signals, tests, test_numbers)

    context = _Context(reader, signals, body_count)
    uses = ((tests[number], next(arguments[number])) for number in test_numbers)
    conditions = [
        # Only segments below `lower` may be used: a segment reads the ones before it.
        _build(
            shapes[number],
            uses,
            context,
            in_body=place < body_count,
            lower=min(max(place - body_count, 0), segment_count),
        )
        for place, number in enumerate(shape_numbers)
    ]
    bodies = tuple(conditions[:body_count])
    _check_bodies(reader, bodies)
    for condition in conditions[body_count:]:
        _check_lists(reader, condition, bodies)
    rules = body_count + segment_count
    return Conditions(
        bodies,
        tuple(conditions[body_count:rules]),
        tuple(conditions[rules : rules + rule_count]),
        tuple(conditions[rules + rule_count :]),
    )


def _check_first_use(reader: Reader, numbers: list[int], count: int) -> None:
    """The first uses of a table's rows run 0, 1, 2 ... and leave none out."""
    seen = 0
    for number in numbers:
        reader.below(number, count, "shape")
        if number > seen:
            reader.fail("order", "shapes are not in order of first use")
        seen = max(seen, number + 1)
    if seen != count:
        reader.fail("order", f"{count} shapes, {seen} used")


def _check_bodies(reader: Reader, bodies: tuple[Condition, ...]) -> None:
    for body in bodies:
        if len({literal.signal for literal in literals(body)}) > 1:
            reader.fail("type", "a body tests two lists")


def _check_lists(reader: Reader, condition: Condition, bodies: tuple[Condition, ...]) -> None:
    """A body names the list of each `EXISTS` that uses it."""
    for literal in literals(condition):
        if literal.op is Op.EXISTS:
            assert isinstance(literal.argument, int)
            body = bodies[literal.argument]
            if any(inner.signal != literal.signal for inner in literals(body)):
                reader.fail("type", "a body tests another list than its EXISTS")


@dataclass(frozen=True, slots=True)
class _Context:
    reader: Reader
    signals: tuple[Signal, ...]
    bodies: int


def _build(
    shape: Shape,
    uses: Iterator[tuple[Test, Raw]],
    context: _Context,
    in_body: bool,
    lower: int,
) -> Condition:
    """A condition of `shape` over the next uses of tests."""
    if isinstance(shape, tuple):
        terms = tuple(_build(term, uses, context, in_body, lower) for term in shape[1])
        return All(terms) if shape[0] is Node.ALL else Any(terms)
    if shape is Node.LITERAL:
        test, argument = next(uses)
        return _literal(test, argument, context, in_body, lower)
    return Constant(shape is Node.TRUE)


def _literal(test: Test, raw: Raw, context: _Context, in_body: bool, lower: int) -> Literal:
    reader = context.reader
    if test.op is Op.SEGMENT:
        if in_body:
            reader.fail("type", "SEGMENT in a body")
        assert isinstance(raw, int)
        return Literal(test.op, test.negated, 0, reader.below(raw, lower, "segment"))
    signal = context.signals[test.signal]
    is_list = signal.type is Type.STRING_LIST
    if in_body and not (is_list and test.op in ELEMENT_OPS):
        reader.fail("type", f"{test.op.name} in a body")
    if not in_body and is_list and test.op in ELEMENT_ONLY:
        reader.fail("type", f"{test.op.name} on a whole list")
    argument = _meaning(test.op, raw, signal, context)
    return Literal(test.op, test.negated, test.signal, argument)


# ---------------------------------------------------------------- 3.6 arguments

Raw: TypeAlias = int | str | tuple[int, ...] | None
"""An argument as the bytes have it: mostly the index of a value."""


def _decode_arguments(
    reader: Reader, signals: tuple[Signal, ...], tests: list[Test], test_numbers: list[int]
) -> list[Iterator[Raw]]:
    """Per test, the arguments of its uses in order of use."""
    uses = [0] * len(tests)
    for number in test_numbers:
        uses[number] += 1
    arguments: list[Iterator[Raw]] = []
    for test, count in zip(tests, uses, strict=True):
        size = len(signals[test.signal].values) if signals else 0
        arguments.append(iter(_decode_column(reader, test.op, count, size)))
    return arguments


def _decode_column(reader: Reader, op: Op, uses: int, size: int) -> Sequence[Raw]:
    """The arguments of one test; `size` is the number of values of its signal."""
    if op in (Op.HAS, Op.IS_TRUE):
        return [None] * uses
    if op in AFFIXES:
        return reader.counted_texts(uses, "uses")
    if op is Op.AMONG:
        counts = reader.packed(uses)
        for count in counts:
            reader.below(count, size + 1, "count of values")
        if sum(counts) and reader.peek() == 0:
            # A column without bytes, all of it 0. Nothing vouches for its length.
            reader.fail("order", f"indexes of {op.name} do not rise")
        indexes = iter(reader.packed(sum(counts)))
        return [tuple(next(indexes) for _ in range(count)) for count in counts]
    if op is Op.AMONG_MASK:
        bits = reader.bits(uses, size)
        return [tuple(place for place in range(size) if mask >> place & 1) for mask in bits]
    return reader.packed(uses)


def _meaning(op: Op, raw: Raw, signal: Signal, context: _Context) -> Argument:
    """What an argument stands for."""
    reader = context.reader
    if isinstance(raw, tuple):
        if len(raw) < 2:
            reader.fail("count", f"{op.name} with fewer than two values")
        if any(left >= right for left, right in pairwise(raw)):
            reader.fail("order", f"indexes of {op.name} do not rise")
        reader.below(raw[-1], len(signal.values), "value")
        return tuple(signal.values[place] for place in raw)
    if isinstance(raw, int) and op is Op.EXISTS:
        return reader.below(raw, context.bodies, "body")
    if isinstance(raw, int) and op not in SIZES:
        return signal.values[reader.below(raw, len(signal.values), "value")]
    return raw
