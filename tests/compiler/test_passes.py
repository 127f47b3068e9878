"""Each pass three ways: what it writes, that the value stays, and what it must leave alone."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from tacit.compiler import ir, ir_state
from tacit.compiler.conditions import (
    segments_of,
    signals_of,
    with_segments_below,
)
from tacit.compiler.dump import Names, condition_text
from tacit.compiler.encode import NotNormalised, encode
from tacit.compiler.passes import PASSES, Pass, optimise
from tacit.compiler.passes.constant_folding import constant_folding
from tacit.compiler.passes.negation_to_leaves import negation_to_leaves
from tacit.compiler.passes.shared_predicates import shared_predicates
from tacit.compiler.passes.unreachable_outcomes import unreachable_outcomes
from tacit.compiler.stateful import needs_memory
from tacit.compiler.wellformed import MalformedProgram, check, faults
from tacit.runtime.reference import decide, decode

from .kleene import truth
from .programs import (
    BOOL,
    DOUBLE,
    ENUM,
    FALSE,
    HAS_N,
    INT,
    LIST,
    SIGNALS,
    STRING,
    TRUE,
    UNIT,
    VERSION,
    B,
    all_assignments,
    conditions_of,
    d,
    dice,
    e,
    element,
    exists,
    host_value,
    n,
    program,
    random_assignment,
    random_program,
    s,
    size,
    v,
    with_random_limits,
)

ALL, ANY, NOT, CHOOSE = ir.All, ir.Any, ir.Not, ir.Choose
N3, N5 = n(">", 3), n(">", 5)
TAG = ir.Literal(LIST, ir.TextMatch(ir.Affix.STARTS, "a"))
INCLUDES = ir.Literal(LIST, ir.Includes("a"))


def rewritten(rewrite: Pass, condition: ir.Condition, *segments: ir.Condition) -> ir.Condition:
    """The condition after a pass, which must leave the program well formed."""
    after = rewrite(program(condition, segments=segments))
    check(after, rewrite.__name__)
    return conditions_of(after)[0]


def text(condition: ir.Condition, segments: int = 0) -> str:
    return condition_text(condition, Names.of(program(segments=(B,) * segments)))


# ------------------------------------------------------------------------------- constant folding


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (ALL((B, TRUE)), "b"),
        (ALL((B, N3, TRUE)), "b && n > 3"),
        (ALL((B, FALSE)), "false"),
        (ALL((TRUE, TRUE)), "true"),
        (ANY((B, TRUE)), "true"),
        (ANY((B, FALSE)), "b"),
        (ANY((FALSE, FALSE)), "false"),
        (ALL((B, ANY((FALSE, ALL((N3, TRUE)))))), "b && n > 3"),
        (ALL((B, ANY((FALSE, ALL((N3, N5)))))), "b && n > 3 && n > 5"),
        (NOT(TRUE), "false"),
        (NOT(NOT(B)), "b"),
        (NOT(ALL((B, FALSE))), "true"),
        (CHOOSE(TRUE, B, N3), "b"),
        (CHOOSE(FALSE, B, N3), "n > 3"),
        (CHOOSE(B, TRUE, FALSE), "b"),
        (CHOOSE(B, FALSE, TRUE), "!(b)"),
        (CHOOSE(NOT(B), FALSE, TRUE), "b"),
        (exists(TRUE), "size(t) > 0"),
        (exists(TRUE, negated=True), "not size(t) > 0"),
        (exists(ALL((TAG, FALSE))), "size(t) < 0"),
        (exists(ALL((TAG, TRUE))), 't.exists(it, it.startsWith("a"))'),
        (size(">", -1), "size(t) >= 0"),
        (size("!=", -5), "size(t) >= 0"),
        (size("==", -1), "size(t) < 0"),
        (size("<=", -1, STRING), "size(s) < 0"),
    ],
)
def test_constants_fold(before: ir.Condition, after: str) -> None:
    assert text(rewritten(constant_folding, before)) == after


def test_constant_segments_fold() -> None:
    on, off, chained = TRUE, ALL((B, FALSE)), ALL((ir.SegmentIs(0), NOT(ir.SegmentIs(1))))
    condition = ALL((B, ir.SegmentIs(0), ir.SegmentIs(1, True), ir.SegmentIs(2)))
    after = constant_folding(program(condition, segments=(on, off, chained)))
    assert [segment.condition for segment in after.segments] == [TRUE, FALSE, TRUE]
    assert text(conditions_of(after)[0]) == "b"


@pytest.mark.parametrize(
    "kept",
    [
        ALL((N3, n("<=", 3))),  # unknown without n
        ANY((N3, n("<=", 3))),
        ANY((B, NOT(B))),
        CHOOSE(B, N3, N3),  # unknown without b
        CHOOSE(B, TRUE, TRUE),
        ALL((HAS_N, N3)),
        size(">=", 0),
        size("<", 0),
        e("low", "mid", "top"),
        exists(TAG),
        ir.SegmentIs(0),
    ],
)
def test_constants_are_all_that_folds(kept: ir.Condition) -> None:
    assert rewritten(constant_folding, kept, B) == kept


# ----------------------------------------------------------------------------- negation to leaves


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (NOT(ALL((B, N3))), "not b || n <= 3"),
        (NOT(ANY((B, N3))), "not b && n <= 3"),
        (NOT(NOT(B)), "b"),
        (NOT(ALL((B, NOT(ANY((N3, N5)))))), "not b || n > 3 || n > 5"),
        (ALL((B, ALL((N3, N5)))), "b && n > 3 && n > 5"),
        (NOT(n("<", 1)), "n >= 1"),
        (NOT(n("<=", 1)), "n > 1"),
        (NOT(n(">=", 1)), "n < 1"),
        (n("!=", 1), "not n == 1"),
        (NOT(n("!=", 1)), "n == 1"),
        (ir.Literal(INT, N3.test, True), "n <= 3"),
        (NOT(ir.Literal(INT, N3.test, True)), "n > 3"),
        (ir.Literal(INT, n("!=", 1).test, True), "n == 1"),
        (NOT(size("==", 2)), "not size(t) == 2"),
        (size("!=", 2), "not size(t) == 2"),
        (NOT(size(">", 2)), "size(t) <= 2"),
        (NOT(s("a")), 'not s == "a"'),
        (NOT(s("a", negated=True)), 's == "a"'),
        (NOT(HAS_N), "not has(n)"),
        (NOT(INCLUDES), 'not "a" in t'),
        (NOT(ir.SegmentIs(0)), "not s0"),
        (NOT(ir.SegmentIs(0, True)), "s0"),
        (NOT(TRUE), "false"),
        (NOT(exists(NOT(TAG))), 'not t.exists(it, not it.startsWith("a"))'),
        (exists(NOT(ALL((TAG, element("b"))))), "t.exists(it, "
         'not it.startsWith("a") || not it == "b")'),
        (CHOOSE(B, N3, N5), "(b && n > 3) || (not b && n > 5) || (b && not b)"),
        (NOT(CHOOSE(B, N3, N5)), "(b && n <= 3) || (not b && n <= 5) || (b && not b)"),
        (CHOOSE(HAS_N, N3, B), "(has(n) && n > 3) || (not has(n) && b)"),
        (CHOOSE(NOT(HAS_N), B, N3), "(not has(n) && b) || (has(n) && n > 3)"),
        (
            CHOOSE(ALL((HAS_N, B)), N3, N5),
            "(has(n) && b && n > 3) || ((not has(n) || not b) && n > 5)"
            " || (has(n) && b && (not has(n) || not b))",
        ),
    ],
)  # fmt: skip
def test_negation_goes_to_the_leaves(before: ir.Condition, after: str) -> None:
    assert text(rewritten(negation_to_leaves, before, B), 1) == after


@pytest.mark.parametrize(
    "kept",
    [B, TRUE, ALL((B, n("==", 1))), ANY((B, ALL((N3, N5)))), ir.SegmentIs(0, True), exists(TAG)],
)
def test_what_has_no_negation_stays(kept: ir.Condition) -> None:
    assert rewritten(negation_to_leaves, kept, B) == kept


def test_choices_in_choices_take_little_room_until_they_are_looked_at() -> None:
    """Thirty choices, each the test of the next, would be 4^30 literals written out."""
    condition: ir.Condition = B
    for _ in range(30):
        condition = CHOOSE(condition, N3, N5)
    after = negation_to_leaves(program(condition))
    assert isinstance(conditions_of(after)[0], ANY)


# ------------------------------------------------------------------------------ shared predicates


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (ALL((B, B)), "b"),
        (ANY((B, N3, B)), "b || n > 3"),
        (ANY((B, ALL((B, N3)))), "b"),
        (ANY((ALL((B, N3)), B)), "b"),
        (ALL((B, ANY((B, N3)))), "b"),
        (ANY((ALL((B, N3)), ALL((B, N3, s("a"))))), "b && n > 3"),
        (ANY((s("a"), s("b"))), 's in ["a", "b"]'),
        (ANY((s("a"), B, s("b"))), 's in ["a", "b"] || b'),
        (ANY((s("a"), s("b", "ab", negated=True))), 'not s in ["ab", "b"]'),
        (ANY((s("a"), s("a", "b", negated=True))), 'not s == "b"'),
        (ANY((s("a", "b", negated=True), s("b", "ab", negated=True))), 'not s == "b"'),
        (ALL((s("a", "b"), s("b", "ab"))), 's == "b"'),
        (ALL((s("a", "b"), s("b", negated=True))), 's == "a"'),
        (ALL((s("a", negated=True), s("b", negated=True))), 'not s in ["a", "b"]'),
        (ANY((n("==", 1), n("==", 2))), "n in [1, 2]"),
        (ALL((ANY((n("==", 1), n("==", 2))), ir.Literal(INT, n("==", 2).test, True))), "n == 1"),
        (ir.Literal(INT, ir.Among((4,))), "n == 4"),
        (ANY((v("==", 1, 2), v("==", 1))), 'v in [version("1.0"), version("1.2")]'),
        (ANY((e("low"), e("top"))), 'e in ["low", "top"]'),
        (ALL((N3, N5)), "n > 5"),
        (ANY((N3, N5)), "n > 3"),
        (ALL((n(">=", 3), N3)), "n > 3"),
        (ANY((n(">=", 3), N3)), "n >= 3"),
        (ALL((n("<", 3), n("<=", 3))), "n < 3"),
        (ANY((n("<", 3), n("<=", 3))), "n <= 3"),
        (ALL((v(">", 1, 2), v(">", 1, 10))), 'v > version("1.10")'),
        (ALL((d("<", 0.1), d("<", 0.2))), "d < 0.1"),
        (ALL((size(">", 1), size(">", 2))), "size(t) > 2"),
        (ALL((ANY((N3, B)), s("a"))), 's == "a" && (n > 3 || b)'),
        (ANY((ALL((N3, B)), s("a"))), 's == "a" || (n > 3 && b)'),
        (exists(ANY((element("a"), element("b")))), 't.exists(it, it in ["a", "b"])'),
        (ALL((B, ANY((s("a"), s("b"))), s("ab", negated=True))), 'b && s in ["a", "b"]'),
        (ALL((ir.SegmentIs(0), ir.SegmentIs(0))), "s0"),
    ],
)
def test_predicates_are_shared(before: ir.Condition, after: str) -> None:
    assert text(rewritten(shared_predicates, before, B), 1) == after


@pytest.mark.parametrize(
    "kept",
    [
        ALL((s("a"), s("b"))),  # false, but unknown without s
        ALL((B, ir.Literal(BOOL, ir.IsTrue(), True))),
        ANY((B, ir.Literal(BOOL, ir.IsTrue(), True))),
        ANY((s("a"), s("a", negated=True))),
        ANY((s("a", negated=True), s("b", negated=True))),
        ALL((HAS_N, N3)),  # false, not unknown, without n
        ANY((HAS_N, N3)),
        ALL((N3, n("<=", 3))),
        ALL((N3, size(">", 3))),
        ALL((size(">", 3), size(">", 2, STRING))),
        ANY((INCLUDES, ir.Literal(LIST, ir.Includes("b")))),  # of different elements
        ALL((exists(element("a")), exists(element("b")))),
        ANY((ALL((B, N3)), ALL((B, s("a"))))),
        e("low", "mid", "top"),
        ALL((ir.SegmentIs(0), ir.SegmentIs(0, True))),
    ],
)
def test_what_is_not_the_same_stays(kept: ir.Condition) -> None:
    assert rewritten(shared_predicates, kept, B) == kept


def test_equal_subtrees_become_one_object() -> None:
    after = shared_predicates(
        program(ALL((n(">", 1), ANY((B, s("a"))))), ANY((n(">", 1), ALL((d(">", 0.1), B)))))
    )
    one, two = conditions_of(after)
    assert isinstance(one, ALL)
    assert isinstance(two, ANY)
    assert one.terms[0] is two.terms[0]


# --------------------------------------------------------------------------- unreachable outcomes


def rule(
    id_: str,
    condition: ir.Condition,
    outcome: ir.Show | ir.Split = ir.Show(1),  # noqa: B008  (frozen)
    traffic: ir.Traffic | None = None,
    schedule: ir.Schedule | None = None,
) -> ir.Rule:
    return ir.Rule(id_, condition, outcome, traffic=traffic, schedule=schedule)


def after_the_pass(*rules: ir.Rule) -> ir.Surface:
    bare = program()
    home = ir.Surface(
        "home", ir.Place.BOTH, (ir.Variant("a"), ir.Variant("b")), 0, rules, goal="sales"
    )
    after = unreachable_outcomes(ir.Program(bare.project, bare.signals, (), (home,)))
    check(after, "unreachable_outcomes")
    assert after.surfaces[0].variants == home.variants
    return after.surfaces[0]


def kept_rules(*rules: ir.Rule) -> str:
    return " ".join(found.id for found in after_the_pass(*rules).rules)


SPLIT = ir.Split(UNIT, "abc", ((0, ((0, 10_000),)),))


@pytest.mark.parametrize(
    ("rules", "kept"),
    [
        ([rule("x", FALSE), rule("y", B)], "x y"),
        ([rule("x", TRUE), rule("y", B), rule("z", TRUE)], "x"),
        ([rule("x", B), rule("y", TRUE), rule("z", B)], "x y"),
        ([rule("x", FALSE), rule("y", FALSE)], "x y"),
        ([rule("x", TRUE, traffic=ir.Traffic(UNIT, "abc", 5000)), rule("y", B)], "x y"),
        ([rule("x", TRUE, schedule=ir.Schedule(1, 2)), rule("y", B)], "x y"),
        ([rule("x", TRUE, SPLIT), rule("y", B)], "x y"),
        ([rule("x", FALSE, SPLIT), rule("y", B)], "x y"),
        ([rule("x", TRUE), rule("y", FALSE)], "x"),
        ([rule("x", ANY((B, NOT(B)))), rule("y", B)], "x y"),
        ([rule("x", ALL((N3, n("<", 3)))), rule("y", B)], "x y"),
        ([rule("x", B), rule("y", B)], "x y"),
    ],
)
def test_rules_behind_the_last_that_can_decide_go(rules: list[ir.Rule], kept: str) -> None:
    assert kept_rules(*rules) == kept


def kept_where_devices_remember(*rules: ir.Rule) -> str:
    home = replace(after_the_pass(*rules), rules=rules)
    found = replace(program(), surfaces=(home,), events=(ir_state.Event("seen"),))
    return " ".join(rule.id for rule in unreachable_outcomes(found).surfaces[0].rules)


def test_where_devices_remember_only_the_default_always_shows() -> None:
    behind = rule("behind", B)
    always = rule("always", TRUE, ir.Show(1))
    assert kept_rules(always, behind) == "always"
    assert kept_where_devices_remember(always, behind) == "always behind"
    default = rule("default", TRUE, ir.Show(0))
    assert kept_where_devices_remember(default, behind) == "default"


def test_a_rule_that_can_be_stopped_does_not_always_fire() -> None:
    behind = rule("behind", B)
    stopped = replace(rule("stopped", TRUE, ir.Show(1)), stop=B)
    assert kept_rules(stopped, behind) == "stopped behind"


@pytest.mark.parametrize(
    "more",
    [
        {"aggregates": (ir_state.Aggregate("seen", ir_state.FirstSeen(), 0),)},
        {"caps": (ir_state.Cap(((0, 1),), 1, None),)},
        {"cooldowns": (ir_state.Cooldown(((0, 1),), 1),)},
        {"groups": (ir_state.Group("g", (0, 1)),)},
        {"segments": (ir.Segment("s", B, "", cadence=ir_state.Cadence.DAILY),)},
    ],
    ids=lambda more: next(iter(more)),
)
def test_what_makes_devices_remember(more: dict[str, Any]) -> None:
    assert not needs_memory(program(B, segments=(B,)))
    assert needs_memory(replace(program(B), **more))


def test_what_of_a_surface_makes_devices_remember() -> None:
    found = program(B)
    (home,) = found.surfaces
    split = ir.Split(UNIT, "abc", ((1, ((0, 9),)),), "e", sticky=True)
    for more in (
        {"guardrails": ir_state.Guardrails(stable_for=1)},
        {"variants": (ir.Variant("a", topics=("x",)),)},
        {"rules": (replace(home.rules[0], outcome=split),)},
    ):
        assert needs_memory(replace(found, surfaces=(replace(home, **more),)))  # type: ignore[arg-type]


def test_a_rule_that_is_never_true_keeps_its_place_and_reads_nothing() -> None:
    traffic = ir.Traffic(UNIT, "abc", 5000)
    schedule = ir.Schedule(1, 2, ir.Zone.LOCAL)
    paused = replace(rule("x", FALSE, SPLIT, traffic, schedule), because=(("en", "B"),))
    surface = after_the_pass(paused, rule("y", B))
    assert surface.rules[0] == rule("x", FALSE, ir.Show(surface.default))


# -------------------------------------------------------------------------- the laws of all passes

EXHAUSTIVE = [
    CHOOSE(B, N3, N5),
    CHOOSE(HAS_N, N3, B),
    CHOOSE(N3, n("<", 2), TRUE),
    NOT(CHOOSE(NOT(B), n(">", 1), n("<=", 1))),
    CHOOSE(CHOOSE(B, n(">", 1), n("!=", 2)), NOT(B), n("==", 2)),
    ALL((ANY((n("==", 1), n("==", 2))), n("!=", 2), NOT(ALL((B, n("<", 2)))))),
    ANY((ALL((B, n(">", 1))), ALL((NOT(B), n(">", 2))), B)),
    NOT(ANY((n("<", 0), n("<=", 2), ALL((B, HAS_N, n("!=", 3)))))),
    ANY((e("low"), NOT(e("low", "mid")), B)),
    ALL((e("low", "mid"), NOT(e("low")), ANY((B, e("mid"))))),
    exists(NOT(CHOOSE(TAG, element("a"), element("b")))),
    NOT(exists(ALL((NOT(TAG), NOT(element("b")), NOT(element("b", "ab")))))),
    ALL((size(">", -1), size("!=", 2), NOT(size("<", 1)), INCLUDES)),
    ANY((d("<", 0.1), d("<=", 0.1), d(">", 0.2), d("==", 0.2))),
    ALL((v(">", 1), v(">=", 1, 2), v("!=", 1, 10))),
]


@pytest.mark.parametrize("condition", EXHAUSTIVE, ids=text)
def test_every_pass_keeps_the_value_for_every_assignment(condition: ir.Condition) -> None:
    before = program(condition)
    after = optimise(before)
    for values in all_assignments(*sorted(signals_of(condition))):
        expected = truth(condition, before, values)
        assert truth(conditions_of(after)[0], after, values) is expected, values


@given(dice)
@settings(max_examples=60, deadline=None)
def test_passes_keep_the_laws(random: Random) -> None:
    check_laws(random)


@pytest.mark.parametrize("seed", range(25))
def test_passes_keep_the_laws_often(seed: int) -> None:
    """As above without a small example of what fails, but many more programs."""
    random = Random(seed)
    for _ in range(20):
        check_laws(random)


def check_laws(random: Random) -> None:
    before = random_program(random)
    values = [random_assignment(random) for _ in range(12)]
    for rewrite in PASSES:
        after = rewrite(before)
        assert list(faults(after)) == []
        conditions = {rule.id: rule.condition for rule in before.surfaces[0].rules}
        for rule in after.surfaces[0].rules:
            condition = conditions[rule.id]
            assert signals_read(after, rule.condition) <= signals_read(before, condition)
            for assignment in values:
                expected = truth(condition, before, assignment)
                assert truth(rule.condition, after, assignment) is expected, rewrite.__name__
        for assignment in values:
            assert first_true(after, assignment) == first_true(before, assignment)
        before = after
    assert optimise(before) == before  # a second round changes nothing
    encode(before)


@pytest.mark.parametrize("seed", range(15))
def test_decisions_stay_the_same(seed: int) -> None:
    """With buckets and times: the passes that only make a program writable, against all of them."""
    random = Random(seed)
    for _ in range(15):
        checked = with_random_limits(random, random_program(random))
        plain = decode(encode(negation_to_leaves(constant_folding(checked))))
        optimised = decode(encode(optimise(checked)))
        for _ in range(8):
            values = random_assignment(random)
            given = {SIGNALS[signal].name: host_value(value) for signal, value in values.items()}
            if random.random() < 0.8:
                given |= {
                    "unit": str(random.random()),
                    "utc_offset_minutes": random.randint(-90, 90),
                }
            now = random.randint(0, 10_000_000)
            one = decide(plain, "home", given, now, ["ads"])
            other = decide(optimised, "home", given, now, ["ads"])
            assert (one.variant, one.reason, one.rule) == (other.variant, other.reason, other.rule)
            assert set(other.unknown) <= set(one.unknown)


def first_true(found: ir.Program, values: dict[int, Any]) -> str | None:
    for rule in found.surfaces[0].rules:
        if truth(rule.condition, found, values) is True:
            return rule.id
    return None


def signals_read(found: ir.Program, condition: ir.Condition) -> frozenset[int]:
    read = signals_of(condition)
    for segment in with_segments_below(found, segments_of(condition)):
        read |= signals_of(found.segments[segment].condition)
    return read


def test_the_encoder_refuses_what_the_passes_have_not_seen() -> None:
    for condition in (NOT(B), n("!=", 1), size("!=", 1), ir.Literal(INT, N3.test, True),
                      ALL((B, TRUE)), ALL((B, ALL((N3, N5))))):  # fmt: skip
        with pytest.raises(NotNormalised):
            encode(program(condition))


# ------------------------------------------------------------------------------------ the re-check


@pytest.mark.parametrize(
    ("condition", "fault"),
    [
        (ir.Literal(STRING, n(">", 1).test), "Compare on s, a string"),
        (ir.Literal(BOOL, ir.Among(("a",))), "Among on b, a bool"),
        (ir.Literal(99, ir.Has()), "signal 99 of 9"),
        (ir.SegmentIs(0), "segment 0 of 0"),
        (ALL((B,)), "All of 1"),
        (d(">", 1), "1 compared with a double"),
        (ir.Literal(INT, ir.Compare(ir.Relation.GT, 1.0)), "1.0 compared with a int"),
        (n(">", 2**53), f"{2**53} compared with a int"),
        (ir.Literal(STRING, ir.Among(("b", "a"))), "('b', 'a') are not sorted and distinct"),
        (ir.Literal(STRING, ir.Among(())), "() compared with a string"),
        (e("low", "high"), "('high', 'low') are not all members of e"),
        (ir.Literal(VERSION, ir.Among(((1, 2),))), "((1, 2),) compared with a version"),  # type: ignore[arg-type]
        (exists(B), "in a body over signal 6"),
        (exists(ir.SegmentIs(0)), "a segment in a body"),
        (exists(ir.Literal(LIST, ir.Includes("a"))), "in a body over signal 6"),
    ],
)
def test_the_check_finds_broken_laws(condition: ir.Condition, fault: str) -> None:
    with pytest.raises(MalformedProgram, match="after nothing") as found:
        check(program(condition), "nothing")
    assert fault in str(found.value)


def test_the_check_finds_rules_that_cannot_be() -> None:
    def faults_of(*rules: ir.Rule, **fields: object) -> str:
        home = ir.Surface("home", ir.Place.BOTH, (ir.Variant("a"),), 0, rules)
        return " ".join(faults(ir.Program("p", program().signals, (), (home,), **fields)))  # type: ignore[arg-type]

    assert "shows no variant" in faults_of(rule("x", B, ir.Show(1)))
    assert "cannot be a unit" in faults_of(rule("x", B, ir.Split(DOUBLE, "abc", ((0, ((0, 1),)),))))
    assert "do not rise" in faults_of(rule("x", B, ir.Split(UNIT, "abc", ((0, ((5, 9), (0, 2))),))))
    assert "share" in faults_of(rule("x", B, ir.Show(0), ir.Traffic(UNIT, "abc", 10_000)))
    assert "ends before" in faults_of(rule("x", B, ir.Show(0), schedule=ir.Schedule(2, 2)))
    assert "cannot be a unit" in faults_of(holdout=ir.Holdout(LIST, "abc", ((0, 1),)))
    assert faults_of(rule("x", ALL((B, e("top"))), ir.Show(0))) == ""


def test_a_wrong_rewrite_is_caught_where_it_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(found: ir.Program) -> ir.Program:
        return program(ir.Literal(ENUM, ir.IsTrue()))

    monkeypatch.setattr("tacit.compiler.passes.PASSES", (*PASSES, wrong))
    with pytest.raises(MalformedProgram, match="after wrong: "):
        optimise(program(B))
