"""The reference with a state: what memory does to decisions."""

from __future__ import annotations

from typing import Any

import pytest
from tacit.runtime import DeviceState, reference
from tacit.runtime._buckets import murmur3_32
from tacit.runtime.explain import explain
from tacit.runtime.format import Standing

from . import builder as b
from .remember import FIRST, HOUR, START, Loaded

KEPT, BLOCKED = int(Standing.KEPT), int(Standing.BLOCKED)
HOLDOUT, NO_UNIT = int(Standing.HOLDOUT), int(Standing.HOLDOUT_NO_UNIT)
ALL = [(0, 10_000)]


def shop() -> b.Program:
    """A sticky experiment behind a hold, as a compiler writes it; and a group of two surfaces."""
    signals = [
        b.Signal("unit", "string"),
        b.Signal("tier", "enum", members=("none", "gold")),
        b.Signal("hero.hold", "int"),
        b.Signal("hero.a", "int"),
        b.Signal("hero.c", "int"),
        b.Signal("exp.arm", "int"),
        b.Signal("group.theme", "int"),
    ]
    unit, tier, hold, block_a, block_c, arm, theme = range(7)

    def free(block: int) -> Any:
        return ("HAS", block, None, True)

    def stored(number: int, block: int) -> Any:
        return ("all", [("IS", arm, number), free(block)])

    split = b.Split(unit, "abc", [(1, [(0, 5_000)]), (2, [(5_000, 10_000)])], True)
    rules = [
        b.Rule(("IS", tier, "none"), 0, row=b.Row(written=0, standing=HOLDOUT), id="out"),
        b.Rule(("all", [("IS", hold, 1), free(block_a)]), 1, id="exp",
               row=b.Row(written=0, standing=KEPT, experiment=0)),
        b.Rule(stored(1, block_a), 1, id="exp", row=b.Row(written=0, experiment=0)),
        b.Rule(stored(2, block_c), 2, id="exp", row=b.Row(written=0, experiment=0)),
        b.Rule(("IS", arm, 1), 1, id="exp", row=b.Row(written=0, standing=BLOCKED, experiment=0)),
        b.Rule(("IS", arm, 2), 2, id="exp", row=b.Row(written=0, standing=BLOCKED, experiment=0)),
        b.Rule(free(arm), split, id="exp", row=b.Row(written=0, experiment=0),
               because={"en": "a try"}),
    ]  # fmt: skip
    side = [
        b.Rule(("any", [("HAS", theme, None, True), ("IS", theme, 2)]), 1, id="blue"),
        b.Rule(("IS", theme, 1), 2, id="red"),
    ]
    return b.Program(
        signals=signals,
        surfaces=[
            b.Surface("hero", ["d", "a", "c"], rules=rules, contents=["D", "A", "C"]),
            b.Surface("side", ["d", "blue", "red"], rules=side),
            b.Surface("legal", ["d"], forbidden=True),
        ],
        memory=b.Memory(
            host=2,
            items=[
                ("SHOWN", 1, None, (2, 1, 2, 1_000, 10)),
                ("SURFACE", 2, None, (0,)),
                ("ARM", 3, None, (0,)),
            ],
            declared=[1],
            derived=[("HOLD", (0,)), ("BLOCK", (1,)), ("BLOCK", (2,)), ("ARM", (0,)),
                     ("THEME", (0,))],
            guards=[("CAP", False, 0, 2)],
            holds=[(1, HOUR, None, False, [(0, 1), (0, 2)])],
            experiments=[(murmur3_32(b"experiment-0"), True, ["a", "c"])],
            written=[1, 2, 0],
            keys=[murmur3_32(b"hero\0exp"), murmur3_32(b"side\0blue"), murmur3_32(b"side\0red")],
            groups=[([0, 1], ["red", "blue"], [0, 1, 2, 0, 2, 1])],
        ),
        expires=START + 100 * HOUR,
        defaults_when_expired=True,
        explanations=True,
        debug=True,
    )  # fmt: skip


BUNDLE = Loaded(b.build(shop()))
PROGRAM = reference.decode(BUNDLE.bytes)


