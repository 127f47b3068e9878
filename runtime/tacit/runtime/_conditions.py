"""Tests, shapes and the conditions made of them: FORMAT.md sections 3.3 to 3.5."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from tacit.runtime import format as f
from tacit.runtime._bytes import Reader, varints
from tacit.runtime._model import (
    All,
    Any,
    Argument,
    Condition,
    Constant,
    Literal,
    Number,
    Signal,
    Version,
    literals,
)
from tacit.runtime.format import Node, Op, Type

ORDER = frozenset({Op.LT, Op.LE, Op.GT, Op.GE})
SIZE_ORDER = frozenset({Op.SIZE_LT, Op.SIZE_LE, Op.SIZE_GT, Op.SIZE_GE})
SIZES = SIZE_ORDER | {Op.SIZE_EQ}
NUMBERS = ORDER | {Op.EQ, Op.AMONG_NUMBERS}
AFFIXES = frozenset({Op.STARTS, Op.ENDS, Op.CONTAINS})
PICKS = frozenset({Op.IS, Op.AMONG, Op.AMONG_MASK})

ELEMENT_OPS = PICKS | AFFIXES | SIZES
"""What a body may ask of one element of its list."""
ELEMENT_ONLY = PICKS | AFFIXES
"""What may be asked of a list inside bodies alone."""


@dataclass(frozen=True, slots=True)
class Test:
    """A row of the table of tests; the arguments of its uses are read one after another."""

    op: Op
    negated: bool
    signal: int
    scale: int
    arguments: Reader


Shape: TypeAlias = "Node | tuple[Node, tuple[Shape, ...]]"
"""`LITERAL`, `TRUE`, `FALSE`, or `ALL` or `ANY` with its terms."""


def types_of(op: Op) -> frozenset[Type]:
    """The types of signal that an op may name (`SEGMENT` names none)."""
    if op is Op.HAS:
        return frozenset(Type)
    if op is Op.IS_TRUE:
        return frozenset({Type.BOOL})
    if op in NUMBERS:
        return frozenset({Type.INT, Type.DOUBLE, Type.VERSION})
    if op in PICKS:
        return frozenset({Type.STRING, Type.ENUM, Type.STRING_LIST})
    if op in AFFIXES or op in SIZES:
        return frozenset({Type.STRING, Type.STRING_LIST})
    return frozenset({Type.STRING_LIST})  # INCLUDES, EXISTS


# ---------------------------------------------------------------- 3.3 tests


def decode_tests(reader: Reader, signals: tuple[Signal, ...]) -> list[Test]:
    heads: list[tuple[int, int, int]] = []
    for _ in range(reader.count(f.MAX_TABLE, "tests")):
        head = _decode_test_head(reader, signals)
        if heads and head <= heads[-1]:
            reader.fail("order", "tests do not rise")
        heads.append(head)
    return [
        Test(
            Op(byte & ~f.NEGATED),
            bool(byte & f.NEGATED),
            signal,
            scale,
            reader.column(f"arguments of test {number}"),
        )
        for number, (byte, signal, scale) in enumerate(heads)
    ]


def _decode_test_head(reader: Reader, signals: tuple[Signal, ...]) -> tuple[int, int, int]:
    byte = reader.u8()
    if byte & ~f.NEGATED not in set(Op):
        reader.fail("enum", f"op {byte:#04x}")
    op = Op(byte & ~f.NEGATED)
    if byte & f.NEGATED and op in ORDER | SIZE_ORDER:
        reader.fail("reserved", f"{op.name} is never negated")
    if op is Op.SEGMENT:
        if reader.varint() != 0:
            reader.fail("reserved", "SEGMENT names a signal")
        return byte, 0, 0
    signal = reader.index(len(signals), "signal")
    kind = signals[signal].type
    if kind not in types_of(op):
        reader.fail("type", f"{op.name} on {signals[signal].name!r}, a {kind.name.lower()}")
    scale = 0
    if kind is Type.DOUBLE and op in NUMBERS:
        scale = reader.u8()
        if scale > f.MAX_SCALE and scale != f.RAW_SCALE:
            reader.fail("enum", f"scale {scale}")
    return byte, signal, scale


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
        reader.fail("enum", f"node {byte:#04x} of a shape")
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


def decode_conditions(
    reader: Reader, signals: tuple[Signal, ...], tests: list[Test], shapes: list[Shape]
) -> tuple[tuple[Condition, ...], tuple[Condition, ...], tuple[Condition, ...]]:
    """Bodies, segments and the conditions of all rules."""
    body_count = reader.count(f.MAX_TABLE, "bodies")
    segment_count = reader.count(f.MAX_TABLE, "segments")
    shape_numbers = varints(reader.column("shapes of conditions"))
    test_numbers = varints(reader.column("tests of literals"))
    _check_first_use(reader, shape_numbers, len(shapes))
    if len(shape_numbers) < body_count + segment_count:
        reader.fail("count", f"{len(shape_numbers)} shapes for the conditions")
    counts = [literal_count(shape) for shape in shapes]
    if any(count > f.MAX_CONDITION_LITERALS for count in counts):
        reader.fail("limit", "a condition has too many literals")
    wanted = sum(counts[number] for number in shape_numbers)
    if wanted > f.MAX_LITERALS:
        reader.fail("limit", f"{wanted} literals, at most {f.MAX_LITERALS}")
    if wanted != len(test_numbers):
        reader.fail("count", f"{len(test_numbers)} tests for {wanted} literals")
    if any(number >= len(tests) for number in test_numbers):
        reader.fail("index", "a literal names no test")

    context = _Context(signals, body_count)
    stream = (tests[number] for number in test_numbers)
    conditions: list[Condition] = []
    for place, number in enumerate(shape_numbers):
        in_body = place < body_count
        lower = min(max(place - body_count, 0), segment_count)
        condition = _build(shapes[number], stream, context, in_body, lower)
        conditions.append(condition)
    bodies = tuple(conditions[:body_count])
    for condition in conditions[body_count:]:
        _check_lists(reader, condition, bodies)
    segments = tuple(conditions[body_count : body_count + segment_count])
    return bodies, segments, tuple(conditions[body_count + segment_count :])


def _check_first_use(reader: Reader, numbers: list[int], count: int) -> None:
    """The first uses of a table's rows run 0, 1, 2 ... and leave none out."""
    seen = 0
    for number in numbers:
        if number > seen or number >= count:
            reader.fail("order", "shapes are not in order of first use")
        seen = max(seen, number + 1)
    if seen != count:
        reader.fail("count", f"{count} shapes, {seen} used")


