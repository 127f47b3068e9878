"""Explanations of what a device remembers: whole texts as golden files, and agreement with what is
decided over random lives."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from tacit.compiler import compile_project
from tacit.runtime import Bundle, DeviceState
from tacit.runtime.explain import DECIDED, Explanation, Outcome

from . import builder

Golden = Callable[[str, str], None]

NOON = 1_794_312_000_000  # 2026-11-10T12:00Z
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000

PALS: dict[str, Any] = {
    "project": "pals",
    "unit": "id",
    "signals": {
        "id": {"type": "string", "source": "device"},
        "country": {"type": "string", "source": "request"},
        "tier": {"type": "enum", "values": ["none", "silver", "gold"], "source": "declared"},
    },
    "events": {
        "viewed": {"fields": {"category": "string", "price": {"type": "double", "min": 0}}},
        "bought": {"purpose": "orders"},
        "asked": {},
    },
    "aggregates": {
        "views_7d": {"count": "viewed", "where": 'category == "shoes"', "within": "7d"},
        "orders_30d": {"count": "bought", "within": "30d"},
        "spent_7d": {"sum": "viewed", "field": "price", "within": "7d"},
        "since_order": {"since": "bought"},
        "taste": {"affinity": "viewed", "by": "category", "half_life": "14d"},
        "stalled": {"funnel": {"reached": "asked", "not": "bought", "after": "30m",
                               "within": "24h"}},
    },
    "segments": {
        "fan": {"when": 'views_7d >= 3 && tier != "none"', "refresh": "hourly", "owner": "crm"},
        "converted": {"when": "orders_30d >= 1", "refresh": {"on": ["bought"]}},
        "tasteful": '"hats" in taste || !fan && spent_7d > 100.0',
    },
    "experiments": {"winback": {"sticky": True, "arms": {"comeback": "50%", "plain": "50%"}}},
    "surfaces": {
        "hero": {
            "default": "classic",
            "variants": {
                "classic": None, "shoes": 1, "comeback": None, "plain": None, "fresh": None,
            },
            "theme": {"shoes": "summer", "fresh": "winter"},
            "topics": {"shoes": ["shoes"]},
            "rules": [
                {"id": "fans", "when": "fan", "show": "shoes", "stop_when": "converted",
                 "because": "You like shoes."},
                {"id": "winback", "when": 'since_order > duration("720h")', "split": "winback"},
                {"id": "new", "when": 'orders_30d < 2 && country == "DE"', "show": "fresh"},
                {"id": "rare", "when": "orders_30d in [2, 3] || stalled", "show": "fresh"},
                {"id": "france", "when": 'country == "FR"', "show": "fresh"},
            ],
            "guardrails": {
                "cap": {"shoes": "3 per 24h", "comeback": "1 per 24h"},
                "cooldown": {"fresh": "1h"},
                "suppress": {"fresh": {"dismissed": 1, "when": 'tier == "silver"'}},
                "stable_for": "2h",
                "changes_per_session": 1,
            },
        },
        "teaser": {
            "default": "none",
            "variants": {"none": None, "warm": None, "cold": None},
            "theme": {"warm": "summer", "cold": "winter"},
            "holdout": "10%",
            "rules": [
                {"id": "cold", "when": "tasteful", "show": "cold"},
                {"id": "warm", "show": "warm"},
            ],
            "guardrails": {"without_state": "allow", "cap": {"warm": "2"}},
        },
    },
    "groups": {"front": {"coherent": ["hero", "teaser"]}},
}  # fmt: skip

HER: dict[str, object] = {"id": "u2", "country": "DE", "tier": "gold"}
SHOES = {"category": "shoes", "price": 50.0}


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return Bundle.load(compile_project(PALS).bytes)


def device(bundle: Bundle, days: int = 40) -> DeviceState:
    """First seen so many days ago."""
    return DeviceState(bundle, NOON - days * DAY, consent=["orders"])


def explained(
    bundle: Bundle,
    state: DeviceState | None,
    surface: str = "hero",
    *,
    now: int = NOON,
    signals: dict[str, object] = HER,
    reveal: bool = False,
) -> Explanation:
    """Checked against the decision, whose story it tells."""
    given = (surface, signals, state, now, ["orders"])
    found = bundle.explain(*given, reveal=reveal)
    decided = bundle.decide(*given)
    assert (found.variant, found.reason, found.rule, found.explanation, found.unknown) == (
        decided.variant, decided.reason, decided.rule, decided.explanation, decided.unknown,
    )  # fmt: skip
    firing = [rule for rule in found.rules if rule.outcome in DECIDED]
    if found.reason in ("RULE_MATCH", "SPLIT", "KEPT", "ARM_BLOCKED"):
        (rule,) = firing
        assert rule.id == found.rule
        story = {"KEPT": "KEPT", "ARM_BLOCKED": "ARM_BLOCKED"}
        assert rule.outcome == story.get(found.reason, "FIRED")
        assert rule.variant == (decided.arm or found.variant)
    else:
        assert firing == []
    texts = found.text() + json.dumps(found.to_json())
    for hidden in (".least", ".block", ".hold", ".in", ".out", ".arm", ".theme"):
        assert f"{hidden} " not in texts
        assert f'{hidden}"' not in texts
    return found


def buys(state: DeviceState, ago: int) -> None:
    state.record_event("bought", now=NOON - ago)


def views(state: DeviceState, ago: int, count: int = 3) -> None:
    for _ in range(count):
        state.record_event("viewed", SHOES, now=NOON - ago)


def shows(bundle: Bundle, state: DeviceState, ago: int) -> str:
    """Shows what is decided, and records it."""
    decision = bundle.decide("hero", HER, state, NOON - ago, ["orders"])
    state.record_shown(decision, now=NOON - ago)
    return str(decision.variant)


def test_kept(bundle: Bundle, golden: Golden) -> None:
    state = device(bundle)
    views(state, DAY)
    state.refresh(HER, NOON - DAY)
    assert shows(bundle, state, HOUR) == "shoes"
    found = explained(bundle, state)
    golden("explain/state_kept.txt", found.text())
    golden("explain/state_kept.json", json.dumps(found.to_json(), indent=1) + "\n")


def test_no_change_is_left(bundle: Bundle, golden: Golden) -> None:
    state = device(bundle)
    assert shows(bundle, state, 5 * HOUR) == "fresh"
    for ago in range(295, 0, -20):  # the session goes on
        state.record_event("asked", now=NOON - ago * MINUTE)
    views(state, MINUTE)
    state.record_shown("hero", "shoes", now=NOON - MINUTE)
    golden("explain/state_no_change_left.txt", explained(bundle, state).text())


def test_capped(bundle: Bundle, golden: Golden) -> None:
    state = device(bundle)
    views(state, DAY)
    for ago in (9, 6, 3):
        assert shows(bundle, state, ago * HOUR) == "shoes"
    golden("explain/state_capped.txt", explained(bundle, state).text())


def test_cooling_down_and_suppressed(bundle: Bundle, golden: Golden) -> None:
    state = device(bundle)
    state.record_shown("hero", "fresh", now=NOON - 20 * MINUTE)
    golden("explain/state_cooling_down.txt", explained(bundle, state).text())
    state.record_dismissed("hero", "fresh", now=NOON - 10 * MINUTE)
    found = explained(bundle, state)
    assert [rule.outcome for rule in found.rules] == [
        "FALSE",
        "UNKNOWN",
        "SUPPRESSED",
        "FALSE",
        "FALSE",
    ]
    state = device(bundle)
    state.not_interested(surface="hero", variant="fresh", now=NOON)
    unwanted = explained(bundle, state)
    assert unwanted.rules[2].unwanted
    assert "  blocked   the person wants no fresh\n" in unwanted.text()
    found = explained(bundle, device(bundle), signals=HER | {"tier": "silver"})
    assert (found.rules[2].outcome, found.rules[2].suppressed) == ("SUPPRESSED", True)
    assert "  blocked   a condition suppresses fresh\n" in found.text()


def test_stopped_and_stored_segments(bundle: Bundle, golden: Golden) -> None:
    state = device(bundle)
    views(state, DAY)
    buys(state, 2 * HOUR)
    state.refresh(HER, NOON - HOUR)
    golden("explain/state_stopped.txt", explained(bundle, state).text())


def test_not_observed_yet(bundle: Bundle, golden: Golden) -> None:
    state = device(bundle, days=2)
    views(state, DAY, 2)
    golden("explain/state_so_far.txt", explained(bundle, state).text())


def test_blocked_arm(bundle: Bundle, golden: Golden) -> None:
    state = device(bundle)
    buys(state, 39 * DAY)
    state.force("winback", "comeback")
    golden("explain/state_forced.txt", explained(bundle, state).text())
    state.record_shown("hero", "comeback", now=NOON - HOUR)
    state.record_shown("hero", "classic", now=NOON - HOUR)
    found = explained(bundle, state)
    assert found.rules[1].blocked == "CAPPED"
    golden("explain/state_arm_blocked.txt", found.text())


def test_an_arm_that_is_kept(bundle: Bundle) -> None:
    state = device(bundle)
    buys(state, 39 * DAY)
    arm = shows(bundle, state, 4 * HOUR)
    found = explained(bundle, state, now=NOON + DAY, signals=HER | {"id": "somebody else"})
    split = found.rules[1].split
    assert split is not None
    assert (split.stored, split.forced, found.variant) == (arm, None, arm)
    assert f"in          the device keeps the arm {arm}\n" in found.text()


def test_another_theme(bundle: Bundle, golden: Golden) -> None:
    state = device(bundle)
    golden("explain/state_other_theme.txt", explained(bundle, state, "teaser").text())


def test_without_state(bundle: Bundle, golden: Golden) -> None:
    golden("explain/state_none.txt", explained(bundle, None).text())
    found = explained(bundle, None, signals={})
    assert [rule.outcome for rule in found.rules] == ["UNKNOWN"] * 5
    abroad = explained(bundle, None, signals=HER | {"country": "FR"})
    assert abroad.rules[4].outcome == "NO_STATE"
    assert "  blocked   fresh is not shown without state\n" in abroad.text()


def test_without_names(golden: Golden) -> None:
    bundle = Bundle.load(compile_project(PALS, debug=False, audit=False).bytes)
    state = device(bundle)
    views(state, DAY)
    buys(state, 2 * HOUR)
    state.refresh(HER, NOON - HOUR)
    found = bundle.explain("hero", HER, state, NOON, ["orders"])
    assert (found.rule, found.rules[2].number) == (2, 2)
    assert found.rules[0].outcome == "STOPPED"
    golden("explain/state_without_names.txt", found.text())


def test_switched_off(bundle: Bundle, golden: Golden) -> None:
    state = device(bundle)
    state.turn_off(NOON)
    golden("explain/state_off.txt", explained(bundle, state).text())


def test_held_out_of_a_surface(bundle: Bundle) -> None:
    units = (f"u{number}" for number in range(1000))
    found = next(
        one
        for one in (
            explained(bundle, device(bundle), "teaser", signals=HER | {"id": unit})
            for unit in units
        )
        if one.reason == "HOLDOUT"
    )
    assert found.surface_holdout is not None
    assert found.surface_holdout.inside
    assert "holdout of the surface: id" in found.text()
    assert {rule.outcome for rule in found.rules} == {Outcome.NOT_REACHED}


def test_tells_what_is_decided_over_random_lives(bundle: Bundle) -> None:
    chance = random.Random(5)
    seen: set[str] = set()
    for life in range(150):
        now = NOON + life * DAY
        state = DeviceState(bundle, now, consent=["orders"] if chance.random() < 0.8 else [])
        for _ in range(25):
            now += chance.choice([MINUTE, 20 * MINUTE, HOUR, 7 * HOUR, 3 * DAY, 31 * DAY])
            signals = {
                name: value
                for name, value in {
                    "id": f"u{chance.randrange(40)}",
                    "country": chance.choice(["DE", "FR"]),
                    "tier": chance.choice(["none", "silver", "gold"]),
                }.items()
                if chance.random() < 0.9
            }
            surface = chance.choice(["hero", "teaser"])
            found = explained(
                bundle, state if chance.random() < 0.9 else None, surface, now=now, signals=signals
            )
            seen |= {found.reason, *(str(rule.outcome) for rule in found.rules)}
            _live(chance, state, surface, signals, now)
    assert seen >= {outcome.value for outcome in Outcome} - {"OUT_OF_SCHEDULE"}
    assert seen >= {"OPTED_OUT", "HOLDOUT", "HOLDOUT_NO_UNIT", "SPLIT", "RULE_MATCH", "DEFAULT"}


def _live(
    chance: random.Random, state: DeviceState, surface: str, signals: dict[str, object], now: int
) -> None:
    """Something happens."""
    match chance.randrange(15):
        case 0 | 1 | 2:
            fields = {"category": chance.choice(["shoes", "hats"]), "price": 60.0}
            for _ in range(chance.randint(1, 4)):
                state.record_event("viewed", fields, now=now)
        case 3:
            state.record_event("bought", now=now)
        case 4:
            state.record_event("asked", now=now)
        case 5 | 6 | 7 | 8 | 9:
            bundle = state.bundle
            assert isinstance(bundle, Bundle)
            state.record_shown(bundle.decide(surface, signals, state, now, ["orders"]), now=now)
        case 10:
            state.record_dismissed(surface, now=now)
        case 11:
            state.refresh(signals, now)
        case 12:
            state.force("winback", chance.choice(["comeback", "plain"]))
        case 13:
            state.less_of(surface="hero", variant="fresh", now=now)
        case _:
            state.turn_off(now)
            if chance.random() < 0.8:
                state.turn_on(now)


def test_a_stored_segment_counts_only_with_the_consent_of_the_call() -> None:
    """As what it was worked out from does, whatever the state was granted."""
    surface = {
        "default": "plain",
        "variants": {"plain": None, "keen": None},
        "rules": [{"id": "keen", "when": "keen", "show": "keen"}],
    }
    project = {
        "project": "p",
        "events": {"seen": {"purpose": "ads"}},
        "aggregates": {"seen_7d": {"count": "seen", "within": "7d"}},
        "segments": {"keen": {"when": "seen_7d >= 2", "refresh": "daily"}},
        "surfaces": {"s": surface},
    }
    bundle = Bundle.load(compile_project(project).bytes)
    state = DeviceState(bundle, NOON - 30 * DAY, consent=["ads"])
    assert state.record_event("seen", now=NOON)
    assert state.record_event("seen", now=NOON)
    state.refresh({}, NOON)
    assert bundle.decide("s", {}, state=state, now=NOON, consent=["ads"]).variant == "keen"
    assert bundle.decide("s", {}, state=state, now=NOON).variant == "plain"
    without = bundle.explain("s", {}, state, NOON)
    assert (without.variant, without.segments[0].truth) == ("plain", "unknown")


def machine_only(derived: list[tuple[str, tuple[int, ...]]], when: Any) -> Bundle:
    """A bundle whose first signal is one of the machine's, and a rule on it."""
    memory = builder.Memory(
        events=[("seen", 0)],
        items=[("COUNT", 1, None, (0, 0, HOUR, 3)), ("SURFACE", 2, None, (0,))],
        derived=derived,
        holds=[(1, HOUR, None, True, [])],
    )
    names = {"HOLD": "s.hold", "LEAST": "n.least", "BLOCK": "s.other.block"}
    made = builder.Program(
        signals=[builder.Signal(names[role], "int") for role, _ in derived],
        segments=[True],
        surfaces=[builder.Surface("s", rules=[builder.Rule(when, 1)]), builder.Surface("other")],
        memory=memory,
    )
    return Bundle.load(builder.build(made))


