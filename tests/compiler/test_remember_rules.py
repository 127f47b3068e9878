"""Lowered rules decide what the rules as written say, whatever is remembered."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from tacit.compiler import ir
from tacit.compiler.encode import encode
from tacit.compiler.ir_state import Cadence, Role, Standing
from tacit.compiler.passes import optimise
from tacit.compiler.remember import remember
from tacit.compiler.remember.truth import Truth
from tacit.runtime.format import BUCKETS

from .kleene import truth
from .memories import random_memory
from .programs import (
    BOOL,
    ENUM,
    OFFSET,
    UNIT,
    B,
    all_assignments,
    dice,
    program,
    random_assignment,
    random_condition,
)
from .written_form import Shown, World, WrittenForm, inside, is_in_traffic, is_scheduled

# ------------------------------------------------------------------------------------ "is not true"


def check_not_true(random: Random) -> None:
    """On all values of two signals: true exactly where the condition is not, and never unknown."""
    segments = tuple(random_condition(random, 3, i) for i in range(random.randint(0, 2)))
    found = optimise(program(random_condition(random, 4, len(segments)), segments=segments))
    rewriting = Truth(found.segments, {})
    for rule in found.surfaces[0].rules:
        negation = rewriting.not_true(rule.condition)
        for _ in range(40):
            values = random_assignment(random)
            expected = truth(rule.condition, found, values) is not True
            assert truth(negation, found, values) is expected


@given(dice)
@settings(max_examples=60, deadline=None)
def test_not_true_is_true_exactly_where_the_condition_is_not(random: Random) -> None:
    check_not_true(random)


@pytest.mark.parametrize("seed", range(10))
def test_not_true_often(seed: int) -> None:
    random = Random(seed)
    for _ in range(40):
        check_not_true(random)


IN, OUT = OFFSET + 1, OFFSET + 2
STORED = (
    ir.Signal("s0.in", ir.SignalType.BOOL, "device"),
    ir.Signal("s0.out", ir.SignalType.BOOL, "device"),
)


@pytest.mark.parametrize("negated", [False, True])
def test_a_stored_segment_has_the_value_that_is_stored(negated: bool) -> None:
    live = ir.All((B, ir.Literal(ENUM, ir.Among(("low",)))))
    found = program(ir.SegmentIs(0, negated), segments=(live,))
    found = replace(found, signals=(*found.signals, *STORED))
    rewriting = Truth(found.segments, {0: (IN, OUT)})
    condition = found.surfaces[0].rules[0].condition
    read, not_true = rewriting.read(condition), rewriting.not_true(condition)
    for values, stored in product(all_assignments(BOOL, ENUM), (None, False, True)):
        known: dict[int, Any] = dict(values)
        if stored is not None:
            known[IN if stored else OUT] = True
        value = truth(live, found, values) if stored is None else stored
        expected = None if value is None else value is not negated
        assert truth(read, found, known) is expected
        assert truth(not_true, found, known) is (expected is not True)


# ------------------------------------------------------------------------------- whole surfaces


def decide_lowered(found: ir.Program, number: int, world: World) -> Shown:
    """The first lowered rule that decides; its standing says what it means."""
    memory = found.memory
    assert memory is not None
    surface = found.surfaces[number]
    first = sum(len(before.rules) for before in found.surfaces[:number])
    if surface.forbidden is not None:
        return Shown(surface.default, "FORBIDDEN")
    for rule, row in zip(surface.rules, memory.rules[first:], strict=False):
        value = truth(rule.condition, found, world.values)
        assert row.standing is not Standing.HOLDOUT_NO_UNIT or value is not None
        if value is not True or not is_scheduled(rule.schedule, world):
            continue
        if not is_in_traffic(rule.traffic, world):
            continue
        arm = None
        if isinstance(rule.outcome, ir.Split):
            if rule.outcome.unit not in world.values:
                continue
            bucket = world.buckets[rule.outcome.salt]
            arm = next((v for v, runs in rule.outcome.arms if inside(bucket, runs)), None)
            if arm is None:
                continue
        match row.standing:
            case Standing.HOLDOUT | Standing.HOLDOUT_NO_UNIT:
                return Shown(surface.default, row.standing.name)
            case Standing.BLOCKED:
                return Shown(surface.default, "ARM_BLOCKED", row.written, arm)
        shown = rule.outcome.variant if isinstance(rule.outcome, ir.Show) else arm
        assert shown is not None
        if row.standing is Standing.KEPT:
            return Shown(shown, "KEPT", row.written, arm)
        return Shown(shown, "RULE_MATCH" if arm is None else "SPLIT", row.written, arm)
    return Shown(surface.default, "DEFAULT")


def random_world(random: Random, found: ir.Program, salts: set[str]) -> World:
    """Any values of the host's signals, and any that a machine signal can have."""
    memory = found.memory
    assert memory is not None
    values = random_assignment(random)
    if random.random() < 0.9:
        values[UNIT] = "somebody"
    first = memory.host_signals + memory.field_signals
    for signal, derived in enumerate(memory.derived, first):
        match derived.role:
            case Role.BLOCK:
                choices = [None, None, None, 1, 2, 3, 4, 5]
            case Role.HOLD:
                entries = len(memory.holds[derived.arguments[0]].entries)
                choices = [None, *range(1, entries + 1)]
            case Role.ARM:
                arms = memory.experiments[derived.arguments[0]].arms
                choices = [None, *range(1, len(arms) + 1)]
            case Role.THEME:
                themes = memory.groups[derived.arguments[0]].themes
                choices = [None, *range(1, len(themes) + 1)]
            case Role.IN:
                choices = [None, None, True]
            case _:
                # OUT, whose IN stands before it: a segment is stored as one of both.
                choices = [None] if signal - 1 in values else [None, True]
        value = random.choice(choices)
        if value is not None:
            values[signal] = value
    buckets = {salt: random.randint(0, BUCKETS - 1) for salt in sorted(salts)}
    now = random.choice((0, 5_000_000, 9_500_000))
    return World(values, buckets, now, random.choice((None, 0, -60, 60)))


