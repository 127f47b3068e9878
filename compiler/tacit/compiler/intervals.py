"""Aggregates that are intervals: a test of one asks both ends.

Until the device has been observed for the whole window, an aggregate x is only known to be at
least c: its signal is missing, and the signal beside it, its *least*, is c. Once observed, both
are the same.
"""

from __future__ import annotations

from collections.abc import Mapping

from tacit.compiler import ir
from tacit.compiler.ir import Relation


def as_intervals(condition: ir.Condition, least: Mapping[int, int]) -> ir.Condition:
    """The condition with every test of an interval asked of both ends.

        x >= k, x > k   ->  least >= k || x >= k      true as soon as the least is enough
        x < k, x <= k   ->  least < k && x < k        false as soon as the least is too much
        x in [...]      ->  least <= greatest && x in [...]
        x == k, x != k  ->  as x in [k], and its negation

    `least` maps the signal of an aggregate to that of its least. Whether there is a value (`has`)
    stays as it is.
    """
    match condition:
        case ir.Literal(signal, test, negated) if signal in least:
            if isinstance(test, ir.Has):
                return condition
            asked = _both_ends(signal, least[signal], test)
            return ir.Not(asked) if negated else asked
        case ir.All(terms):
            return ir.All(tuple(as_intervals(term, least) for term in terms))
        case ir.Any(terms):
            return ir.Any(tuple(as_intervals(term, least) for term in terms))
        case ir.Not(term):
            return ir.Not(as_intervals(term, least))
        case ir.Choose(test, then, otherwise):
            return ir.Choose(*(as_intervals(part, least) for part in (test, then, otherwise)))
        case _:
            return condition


def _both_ends(signal: int, least: int, test: ir.Test) -> ir.Condition:
    exact = ir.Literal(signal, test)
    match test:
        case ir.Compare(Relation.GT | Relation.GE):
            return ir.Any((ir.Literal(least, test), exact))
        case ir.Compare(Relation.LT | Relation.LE):
            return ir.All((ir.Literal(least, test), exact))
        case ir.Compare(Relation.NE, value):
            return ir.Not(_both_ends(signal, least, ir.Compare(Relation.EQ, value)))
        case ir.Compare(Relation.EQ, value):
            return ir.All((ir.Literal(least, ir.Compare(Relation.LE, value)), exact))
        case ir.Among(values):
            greatest = values[-1]
            assert not isinstance(greatest, str)  # an interval is a number
            return ir.All((ir.Literal(least, ir.Compare(Relation.LE, greatest)), exact))
        case _:
            raise TypeError(f"{test} on a number")
