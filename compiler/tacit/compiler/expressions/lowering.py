"""Small builders of the typed IR: negation, folding of constants, sizes in range. All pure."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from tacit.compiler import ir
from tacit.compiler.expressions.limits import MOST_SIZE
from tacit.compiler.expressions.operands import FALSE, TRUE
from tacit.compiler.ir import Relation

HOLDS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
"""The relations on constants of one type."""

MIRRORED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
"""`c < x` says `x > c`."""

RELATIONS = {relation.value: relation for relation in Relation}


def constant(value: bool) -> ir.Constant:
    return TRUE if value else FALSE


def negate(condition: ir.Condition) -> ir.Condition:
    """The Kleene negation. Literals carry it themselves; anything else gets a `Not`."""
    match condition:
        case ir.Literal(signal, test, negated):
            return ir.Literal(signal, test, not negated)
        case ir.SegmentIs(segment, negated):
            return ir.SegmentIs(segment, not negated)
        case ir.Constant(value):
            return constant(not value)
        case ir.Not(term):
            return term
    return ir.Not(condition)


def conjunction(terms: Iterable[ir.Condition]) -> ir.Condition:
    """`All` without its `true` terms; `false` when a term is `false`.

    Both hold in strong Kleene logic, also beside unknown terms. Nothing else is folded: `t && !t`
    is unknown when `t` is.
    """
    kept: list[ir.Condition] = []
    for term in terms:
        if not isinstance(term, ir.Constant):
            kept.append(term)
        elif not term.value:
            return FALSE
    if len(kept) > 1:
        return ir.All(tuple(kept))
    return kept[0] if kept else TRUE


def disjunction(terms: Iterable[ir.Condition]) -> ir.Condition:
    """`Any` without its `false` terms; `true` when a term is `true`."""
    kept: list[ir.Condition] = []
    for term in terms:
        if not isinstance(term, ir.Constant):
            kept.append(term)
        elif term.value:
            return TRUE
    if len(kept) > 1:
        return ir.Any(tuple(kept))
    return kept[0] if kept else FALSE


def choice(test: ir.Condition, then: ir.Condition, otherwise: ir.Condition) -> ir.Condition:
    """`Choose`, or the branch when the test is constant."""
    if isinstance(test, ir.Constant):
        return then if test.value else otherwise
    return ir.Choose(test, then, otherwise)


def size(index: int, relation: str, value: int) -> ir.Literal:
    """A test of a size. Bounds that no size reaches are moved into 0..65535; the meaning stays."""
    if value < 0:
        relation, value = ("<", 0) if relation in {"==", "<", "<="} else (">=", 0)
    elif value > MOST_SIZE:
        relation, value = ("<", 0) if relation in {"==", ">", ">="} else (">=", 0)
    return ir.Literal(index, ir.Size(RELATIONS[relation], value))


def among_texts(index: int, values: Iterable[str], *, negated: bool = False) -> ir.Literal:
    return ir.Literal(index, ir.Among(tuple(sorted(set(values)))), negated)


def among_numbers(
    index: int, values: Sequence[int] | Sequence[float] | Sequence[ir.Version]
) -> ir.Literal:
    """One of numbers or versions; a single one is an equality."""
    distinct: tuple[Any, ...] = tuple(sorted(set(values)))
    if len(distinct) == 1:
        return ir.Literal(index, ir.Compare(Relation.EQ, distinct[0]))
    return ir.Literal(index, ir.Among(distinct))


def exists(index: int, body: ir.Condition) -> ir.Literal:
    """Some element satisfies `body`; over a constant body this asks the size."""
    if isinstance(body, ir.Constant):
        return size(index, ">" if body.value else "<", 0)
    return ir.Literal(index, ir.Exists(body))


def leaves(condition: ir.Condition) -> Iterator[ir.Literal | ir.SegmentIs]:
    """The literals of a condition, left to right; bodies of `Exists` are not entered."""
    stack = [condition]
    while stack:
        match stack.pop():
            case ir.Literal() | ir.SegmentIs() as leaf:
                yield leaf
            case ir.All(terms) | ir.Any(terms):
                stack.extend(reversed(terms))
            case ir.Not(term):
                stack.append(term)
            case ir.Choose(test, then, otherwise):
                stack += (otherwise, then, test)
            case ir.Constant():
                pass
