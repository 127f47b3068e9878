"""What the passes share: applying a rewrite to every condition of a program, joining terms."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeAlias

from tacit.compiler import ir, ir_state

Rewrite: TypeAlias = Callable[[ir.Condition], ir.Condition]

TRUE = ir.Constant(True)
FALSE = ir.Constant(False)


def rewrite_conditions(program: ir.Program, rewrite: Rewrite) -> ir.Program:
    """The program with `rewrite` applied to every condition: of segments, rules, guards, events.

    Segments come first and in order, so that a rewrite may learn from them what rules can use.
    """
    segments = tuple(_segment(segment, rewrite) for segment in program.segments)
    surfaces = tuple(_surface(surface, rewrite) for surface in program.surfaces)
    aggregates = tuple(_aggregate(aggregate, rewrite) for aggregate in program.aggregates)
    return replace(program, segments=segments, surfaces=surfaces, aggregates=aggregates)


def _segment(segment: ir.Segment, rewrite: Rewrite) -> ir.Segment:
    condition = rewrite(segment.condition)
    return segment if condition is segment.condition else replace(segment, condition=condition)


def _surface(surface: ir.Surface, rewrite: Rewrite) -> ir.Surface:
    rules = tuple(_rule(rule, rewrite) for rule in surface.rules)
    guardrails = surface.guardrails
    if guardrails is not None:
        suppress = tuple(
            replace(one, when=rewrite(one.when)) if one.when is not None else one
            for one in guardrails.suppress
        )
        guardrails = replace(guardrails, suppress=suppress)
    return replace(surface, rules=rules, guardrails=guardrails)


def _rule(rule: ir.Rule, rewrite: Rewrite) -> ir.Rule:
    condition = rewrite(rule.condition)
    stop = None if rule.stop is None else rewrite(rule.stop)
    # Most conditions pass a rewrite unchanged; copying a rule costs more than looking.
    if condition is rule.condition and stop is rule.stop:
        return rule
    return replace(rule, condition=condition, stop=stop)


def _aggregate(aggregate: ir_state.Aggregate, rewrite: Rewrite) -> ir_state.Aggregate:
    match aggregate.kind:
        case ir_state.FirstSeen() | ir_state.SessionNumber():
            return aggregate
        case ir_state.Funnel(reached, not_):
            kind: ir_state.AggregateKind = replace(
                aggregate.kind,
                reached=_occurrence(reached, rewrite),
                not_=_occurrence(not_, rewrite),
            )
        case counted:
            kind = replace(counted, of=_occurrence(counted.of, rewrite))
    return replace(aggregate, kind=kind)


def _occurrence(one: ir_state.Occurrence, rewrite: Rewrite) -> ir_state.Occurrence:
    return one if one.where is None else replace(one, where=rewrite(one.where))


def join(kind: type[ir.All] | type[ir.Any], terms: Iterable[ir.Condition]) -> ir.Condition:
    """Terms joined by `kind`: nested ones of the same kind are lifted, a single term stands alone.

    all(a, all(b, c)) -> all(a, b, c); all(a) -> a. At least one term must remain.
    """
    flat: list[ir.Condition] = []
    for term in terms:
        if isinstance(term, kind):
            flat.extend(term.terms)
        else:
            flat.append(term)
    return flat[0] if len(flat) == 1 else kind(tuple(flat))


def all_of(terms: Iterable[ir.Condition]) -> ir.Condition:
    """Terms joined by `all`: a true one is left out, a false one is the answer."""
    return _joined(ir.All, terms, TRUE, FALSE)


def any_of(terms: Iterable[ir.Condition]) -> ir.Condition:
    """Terms joined by `any`: a false one is left out, a true one is the answer."""
    return _joined(ir.Any, terms, FALSE, TRUE)


def _joined(
    kind: type[ir.All] | type[ir.Any],
    terms: Iterable[ir.Condition],
    neutral: ir.Constant,
    swallowing: ir.Constant,
) -> ir.Condition:
    rest = [term for term in terms if term != neutral]
    if swallowing in rest:
        return swallowing
    return join(kind, rest) if rest else neutral