def _check_lists(reader: Reader, condition: Condition, bodies: tuple[Condition, ...]) -> None:
    """A body names the list of each `EXISTS` that uses it."""
    for literal in literals(condition):
        if literal.op is Op.EXISTS:
            body = bodies[_as_int(literal.argument)]
            if any(inner.signal != literal.signal for inner in literals(body)):
                reader.fail("type", "a body tests another list than its EXISTS")


@dataclass(frozen=True, slots=True)
class _Context:
    signals: tuple[Signal, ...]
    bodies: int


def _build(
    shape: Shape, tests: Iterator[Test], context: _Context, in_body: bool, lower: int
) -> Condition:
    """A condition of `shape` over the next tests. Only segments below `lower` may be used."""
    if isinstance(shape, tuple):
        terms = tuple(_build(term, tests, context, in_body, lower) for term in shape[1])
        return All(terms) if shape[0] is Node.ALL else Any(terms)
    if shape is Node.LITERAL:
        return _build_literal(next(tests), context, in_body, lower)
    return Constant(shape is Node.TRUE)


def _build_literal(test: Test, context: _Context, in_body: bool, lower: int) -> Literal:
    arguments = test.arguments
    if test.op is Op.SEGMENT:
        if in_body:
            arguments.fail("type", "SEGMENT in a body")
        segment = arguments.index(lower, "segment")
        return Literal(test.op, test.negated, 0, segment)
    signal = context.signals[test.signal]
    is_list = signal.type is Type.STRING_LIST
    if in_body and not (is_list and test.op in ELEMENT_OPS):
        arguments.fail("type", f"{test.op.name} in a body")
    if not in_body and is_list and test.op in ELEMENT_ONLY:
        arguments.fail("type", f"{test.op.name} on a whole list")
    argument = _decode_argument(test, signal, context.bodies)
    return Literal(test.op, test.negated, test.signal, argument)


def _decode_argument(test: Test, signal: Signal, bodies: int) -> Argument:
    """The next argument of a test."""
    column = test.arguments
    op = test.op
    if op in (Op.HAS, Op.IS_TRUE):
        return None
    if op in ORDER or op is Op.EQ:
        return _number(column, signal.type, test.scale)
    if op is Op.AMONG_NUMBERS:
        return _rising_numbers(column, signal.type, test.scale)
    if op in AFFIXES:
        return column.text()
    if op in SIZES:
        return column.varint()
    if op is Op.EXISTS:
        return column.index(bodies, "body")
    if op in (Op.IS, Op.INCLUDES):
        return signal.values[column.index(len(signal.values), "value")]
    places = _gaps(column) if op is Op.AMONG else column.bits(len(signal.values))
    if len(places) < 2:
        column.fail("count", f"{op.name} with fewer than two values")
    if places[-1] >= len(signal.values):
        column.fail("index", f"value {places[-1]} of {len(signal.values)}")
    return tuple(signal.values[place] for place in places)


def _gaps(column: Reader) -> tuple[int, ...]:
    """The first index, then gaps less one."""
    count = column.count(f.MAX_TABLE, "values")
    places: list[int] = []
    for _ in range(count):
        step = column.varint()
        places.append(step if not places else places[-1] + step + 1)
    return tuple(places)


def _number(column: Reader, kind: Type, scale: int) -> Number:
    if kind is Type.VERSION:
        return _version(column)
    if kind is Type.INT:
        return column.svarint()
    if scale == f.RAW_SCALE:
        return column.f64()
    return float(column.svarint()) / float(10**scale)


def _version(column: Reader) -> Version:
    count = column.u8()
    if not 1 <= count <= 4:
        column.fail("enum", f"a version of {count} parts")
    parts = [column.varint(f.VERSION_PART_LIMIT - 1) for _ in range(count)]
    if count > 1 and parts[-1] == 0:
        column.fail("number", "the last part of a version is 0")
    major, minor, patch, build = parts + [0] * (4 - count)
    return major, minor, patch, build


def _rising_numbers(column: Reader, kind: Type, scale: int) -> tuple[Number, ...]:
    count = column.count(f.MAX_TABLE, "numbers", least=2)
    numbers: list[Number] = []
    for _ in range(count):
        number = _number(column, kind, scale)
        if numbers and not _below(numbers[-1], number):
            column.fail("order", "numbers do not rise")
        numbers.append(number)
    return tuple(numbers)


def _below(left: Number, right: Number) -> bool:
    # Both are of one type: the caller reads them from one column.
    if isinstance(left, tuple) and isinstance(right, tuple):
        return left < right
    return not isinstance(left, tuple) and not isinstance(right, tuple) and left < right


def _as_int(argument: Argument) -> int:
    assert isinstance(argument, int)
    return argument
