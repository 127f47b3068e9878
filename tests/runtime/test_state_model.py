"""Random histories of a device against the model that keeps the whole log."""

from __future__ import annotations

import os
import random
from typing import Any

import pytest
from tacit.runtime import Bundle, DeviceState, reference
from tacit.runtime._programs import program_of
from tacit.runtime.format import DECAY

from . import drawn, state_model
from .drawn import JUMPS, PAUSES
from .remember import AT, DAY, FIRST, HOUR, KEYS, OTHER_KEYS, SECOND, START, values
from .state_model import Model

STEPS = int(os.environ.get("TACIT_STATE_STEPS", "12000"))
SEED = int(os.environ.get("TACIT_STATE_SEED", "20261101"))
CHUNKS = 8
HISTORY = 150
"""Steps of one history."""
BEYOND = 2**53
COMPILED = {source: Bundle.load(source.bytes) for source in (FIRST, SECOND)}


def test_the_table_of_decay() -> None:
    assert list(DECAY) == state_model.DECAYS


class History:
    """A state and a model that live through the same."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.now = START + self.rng.randrange(DAY)
        granted = frozenset({"ads"} if self.rng.random() < 0.7 else ())
        self.state = DeviceState(FIRST, self.now, consent=granted)
        self.model = Model(KEYS, self.now, granted)
        self.names = self.rng.random() < 0.3
        self.name: str | None = None
        self.count = 0

    def step(self) -> str:
        rng = self.rng
        self.now += rng.choice(JUMPS) if rng.random() < 0.03 else rng.choice(PAUSES)
        if self.names and rng.random() < 0.2:
            self.name = rng.choice((None, "s1", "s2", f"s{self.count}"))
        nonce = None
        if rng.random() < 0.4:
            nonce = f"n{rng.randrange(self.count + 1) if rng.random() < 0.3 else self.count}"
        self.count += 1
        how: dict[str, Any] = {"now": self.now, "nonce": nonce, "session": self.name}
        chance = rng.random()
        if chance < 0.45:
            return self.event(how)
        if chance < 0.8:
            return self.variant(how)
        return self.other()

    def event(self, how: dict[str, Any]) -> str:
        rng = self.rng
        name = rng.choice(("viewed", "viewed", "viewed", "bought", "sold"))
        fields = drawn.fields(rng)
        late = rng.choice((0, 0, 0, 1, HOUR, 5 * HOUR, DAY, 7 * DAY, 7 * DAY + 1, -1, -HOUR))
        at = max(0, self.now - late)
        taken = self.state.record_event(name, fields, at=at, **how)
        assert taken is self.model.event(name, fields, at, tuple(how.values()))
        return f"{name} {fields} {late}"

    def variant(self, how: dict[str, Any]) -> str:
        rng = self.rng
        surface, variant, rule = rng.choice(
            (
                ("hero", "d", ""),
                ("hero", "a", "one"),
                ("hero", "a", "one"),
                ("hero", "a", ""),
                ("hero", "c", "two"),
                ("hero", "c", "one"),
                ("side", "x", ""),
                ("side", "y", ""),
                ("none", "a", ""),
            )
        )
        what = rng.choice(("shown", "shown", "shown", "clicked", "dismissed"))
        if what == "shown":
            given = Decision(surface, variant, rule) if rule else surface
            name = None if rule else variant
            taken = self.state.record_shown(given, name, **how)
        elif what == "clicked":
            taken = self.state.record_clicked(surface, variant, **how)
        else:
            taken = self.state.record_dismissed(surface, variant, **how)
        assert taken is self.model.of_variant(what, (surface, variant, rule), tuple(how.values()))
        return f"{what} {surface} {variant} {rule}"

    def other(self) -> str:
        rng, state, model, now = self.rng, self.state, self.model, self.now
        what = rng.choice(
            ("refresh",) * 4
            + ("control",) * 3
            + ("undo", "use", "grant", "off", "load", "declare", "force", "trust", "erase")
        )
        if what == "refresh":
            found = state.refresh({}, now)
            assert found == tuple(f"segment_{n}" for n in model.refresh(now))
        elif what == "control":
            self.control()
        elif what == "undo" and state.controls:
            drawn.undo(state, model, rng.choice(state.controls), now)
        elif what == "use":
            bundle, keys = rng.choice(((FIRST, KEYS), (SECOND, OTHER_KEYS)))
            state.use(bundle, now)
            model.use(keys, now)
        elif what == "grant":
            granted = frozenset({"ads"} if rng.random() < 0.6 else ())
            state.grant(granted, now)
            model.grant(granted, now)
        elif what == "off" and rng.random() < 0.3:
            state.turn_off(now)
            model.off = True
            model.start(now)
            if rng.random() < 0.8:
                assert not state.record_event("bought", now=now)
                state.turn_on(now)
                model.off = False
                model.start(now)
        elif what == "load":
            granted = model.granted
            self.state = DeviceState.load(state.bundle, state.bytes, now, consent=granted)
            assert self.state.warning is None
        elif what == "declare":
            self.declare()
        elif what == "force":
            arm = rng.choice(("a", "c", None))
            state.force("exp", arm)
            model.forced = None if model.off else arm
        elif what == "trust" and rng.random() < 0.3:
            state.trust(now)
            model.floor = now
        elif what == "erase" and rng.random() < 0.2:
            state.erase(now)
            model.start(now)
        return what

    def control(self) -> None:
        rng = self.rng
        names: dict[str, str] = rng.choice(
            (
                {"surface": "hero"},
                {"surface": "side"},
                {"surface": "hero", "variant": "a"},
                {"surface": "side", "variant": "x"},
                {"topic": "sale"},
                {"topic": "shoes"},
            )
        )
        drawn.say(self.state, self.model, names, self.now, strong=rng.random() < 0.3)

    def declare(self) -> None:
        rng, model = self.rng, self.model
        row = rng.choice(
            (
                ("tier", "gold", True),
                ("tier", "silver", False),
                ("tier", None, True),
                ("score", 2.5, "ads" in model.granted),
                ("country", "AT", False),
                ("nothing", 1, False),
            )
        )
        drawn.declare(self.state, model, row, self.now)

    def check(self, where: str) -> None:
        now = self.now
        found = self.state._standing_for(self.state.bundle, now)
        assert dict(found.values) == self.model.values(now), where
        said = self.model.preferences.items()
        wanted = {name: value for name, value in said if value is not None}
        assert found.declared == ({} if self.model.off else wanted), where
        assert found.off is self.model.off, where
        assert found.forced == (frozenset({0}) if self.model.forced else frozenset()), where
        data = self.state._data
        assert data.refused == self.model.refused, where
        assert (data.floor, data.session.number) == (self.model.floor, self.model.session), where
        assert len(data.nonces) == len(set(self.model.nonces)), where
        scores = self.model.by_value(6)
        kept = data.items.get((4, 50))
        table = {} if kept is None else kept.data[0]  # type: ignore[index]
        assert table == {key: self.model.score(of) for key, of in scores.items()}, where
        again = DeviceState.load(
            self.state.bundle, self.state.bytes, now, consent=self.model.granted
        )
        assert again.warning is None, where
        assert again.bytes == self.state.bytes, where
        self.check_validity(where)
        self.check_decisions(where)

    def check_decisions(self, where: str) -> None:
        """The evaluator reads the state as the reference does, and leaves it as it is."""
        before = self.state.bytes
        source = self.state.bundle
        signals = {"country": self.rng.choice(("AT", "DE", "XX")), "unit": "u"}
        found = COMPILED[source].decide_all(signals, self.state, self.now, self.model.granted)
        program = program_of(source)
        wanted = reference.decide_all(
            program, signals, self.now, self.model.granted, state=self.state
        )
        for surface, result in wanted.items():
            for name in ("variant", "reason", "rule", "unknown", "arm", "forced"):
                assert getattr(found[surface], name) == getattr(result, name), (where, surface)
        assert self.state.bytes == before, where

    def check_validity(self, where: str) -> None:
        """Within its bounds a standing says the same; the times since only to the tests made."""
        found = self.state._standing_for(self.state.bundle, self.now)
        low, high = max(found.valid_from, 0), min(found.valid_until, BEYOND)
        assert low <= self.now < high, where
        near = (low, low + 1, high - 1, self.rng.randrange(low, high))
        for time in near:
            if low <= time < high:
                there = values(self.state, time)
                assert as_tested(there) == as_tested(dict(found.values)), (where, time)


def as_tested(found: dict[str, object]) -> dict[str, object]:
    """With the times since as the tests of `remember.rules` see them."""
    cuts: dict[str, tuple[int, ...]] = {"since": (7, 8, 1_000, HOUR), "first_seen": (DAY,)}
    assert set(cuts) < set(AT)
    out = dict(found)
    for name, limits in cuts.items():
        value = out.get(name)
        if isinstance(value, int):
            out[name] = tuple(value >= limit for limit in limits)
    return out


class Decision:
    """What a host got from `decide`, as far as a record of it goes."""

    def __init__(self, surface: str, variant: str, rule: str) -> None:
        self.surface, self.variant, self.rule = surface, variant, rule
        self.reason = "RULE_MATCH"


def live(seed: int, steps: int) -> None:
    history = History(seed)
    for number in range(steps):
        what = history.step()
        history.check(f"seed {seed}, step {number}: {what} at {history.now}")


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_equals_the_model(chunk: int) -> None:
    seed = SEED + chunk
    for _ in range(max(1, STEPS // HISTORY // CHUNKS)):
        live(seed, HISTORY)
        seed += CHUNKS
    print(f"seeds {SEED + chunk} to {seed - CHUNKS}")