def test_one_end_of_an_aggregate_without_state() -> None:
    found = machine_only([("LEAST", (0,))], ("GE", 0, 2)).explain("s", {}, None, NOON)
    assert found.rules[0].outcome == "UNKNOWN"
    assert "unknown   n so far >= 2   (missing: no state)\n" in found.text()


def test_a_segment_is_no_test_of_the_first_signal() -> None:
    """A test of a segment names no signal, whatever the first one stands for."""
    bundle = machine_only([("HOLD", (0,))], ("SEGMENT", 0, 0, True))
    found = bundle.explain("s", {}, None, NOON)
    assert (found.rules[0].outcome, found.rules[0].truth) == ("FALSE", "false")
    assert "  false     !segment 0\n" in found.text()


def test_an_aggregate_without_the_consent_of_the_call(bundle: Bundle) -> None:
    state = device(bundle)
    buys(state, HOUR)
    found = bundle.explain("hero", HER, state, NOON)
    missing = {one.name: (one.missing, one.so_far) for one in found.signals}
    assert missing["orders_30d"] == missing["since_order"] == ("no consent", None)


def test_a_block_that_is_not_there_lacks_nothing() -> None:
    """What a machine signal names need not be an item."""
    bundle = machine_only([("BLOCK", (3,))], ("HAS", 0, None))
    found = bundle.explain("s", {}, DeviceState(bundle, NOON), NOON)
    assert found.rules[0].truth == "false"