def _salts(found: ir.Program) -> set[str]:
    rules = [rule for surface in found.surfaces for rule in surface.rules]
    salts = {rule.traffic.salt for rule in rules if rule.traffic is not None}
    return salts | {rule.outcome.salt for rule in rules if isinstance(rule.outcome, ir.Split)}


def check_decisions(random: Random, seen: set[str] | None = None) -> None:
    before = optimise(random_memory(random))
    after = remember(before)
    assert after.memory is not None
    encode(after)  # in the form that the encoder demands
    written = WrittenForm(before, after.memory)
    salts = {"own-hold", *_salts(before)}
    for _ in range(25):
        world = random_world(random, after, salts)
        for number in range(len(before.surfaces)):
            expected = written.decide(number, world)
            assert decide_lowered(after, number, world) == expected
            if seen is not None:
                seen.add(expected.reason)


@given(dice)
@settings(max_examples=60, deadline=None)
def test_lowered_rules_decide_as_written(random: Random) -> None:
    check_decisions(random)


def test_lowered_rules_decide_as_written_often() -> None:
    random = Random(7)
    seen: set[str] = set()
    for _ in range(200):
        check_decisions(random, seen)
    assert seen == {
        "HOLDOUT", "HOLDOUT_NO_UNIT", "KEPT", "RULE_MATCH", "SPLIT", "ARM_BLOCKED", "DEFAULT"
    }  # fmt: skip


def test_terms_of_guards_are_the_last_ones() -> None:
    """Without its guard terms, a rule shown as written has the condition it was written with."""
    random = Random(3)
    checked = 0
    for _ in range(200):
        before = optimise(random_memory(random))
        if any(segment.cadence is not Cadence.LIVE for segment in before.segments):
            continue
        after = remember(before)
        assert after.memory is not None
        rows = iter(after.memory.rules)
        for old, new in zip(before.surfaces, after.surfaces, strict=True):
            for rule in new.rules:
                row = next(rows)
                plain = isinstance(rule.outcome, ir.Show)
                if row.standing is not Standing.WRITTEN or not plain:
                    continue
                if rule.condition == ir.Constant(False):
                    assert row.stop_terms + row.suppress_terms == 0
                    continue
                condition = old.rules[row.written].condition
                terms = (
                    rule.condition.terms
                    if isinstance(rule.condition, ir.All)
                    else (rule.condition,)
                )
                guards = row.stop_terms + row.suppress_terms + row.block_term + row.theme_term
                kept = terms[: len(terms) - guards]
                whole = terms_of(condition)
                assert kept == (() if condition == ir.Constant(True) else whole)
                checked += 1
    assert checked > 100


def terms_of(condition: ir.Condition) -> tuple[ir.Condition, ...]:
    return condition.terms if isinstance(condition, ir.All) else (condition,)
