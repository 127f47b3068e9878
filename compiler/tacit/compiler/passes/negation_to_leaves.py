"""Push negation down to the literals and write choices out."""

from __future__ import annotations

from typing import Final

from tacit.compiler import ir
from tacit.compiler.conditions import is_always_known
from tacit.compiler.ir import Relation
from tacit.compiler.passes.rewriting import join, rewrite_conditions

_OPPOSITE: Final = {
    Relation.EQ: Relation.NE,
    Relation.NE: Relation.EQ,
    Relation.LT: Relation.GE,
    Relation.LE: Relation.GT,
    Relation.GT: Relation.LE,
    Relation.GE: Relation.LT,
}


def negation_to_leaves(program: ir.Program) -> ir.Program:
    """After this pass a condition is made of all, any, constants and literals.

        !(a && b)     ->  !a || !b
        !(x > 3)      ->  x <= 3                unknown on both sides where x is missing
        x != 3        ->  !(x == 3)             the literal's `negated`
        c ? a : b     ->  (c && a) || (!c && b) || (c && !c)
        c ? a : false ->  (c && a) || (c && !c)
        a && (b && c) ->  a && b && c

    The third term of a choice is false where c is known and unknown where it is not: there the
    choice is unknown even if a and b agree. It is left out when c asks only whether signals are
    there, which is always known.
    """
    leaves = _Leaves()
    return rewrite_conditions(program, leaves.of)


def negation(condition: ir.Condition) -> ir.Condition:
    """The Kleene negation of a condition, in the form that this pass leaves."""
    return _Leaves().of(condition, negate=True)


class _Leaves:
    """Remembers what it has rewritten: a choice needs its test four times over."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, bool], tuple[ir.Condition, ir.Condition]] = {}

    def of(self, condition: ir.Condition, negate: bool = False) -> ir.Condition:
        key = (id(condition), negate)
        if key not in self._known:
            # The input is kept beside the result, so that its id stays its own.
            self._known[key] = (condition, self._rewrite(condition, negate))
        return self._known[key][1]

    def _rewrite(self, condition: ir.Condition, negate: bool) -> ir.Condition:
        match condition:
            case ir.Constant(value):
                return ir.Constant(value is not negate)
            case ir.SegmentIs(segment, negated):
                return ir.SegmentIs(segment, negated is not negate)
            case ir.Literal():
                return self._literal(condition, negate)
            case ir.Not(term):
                return self.of(term, not negate)
            case ir.All(terms):
                return join(ir.Any if negate else ir.All, [self.of(t, negate) for t in terms])
            case ir.Any(terms):
                return join(ir.All if negate else ir.Any, [self.of(t, negate) for t in terms])
            case ir.Choose():
                return self._choice(condition, negate)

    def _choice(self, choice: ir.Choose, negate: bool) -> ir.Condition:
        # !(c ? a : b) is c ? !a : !b.
        test, opposite = self.of(choice.test), self.of(choice.test, True)
        sides = (
            (test, self.of(choice.then, negate)),
            (opposite, self.of(choice.otherwise, negate)),
        )
        branches = []
        for known, value in sides:
            if not isinstance(value, ir.Constant):
                branches.append(join(ir.All, (known, value)))
            elif value.value:
                branches.append(known)
        if not is_always_known(choice.test):
            branches.append(join(ir.All, (test, opposite)))
        return join(ir.Any, branches)

    def _literal(self, literal: ir.Literal, negate: bool) -> ir.Literal:
        test, negated = literal.test, literal.negated is not negate
        match test:
            case ir.Compare(relation, value) if negated or relation is Relation.NE:
                relation, negated = _upright(relation, negated)
                test = ir.Compare(relation, value)
            case ir.Size(relation, value) if negated or relation is Relation.NE:
                relation, negated = _upright(relation, negated)
                test = ir.Size(relation, value)
            case ir.Exists(body):
                test = ir.Exists(self.of(body))
        if test is literal.test and negated is literal.negated:
            return literal
        return ir.Literal(literal.signal, test, negated)


def _upright(relation: Relation, negated: bool) -> tuple[Relation, bool]:
    """An order is flipped rather than negated; an inequality is a negated equality."""
    if negated:
        relation = _OPPOSITE[relation]
    if relation is Relation.NE:
        return Relation.EQ, True
    return relation, False
