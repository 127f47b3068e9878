"""The stage `remember`: items and their keys, machine signals, rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tacit.compiler import ir, ir_state
from tacit.compiler.encode import lay_out
from tacit.compiler.ir_state import Cadence, Item, ItemKind, Memory, Role, Standing, Window
from tacit.compiler.passes import optimise
from tacit.compiler.remember import remember
from tacit.compiler.remember.keys import key_of, murmur3_32
from tacit.runtime import _buckets

from .memories import (
    AGGREGATES,
    ANY_VIEW,
    CATEGORY,
    DAY,
    EVENTS,
    EVERYTHING,
    FIELDS,
    HERO,
    HOUR,
    KEPT,
    ORDERS,
    VIEWED,
    H,
    count,
)
from .programs import SIGNALS, TRUE, UNIT, B, n, program


def memory_of(found: ir.Program) -> Memory:
    memory = remember(optimise(found)).memory
    assert memory is not None
    return memory


FULL = remember(optimise(EVERYTHING))
MEMORY = memory_of(EVERYTHING)


def items_of(found: ir.Program, *kinds: ItemKind) -> list[Item]:
    return [item for item in memory_of(found).items if item.kind in kinds]


# ------------------------------------------------------------------------------- when there is none


def test_a_program_without_state_is_returned_as_it_is() -> None:
    found = optimise(program(B, segments=(B,)))
    assert remember(found) is found


HOME = program(B, n(">", 1)).surfaces[0]


def with_rule(**changes: Any) -> ir.Program:
    rules = (replace(HOME.rules[0], **changes), *HOME.rules[1:])
    return replace(program(B), surfaces=(replace(HOME, rules=rules),))


def with_surface(**changes: Any) -> ir.Program:
    return replace(program(B), surfaces=(replace(HOME, **changes),))


def with_variant(**changes: Any) -> ir.Program:
    first, *rest = HOME.variants
    return with_surface(variants=(replace(first, **changes), *rest))


@pytest.mark.parametrize(
    "found",
    [
        with_rule(stop=B),
        with_rule(outcome=ir.Split(UNIT, "expexpe", ((1, ((0, 9),)),), "e", sticky=True)),
        with_surface(holdout=ir.Holdout(UNIT, "holdout", ((0, 9),))),
        with_surface(guardrails=ir_state.Guardrails(stable_for=DAY)),
        with_variant(theme="x"),
        with_variant(topics=("x",)),
        replace(program(B), caps=(ir_state.Cap(((0, 1),), 1, None),)),
        replace(program(B), cooldowns=(ir_state.Cooldown(((0, 1),), 1),)),
        replace(program(B), events=(ir_state.Event("e"),)),
        replace(
            program(B, segments=(B,)),
            segments=(ir.Segment("s0", B, "", cadence=Cadence.DAILY),),
        ),
    ],
)
def test_each_of_these_needs_memory(found: ir.Program) -> None:
    after = remember(optimise(found))
    assert after.memory is not None
    assert remember(after) is after


# ------------------------------------------------------------------------------------------- items


def aggregates(*found: ir_state.Aggregate) -> ir.Program:
    """A program with these alone; their signals are numbered anew."""
    numbered = tuple(replace(one, signal=H + 3 + i, least=None) for i, one in enumerate(found))
    signals = tuple(KEPT[one.signal - H - 3] for one in found)
    names = tuple(replace(signal, name=f"a{i}") for i, signal in enumerate(signals))
    return replace(
        program(B),
        signals=(*SIGNALS, *FIELDS, *names),
        host_signals=H,
        events=EVENTS,
        aggregates=numbered,
    )


def aggregate(kind: ir_state.AggregateKind, signal: int = H + 3, **rest: Any) -> ir_state.Aggregate:
    return ir_state.Aggregate("a", kind, signal, **rest)


def test_equal_needs_share_an_item() -> None:
    since, funnel = AGGREGATES[3], AGGREGATES[5]
    found = memory_of(aggregates(since, funnel))
    last = [item for item in found.items if item.kind is ItemKind.LAST]
    assert {item.arguments for item in last} == {(0, 0), (VIEWED, 0)}
    ordered = next(i for i, item in enumerate(found.items) if item.name == "last ordered")
    viewed = next(i for i, item in enumerate(found.items) if item.name == "last viewed")
    assert found.derived[0].arguments == (ordered,)
    assert found.derived[1].arguments == (viewed, ordered, HOUR, DAY, 0)


def test_items_that_differ_in_a_limit_are_one_with_the_larger() -> None:
    kinds = [ir_state.Distinct(ANY_VIEW, CATEGORY, Window(DAY, 7), limit) for limit in (5, 20, 10)]
    found = memory_of(aggregates(*(aggregate(kind) for kind in kinds)))
    (item,) = (item for item in found.items if item.kind is ItemKind.DISTINCT)
    assert item.arguments[-1] == 20
    assert [row.arguments for row in found.derived[:3]] == [(0, 0)] * 3


def test_caps_of_one_window_count_once() -> None:
    caps = tuple(ir_state.Cap(((0, 1), (0, 2)), limit, Window(HOUR, 24)) for limit in (3, 4))
    found = memory_of(replace(program(B), caps=caps))
    assert [item.kind for item in found.items].count(ItemKind.SHOWN) == 1
    assert [guard.limit for guard in found.guards] == [3, 4]


def test_items_are_bound_to_purposes() -> None:
    """An aggregate's own, else that of its event; a stored segment's is of what it reads."""
    ads = (replace(EVENTS[0], purpose="ads"), EVENTS[1])
    own = aggregate(ir_state.Since(ORDERS), purpose="fun")
    from_event = aggregate(ir_state.Since(ORDERS))
    none = aggregate(ir_state.Since(ANY_VIEW))
    found = replace(aggregates(own, from_event, none), events=ads)
    segments = (
        ir.Segment("low", B, ""),
        ir.Segment(
            "high", ir.All((ir.SegmentIs(0), count(H + 4, ">", 1))), "", None, Cadence.DAILY
        ),
    )
    purposes = {
        item.name: item.purpose for item in memory_of(replace(found, segments=segments)).items
    }
    assert purposes["last fun ordered"] == "fun"
    assert purposes["last ads ordered"] == "ads"
    assert purposes["last viewed"] is None
    (segment,) = (purposes[name] for name in purposes if name.startswith("segment"))
    assert segment == "ads"
    tables = lay_out(remember(optimise(found)))
    assert tables.purposes == ("ads", "fun")


# -------------------------------------------------------------------------------------------- keys


def test_the_hash_is_that_of_buckets() -> None:
    for size in range(40):
        data = bytes(range(200, 200 + size))
        assert murmur3_32(data) == _buckets.murmur3_32(data)
    assert key_of(("hello", "w")) == _buckets.murmur3_32(b"hello\0w")


def changed(found: ir.Program, change: Callable[[ir.Program], ir.Program]) -> set[str]:
    """The names of what loses its history by a change."""
    before = {(item.kind, item.key): item.name for item in memory_of(found).items}
    after = {(item.kind, item.key) for item in memory_of(change(found)).items}
    return {name.split(" ")[0] for place, name in before.items() if place not in after}


def another(place: int, kind: ir_state.AggregateKind) -> Callable[[ir.Program], ir.Program]:
    def change(found: ir.Program) -> ir.Program:
        own = list(found.aggregates)
        own[place] = replace(own[place], kind=kind)
        return replace(found, aggregates=tuple(own))

    return change


def first_segment(**changes: Any) -> Callable[[ir.Program], ir.Program]:
    def change(found: ir.Program) -> ir.Program:
        first, *rest = found.segments
        return replace(found, segments=(replace(first, **changes), *rest))

    return change


def more_rules(found: ir.Program) -> ir.Program:
    """Numbers of variants, surfaces, rules and segments all move."""
    segment = ir.Segment("new", B, "")
    moved = tuple(
        replace(one, condition=ir.All((ir.SegmentIs(1), ir.SegmentIs(2, negated=True))))
        if isinstance(one.condition, ir.All)
        else one
        for one in found.segments
    )
    law = found.surfaces[2]
    hero, strip = (
        replace(surface, rules=(ir.Rule("new", B, ir.Show(0)),)) for surface in found.surfaces[:2]
    )
    places = {0: 1, 1: 2}
    caps = tuple(
        replace(cap, variants=tuple((places[a], b) for a, b in cap.variants)) for cap in found.caps
    )
    cooldowns = tuple(
        replace(one, variants=tuple((places[a], b) for a, b in one.variants))
        for one in found.cooldowns
    )
    hero = replace(hero, rules=(*hero.rules, ir.Rule("back", B, HERO.rules[1].outcome)))
    return replace(
        found,
        segments=(segment, *moved),
        surfaces=(law, hero, strip),
        groups=(),
        caps=caps,
        cooldowns=cooldowns,
    )


@pytest.mark.parametrize(
    ("change", "lost"),
    [
        (more_rules, set()),
        (lambda p: replace(p, caps=tuple(replace(c, limit=7) for c in p.caps)), set()),
        (lambda p: replace(p, cooldowns=(replace(p.cooldowns[0], length=1),)), set()),
        (another(4, ir_state.Affinity(ANY_VIEW, CATEGORY, 14 * DAY, 16, 4)), set()),
        (another(4, ir_state.Affinity(ANY_VIEW, CATEGORY, 7 * DAY, 8, 2)), {"scores"}),
        (another(1, ir_state.Sum(ORDERS, H, Window(DAY, 31))), {"sum"}),
        (another(5, ir_state.Funnel(ANY_VIEW, ORDERS, HOUR, 2 * DAY)), set()),
        # The stored segment `fan` reads `views`: what it meant is no longer what it means.
        (another(0, ir_state.Count(ANY_VIEW, Window(DAY, 7))), {"count", "segment"}),
        (first_segment(condition=count(H + 3, ">=", 4)), {"segment"}),
        (first_segment(cadence=Cadence.DAILY), {"segment"}),
        (
            lambda p: replace(p, events=(replace(p.events[0], purpose="fun"), p.events[1])),
            {"sum", "last", "segment"},
        ),
    ],
)  # fmt: skip
def test_history_is_kept_while_the_definition_stays(
    change: Callable[[ir.Program], ir.Program], lost: set[str]
) -> None:
    assert changed(EVERYTHING, change) == lost


# ---------------------------------------------------------------------------------- machine signals


def test_every_machine_signal_says_what_it_is() -> None:
    names = [signal.name for signal in FULL.signals[MEMORY.host_signals + MEMORY.field_signals :]]
    rows = dict(zip(names, MEMORY.derived, strict=True))
    roles = {name: row.role for name, row in rows.items()}
    assert roles == {
        "views": Role.EXACT,
        "views.least": Role.LEAST,
        "spent": Role.EXACT,
        "kinds": Role.EXACT,
        "since_order": Role.SINCE,
        "taste": Role.TOP,
        "stalled": Role.FUNNEL,
        "first_seen": Role.FIRST_SEEN,
        "session_number": Role.SESSION,
        "hero.shoes.block": Role.BLOCK,
        "hero.comeback.block": Role.BLOCK,
        "strip.shoes.block": Role.BLOCK,  # not `strip.news`, which no rule shows
        "hero.hold": Role.HOLD,
        "look.theme": Role.THEME,
        "winback.arm": Role.ARM,
        "fan.in": Role.IN,
        "fan.out": Role.OUT,
        "converted.in": Role.IN,
        "converted.out": Role.OUT,
    }
    assert rows["strip.shoes.block"].arguments == (4,)
    fan = rows["fan.in"].arguments[0]
    assert MEMORY.items[fan].arguments == (0, Cadence.HOURLY)


def test_names_that_are_taken_get_a_number() -> None:
    surface = replace(HOME, guardrails=ir_state.Guardrails(stable_for=DAY))
    field = ir.Signal("home.hold", ir.SignalType.BOOL, "device")
    found = replace(
        program(B),
        surfaces=(surface,),
        signals=(*SIGNALS, field),
        host_signals=H,
        events=(ir_state.Event("home", (H,)),),
    )
    names = [signal.name for signal in remember(optimise(found)).signals]
    assert names.count("home.hold") == 1
    assert "home.hold.2" in names


def test_without_a_number_all_signals_are_the_host_s() -> None:
    memory = memory_of(with_rule(stop=B))
    assert (memory.host_signals, memory.field_signals) == (len(SIGNALS), 0)
    assert [i for i, one in enumerate(memory.declared) if one] == [4]


# ------------------------------------------------------------------------------------------- rules


def standings(found: ir.Program) -> list[tuple[str, Standing]]:
    after = remember(optimise(found))
    assert after.memory is not None
    rules = [rule for surface in after.surfaces for rule in surface.rules]
    return [(rule.id, row.standing) for rule, row in zip(rules, after.memory.rules, strict=True)]


def test_guarded_rules_hide_none_behind_them() -> None:
    always = replace(HOME, rules=(ir.Rule("a", TRUE, ir.Show(1)), ir.Rule("b", B, ir.Show(2))))
    plain = replace(program(B), surfaces=(always,))
    assert [rule.id for rule in optimise(plain).surfaces[0].rules] == ["a"]
    capped = replace(plain, caps=(ir_state.Cap(((0, 1),), 1, None),))
    assert [rule.id for rule in optimise(capped).surfaces[0].rules] == ["a", "b"]
    default = replace(always, rules=(ir.Rule("a", TRUE, ir.Show(0)), *always.rules[1:]))
    capped = replace(capped, surfaces=(default,))
    assert [rule.id for rule in optimise(capped).surfaces[0].rules] == ["a"]


@pytest.mark.parametrize(("stop", "when"), [(TRUE, None), (ir.Any((TRUE, B)), None), (None, TRUE)])
def test_a_rule_that_is_always_stopped_keeps_its_place(
    stop: ir.Condition | None, when: ir.Condition | None
) -> None:
    rules = (ir.Rule("a", B, ir.Show(1), stop=stop), ir.Rule("b", B, ir.Show(2)))
    guardrails = ir_state.Guardrails(suppress=(ir_state.Suppress(1, when),))
    after = remember(optimise(with_surface(rules=rules, guardrails=guardrails)))
    first, second = after.surfaces[0].rules
    assert (first.condition, first.outcome) == (ir.Constant(False), ir.Show(0))
    assert second.condition != ir.Constant(False)
    assert after.memory is not None
    assert after.memory.rules[0] == ir_state.RuleRow(0)


def test_an_arm_without_a_share_is_kept_by_those_who_have_it() -> None:
    split = ir.Split(UNIT, "expexpe", ((1, ((0, 9),)), (2, ())), "e", sticky=True)
    after = remember(optimise(with_rule(outcome=split)))
    arms = [
        rule.outcome.arms for rule in after.surfaces[0].rules if isinstance(rule.outcome, ir.Split)
    ]
    assert ((2, ((0, 10_000),)),) in arms
    assert all(ranges for own in arms for _, ranges in own)
    assert arms[-1] == ((1, ((0, 9),)),)


def test_blocked_arms_and_defaults() -> None:
    """The default is never blocked, so it has no rule for that."""
    split = ir.Split(UNIT, "abc", ((0, ((0, 9),)), (1, ((9, 20),))))
    rules = (ir.Rule("a", B, split), ir.Rule("b", B, ir.Show(0), stop=n(">", 1)))
    found = with_surface(rules=rules)
    assert standings(found) == [
        ("a", Standing.BLOCKED),
        ("a", Standing.WRITTEN),
        ("b", Standing.WRITTEN),
    ]
    blocked, written, default = remember(optimise(found)).surfaces[0].rules
    assert isinstance(blocked.outcome, ir.Split)
    assert blocked.outcome.arms == ((1, ((9, 20),)),)
    assert written.condition == B
    row = memory_of(found).rules[2]
    assert (row.stop_terms, row.block_term) == (1, False)
    assert default.stop is None


def test_explanations_do_not_speak_for_the_default() -> None:
    split = ir.Split(UNIT, "abc", ((1, ((9, 20),)),))
    rule = ir.Rule("a", B, split, because=(("en", "for you"),), stop=B)
    blocked, written = remember(optimise(with_surface(rules=(rule,)))).surfaces[0].rules
    assert (blocked.because, written.because) == ((), rule.because)


def watched(found: ir.Program) -> list[tuple[int, ...]]:
    return [item.arguments for item in memory_of(found).items if item.kind is ItemKind.SURFACE]


def test_forbidden_surfaces_have_no_rules_and_no_items() -> None:
    assert MEMORY.written == (4, 3, 0)
    guarded = tuple(
        replace(surface, guardrails=surface.guardrails or ir_state.Guardrails())
        for surface in EVERYTHING.surfaces
    )
    assert watched(remember(optimise(replace(EVERYTHING, surfaces=guarded)))) == [(0,), (1,)]


def test_what_shows_is_kept_only_where_there_are_guardrails() -> None:
    assert [surface.guardrails is None for surface in EVERYTHING.surfaces][:2] == [False, True]
    assert watched(FULL) == [(0,)]


def test_keys_of_rules_are_those_of_surface_and_id() -> None:
    assert len(MEMORY.rule_keys) == 7
    assert MEMORY.rule_keys[0] == key_of(("hero", "fans"))
    assert MEMORY.rule_keys[-1] == key_of(("strip", "any"))