def unit_of(arm: str) -> str:
    for number in range(100):
        if (reference.bucket("abc", f"u{number}") < 5_000) is (arm == "a"):
            return f"u{number}"
    raise AssertionError


def decide(state: DeviceState | None, now: int = START, **signals: object) -> reference.Result:
    return reference.decide(PROGRAM, "hero", signals, now, state=state)


def test_a_split_then_the_stored_arm_then_blocked() -> None:
    state = DeviceState(BUNDLE, START)
    first = decide(state, unit=unit_of("a"))
    assert (first.variant, first.reason, first.rule) == ("a", "SPLIT", "exp")
    assert (first.experiment, first.arm, first.forced) == ("experiment-0", "a", False)
    assert (first.explanation, first.unknown) == ("a try", ("tier",))
    assert state.record_shown(first, now=START)
    # Kept, whatever the bucket says now.
    kept = decide(state, unit=unit_of("c"))
    assert (kept.variant, kept.reason, kept.rule, kept.arm) == ("a", "KEPT", "exp", "a")
    later = START + HOUR
    stuck = decide(state, later, unit=unit_of("c"))
    assert (stuck.variant, stuck.reason, stuck.arm) == ("a", "SPLIT", "a")
    for _ in range(2):
        state.record_shown("hero", "a", now=later)
    blocked = decide(state, later, unit=unit_of("c"))
    assert (blocked.variant, blocked.content, blocked.reason) == ("d", "D", "ARM_BLOCKED")
    assert (blocked.rule, blocked.experiment, blocked.arm) == ("exp", "experiment-0", "a")
    assert blocked.explanation is None
    assert blocked.explanations == {}


def test_an_arm_blocked_is_stored_too() -> None:
    state = DeviceState(BUNDLE, START)
    assert state.record_shown(
        reference.Result("hero", "d", None, "ARM_BLOCKED", "exp", arm="c"), now=START
    )
    assert decide(state, unit=unit_of("a")).variant == "c"


def test_a_forced_arm_is_marked_and_not_stored() -> None:
    state = DeviceState(BUNDLE, START)
    state.force("experiment-0", "c")
    found = decide(state, unit=unit_of("a"))
    assert (found.variant, found.arm, found.forced) == ("c", "c", True)
    state.record_shown(found, now=START)
    state.force("experiment-0", None)
    assert decide(state, START + HOUR, unit=unit_of("a")).variant == "a"


def test_an_arm_needs_the_experiment_s_rule() -> None:
    state = DeviceState(BUNDLE, START)
    for rule in (None, "blue", 7):
        result = reference.Result("hero", "a", None, "SPLIT", rule, arm="a")
        assert state.record_shown(result, now=START)
    assert state._data.items[10, 3].data is None


def test_a_rule_by_its_number() -> None:
    made = shop()
    made.debug = False
    bundle = Loaded(b.build(made))
    numbered = reference.decode(bundle.bytes)
    state = DeviceState(bundle, START)
    first = reference.decide(numbered, "hero", {"unit": unit_of("c")}, START, state=state)
    assert (first.rule, first.experiment, first.arm) == (0, None, "c")
    state.record_shown(first, now=START)
    state.force("experiment-0", "a")
    assert state._standing_for(bundle, START).values["hero.hold"] == 2


def test_a_holdout_of_rules_names_no_rule() -> None:
    found = decide(DeviceState(BUNDLE, START), tier="none")
    assert (found.variant, found.reason, found.rule) == ("d", "HOLDOUT", None)
    assert found.unknown == ("unit",)
    made = shop()
    made.surfaces[0].rules[0].row.standing = NO_UNIT
    other = reference.decode(b.build(made))
    result = reference.decide(other, "hero", {"tier": "none"}, START)
    assert result.reason == "HOLDOUT_NO_UNIT"


def test_off_comes_after_forbidden_and_before_expired() -> None:
    state = DeviceState(BUNDLE, START)
    state.turn_off(START)
    for now in (START, START + 100 * HOUR):
        found = reference.decide_all(PROGRAM, {"unit": "u"}, now, state=state)
        assert [one.reason for one in found.values()] == ["OPTED_OUT", "OPTED_OUT", "FORBIDDEN"]
        assert found["hero"].unknown == ()
    state.turn_on(START)
    found = reference.decide_all(PROGRAM, {"unit": "u"}, START + 100 * HOUR, state=state)
    assert found["hero"].reason == "EXPIRED"


