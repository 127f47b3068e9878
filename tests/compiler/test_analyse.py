"""Findings: each has a case, and none may be said of a rule that can decide after all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tacit.compiler import CompileError, Diagnostic, compile_project, ir, limits
from tacit.compiler.analyse import analyse, surface_costs
from tacit.compiler.encode import lay_out
from tacit.compiler.findings_messages import TEXTS
from tacit.compiler.passes import optimise
from tacit.compiler.passes.negation_to_leaves import negation_to_leaves
from tacit.compiler.project import parse
from tacit.compiler.reasoning import assume, contradiction
from tacit.compiler.resolve import resolve
from tacit.compiler.source import load
from tacit.runtime import format as fmt

from .kleene import truth
from .programs import (
    FALSE,
    HAS_N,
    INT,
    LIST,
    SIGNALS,
    STRING,
    TRUE,
    B,
    conditions_of,
    d,
    e,
    element,
    exists,
    n,
    program,
    random_assignment,
    random_condition,
    random_program,
    s,
    size,
    v,
)
from .test_passes import first_true

NOT_B = ir.Literal(0, ir.IsTrue(), True)
INCLUDES = ir.Literal(LIST, ir.Includes("a"))
STARTS = ir.Literal(STRING, ir.TextMatch(ir.Affix.STARTS, "a"))

PROJECT: dict[str, Any] = {
    "project": "p",
    "unit": "id",
    "signals": {
        "id": {"type": "string", "source": "device"},
        "n": {"type": "int", "source": "device", "max": 100},
        "s": {"type": "string", "source": "request"},
        "e": {"type": "enum", "values": ["low", "top"], "source": "declared"},
        "b": {"type": "bool", "source": "device"},
    },
    "surfaces": {
        "home": {
            "default": "none",
            "variants": {"none": None, "one": None},
            "rules": [],
        }
    },
}


SEEN: dict[str, Any] = {
    "events": {"seen": {}},
    "aggregates": {"seen_7d": {"count": "seen", "within": "7d"}},
}


def project(*rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The project with rules that show `one`, and an unlimited use of every signal elsewhere."""
    home = PROJECT["surfaces"]["home"]
    shown = [{"id": f"r{i}", "show": "one", **rule} for i, rule in enumerate(rules)]
    uses = [
        {"id": "uses", "when": 'has(id) && has(n) && has(s) && has(e) && has(b)', "show": "one"}
    ]  # fmt: skip
    other = {**home, "rules": uses}
    if "guardrails" in more:
        home = {**home, "guardrails": more.pop("guardrails")}
    surfaces = {"home": {**home, "rules": shown}, "other": other, **more.pop("surfaces", {})}
    return {**PROJECT, "surfaces": surfaces, **more}


def findings(source: dict[str, Any]) -> list[Diagnostic]:
    found = resolve(parse(load(source)))
    assert found.program is not None, found.diagnostics
    return [*found.diagnostics, *analyse(found.program, optimise(found.program))]


def found_in(source: dict[str, Any]) -> list[tuple[str, str]]:
    return [(item.code, item.path) for item in findings(source)]


# ------------------------------------------------------------------------- a case for every warning


