"""The laws of the IR that its types cannot express, checked after every pass.

A fault found here is a fault of the compiler, never of somebody's rules, so it is no diagnostic.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from tacit.compiler import ir, wellformed_state
from tacit.compiler.ir import SignalType
from tacit.compiler.ir_state import occurrences
from tacit.compiler.wellformed_memory import memory_faults
from tacit.runtime import format as fmt


class MalformedProgram(AssertionError):  # noqa: N818  (it says what it is)
    """The IR breaks a law; `after` in its text names the stage that broke it."""


_NUMBERS: Final = frozenset({SignalType.INT, SignalType.DOUBLE, SignalType.VERSION})
_SIZED: Final = frozenset({SignalType.STRING, SignalType.STRING_LIST})
_TYPES: Final[dict[type[ir.Test], frozenset[SignalType]]] = {
    ir.Has: frozenset(SignalType),
    ir.IsTrue: frozenset({SignalType.BOOL}),
    ir.Compare: _NUMBERS,
    ir.Among: _NUMBERS | {SignalType.STRING, SignalType.ENUM},
    ir.TextMatch: frozenset({SignalType.STRING}),
    ir.Size: _SIZED,
    ir.Includes: frozenset({SignalType.STRING_LIST}),
    ir.Exists: frozenset({SignalType.STRING_LIST}),
}
_ELEMENT_TESTS: Final = (ir.Among, ir.TextMatch, ir.Size)
_UNITS: Final = frozenset({SignalType.STRING, SignalType.INT, SignalType.ENUM})


def check(program: ir.Program, after: str) -> None:
    """Raises `MalformedProgram` at the first law that the program breaks."""
    for fault in faults(program):
        raise MalformedProgram(f"after {after}: {fault}")


def faults(program: ir.Program) -> Iterator[str]:
    """What is wrong with the program; nothing when it is well formed."""
    known: set[ir.Condition] = set()
    for number, segment in enumerate(program.segments):
        for fault in _conditions(segment.condition, program, number, known):
            yield f"segment {segment.name}: {fault}"
        known.clear()  # a later segment may use more segments
    for holdout in (program.holdout, *(surface.holdout for surface in program.surfaces)):
        if holdout is not None:
            yield from _unit(holdout.unit, program)
            yield from _ranges(holdout.ranges)
    yield from wellformed_state.faults(program)
    for aggregate in program.aggregates:
        for occurrence in occurrences(aggregate.kind):
            if occurrence.where is not None:
                for fault in _conditions(occurrence.where, program, 0, set()):
                    yield f"aggregate {aggregate.name}: {fault}"
    for surface in program.surfaces:
        if not 0 <= surface.default < len(surface.variants):
            yield f"surface {surface.name}: the default is not a variant"
        if surface.forbidden is not None and surface.rules:
            yield f"surface {surface.name}: forbidden, and has rules"
        for rule in surface.rules:
            for fault in _rule(rule, surface, program, known):
                yield f"surface {surface.name}, rule {rule.id}: {fault}"
        for item in surface.guardrails.suppress if surface.guardrails is not None else ():
            if item.when is not None:
                for fault in _conditions(item.when, program, len(program.segments), known):
                    yield f"surface {surface.name}, suppress: {fault}"
    if program.memory is not None:
        yield from memory_faults(program, program.memory)


def _rule(
    rule: ir.Rule, surface: ir.Surface, program: ir.Program, known: set[ir.Condition]
) -> Iterator[str]:
    yield from _conditions(rule.condition, program, len(program.segments), known)
    if rule.stop is not None:
        yield from _conditions(rule.stop, program, len(program.segments), known)
    if rule.traffic is not None:
        yield from _unit(rule.traffic.unit, program)
        if not 0 < rule.traffic.share < fmt.BUCKETS:
            yield f"share {rule.traffic.share}"
    match rule.outcome:
        case ir.Show(variant):
            shown = [variant]
        case ir.Split(unit, _, arms, _, sticky):
            shown = [variant for variant, _ in arms]
            yield from _unit(unit, program)
            for _, ranges in arms:
                # Nobody new comes to a sticky arm without ranges, but who has it keeps it.
                if ranges or not sticky:
                    yield from _ranges(ranges)
    if not all(0 <= variant < len(surface.variants) for variant in shown):
        yield "it shows no variant of the surface"
    match rule.schedule:
        case ir.Schedule(int(start), int(end)) if start >= end:
            yield "it ends before it starts"


def _unit(unit: int, program: ir.Program) -> Iterator[str]:
    if not 0 <= unit < len(program.signals) or program.signals[unit].type not in _UNITS:
        yield f"signal {unit} cannot be a unit"


def _ranges(ranges: tuple[ir.Range, ...]) -> Iterator[str]:
    ends = [place for start, end in ranges for place in (start, end)]
    if not ends or ends[0] < 0 or ends[-1] > fmt.BUCKETS:
        yield f"ranges {ranges}"
    if any(left > right for left, right in pairwise(ends)):
        yield f"ranges {ranges} do not rise"


def _conditions(
    condition: ir.Condition, program: ir.Program, segments: int, known: set[ir.Condition]
) -> Iterator[str]:
    """The faults of a condition; `known` holds literals already found to be right."""
    match condition:
        case ir.Constant():
            pass
        case ir.Literal():
            if condition not in known:
                yield from _literal(condition, program)
                known.add(condition)
        case ir.SegmentIs(segment):
            if not 0 <= segment < segments:
                yield f"segment {segment} of {segments}"
        case ir.All(terms) | ir.Any(terms):
            if len(terms) < 2:
                yield f"{type(condition).__name__} of {len(terms)}"
            for term in terms:
                yield from _conditions(term, program, segments, known)
        case ir.Not(term):
            yield from _conditions(term, program, segments, known)
        case ir.Choose(test, then, otherwise):
            for term in (test, then, otherwise):
                yield from _conditions(term, program, segments, known)


def _literal(literal: ir.Literal, program: ir.Program) -> Iterator[str]:
    if not 0 <= literal.signal < len(program.signals):
        yield f"signal {literal.signal} of {len(program.signals)}"
        return
    signal = program.signals[literal.signal]
    if signal.type not in _TYPES[type(literal.test)]:
        yield f"{type(literal.test).__name__} on {signal.name}, a {signal.type}"
    match literal.test:
        case ir.Exists(body):
            yield from _body(body, literal.signal)
        case test:
            yield from _constants(test, signal.type, signal)


def _body(body: ir.Condition, signal: int) -> Iterator[str]:
    match body:
        case ir.Literal(own, test):
            if own != signal or not isinstance(test, _ELEMENT_TESTS):
                yield f"{body} in a body over signal {signal}"
            else:
                yield from _constants(test, SignalType.STRING, None)
        case ir.All(terms) | ir.Any(terms):
            for term in terms:
                yield from _body(term, signal)
        case ir.Not(term):
            yield from _body(term, signal)
        case ir.Choose(test, then, otherwise):
            for term in (test, then, otherwise):
                yield from _body(term, signal)
        case ir.Constant():
            pass
        case ir.SegmentIs():
            yield "a segment in a body"


def _constants(test: ir.Test, type_: SignalType, signal: ir.Signal | None) -> Iterator[str]:
    match test:
        case ir.Compare(_, value):
            if not _is_constant(value, type_):
                yield f"{value!r} compared with a {type_}"
        case ir.Among(values):
            if not values or not all(_is_constant(value, type_) for value in values):
                yield f"{values!r} compared with a {type_}"
            elif list(values) != sorted(set(values)):  # type: ignore[type-var]
                yield f"{values!r} are not sorted and distinct"
            elif type_ is SignalType.ENUM and signal and not set(values) <= set(signal.values):
                yield f"{values!r} are not all members of {signal.name}"
        case _:
            pass


def _is_constant(value: object, type_: SignalType) -> bool:
    match type_:
        case SignalType.INT:
            return type(value) is int and abs(value) <= fmt.MAX_INT
        case SignalType.DOUBLE:
            return type(value) is float and abs(value) < float("inf")
        case SignalType.VERSION:
            return isinstance(value, tuple) and len(value) == 4
        case _:
            return isinstance(value, str)
