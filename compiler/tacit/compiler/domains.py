"""What a conjunction says of each signal: enough to see that it can never be true.

Only truth counts here. A literal that is true says that its signal is there (or, for a negated
`has`, that it is not), so within a conjunction that is true there are no unknowns left and ordinary
reasoning about values is right. Everything is one-sided: "cannot be true" is certain, "can be true"
is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from tacit.compiler import ir
from tacit.compiler.ir import Relation, SignalType

Value: TypeAlias = int | float | str | ir.Version
Bound: TypeAlias = tuple[int | float | ir.Version, bool]
"""A value, and whether the bound lies just beyond it."""

_OPPOSITE: Final = {
    Relation.LT: Relation.GE,
    Relation.LE: Relation.GT,
    Relation.GT: Relation.LE,
    Relation.GE: Relation.LT,
}


@dataclass(frozen=True, slots=True)
class Domain:
    """The values that a signal may have. `allowed` None: any that the rest leaves."""

    present: bool | None = None
    allowed: frozenset[Value] | None = None
    excluded: frozenset[Value] = frozenset()
    lower: Bound | None = None  # True: above the value
    upper: Bound | None = None  # True: below the value
    shortest: int = 0
    longest: int | None = None
    said: frozenset[tuple[ir.Test, bool]] = frozenset()  # tests, and whether negated

    @classmethod
    def of(cls, signal: ir.Signal) -> Domain:
        """What a signal's declaration says."""
        longest = None
        if signal.type is SignalType.STRING:
            longest = signal.max_length
        elif signal.type is SignalType.STRING_LIST:
            longest = signal.max_items
        return cls(
            allowed=frozenset(signal.values) if signal.type is SignalType.ENUM else None,
            lower=(signal.minimum, False) if signal.minimum is not None else None,
            upper=(signal.maximum, False) if signal.maximum is not None else None,
            longest=longest,
        )

    def narrowed(self, literal: ir.Literal) -> Domain | None:
        """The domain where the literal is true too; None when there is none."""
        test, negated = literal.test, literal.negated
        if isinstance(test, ir.Has):
            present = not negated
            return replace(self, present=present) if self.present in (None, present) else None
        if self.present is False or (test, not negated) in self.said:
            return None
        narrowed = replace(self, present=True, said=self.said | {(test, negated)})
        return narrowed._with_test(test, negated)._unless_empty()

    def _with_test(self, test: ir.Test, negated: bool) -> Domain:
        match test:
            case ir.Among(values):
                return self._with_set(frozenset(values), negated)
            case ir.Compare(Relation.EQ, value):
                return self._with_set(frozenset((value,)), negated)
            case ir.Compare(relation, value) if not negated:
                return self._with_order(relation, value)
            case ir.Size(relation, value) if not negated:
                return self._with_size(relation, value)
            case _:
                return self

    def _with_set(self, values: frozenset[Value], negated: bool) -> Domain:
        if negated:
            return replace(self, excluded=self.excluded | values)
        return replace(self, allowed=values if self.allowed is None else self.allowed & values)

    def _with_order(self, relation: Relation, value: int | float | ir.Version) -> Domain:
        match relation:
            case Relation.GT | Relation.GE:
                bound = (value, relation is Relation.GT)
                if isinstance(value, int) and bound[1]:
                    bound = (value + 1, False)
                return self if _tighter(self.lower, bound, 1) else replace(self, lower=bound)
            case Relation.LT | Relation.LE:
                bound = (value, relation is Relation.LT)
                if isinstance(value, int) and bound[1]:
                    bound = (value - 1, False)
                return self if _tighter(self.upper, bound, -1) else replace(self, upper=bound)
            case _:
                return self

    def _with_size(self, relation: Relation, value: int) -> Domain:
        shortest, longest = self.shortest, self.longest
        if relation in (Relation.GT, Relation.GE, Relation.EQ):
            shortest = max(shortest, value + (relation is Relation.GT))
        if relation in (Relation.LT, Relation.LE, Relation.EQ):
            top = value - (relation is Relation.LT)
            longest = top if longest is None else min(longest, top)
        return replace(self, shortest=shortest, longest=longest)

    def _unless_empty(self) -> Domain | None:
        if self.longest is not None and self.shortest > self.longest:
            return None
        if self.lower is not None and self.upper is not None:
            (low, above), (high, below) = self.lower, self.upper
            if low > high or (low == high and (above or below)):  # type: ignore[operator]
                return None
        if self.allowed is None:
            return self
        allowed = frozenset(filter(self._admits, self.allowed))
        if not allowed:
            return None
        return self if len(allowed) == len(self.allowed) else replace(self, allowed=allowed)

    def _admits(self, value: Value) -> bool:
        if value in self.excluded:
            return False
        if isinstance(value, str):
            sized = self.shortest <= len(value) and (
                self.longest is None or len(value) <= self.longest
            )
            return sized and all(_agrees(value, test, negated) for test, negated in self.said)
        return _tighter_or_equal((value, False), self.lower, 1) and _tighter_or_equal(
            (value, False), self.upper, -1
        )


def _tighter(bound: Bound | None, other: Bound, direction: int) -> bool:
    """Whether a bound says more than the other; direction 1 for lower ones, -1 for upper ones."""
    return bound is not None and _tighter_or_equal(bound, other, direction)


def _tighter_or_equal(bound: Bound, other: Bound | None, direction: int) -> bool:
    if other is None:
        return True
    (value, beyond), (other_value, other_beyond) = bound, other
    if value == other_value:
        return beyond >= other_beyond
    above: bool = value > other_value  # type: ignore[operator]  # constants of one signal
    return above is (direction > 0)


def _agrees(value: str, test: ir.Test, negated: bool) -> bool:
    match test:
        case ir.TextMatch(ir.Affix.STARTS, text):
            return value.startswith(text) is not negated
        case ir.TextMatch(ir.Affix.ENDS, text):
            return value.endswith(text) is not negated
        case ir.TextMatch(ir.Affix.CONTAINS, text):
            return (text in value) is not negated
        case _:
            return True


Domains: TypeAlias = Mapping[int, Domain]
"""By signal; a signal that is not in it is not spoken of."""


def narrow(
    domains: Domains, literals: Iterable[ir.Literal], signals: tuple[ir.Signal, ...]
) -> Domains | int:
    """The domains where all literals are true; or the signal that cannot make them true."""
    narrowed = dict(domains)
    for literal in literals:
        known = narrowed.get(literal.signal)
        if known is None:
            known = Domain.of(signals[literal.signal])
        left = known.narrowed(literal)
        if left is None:
            return literal.signal
        narrowed[literal.signal] = left
    return narrowed


def opposite(literal: ir.Literal) -> ir.Literal:
    """The literal that is true where this one is false."""
    match literal.test:
        case ir.Compare(relation, value) if relation in _OPPOSITE:
            return replace(literal, test=ir.Compare(_OPPOSITE[relation], value))
        case ir.Size(relation, value) if relation in _OPPOSITE:
            return replace(literal, test=ir.Size(_OPPOSITE[relation], value))
        case _:
            return replace(literal, negated=not literal.negated)
