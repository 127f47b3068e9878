"""Deciding with a state: what is read from where, and when a state is asked again."""

from __future__ import annotations

import copy
import gc
import random
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from tacit.runtime import ArgumentError, Bundle, DeviceState, reference
from tacit.runtime._standing import Standing

from . import builder as b
from . import remember
from .generate_memory import State
from .remember import AT, DAY, HOUR, START
from .test_differential_state import essence
from .test_leaks import objects_after


def said(values: dict[str, Any] | None = None, **more: Any) -> State:
    fields: dict[str, Any] = {"declared": {}, "off": False, "forced": frozenset()}
    return State(Standing(values or {}, **(fields | more)))


def bundle_of(*rules: b.Rule, **more: Any) -> Bundle:
    """The bundle that remembers, with other rules on its first surface."""
    made = remember.program()
    made.surfaces[0].rules = list(rules)
    assert made.memory is not None
    made.memory.holds = []
    made.memory.derived[AT["hero.hold"] - 6] = ("BLOCK", (0,))
    for name, value in more.items():
        setattr(made, name, value)
    return Bundle.load(b.build(made))


def on(signal: str, op: str = "HAS", value: Any = None, show: int = 1) -> b.Rule:
    names = [s.name for s in remember.program().signals]
    return b.Rule((op, names.index(signal), value), show)


# ---------------------------------------------------------------- what is read from where


@pytest.mark.parametrize("name", ["views", "side.x", "seg0.in"])
def test_a_host_cannot_pass_what_is_not_its(name: str) -> None:
    bundle = bundle_of(on(name))
    assert name not in bundle.signals
    given = True if name == "seg0.in" else 3
    for signals in ({name: given}, {f"other {i}": i for i in range(200)} | {name: given}):
        assert bundle.decide("hero", signals).reason == "DEFAULT"
        assert bundle.decide("hero", signals, said()).reason == "DEFAULT"
        assert bundle.decide_all(signals)["hero"].reason == "DEFAULT"
    state = said({name: given})
    assert bundle.decide("hero", {}, state).reason == "RULE_MATCH"
    assert bundle.decide_all({}, state)["hero"].reason == "RULE_MATCH"


def test_unknown_lists_aggregates_and_nothing_with_a_dot() -> None:
    bundle = bundle_of(on("views"), on("hero.a"), on("country"))
    assert bundle.decide("hero", {}).unknown == ("country", "views")
    assert bundle.decide("hero", {}, said({"views": 1})).unknown == ("country",)
    assert bundle.decide_all({}, said())["hero"].unknown == ("country", "views")


def test_without_a_state_variants_under_a_cap_are_blocked() -> None:
    free = ("HAS", AT["hero.c"], None, True)
    bundle = bundle_of(b.Rule(free, 2))
    assert bundle.decide("hero", {}).variant == "d"
    assert bundle.decide("hero", {}, said()).variant == "c"
    assert bundle.decide("hero", {}, said({"hero.c": 2})).variant == "d"
    assert bundle.decide("hero", {}).variant == "d"


def test_a_declared_preference_stands_in_for_what_the_host_leaves_out() -> None:
    bundle = bundle_of(on("tier", "IS", "gold"))
    state = said(declared={"tier": "gold", "country": "AT"})
    assert bundle.decide("hero", {}, state).reason == "RULE_MATCH"
    assert bundle.decide("hero", {"tier": None}, state).reason == "RULE_MATCH"
    assert bundle.decide("hero", {"tier": "none"}, state).reason == "DEFAULT"
    assert bundle.decide("hero", {"tier": 3}, state).unknown == ("tier",)
    assert bundle_of(on("country")).decide("hero", {}, state).unknown == ("country",)


def test_consent_masks_what_is_declared() -> None:
    bundle = bundle_of(on("score", "GE", 1.0))
    state = said(declared={"score": 2.5})
    assert bundle.decide("hero", {}, state).reason == "DEFAULT"
    assert bundle.decide("hero", {}, state, consent=["ads"]).reason == "RULE_MATCH"


def test_lists_are_read() -> None:
    bundle = bundle_of(on("taste", "INCLUDES", "shoes"))
    for given, reason in ((["hats", "shoes"], "RULE_MATCH"), (("hats",), "DEFAULT")):
        state = said({"taste": given})
        for _ in range(3):
            assert bundle.decide("hero", {}, state).reason == reason
            assert bundle.decide_all({}, state)["hero"].reason == reason


# ---------------------------------------------------------------- decisions


