"""A slow, obvious evaluator of conditions: the meaning of the typed IR, one line per rule.

True, False, or None for unknown. `signals` maps an index to a value and leaves missing ones out;
`segments` maps an index to True, False or None.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping

from tacit.compiler import ir

Kleene = bool | None
Value = bool | int | float | str | ir.Version | list[str]

RELATIONS: dict[ir.Relation, Callable[[object, object], bool]] = {
    ir.Relation.EQ: operator.eq,
    ir.Relation.NE: operator.ne,
    ir.Relation.LT: operator.lt,
    ir.Relation.LE: operator.le,
    ir.Relation.GT: operator.gt,
    ir.Relation.GE: operator.ge,
}


def both(a: Kleene, b: Kleene) -> Kleene:
    if a is False or b is False:
        return False
    return None if a is None or b is None else True


def either(a: Kleene, b: Kleene) -> Kleene:
    if a is True or b is True:
        return True
    return None if a is None or b is None else False


def opposite(a: Kleene) -> Kleene:
    return None if a is None else not a


def evaluate(
    condition: ir.Condition,
    signals: Mapping[int, Value],
    segments: Mapping[int, Kleene] | None = None,
    size: Callable[[str], int] = len,
) -> Kleene:
    """The truth of `condition`. `size` measures strings; an oracle may measure them otherwise."""

    def walk(node: ir.Condition) -> Kleene:
        match node:
            case ir.Constant(value):
                return value
            case ir.Literal(signal, ir.Has(), negated):
                return (signal in signals) != negated
            case ir.Literal(signal, test, negated):
                if signal not in signals:
                    return None
                return holds(test, signals[signal], size) != negated
            case ir.SegmentIs(segment, negated):
                value = (segments or {}).get(segment)
                return opposite(value) if negated else value
            case ir.All(terms):
                result: Kleene = True
                for term in terms:
                    result = both(result, walk(term))
                return result
            case ir.Any(terms):
                result = False
                for term in terms:
                    result = either(result, walk(term))
                return result
            case ir.Not(term):
                return opposite(walk(term))
            case ir.Choose(test, then, otherwise):
                c, a, b = walk(test), walk(then), walk(otherwise)
                return either(either(both(c, a), both(opposite(c), b)), both(c, opposite(c)))
        raise AssertionError(node)

    return walk(condition)


def holds(test: ir.Test, value: Value, size: Callable[[str], int] = len) -> bool:
    """Whether a present value passes the test."""
    match test:
        case ir.IsTrue():
            assert isinstance(value, bool)
            return value
        case ir.Compare(relation, constant):
            assert not isinstance(value, (bool, str, list))
            return RELATIONS[relation](value, constant)
        case ir.Among(values):
            return value in values
        case ir.TextMatch(affix, text):
            assert isinstance(value, str)
            if affix is ir.Affix.STARTS:
                return value.startswith(text)
            if affix is ir.Affix.ENDS:
                return value.endswith(text)
            return text in value
        case ir.Size(relation, count):
            length = size(value) if isinstance(value, str) else len(value)
            return RELATIONS[relation](length, count)
        case ir.Includes(text):
            assert isinstance(value, list)
            return text in value
        case ir.Exists(body):
            assert isinstance(value, list)
            return any(element_holds(body, element, size) for element in value)
    raise AssertionError(test)


def element_holds(body: ir.Condition, element: str, size: Callable[[str], int]) -> bool:
    """Whether an element passes the body; there is no unknown here."""
    match body:
        case ir.Literal(_, test, negated):
            return holds(test, element, size) != negated
        case ir.Constant(value):
            return value
        case ir.All(terms):
            return all(element_holds(term, element, size) for term in terms)
        case ir.Any(terms):
            return any(element_holds(term, element, size) for term in terms)
        case ir.Not(term):
            return not element_holds(term, element, size)
        case ir.Choose(test, then, otherwise):
            return element_holds(
                then if element_holds(test, element, size) else otherwise, element, size
            )
    raise AssertionError(body)