def test_without_state_variants_under_guards_are_passed_over() -> None:
    found = decide(None, unit=unit_of("a"))
    assert (found.variant, found.reason) == ("a", "SPLIT")  # this rule does not ask for the block
    made = shop()
    made.surfaces[0].rules = [b.Rule(("HAS", 3, None, True), 1), b.Rule(("IS", 4, 5), 2)]
    assert made.memory is not None
    made.memory.written = None
    made.memory.keys = None
    assert reference.decide(reference.decode(b.build(made)), "hero", {}, START).variant == "c"
    guards, holds = made.memory.guards[0], made.memory.holds[0]
    made.memory.guards = [(guards[0], True, *guards[2:])]
    found = reference.decide(reference.decode(b.build(made)), "hero", {}, START)
    assert found.variant == "c"  # the hold does not allow
    made.memory.holds = [(*holds[:3], True, [])]
    found = reference.decide(reference.decode(b.build(made)), "hero", {}, START)
    assert found.variant == "a"


@pytest.mark.parametrize(("arm", "side"), [("a", "red"), ("c", "blue")])
def test_the_first_theme_filters_the_later_surfaces(arm: str, side: str) -> None:
    signals = {"unit": unit_of(arm)}
    alone = reference.decide(PROGRAM, "side", signals, START)
    assert alone.variant == side
    assert alone == reference.decide_all(PROGRAM, signals, START)["side"]
    # What it reads is what the surface before reads, too.
    assert alone.unknown == ("tier",)


def test_a_surface_without_a_theme_leaves_it_open() -> None:
    assert reference.decide(PROGRAM, "side", {}, START).variant == "blue"


def test_declared_values_stand_in() -> None:
    state = DeviceState(BUNDLE, START)
    state.declare("tier", "none", START)
    assert decide(state, unit="u").reason == "HOLDOUT"
    assert decide(state, unit="u", tier=None).reason == "HOLDOUT"
    assert decide(state, unit="u", tier="gold").reason == "SPLIT"
    assert decide(state, unit="u", tier=3).unknown == ("tier",)
    assert decide(None, unit="u").reason == "SPLIT"


def test_machine_signals_are_not_the_host_s() -> None:
    names = {"unit": unit_of("a"), "exp.arm": 2, "hero.a": 1}
    assert reference.decide(PROGRAM, "hero", names, START).variant == "a"


def test_fields_of_events_are_never_there() -> None:
    program = reference.decode(FIRST.bytes)
    facts = reference.facts_of(program, {"viewed.category": "shoes"}, START)
    assert isinstance(facts.readings[4], reference.Missing)


def test_missing_aggregates_are_unknown_signals_by_name() -> None:
    state = DeviceState(FIRST, START)
    program = reference.decode(FIRST.bytes)
    found = reference.decide(program, "hero", {}, START, state=state)
    assert found.unknown == ("country", "spent", "since", "taste", "stalled")


def test_explaining_takes_a_state() -> None:
    state = DeviceState(BUNDLE, START)
    state.record_shown(decide(state, unit=unit_of("a")), now=START)
    found = explain(PROGRAM, "hero", {"unit": unit_of("c")}, START, state=state)
    assert (found.variant, found.reason) == ("a", "KEPT")
    assert explain(PROGRAM, "side", {"unit": unit_of("c")}, START, state=state).variant == "red"


def test_a_bundle_without_memory_takes_a_state_too() -> None:
    plain = Loaded(b.build(b.Program(surfaces=[b.Surface("hero", rules=[b.Rule(True, 1)])])))
    state = DeviceState(plain, START)
    assert state.record_shown("hero", "other", now=START)
    assert not state.record_event("viewed", now=START)
    program = reference.decode(plain.bytes)
    assert reference.decide(program, "hero", {}, START, state=state).reason == "RULE_MATCH"
    state.turn_off(START)
    assert reference.decide(program, "hero", {}, START, state=state).reason == "OPTED_OUT"
    assert state.health() == {}
    assert state.inspect(START).off