def test_a_segment_that_was_stored_too_long_ago(bundle: Bundle) -> None:
    state = device(bundle)
    state.refresh(HER, NOON - 2 * HOUR)
    views(state, HOUR)
    for now, truth, old in ((NOON - 1, "false", None), (NOON, "true", True)):
        found = bundle.explain("hero", HER, state, now)
        (segment,) = (one for one in found.segments if one.name == "fan")
        assert segment.stored is not None
        assert (segment.truth, segment.stored.value, segment.stored.too_old) == (truth, False, old)
        assert (
            "refresh is due since 2026-11-10T11:00Z; too old, decided live)" in found.text()
        ) is (old is True)


def test_the_first_show_of_a_session_is_free_without_a_budget_too() -> None:
    surface = {"default": "plain", "variants": {"plain": 0, "keen": 1, "new": 2},
               "rules": [{"id": "keen", "show": "keen"}],
               "guardrails": {"changes_per_session": 0}}  # fmt: skip
    project: dict[str, Any] = {"project": "p", "surfaces": {"s": surface}}
    bundle = Bundle.load(compile_project(project).bytes)
    state = DeviceState(bundle, NOON)
    for blocks in (False, True):
        (rule,) = bundle.explain("s", {}, state, NOON).rules
        (guard,) = rule.guardrails or ()
        assert (rule.outcome, guard.blocks) == (Outcome.CAPPED if blocks else Outcome.FIRED, blocks)
        (seen,) = state.inspect(NOON).guards
        assert seen.blocks is blocks
        state.record_shown("s", "new", now=NOON)


