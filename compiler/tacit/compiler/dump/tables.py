"""The tables that the encoder writes, as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tacit.compiler import ir
from tacit.compiler.dump.notation import constant_text
from tacit.compiler.encode.literals import Argument, Test
from tacit.compiler.encode.tables import Tables
from tacit.runtime import format as fmt
from tacit.runtime.format import Node, Op


def dump_tables(tables: Tables) -> str:
    """Values, tests with their arguments, shapes, and the conditions made of them."""
    return "\n".join(_lines(tables)) + "\n"


def _lines(tables: Tables) -> Iterator[str]:
    signals = tables.program.signals
    yield f"purposes: {', '.join(tables.purposes) or '-'}"
    yield f"values of {len(signals)} signals"
    for number, (signal, values) in enumerate(zip(signals, tables.values, strict=True)):
        yield f"  {number} {signal.name}: {', '.join(map(constant_text, values)) or '-'}"
    yield f"{len(tables.tests)} tests, with the arguments of their uses"
    for number, (test, uses) in enumerate(zip(tables.tests, tables.arguments, strict=True)):
        yield f"  {number} {_test(test, tables)}: {arguments_text(uses)}"
    yield f"{len(tables.shapes)} shapes"
    for number, shape in enumerate(tables.shapes):
        yield f"  {number} {shape_text(shape)}"
    yield f"{len(tables.condition_shapes)} conditions: shape, tests of its literals"
    yield from _conditions(tables)
    yield f"variants: {', '.join(tables.variant_ids) or '-'}"


def _conditions(tables: Tables) -> Iterator[str]:
    program = tables.program
    titles = [f"body {number}" for number in range(len(tables.bodies))]
    titles += [f"segment {segment.name}" for segment in program.segments]
    titles += _rules(program)
    titles += [f"where {number}" for number in range(len(tables.wheres))]
    at = 0
    for title, shape in zip(titles, tables.condition_shapes, strict=True):
        end = at + literal_count(tables.shapes[shape])
        tests = tables.literal_tests[at:end]
        at = end
        yield f"  {title}: {shape}; {' '.join(map(str, tests)) or '-'}"


def _rules(program: ir.Program) -> list[str]:
    named = [f"{surface.name}/{rule.id}" for surface in program.surfaces for rule in surface.rules]
    if program.memory is None:
        return named
    rows = program.memory.rules
    return [f"{name} {row.standing.name}" for name, row in zip(named, rows, strict=True)]


def _test(test: Test, tables: Tables) -> str:
    name = op_text(test.op)
    if test.op & ~fmt.NEGATED == Op.SEGMENT:
        return name
    return f"{name} {tables.program.signals[test.signal].name}"


def op_text(op: int) -> str:
    """`IS`, or `not IS` for an op with the bit of negation."""
    name = Op(op & ~fmt.NEGATED).name
    return f"not {name}" if op & fmt.NEGATED else name


def arguments_text(uses: Sequence[Argument]) -> str:
    """The arguments of a test's uses, one after another."""
    if uses and all(use is None for use in uses):
        return f"{len(uses)} times"
    return " ".join(map(_argument, uses)) or "-"


def _argument(argument: Argument) -> str:
    match argument:
        case str():
            return constant_text(argument)
        case tuple():
            return f"[{' '.join(map(str, argument))}]"
        case _:
            return str(argument)


def shape_text(shape: bytes) -> str:
    """`all(? any(? ?))`: a literal is a question mark."""
    return _read_shape(shape, 0)[0]


def literal_count(shape: bytes) -> int:
    """How many literals a shape has."""
    return shape_text(shape).count("?")


def _read_shape(shape: bytes, at: int) -> tuple[str, int]:
    node = Node(shape[at])
    at += 1
    if node not in (Node.ALL, Node.ANY):
        return {Node.TRUE: "true", Node.FALSE: "false", Node.LITERAL: "?"}[node], at
    count = shift = 0
    more = True
    while more:
        more = shape[at] > 127
        count |= (shape[at] & 127) << shift
        shift += 7
        at += 1
    terms = []
    for _ in range(count):
        term, at = _read_shape(shape, at)
        terms.append(term)
    return f"{node.name.lower()}({' '.join(terms)})", at