def test_off_comes_after_forbidden_and_before_expired() -> None:
    made = remember.program()
    made.surfaces.append(b.Surface("legal", forbidden=True))
    made.expires, made.defaults_when_expired = 5, True
    bundle = Bundle.load(b.build(made))
    decisions = bundle.decide_all({}, said(off=True), now=9)
    assert [d.reason for d in decisions.values()] == ["OPTED_OUT", "OPTED_OUT", "FORBIDDEN"]
    assert decisions["hero"].unknown == ()
    for name in bundle.surfaces:
        assert bundle.decide(name, {}, said(off=True), now=9) == decisions[name]
    assert bundle.decide("hero", {}, said(), now=9).reason == "EXPIRED"
    plain = Bundle.load(b.build(b.Program(surfaces=[b.Surface("s", rules=[b.Rule(True, 1)])])))
    assert plain.decide("s", {}, said(off=True)).reason == "OPTED_OUT"
    assert plain.decide("s", {}, said()).reason == "RULE_MATCH"


def tried(standing: int, show: Any) -> b.Rule:
    return b.Rule(True, show, id="one", row=b.Row(0, standing, 0), because={"en": "why"})


def arms() -> b.Split:
    return b.Split(1, "abc", [(2, [(0, 10_000)])], experiment=True)


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        (tried(0, arms()), ("c", "SPLIT", "one", "experiment-0", "c", "why")),
        (tried(0, 1), ("a", "SPLIT", "one", None, "a", "why")),
        (tried(1, arms()), ("c", "KEPT", "one", "experiment-0", "c", "why")),
        (tried(2, arms()), ("d", "ARM_BLOCKED", "one", "experiment-0", "c", None)),
        (tried(3, 1), ("d", "HOLDOUT", None, None, None, None)),
        (tried(4, 1), ("d", "HOLDOUT_NO_UNIT", None, None, None, None)),
    ],
)
def test_what_a_rule_stands_for(rule: b.Rule, wanted: tuple[Any, ...]) -> None:
    bundle = bundle_of(rule, explanations=True)
    for forced in (frozenset[int](), frozenset({0}), frozenset[int]()):
        state = said(forced=forced)
        decision = bundle.decide("hero", {"unit": "u"}, state)
        assert decision == bundle.decide_all({"unit": "u"}, state)["hero"]
        found = (decision.variant, decision.reason, decision.rule, decision.experiment)
        assert (*found, decision.arm, decision.explanation) == wanted
        assert decision.forced is (bool(forced) and wanted[2] is not None)


# ---------------------------------------------------------------- when a state is asked


def test_only_a_state_is_a_state() -> None:
    bundle = bundle_of()
    calls: list[Callable[[], object]] = [
        lambda: bundle.decide("hero", {}, {}),  # type: ignore[arg-type]
        lambda: bundle.decide_all({}, state=b""),  # type: ignore[arg-type]
        lambda: bundle.explain("hero", {}, state=1),  # type: ignore[arg-type]
    ]
    for call in calls:
        with pytest.raises(ArgumentError, match="R204"):
            call()


def test_a_standing_is_asked_for_once_while_it_is_valid() -> None:
    bundle, other = bundle_of(on("views")), bundle_of(on("views"))
    state = said({"views": 1}, valid_from=10, valid_until=20)
    for now in (10, 15, 19):
        assert bundle.decide("hero", {}, state, now).reason == "RULE_MATCH"
        bundle.decide_all({}, state, now)
    assert state.asked == 1
    for now in (9, 20):
        bundle.decide("hero", {}, state, now)
    assert state.asked == 3
    bundle.decide("hero", {}, state, 15)
    assert state.asked == 3, "the fake one gives the same standing whatever the time"
    other.decide("hero", {}, state, 15)
    assert state.asked == 4
    bundle.decide("hero", {}, state, 15)
    assert state.asked == 5
    state.standing = Standing({}, {}, False, frozenset())
    assert bundle.decide("hero", {}, state, 15).reason == "RULE_MATCH"
    state._changed()
    assert bundle.decide("hero", {}, state, 15).reason == "DEFAULT"


def test_a_standing_that_is_outdated_when_it_comes_is_not_kept() -> None:
    class Busy(State):
        def _standing_for(self, source: object, now: int) -> Standing:
            found = super()._standing_for(source, now)
            if self.asked == 1:  # another thread records something meanwhile
                self.standing = Standing({}, {}, False, frozenset())
                self._changed()
            return found

    bundle = bundle_of(on("views"))
    state = Busy(said({"views": 1}).standing)
    assert bundle.decide("hero", {}, state).reason == "RULE_MATCH"
    assert bundle.decide("hero", {}, state).reason == "DEFAULT"
    assert bundle.decide("hero", {}, state).reason == "DEFAULT"
    assert state.asked == 2


def test_a_state_that_fails_leaves_the_bundle_as_it_is() -> None:
    class Broken(State):
        def _standing_for(self, source: object, now: int) -> Any:
            if self.asked == 0:
                self.asked += 1
                raise OSError("no")
            return object()

    bundle = bundle_of(on("country"))
    state = Broken(said().standing)
    with pytest.raises(OSError, match="no"):
        bundle.decide("hero", {"country": "AT"}, state)
    with pytest.raises(AttributeError):
        bundle.decide_all({"country": "AT"}, state)
    assert bundle.decide("hero", {"country": "AT"}).reason == "RULE_MATCH"