def test_an_event_makes_a_stored_segment_due() -> None:
    surface = {"default": "plain", "variants": {"plain": 0, "keen": 1},
               "rules": [{"id": "keen", "when": "fan", "show": "keen"}]}  # fmt: skip
    project: dict[str, Any] = {
        "project": "p",
        "signals": {"country": {"type": "string", "source": "request"}},
        "events": {"bought": {}},
        "segments": {"fan": {"when": 'country == "DE"', "refresh": {"on": ["bought"]}}},
        "surfaces": {"s": surface},
    }
    bundle = Bundle.load(compile_project(project).bytes)
    state = DeviceState(bundle, NOON - DAY)

    def due() -> tuple[int | None, bool]:
        found = bundle.explain("s", HER, state, NOON)
        (segment,) = found.segments
        assert segment.stored is not None
        return segment.stored.due, "refresh is due since 2026-11-10T11:00Z" in found.text()

    state.refresh(HER, NOON - 2 * HOUR)
    assert due() == (None, False)
    assert state.record_event("bought", now=NOON - HOUR)
    assert due() == (NOON - HOUR, True)
    state.refresh(HER, NOON - HOUR)
    assert due() == (None, False)


def test_what_would_be_held_but_may_not_show_is_not_said_to_be_held(bundle: Bundle) -> None:
    state = device(bundle)
    views(state, 3 * HOUR)
    state.refresh(HER, NOON - 2 * HOUR)
    assert [shows(bundle, state, ago * MINUTE) for ago in (3, 2, 1)] == ["shoes"] * 3
    found = explained(bundle, state)
    assert (found.variant, found.rules[0].outcome) == ("fresh", Outcome.CAPPED)
    text = found.text()
    assert "holds shoes" not in text
    assert (
        "  would hold shoes since 2026-11-10T11:57Z, but it may not show: "
        "stable until 2026-11-10T13:57Z\n"
    ) in text
