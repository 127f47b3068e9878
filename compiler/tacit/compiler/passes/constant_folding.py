"""Fold what does not depend on any signal."""

from __future__ import annotations

from dataclasses import replace

from tacit.compiler import ir
from tacit.compiler.conditions import is_always_known
from tacit.compiler.passes.rewriting import FALSE, TRUE, all_of, any_of, rewrite_conditions


def constant_folding(program: ir.Program) -> ir.Program:
    """Constants swallow or leave what surrounds them; a segment that is constant is put in place.

        a && true            ->  a
        a && false           ->  false
        c ? true : false     ->  c
        c ? false : true     ->  !c
        has(x) ? a : a       ->  a              what `has` asks is always known
        off && a             ->  false          where segment off is false
        tags.exists(t, true) ->  size(tags) > 0
        size(tags) > -1      ->  size(tags) >= 0

    Only constants fold. `x > 3 && x <= 3` and `c ? a : a` stay: they are unknown where x or c is
    missing. So does `size(tags) >= 0`, for the same reason.
    """
    segments: list[bool | None] = []

    def fold_segment(segment: ir.Segment) -> ir.Segment:
        condition = _fold(segment.condition, segments)
        segments.append(condition.value if isinstance(condition, ir.Constant) else None)
        return replace(segment, condition=condition)

    folded = replace(program, segments=tuple(map(fold_segment, program.segments)))
    return rewrite_conditions(folded, lambda condition: _fold(condition, segments))


def _fold(condition: ir.Condition, segments: list[bool | None]) -> ir.Condition:
    match condition:
        case ir.Constant():
            return condition
        case ir.Literal(test=ir.Exists(body)):
            return _fold_exists(condition, _fold(body, segments))
        case ir.Literal(test=ir.Size(relation, value)) if value < 0:
            return replace(condition, test=_size_above(relation))
        case ir.Literal():
            return condition
        case ir.SegmentIs(segment, negated):
            known = segments[segment]
            return condition if known is None else ir.Constant(known is not negated)
        case ir.All(terms):
            return all_of([_fold(term, segments) for term in terms])
        case ir.Any(terms):
            return any_of([_fold(term, segments) for term in terms])
        case ir.Not(term):
            return _negate(_fold(term, segments))
        case ir.Choose(test, then, otherwise):
            return _fold_choice(*(_fold(part, segments) for part in (test, then, otherwise)))


def _negate(condition: ir.Condition) -> ir.Condition:
    match condition:
        case ir.Constant(value):
            return ir.Constant(not value)
        case ir.Not(term):
            return term
        case _:
            return ir.Not(condition)


def _fold_choice(test: ir.Condition, then: ir.Condition, otherwise: ir.Condition) -> ir.Condition:
    if isinstance(test, ir.Constant):
        return then if test.value else otherwise
    if then == otherwise and is_always_known(test):
        return then
    if (then, otherwise) == (TRUE, FALSE):
        return test
    if (then, otherwise) == (FALSE, TRUE):
        return _negate(test)
    return ir.Choose(test, then, otherwise)


def _fold_exists(literal: ir.Literal, body: ir.Condition) -> ir.Condition:
    if not isinstance(body, ir.Constant):
        return replace(literal, test=ir.Exists(body))
    # No element satisfies false. Not a constant: it is unknown when the list is missing.
    size = ir.Size(ir.Relation.GT if body.value else ir.Relation.LT, 0)
    return replace(literal, test=size)


def _size_above(relation: ir.Relation) -> ir.Size:
    """The test on a size that holds as often as `size relation n` for a negative n."""
    always = relation in (ir.Relation.NE, ir.Relation.GT, ir.Relation.GE)
    return ir.Size(ir.Relation.GE if always else ir.Relation.LT, 0)
