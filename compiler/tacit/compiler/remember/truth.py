"""Conditions rewritten for memory: stored segments read, and "is not true" as a condition."""

from __future__ import annotations

from collections.abc import Mapping

from tacit.compiler import ir
from tacit.compiler.passes.negation_to_leaves import negation
from tacit.compiler.passes.rewriting import all_of, any_of


def has(signal: int, *, negated: bool = False) -> ir.Literal:
    return ir.Literal(signal, ir.Has(), negated)


def value_is(signal: int, value: int, *, negated: bool = False) -> ir.Literal:
    return ir.Literal(signal, ir.Among((int(value),)), negated)


class Truth:
    """Rewrites normal-form conditions of one program into normal form.

    `stored` gives, for a segment whose value is kept, its signals IN and OUT.
    """

    def __init__(
        self, segments: tuple[ir.Segment, ...], stored: Mapping[int, tuple[int, int]]
    ) -> None:
        self._segments = segments
        self._stored = stored
        self._not_true: dict[ir.SegmentIs, ir.Condition] = {}

    def read(self, condition: ir.Condition) -> ir.Condition:
        """The condition with the stored value of a segment where there is one.

        s      ->  has(in) || !has(out) && s
        not s  ->  !has(in) && (has(out) || not s)
        """
        match condition:
            case ir.All(terms):
                return all_of(map(self.read, terms))
            case ir.Any(terms):
                return any_of(map(self.read, terms))
            case ir.SegmentIs(segment, negated) if segment in self._stored:
                return self._stored_or(segment, negated, condition)
            case _:
                return condition

    def not_true(self, condition: ir.Condition) -> ir.Condition:
        """True where the condition is false or unknown, else false; never unknown.

        x > 3   ->  x <= 3 || !has(x)
        a && b  ->  not_true(a) || not_true(b)
        s       ->  not_true(the condition of s), or what is stored of s
        """
        match condition:
            case ir.Constant(value):
                return ir.Constant(not value)
            case ir.Literal(_, ir.Has()):
                return negation(condition)
            case ir.Literal(signal):
                return any_of((negation(condition), has(signal, negated=True)))
            case ir.SegmentIs():
                if condition not in self._not_true:
                    self._not_true[condition] = self._segment_not_true(condition)
                return self._not_true[condition]
            case ir.All(terms):
                return any_of(map(self.not_true, terms))
            case ir.Any(terms):
                return all_of(map(self.not_true, terms))
            case ir.Not() | ir.Choose():
                raise TypeError(f"{type(condition).__name__} is left in a condition")

    def _segment_not_true(self, literal: ir.SegmentIs) -> ir.Condition:
        segment, negated = literal.segment, literal.negated
        own = self._segments[segment].condition
        live = self.not_true(negation(own) if negated else own)
        # "s is not true" holds where s is stored as false, "not s is not true" where it is true.
        return self._stored_or(segment, not negated, live) if segment in self._stored else live

    def _stored_or(self, segment: int, negated: bool, live: ir.Condition) -> ir.Condition:
        """True where the segment is stored as true (`negated`: false); `live` if nothing is."""
        inside, outside = self._stored[segment]
        if negated:
            return all_of((has(inside, negated=True), any_of((has(outside), live))))
        return any_of((has(inside), all_of((has(outside, negated=True), live))))