def test_a_state_may_change_while_a_decision_is_under_way() -> None:
    """A key of the host's dict may run code; the call goes on with what it began with."""
    state = said()

    class Key(str):
        __slots__ = ()
        __hash__ = str.__hash__

        def __eq__(self, other: object) -> bool:
            state.standing = Standing({}, {}, False, frozenset())
            state._changed()
            gc.collect()
            return str.__eq__(self, other)

    bundle = bundle_of(b.Rule(("all", [("HAS", 0, None), ("INCLUDES", AT["taste"], "sh" * 40)]), 1))
    for _ in range(50):
        state.standing = Standing({"taste": ["sh" * 40, "x" * 40]}, {}, False, frozenset())
        state._changed()
        signals = {Key("country"): "AT"}
        assert bundle.decide("hero", signals, state).reason == "RULE_MATCH"
        assert bundle.decide("hero", {"country": "AT"}, state).reason == "DEFAULT"


def test_the_clock_is_read_for_a_state() -> None:
    bundle = bundle_of(on("views"))
    state = said({"views": 1}, valid_from=START - 3_000 * DAY)
    assert bundle.decide("hero", {}, state).reason == "RULE_MATCH"
    bundle.decide("hero", {}, state)
    assert state.asked == 1


def test_a_state_is_copied_by_its_bytes_alone() -> None:
    with pytest.raises(TypeError, match="cannot pickle"):
        copy.copy(said())


# ---------------------------------------------------------------- what stays behind


def test_nothing_holds_on_to_a_bundle_or_a_state() -> None:
    bundle = bundle_of(on("taste", "INCLUDES", "shoes"))
    state = said({"taste": ["shoes"]}, forced=frozenset({0}))
    decisions = bundle.decide_all({}, state)
    gone = weakref.ref(bundle), weakref.ref(state)
    gc.disable()
    try:
        del bundle, state
        assert gone[1]() is None
        assert decisions["hero"].reason == "RULE_MATCH"
        del decisions
        assert gone[0]() is None
    finally:
        gc.enable()


def test_objects() -> None:
    data = b.build(remember.program())

    def work() -> None:
        bundle = Bundle.load(data)
        for round in range(50):
            state = said({"taste": [f"shoes {round}"], "views": round}, forced=frozenset({0}))
            for now in range(3):
                bundle.decide("hero", {"country": "AT"}, state, now)
                list(bundle.decide_all({"country": "AT"}, state, now).values())
                state._changed()
            state.standing = Standing({"taste": ["a"]}, {"tier": "gold"}, True, frozenset())
            bundle.decide("hero", {}, state)
        del bundle

    counts = objects_after(work)
    assert counts[-1] - counts[1] < 60, counts


# ---------------------------------------------------------------- real states


@pytest.mark.parametrize("seed", range(12))
def test_what_is_kept_of_a_state_is_what_it_would_say_anew(seed: int) -> None:
    """A bundle keeps what a state said while it holds; the reference asks each time."""
    rng = random.Random(seed)
    bundles = [Bundle.load(one.bytes) for one in (remember.FIRST, remember.SECOND)]
    now = START
    state = DeviceState(bundles[0], now, consent=["ads"])
    steps = (0, 0, 1, 1_000, 60_000, HOUR // 2, HOUR, 90 * 60_000, 3 * HOUR, DAY, -HOUR)
    for _ in range(150):
        now += rng.choice(steps)
        act(rng, state, now)
        for _ in range(3):
            now += rng.choice((0, 0, 1, 500, 40_000))
            bundle = bundles[rng.random() < 0.2]
            signals = {"country": rng.choice(("AT", "DE", "XX"))}
            oracle = reference.decode(bundle.bytes)
            wanted = reference.decide_all(oracle, signals, now, ["ads"], state=state)
            found = bundle.decide_all(signals, state, now, ["ads"])
            for name, decision in wanted.items():
                assert essence(found[name]) == essence(decision)
                alone = bundle.decide(name, signals, state, now, ["ads"])
                assert essence(alone) == essence(decision)


def act(rng: random.Random, state: DeviceState, now: int) -> None:
    """One thing that may happen to a state."""
    surface, variants = rng.choice((("hero", "dac"), ("side", "dx")))
    choice = rng.randrange(9)
    if choice < 2:
        fields = {"category": rng.choice(("shoes", "hats")), "price": rng.choice((1.0, 12.5))}
        state.record_event(rng.choice(("viewed", "bought")), fields, now=now)
    elif choice < 5:
        state.record_shown(surface, rng.choice(variants), now=now)
    elif choice == 5:
        state.record_clicked(surface, rng.choice(variants), now=now)
    elif choice == 6:
        state.record_dismissed(surface, rng.choice(variants), now=now)
    elif choice == 7:
        state.declare("tier", rng.choice(("gold", "none", None)))
        state.force("exp", rng.choice((None, "a", "c")))
    elif rng.random() < 0.5:
        state.refresh({}, now)
    else:
        state.less_of(topic=rng.choice(("sale", "shoes")), now=now)
