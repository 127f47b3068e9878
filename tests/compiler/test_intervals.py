"""Tests of intervals: true or false as soon as the least that is known decides."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tacit.compiler import ir
from tacit.compiler.intervals import as_intervals
from tacit.compiler.ir import Relation
from tacit.compiler.passes.negation_to_leaves import negation_to_leaves

from . import kleene
from .programs import DOUBLE, INT, conditions_of, dice, program, random_condition

EXACT, LEAST = INT, DOUBLE  # any two numbers: constants here are whole
RELATIONS = {
    Relation.EQ: lambda x, k: x == k,
    Relation.NE: lambda x, k: x != k,
    Relation.LT: lambda x, k: x < k,
    Relation.LE: lambda x, k: x <= k,
    Relation.GT: lambda x, k: x > k,
    Relation.GE: lambda x, k: x >= k,
}
SMALL = st.integers(0, 6)


def truth(condition: ir.Condition, values: dict[int, Any]) -> bool | None:
    return kleene.truth(condition, program(), values)


def _asked(test: ir.Test, least: int, exact: int | None, *, negated: bool = False) -> bool | None:
    condition = as_intervals(ir.Literal(EXACT, test, negated), {EXACT: LEAST})
    values: dict[int, Any] = {LEAST: float(least)}
    if exact is not None:
        values[EXACT] = exact
    after = conditions_of(negation_to_leaves(program(condition)))[0]
    found = truth(condition, values)
    assert truth(after, values) is found
    return found


def _all_values(test: ir.Test, least: int) -> bool | None:
    """What holds for every number from the least on; None where they differ."""
    # Constants are at most 6, so what holds of 8 holds of all that is more.
    answers = {truth(ir.Literal(EXACT, test), {EXACT: value}) for value in range(least, 9)}
    return answers.pop() if len(answers) == 1 else None


@given(st.sampled_from(list(Relation)), SMALL, SMALL, st.booleans())
def test_comparisons_are_certain_when_every_value_from_the_least_on_agrees(
    relation: Relation, constant: int, least: int, negated: bool
) -> None:
    test = ir.Compare(relation, constant)
    certain = _all_values(test, least)
    if relation in (Relation.EQ, Relation.NE) and certain is not None:
        assert least > constant
    expected = certain if certain is None or not negated else not certain
    assert _asked(test, least, None, negated=negated) is expected


@given(st.sets(SMALL, min_size=1), SMALL, st.booleans())
def test_sets_are_certain_beyond_their_greatest(
    values: set[int], least: int, negated: bool
) -> None:
    test = ir.Among(tuple(sorted(values)))
    expected = None if least <= max(values) else negated
    assert _asked(test, least, None, negated=negated) is expected


@given(st.sampled_from(list(Relation)), SMALL, SMALL)
def test_once_observed_it_is_an_ordinary_number(
    relation: Relation, constant: int, exact: int
) -> None:
    asked = _asked(ir.Compare(relation, constant), exact, exact)
    assert asked is RELATIONS[relation](exact, constant)


@given(st.sampled_from(list(Relation)), SMALL)
def test_without_both_it_is_unknown(relation: Relation, constant: int) -> None:
    condition = as_intervals(ir.Literal(EXACT, ir.Compare(relation, constant)), {EXACT: LEAST})
    assert truth(condition, {}) is None


@pytest.mark.parametrize("negated", [False, True])
def test_presence_asks_whether_it_is_exact(negated: bool) -> None:
    literal = ir.Literal(EXACT, ir.Has(), negated)
    assert as_intervals(literal, {EXACT: LEAST}) is literal


@given(dice)
def test_other_signals_are_left_alone(random: Any) -> None:
    condition = random_condition(random, 10)
    assert as_intervals(condition, {99: 98}) == condition


def test_it_reaches_into_everything() -> None:
    literal = ir.Literal(EXACT, ir.Compare(Relation.GE, 3))
    both = ir.Any((ir.Literal(LEAST, ir.Compare(Relation.GE, 3)), literal))
    inside: list[tuple[ir.Condition, ir.Condition]] = [
        (ir.Not(literal), ir.Not(both)),
        (ir.All((literal, ir.SegmentIs(0))), ir.All((both, ir.SegmentIs(0)))),
        (ir.Any((ir.Constant(True), literal)), ir.Any((ir.Constant(True), both))),
        (ir.Choose(literal, literal, literal), ir.Choose(both, both, both)),
    ]
    for before, after in inside:
        assert as_intervals(before, {EXACT: LEAST}) == after
