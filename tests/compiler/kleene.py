"""Truth of conditions of the IR, worked out slowly and plainly from its docstrings.

Values are Python values by signal index (versions as four numbers); a signal that is not there is
missing. The answer is True, False or None for unknown.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any

from tacit.compiler import ir
from tacit.compiler.ir import Affix, Relation

RELATIONS = {
    Relation.EQ: operator.eq,
    Relation.NE: operator.ne,
    Relation.LT: operator.lt,
    Relation.LE: operator.le,
    Relation.GT: operator.gt,
    Relation.GE: operator.ge,
}


def truth(condition: ir.Condition, program: ir.Program, values: Mapping[int, Any]) -> bool | None:
    match condition:
        case ir.Constant(value):
            return value
        case ir.Literal(signal, test, negated):
            return (
                negate(literal(test, values.get(signal)))
                if negated
                else literal(test, values.get(signal))
            )
        case ir.SegmentIs(segment, negated):
            value = truth(program.segments[segment].condition, program, values)
            return negate(value) if negated else value
        case ir.All(terms):
            return both([truth(term, program, values) for term in terms])
        case ir.Any(terms):
            return either([truth(term, program, values) for term in terms])
        case ir.Not(term):
            return negate(truth(term, program, values))
        case ir.Choose(test, then, otherwise):
            # An unknown test makes the choice unknown, even where both branches agree.
            chosen = truth(test, program, values)
            if chosen is None:
                return None
            return truth(then if chosen else otherwise, program, values)


def negate(value: bool | None) -> bool | None:
    return None if value is None else not value


def both(values: list[bool | None]) -> bool | None:
    if False in values:
        return False
    return None if None in values else True


def either(values: list[bool | None]) -> bool | None:
    if True in values:
        return True
    return None if None in values else False


def literal(test: ir.Test, value: Any) -> bool | None:
    if isinstance(test, ir.Has):
        return value is not None
    if value is None:
        return None
    match test:
        case ir.IsTrue():
            return value is True
        case ir.Compare(relation, constant):
            return bool(RELATIONS[relation](value, constant))
        case ir.Among(members):
            return value in members
        case ir.TextMatch(Affix.STARTS, text):
            return str.startswith(value, text)
        case ir.TextMatch(Affix.ENDS, text):
            return str.endswith(value, text)
        case ir.TextMatch(Affix.CONTAINS, text):
            return text in value
        case ir.Size(relation, size):
            return bool(RELATIONS[relation](len(value), size))
        case ir.Includes(text):
            return text in value
        case ir.Exists(body):
            return any(element_truth(body, element) for element in value)
    raise AssertionError(test)


def element_truth(body: ir.Condition, element: str) -> bool:
    """Truth of the body of `exists`; an element is always there."""
    match body:
        case ir.Constant(value):
            return value
        case ir.Literal(_, test, negated):
            return bool(literal(test, element)) is not negated
        case ir.All(terms):
            return all(element_truth(term, element) for term in terms)
        case ir.Any(terms):
            return any(element_truth(term, element) for term in terms)
        case ir.Not(term):
            return not element_truth(term, element)
        case ir.Choose(test, then, otherwise):
            return element_truth(then if element_truth(test, element) else otherwise, element)
    raise AssertionError(body)
