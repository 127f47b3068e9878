"""Lay out a program as the tables of FORMAT.md section 3: the step between the IR and the bytes.

Nothing here depends on an order that Python does not promise: sets are sorted, the rest is in the
order of the source.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tacit.compiler import ir
from tacit.compiler.encode.columns import varint
from tacit.compiler.encode.literals import (
    Argument,
    Context,
    NotNormalised,
    Test,
    encode_literal,
    masks_are_shorter,
)
from tacit.compiler.encode.numbers import Value
from tacit.runtime.format import Node

Shape = bytes
"""A condition without its tests, in prefix notation."""


@dataclass(frozen=True, slots=True)
class Tables:
    """A normalised program, its conditions taken apart."""

    program: ir.Program
    purposes: tuple[str, ...]
    values: tuple[tuple[Value, ...], ...]  # per signal
    tests: tuple[Test, ...]
    arguments: tuple[tuple[Argument, ...], ...]  # per test, one per use
    shapes: tuple[Shape, ...]
    bodies: tuple[ir.Condition, ...]
    wheres: tuple[ir.Condition, ...]  # of events
    condition_shapes: tuple[int, ...]  # bodies, segments, rules, wheres
    literal_tests: tuple[int, ...]  # every literal of those conditions, left to right
    variant_ids: tuple[str, ...]
    rules: tuple[ir.Rule, ...]
    splits: tuple[ir.Split, ...]


def lay_out(program: ir.Program) -> Tables:
    """The tables of a program. Raises `NotNormalised` when the passes have not run."""
    rules = tuple(rule for surface in program.surfaces for rule in surface.rules)
    top = [segment.condition for segment in program.segments]
    top += [rule.condition for rule in rules]
    wheres = program.memory.wheres if program.memory is not None else ()
    top += wheres
    bodies = tuple(dict.fromkeys(body for condition in top for body in _bodies(condition)))
    conditions = (*bodies, *top)

    values = _values(program.signals, conditions)
    context = Context(
        masked=_masked(conditions, values),
        values=[{value: i for i, value in enumerate(row)} for row in values],
        bodies={body: i for i, body in enumerate(bodies)},
    )
    shapes, condition_shapes = _shapes(conditions)
    tests, arguments, literal_tests = _tests(conditions, context)
    return Tables(
        program=program,
        purposes=_purposes(program),
        values=values,
        tests=tests,
        arguments=arguments,
        shapes=shapes,
        bodies=bodies,
        wheres=wheres,
        condition_shapes=condition_shapes,
        literal_tests=literal_tests,
        variant_ids=tuple(sorted({v.id for s in program.surfaces for v in s.variants})),
        rules=rules,
        splits=tuple(rule.outcome for rule in rules if isinstance(rule.outcome, ir.Split)),
    )


def _purposes(program: ir.Program) -> tuple[str, ...]:
    found = {signal.purpose for signal in program.signals}
    if program.memory is not None:
        found |= {item.purpose for item in program.memory.items}
    return tuple(sorted(purpose for purpose in found if purpose is not None))


def literals(condition: ir.Condition) -> Iterator[ir.Literal | ir.SegmentIs]:
    """The literals of a normalised condition, left to right; those of bodies are not among them."""
    match condition:
        case ir.Literal() | ir.SegmentIs():
            yield condition
        case ir.All(terms) | ir.Any(terms):
            for term in terms:
                yield from literals(term)
        case ir.Constant():
            pass
        case ir.Not() | ir.Choose():
            raise NotNormalised(f"{type(condition).__name__} is left in a condition")


def _bodies(condition: ir.Condition) -> Iterator[ir.Condition]:
    for literal in literals(condition):
        if isinstance(literal, ir.Literal) and isinstance(literal.test, ir.Exists):
            yield literal.test.body


def _values(
    signals: Iterable[ir.Signal], conditions: Iterable[ir.Condition]
) -> tuple[tuple[Value, ...], ...]:
    named: list[set[Value]] = [set() for _ in signals]
    for condition in conditions:
        for literal in literals(condition):
            if isinstance(literal, ir.Literal):
                match literal.test:
                    case ir.Among(values):
                        named[literal.signal].update(values)
                    case ir.Includes(value) | ir.Compare(_, value):
                        named[literal.signal].add(value)
                    case _:
                        pass
    return tuple(
        signal.values if signal.type is ir.SignalType.ENUM else _sorted(found)
        for signal, found in zip(signals, named, strict=True)
    )


def _sorted(constants: set[Value]) -> tuple[Value, ...]:
    # All constants of a signal are of one type, which the checker saw to.
    return tuple(sorted(constants))


def _masked(
    conditions: Iterable[ir.Condition], values: Sequence[Sequence[Value]]
) -> frozenset[int]:
    sizes: dict[int, list[int]] = {}
    for condition in conditions:
        for literal in literals(condition):
            if isinstance(literal, ir.Literal) and isinstance(literal.test, ir.Among):
                sizes.setdefault(literal.signal, []).append(len(literal.test.values))
    return frozenset(
        signal for signal, counts in sizes.items() if masks_are_shorter(counts, len(values[signal]))
    )


def shape_of(condition: ir.Condition) -> Shape:
    """A condition in prefix notation."""
    out = bytearray()
    _write_shape(condition, out)
    return bytes(out)


def _write_shape(condition: ir.Condition, out: bytearray) -> None:
    match condition:
        case ir.Literal() | ir.SegmentIs():
            out.append(Node.LITERAL)
        case ir.All(terms) | ir.Any(terms):
            out.append(Node.ALL if isinstance(condition, ir.All) else Node.ANY)
            out += varint(len(terms))
            for term in terms:
                if isinstance(term, ir.Constant | type(condition)) or len(terms) < 2:
                    raise NotNormalised(f"{type(term).__name__} in {type(condition).__name__}")
                _write_shape(term, out)
        case ir.Constant(value):
            out.append(Node.TRUE if value else Node.FALSE)
        case _:
            raise NotNormalised(f"{type(condition).__name__} is left in a condition")


def _shapes(conditions: Iterable[ir.Condition]) -> tuple[tuple[Shape, ...], tuple[int, ...]]:
    index: dict[Shape, int] = {}
    used = tuple(index.setdefault(shape_of(item), len(index)) for item in conditions)
    return tuple(index), used


def _tests(
    conditions: Iterable[ir.Condition], context: Context
) -> tuple[tuple[Test, ...], tuple[tuple[Argument, ...], ...], tuple[int, ...]]:
    known: dict[ir.Literal | ir.SegmentIs, tuple[Test, Argument]] = {}
    uses: list[tuple[Test, Argument]] = []
    for condition in conditions:
        for literal in literals(condition):
            if literal not in known:
                known[literal] = encode_literal(literal, context)
            uses.append(known[literal])

    order = sorted({test for test, _ in uses})
    index: Mapping[Test, int] = {test: i for i, test in enumerate(order)}
    arguments: list[list[Argument]] = [[] for _ in order]
    for test, argument in uses:
        arguments[index[test]].append(argument)
    return (
        tuple(order),
        tuple(map(tuple, arguments)),
        tuple(index[test] for test, _ in uses),
    )
