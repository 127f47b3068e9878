"""Walks over conditions of the IR."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tacit.compiler import ir

OFFSET_SIGNAL = "utc_offset_minutes"
"""The signal that a schedule in the zone `local` reads."""


def literals(condition: ir.Condition) -> Iterator[ir.Literal | ir.SegmentIs]:
    """The literals of any condition, left to right; bodies of `exists` are not looked into."""
    match condition:
        case ir.Literal() | ir.SegmentIs():
            yield condition
        case ir.All(terms) | ir.Any(terms):
            for term in terms:
                yield from literals(term)
        case ir.Not(term):
            yield from literals(term)
        case ir.Choose(test, then, otherwise):
            for term in (test, then, otherwise):
                yield from literals(term)
        case ir.Constant():
            pass


def signals_of(condition: ir.Condition) -> frozenset[int]:
    """The signals that a condition names itself, not through segments.

    A body of `exists` names no other signal than its list.
    """
    found = (literal.signal for literal in literals(condition) if isinstance(literal, ir.Literal))
    return frozenset(found)


def is_always_known(condition: ir.Condition) -> bool:
    """Whether the condition is true or false whatever is missing: it asks for presence alone."""
    match condition:
        case ir.Constant():
            return True
        case ir.Literal(test=test):
            return isinstance(test, ir.Has)
        case ir.SegmentIs():
            return False
        case ir.All(terms) | ir.Any(terms):
            return all(map(is_always_known, terms))
        case ir.Not(term):
            return is_always_known(term)
        case ir.Choose(test, then, otherwise):
            return all(map(is_always_known, (test, then, otherwise)))


def segments_of(condition: ir.Condition) -> frozenset[int]:
    """The segments that a condition names itself."""
    return frozenset(
        literal.segment for literal in literals(condition) if isinstance(literal, ir.SegmentIs)
    )


def with_segments_below(program: ir.Program, segments: Iterable[int]) -> frozenset[int]:
    """These segments and all that they are made of."""
    found = set(segments)
    # Segments name only lower ones, so one walk from the last to the first finds them all.
    for number in reversed(range(len(program.segments))):
        if number in found:
            found |= segments_of(program.segments[number].condition)
    return frozenset(found)


def signals_beside_conditions(program: ir.Program) -> frozenset[int]:
    """The signals read by traffic, splits, local schedules and holdouts."""
    found: set[int] = set()
    if program.holdout is not None:
        found.add(program.holdout.unit)
    for surface in program.surfaces:
        if surface.holdout is not None:
            found.add(surface.holdout.unit)
        for rule in surface.rules:
            if rule.traffic is not None:
                found.add(rule.traffic.unit)
            if isinstance(rule.outcome, ir.Split):
                found.add(rule.outcome.unit)
            if rule.schedule is not None and rule.schedule.zone is ir.Zone.LOCAL:
                found |= {i for i, s in enumerate(program.signals) if s.name == OFFSET_SIGNAL}
    return frozenset(found)


def conditions_beside_rules(surface: ir.Surface) -> Iterator[ir.Condition]:
    """The conditions of a surface that stop its rules and suppress its variants."""
    for rule in surface.rules:
        if rule.stop is not None:
            yield rule.stop
    for item in surface.guardrails.suppress if surface.guardrails is not None else ():
        if item.when is not None:
            yield item.when