@pytest.mark.parametrize(
    ("source", "code", "path", "words"),
    [
        (project({"when": "false"}), "W400", "surfaces.home.rules[0]", "the rule `r0` never fires"),
        (
            project({"when": "dead && n > 3"}, segments={"dead": 'e == "low" && e == "top"'}),
            "W400",
            "surfaces.home.rules[0]",
            "its condition is always false",
        ),
        (
            project({"when": "n > 3 && n <= 3"}),
            "W401",
            "surfaces.home.rules[0]",
            "no value of `n` meets its tests",
        ),
        (
            project({}, {"when": "b"}),
            "W402",
            "surfaces.home.rules[1]",
            "the rule `r0` before it always fires",
        ),
        (
            project({"when": "n > 3"}, {"when": "n > 5 && b"}),
            "W403",
            "surfaces.home.rules[1]",
            "wherever it is true, so is `r0` before it",
        ),
        (
            project({"when": "b"}, segments={"never_named": "n > 3"}),
            "W404",
            "segments.never_named",
            "the segment `never_named` is not used",
        ),
        (
            project(surfaces={"more": {"default": "a", "variants": {"a": 1, "b": 2}, "rules": []}}),
            "W405",
            "surfaces.more.variants.b",
            "the variant `b` of `more` is never shown",
        ),
        (
            project({"when": "b"}, signals={**PROJECT["signals"], "x": PROJECT["signals"]["b"]}),
            "W406",
            "signals.x",
            "the signal `x` is not read by any rule",
        ),
        (
            project({"when": "dead || b"}, segments={"dead": "n > 100"}),
            "W407",
            "segments.dead",
            "no value of `n` meets its tests",
        ),
        (
            project({"when": "off || b"}, segments={"off": "b && false"}),
            "W408",
            "segments.off",
            "its condition is always false",
        ),
        (
            project({"when": "b && n > 3", "stop_when": "n > 2"}),
            "W409",
            "surfaces.home.rules[0]",
            "wherever its condition is true, so is its `stop_when`",
        ),
        (
            project({"when": "over", "stop_when": "over"}, segments={"over": "n > 2"}),
            "W409",
            "surfaces.home.rules[0]",
            "the rule `r0` never fires",
        ),
        (
            project({"when": "b"}, guardrails={"suppress": {"one": {"when": "b || true"}}}),
            "W410",
            "surfaces.home.guardrails.suppress.one",
            "the variant `one` of `home` never shows",
        ),
        (
            project({"when": "b && n > 3"}, guardrails={"suppress": {"one": {"when": "n > 2"}}}),
            "W413",
            "surfaces.home.rules[0]",
            "wherever its condition is true, `one` is suppressed",
        ),
        (
            project({"when": "b"}, **SEEN),
            "W411",
            "aggregates.seen_7d",
            "the aggregate `seen_7d` is not read by any rule",
        ),
        (
            project({"when": "b"}, events={"seen": {}}),
            "W412",
            "events.seen",
            "the event `seen` is not used",
        ),
        (
            project({"when": "seen_7d < 3 && seen_7d > 5"}, **SEEN),
            "W401",
            "surfaces.home.rules[0]",
            "no value of `seen_7d` meets its tests",
        ),
    ],
)
def test_warnings(source: dict[str, Any], code: str, path: str, words: str) -> None:
    found = [item for item in findings(source) if (item.code, item.path) == (code, path)]
    assert len(found) == 1, found_in(source)
    assert words in found[0].message


def test_nothing_is_said_of_a_sound_project() -> None:
    source = project(
        {"when": "n > 5 && b"}, {"when": "n > 3"}, {"when": "grown"}, {},
        segments={"grown": "n >= 18"},
    )  # fmt: skip
    home = source["surfaces"]["home"]
    home["rules"][2]["traffic"] = "20%"
    assert found_in(source) == []


def test_a_rule_that_does_not_always_decide_hides_nothing() -> None:
    for limit in (
        {"traffic": "20%"},
        {"from": "2026-11-01"},
        {"split": {"one": "50%", "none": "50%"}, "show": None},
    ):
        first = {key: value for key, value in {"show": "one", **limit}.items() if value is not None}
        home = {**PROJECT["surfaces"]["home"]}
        home["rules"] = [{"id": "a", **first}, {"id": "b", "when": "n > 3", "show": "one"}]
        assert found_in(project(surfaces={"home": home})) == []


def test_labels_point_at_the_rule_that_hides(tmp_path: Any) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(
        "project: p\n"
        "signals: {n: {type: int, source: device}}\n"
        "surfaces:\n"
        "  home:\n"
        "    default: a\n"
        "    variants: {a: 1, b: 2}\n"
        "    rules:\n"
        "      - {id: wide, when: n > 3, show: b}\n"
        "      - {id: narrow, when: n > 5, show: b}\n"
    )
    (found,) = compile_project(path).diagnostics
    text = path.read_text()
    assert found.span is not None
    assert text[found.span.start : found.span.end] == "narrow"
    ((span, words),) = found.labels
    assert (text[span.start : span.end], words) == ("wide", "this rule decides first")


