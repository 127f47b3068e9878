"""What the passes share: applying a rewrite to every condition of a program, joining terms."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, TypeAlias, TypeVar

from tacit.compiler import ir, ir_state

TRUE = ir.Constant(True)
FALSE = ir.Constant(False)

_Holder = TypeVar("_Holder")
Rewrite: TypeAlias = Callable[[ir.Condition], ir.Condition]


def rewrite_conditions(program: ir.Program, rewrite: Rewrite) -> ir.Program:
    """The program with `rewrite` applied to every condition: of segments, rules, what stops and
    suppresses, and of the events that aggregates keep.

    Segments come first and in order, so that a rewrite may learn from them what rules can use.
    """
    segments = tuple(_with(segment, rewrite, "condition") for segment in program.segments)
    surfaces = tuple(_surface(surface, rewrite) for surface in program.surfaces)
    aggregates = tuple(_aggregate(aggregate, rewrite) for aggregate in program.aggregates)
    return replace(program, segments=segments, surfaces=surfaces, aggregates=aggregates)


def _with(holder: _Holder, rewrite: Rewrite, *names: str) -> _Holder:
    """The holder with the conditions of these names rewritten, where it has them."""
    changed: dict[str, Any] = {}
    for name in names:
        condition = getattr(holder, name)
        after = rewrite(condition) if condition is not None else None
        if after is not condition:
            changed[name] = after
    # Most conditions pass a rewrite unchanged; copying a rule costs more than looking.
    return replace(holder, **changed) if changed else holder  # type: ignore[type-var]


def _surface(surface: ir.Surface, rewrite: Rewrite) -> ir.Surface:
    rules = tuple(_with(rule, rewrite, "condition", "stop") for rule in surface.rules)
    guardrails = surface.guardrails
    if guardrails is not None and guardrails.suppress:
        suppress = tuple(_with(item, rewrite, "when") for item in guardrails.suppress)
        guardrails = replace(guardrails, suppress=suppress)
    return replace(surface, rules=rules, guardrails=guardrails)


def _aggregate(aggregate: ir_state.Aggregate, rewrite: Rewrite) -> ir_state.Aggregate:
    parts = {
        name: _with(part, rewrite, "where")
        for name in ("of", "reached", "not_")
        if (part := getattr(aggregate.kind, name, None)) is not None
    }
    return replace(aggregate, kind=replace(aggregate.kind, **parts)) if parts else aggregate


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
