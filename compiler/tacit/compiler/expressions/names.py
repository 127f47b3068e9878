"""The names that an expression uses, found without knowing what they are."""

from __future__ import annotations

from tacit.compiler.expressions import syntax
from tacit.compiler.expressions.messages import Complaints
from tacit.compiler.expressions.parser import parse

_MACROS = {"exists", "all"}


def names(text: str) -> frozenset[str]:
    """The names of signals and segments in `text`, element variables left out.

    Made for putting segments in order before they are checked, so it never complains: of a text
    with mistakes it gives the names in the parts that can be read.
    """
    found: set[str] = set()
    _collect(parse(text, Complaints()), frozenset(), found)
    return frozenset(found)


def _collect(node: syntax.Expression, bound: frozenset[str], found: set[str]) -> None:
    match node:
        case syntax.Name(_, _, name):
            if name not in bound:
                found.add(name)
        case syntax.Call(_, _, target, name, args):
            if target is not None:
                _collect(target, bound, found)
                if name in _MACROS and len(args) == 2 and isinstance(args[0], syntax.Name):
                    _collect(args[1], bound | {args[0].name}, found)
                    return
            for arg in args:
                _collect(arg, bound, found)
        case syntax.Relation(_, _, _, left, right):
            _collect(left, bound, found)
            _collect(right, bound, found)
        case syntax.And(_, _, terms) | syntax.Or(_, _, terms) | syntax.ListOf(_, _, terms):
            for term in terms:
                _collect(term, bound, found)
        case syntax.Not(_, _, operand) | syntax.Select(_, _, operand):
            _collect(operand, bound, found)
        case syntax.Conditional(_, _, test, then, otherwise):
            for part in (test, then, otherwise):
                _collect(part, bound, found)
        case _:
            pass