# ---------------------------------------------------------------------------------------- budgets


def test_the_budget_of_a_surface() -> None:
    rule = {"when": "n > 3 && b"}
    assert found_in(project(rule, budgets={"surface_cost": 10})) == []
    with pytest.raises(CompileError) as caught:
        compile_project(project(rule, budgets={"surface_cost": 2}))
    codes = {(item.code, item.path) for item in caught.value.diagnostics}
    assert codes == {("E401", "surfaces.home"), ("E401", "surfaces.other")}
    assert "costs up to 3, and the budget of a surface is 2" in str(caught.value)


def test_the_cost_of_a_segment_counts_once_for_a_surface() -> None:
    found = program(
        ir.All((ir.SegmentIs(1), n(">", 3))), ir.SegmentIs(1), segments=(n(">", 1), ir.SegmentIs(0))
    )
    # Two literals and their `&&`, then one; both segments once, one each.
    assert surface_costs(found) == {"home": 3 + 1 + 1 + 1}


def test_the_budget_of_the_bundle_is_without_debug_and_audit() -> None:
    source = project({"when": "n > 3"})
    bare = len(compile_project(source, debug=False, audit=False).bytes)
    assert len(compile_project(source).bytes) > bare
    assert found_in({**source, "budgets": {"bundle": f"{bare} B"}}) == []
    with pytest.raises(CompileError) as caught:
        compile_project({**source, "budgets": {"bundle": f"{bare - 1} B"}})
    assert [item.code for item in caught.value.diagnostics] == ["E400"]
    assert f"the bundle is {bare} bytes" in str(caught.value)


def test_both_budgets_in_one_run() -> None:
    rule = {"when": "n > 3 && b"}
    with pytest.raises(CompileError) as caught:
        compile_project(project(rule, budgets={"surface_cost": 2, "bundle": "9 B"}))
    assert {item.code for item in caught.value.diagnostics} == {"E400", "E401"}


# ----------------------------------------------------------------------------------------- limits


def test_choices_that_would_grow_too_large_are_refused() -> None:
    test = "b"
    for _ in range(7):
        test = f"({test} ? n > 1 : n > 2)"
    with pytest.raises(CompileError) as caught:
        compile_project(project({"when": test}))
    assert [item.code for item in caught.value.diagnostics] == ["E411"]
    assert "27,306 tests, and at most 4,096 fit" in str(caught.value)


def literal_count(condition: ir.Condition) -> int:
    match condition:
        case ir.All(terms) | ir.Any(terms):
            return sum(map(literal_count, terms))
        case _:
            return 1


def depth(condition: ir.Condition) -> int:
    match condition:
        case ir.All(terms) | ir.Any(terms):
            return 1 + max(map(depth, terms))
        case _:
            return 1


@pytest.mark.parametrize("seed", range(20))
def test_the_expansion_is_foreseen(seed: int) -> None:
    """What `limits` works out beforehand bounds what the pass then makes."""
    random = Random(seed)
    for _ in range(20):
        condition = random_condition(random, leaves=12)
        after = conditions_of(negation_to_leaves(program(condition)))[0]
        count, deep = limits._Expansion().of(condition)
        assert literal_count(after) <= count
        assert depth(after) <= deep


def test_depth_is_bounded() -> None:
    condition: ir.Condition = B
    for _ in range(70):
        condition = ir.Any((n(">", 1), ir.All((n(">", 2), condition))))
    (found,) = limits.expansion(program(condition))
    assert (found.code, found.path) == ("E414", "surfaces.home.rules[0]")


@pytest.mark.parametrize(
    ("limit", "what"),
    [
        ("MAX_SIGNALS", "9 signals"),
        ("MAX_TABLE", "1 segments"),
        ("MAX_RULES", "2 rules"),
        ("MAX_LITERALS", "4 tests in all conditions"),
        ("MAX_VARIANTS", "3 variants of `home`"),
        ("MAX_SURFACE_RULES", "2 rules of `home`"),
    ],
)
def test_counts_are_bounded(limit: str, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = lay_out(optimise(program(ir.All((B, n(">", 3))), ir.SegmentIs(0), segments=(B,))))
    assert list(limits.tables(found)) == []
    monkeypatch.setattr(fmt, limit, 0)
    messages = [item.message for item in limits.tables(found)]
    assert f"{what}, and a bundle holds at most 0" in messages


def test_values_and_tables_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    found = lay_out(optimise(program(s("a", "b"), exists(element("a")), ir.All((B, n(">", 3))))))
    monkeypatch.setattr(fmt, "MAX_TABLE", 1)
    texts = " ".join(item.message for item in limits.tables(found))
    assert "3 constants compared with `e`" in texts
    assert "2 constants compared with `s`" in texts
    assert "kinds of tests" in texts
    assert "2 conditions of different shape" in texts


def test_long_texts_are_refused_before_encoding() -> None:
    most = fmt.MAX_TEXT_BYTES
    rule = {"when": "b", "because": "x" * most}
    compile_project(project(rule))
    with pytest.raises(CompileError) as caught:
        compile_project(project({"when": "b", "because": "é" * (most // 2 + 1)}))
    (found,) = caught.value.diagnostics
    assert (found.code, found.path) == ("E412", "surfaces.home.rules[0]")
    assert f"the explanation has {most + 1:,} bytes" in found.message


def test_a_bundle_that_no_runtime_reads_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fmt, "MAX_BUNDLE_BYTES", 100)
    with pytest.raises(CompileError, match="a runtime reads at most 100"):
        compile_project(project({"when": "b"}))


def test_every_code_has_a_case() -> None:
    here = Path(__file__)
    files = (here, here.with_name("test_remember_bounds.py"))
    cases = "".join(file.read_text(encoding="utf-8") for file in files)
    by_words = {"E410", "E413"}  # their cases compare the words
    assert [code for code in TEXTS if code not in cases and code not in by_words] == []


# -------------------------------------------------------------------------- reasoning about values


@pytest.mark.parametrize(
    "condition",
    [
        ir.All((n(">", 3), n("<=", 3))),
        ir.All((n(">", 3), n("<", 4))),  # no whole number between
        ir.All((n("==", 1), n("==", 2))),
        ir.All((n("==", 1), n(">", 1))),
        ir.All((n(">", 1), ir.Literal(INT, ir.Among((0, 1))))),
        ir.All((d(">", 0.5), d("<", 0.5))),
        ir.All((d(">=", 0.5), d("<", 0.5))),
        ir.All((v(">=", 2), v("<", 1, 10))),
        ir.All((s("a"), s("b"))),
        ir.All((s("a", "b"), s("a", "b", negated=True))),
        ir.All((s("b"), STARTS)),
        ir.All((s("ab"), size("==", 1, STRING))),
        ir.All((STARTS, replace(STARTS, negated=True))),
        s("toolong"),  # the signal holds three code points
        size(">", 3, STRING),
        size(">", 4),
        ir.All((size(">", 1), size("<", 2))),
        ir.All((e("low", negated=True), e("mid", negated=True), e("top", negated=True))),
        ir.All((B, NOT_B)),
        ir.All((INCLUDES, replace(INCLUDES, negated=True))),
        ir.All((replace(HAS_N, negated=True), n(">", 3))),
        ir.All((HAS_N, replace(HAS_N, negated=True))),
        ir.All((B, ir.Any((NOT_B, ir.All((n(">", 3), n("<", 2))))))),
        ir.Any((ir.All((B, NOT_B)), ir.All((s("a"), s("b"))))),
    ],
)
def test_contradictions_are_seen(condition: ir.Condition) -> None:
    assert contradiction(condition, SIGNALS) is not None


@pytest.mark.parametrize(
    "condition",
    [
        ir.All((n(">", 3), n("<", 5))),
        ir.All((d(">", 0.1), d("<", 0.2))),
        ir.All((n(">=", 3), n("<=", 3))),
        ir.Any((ir.All((B, NOT_B)), B)),
        ir.All((INCLUDES, ir.Literal(LIST, ir.Includes("b")))),
        ir.All((exists(element("a")), exists(element("b")))),
        ir.All((STARTS, s("ab"), size(">", 1, STRING))),
        replace(HAS_N, negated=True),
        e("low", negated=True),
        TRUE,
        ir.SegmentIs(0, True),
    ],
)
def test_what_can_be_true_is_no_contradiction(condition: ir.Condition) -> None:
    assert contradiction(condition, SIGNALS) is None


@pytest.mark.parametrize(
    ("assumed", "then"),
    [
        (n(">", 5), n(">", 3)),
        (n(">", 3), n(">=", 4)),
        (n("==", 4), ir.Any((n("<", 0), n(">", 3)))),
        (n(">", 3), HAS_N),
        (n(">", 3), ir.Literal(INT, ir.Compare(ir.Relation.EQ, 3), True)),
        (s("a"), s("a", "b")),
        (s("a"), STARTS),
        (s("a"), s("b", negated=True)),
        (e("low"), e("mid", "top", negated=True)),
        (ir.All((B, n(">", 5))), ir.All((n(">", 3), B))),
        (ir.Any((n("==", 5), n("==", 6))), n(">", 3)),
        (ir.All((B, ir.Any((n(">", 3), s("a"))))), ir.Any((n(">", 3), s("a")))),
        (ir.SegmentIs(2), ir.Any((B, ir.SegmentIs(2)))),
        (ir.All((ir.Any((n("==", 5), NOT_B)), B)), B),
        (replace(HAS_N, negated=True), replace(HAS_N, negated=True)),
        (size(">", 2), size(">", 1)),
        (B, TRUE),
    ],
)
def test_what_follows_is_seen(assumed: ir.Condition, then: ir.Condition) -> None:
    assert assume(assumed, SIGNALS).makes_true(then)


@pytest.mark.parametrize(
    ("assumed", "then"),
    [
        (n(">", 3), n(">", 5)),
        (HAS_N, n(">", 3)),
        (n(">", 3), B),
        (n(">", 3), ir.Any((d(">", 0.1), d("<=", 0.1)))),  # unknown without d
        (B, ir.Any((n(">", 3), n("<=", 3)))),
        (ir.Any((n(">", 3), B)), n(">", 1)),
        (TRUE, B),
        (ir.SegmentIs(1), ir.SegmentIs(1, True)),
        (replace(HAS_N, negated=True), n(">", 3)),
        (replace(HAS_N, negated=True), n("<=", 3)),
        (B, FALSE),
    ],
)
def test_what_need_not_follow_is_not_said(assumed: ir.Condition, then: ir.Condition) -> None:
    assert not assume(assumed, SIGNALS).makes_true(then)


@pytest.mark.parametrize("seed", range(16))
def test_what_is_said_of_rules_and_segments_is_so(seed: int) -> None:
    """Random programs: a rule said never to decide never does, whatever the signals are."""
    random = Random(seed)
    said = 0
    for _ in range(40):
        checked = random_program(random, rules=6, leaves=5)
        never, dead = set(), set()
        for item in analyse(checked, optimise(checked)):
            if item.path.startswith("surfaces.home.rules"):
                never.add(checked.surfaces[0].rules[int(item.path[20:-1])].id)
            if item.code in ("W407", "W408"):
                dead.add(int(item.path.removeprefix("segments.s")))
        said += len(never)
        for _ in range(25):
            values = random_assignment(random)
            assert first_true(checked, values) not in never
            for number in dead:
                condition = checked.segments[number].condition
                assert truth(condition, checked, values) is not True
    assert said > 5  # or the test would say nothing


def test_long_surfaces_are_compared_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tacit.compiler.analyse.COMPARISONS", 10)
    found = program(*[n(">", 1000 - i) for i in range(50)], n(">", 2000))
    codes = [item.code for item in analyse(found, optimise(found))]
    assert "W403" not in codes
