"""Random lives of a device with compiled bundles: whatever happens in whatever order, guardrails
hold, deciding changes nothing, both evaluators agree, and the model that keeps the log says the
same. `TACIT_MACHINE_STEPS` and `TACIT_MACHINE_SEED` for more and for others."""

from __future__ import annotations

import os
import random
from typing import Any

import pytest
from tacit.runtime import DeviceState, reference

from . import drawn
from .drawn import JUMPS, PAUSES
from .remember import START
from .state_model import DAY, TRUST
from .test_differential_state import essence
from .walk_world import VERSIONS, Log, World

STEPS = int(os.environ.get("TACIT_MACHINE_STEPS", "104000"))
SEED = int(os.environ.get("TACIT_MACHINE_SEED", "20261128"))
CHUNKS = 8
LIFE = 80
"""Steps of one life."""
EVERY = 10
"""Each so many steps the dear checks are made too."""
SURFACES = ("hero", "side", "law")
UNITS = tuple(f"u{number}" for number in range(6))


class Life:
    """A state, a model and a log that live through the same."""

    def __init__(self, seed: int) -> None:
        self.rng = rng = random.Random(seed)
        self.now = START + rng.randrange(DAY)
        self.granted = frozenset({"ads"} if rng.random() < 0.7 else ())
        self.version = rng.choice(VERSIONS)
        self.state = DeviceState(self.version.bundle, self.now, consent=self.granted)
        self.world = World(self.version, self.now, self.granted)
        self.merged = False
        """Then the model, which knows one writer only, no longer says what is right."""
        self.log = Log()
        self.session = (1, self.now)
        """Number and beginning of the session of the last record."""
        self.names = rng.random() < 0.3
        self.jumps = rng.random() < 0.5
        self.name: str | None = None
        self.count = 0

    def step(self) -> str:
        rng = self.rng
        pause = rng.choice(PAUSES)
        self.now += rng.choice(JUMPS) if self.jumps and rng.random() < 0.03 else pause
        self.log.pass_to(self.now)
        if self.names and rng.random() < 0.15:
            self.name = rng.choice((None, "s1", f"s{self.count}"))
        self.count += 1
        nonce = None
        if rng.random() < 0.3:
            nonce = f"n{rng.randrange(self.count) if rng.random() < 0.3 else self.count}"
        how: dict[str, Any] = {"now": self.now, "nonce": nonce, "session": self.name}
        before = self.state.bytes if self.state.is_off else None
        chance = rng.random()
        if chance < 0.4:
            what = self.decide(how)
        elif chance < 0.7:
            what = self.event(how)
        elif chance < 0.83:
            what = self.variant(how)
        else:
            return self.other()
        assert before is None or self.state.bytes == before, f"{what}: recorded while off"
        return what

    # ------------------------------------------------------------ what happens

    def decide(self, how: dict[str, Any]) -> str:
        """Decides, mostly shows it, sometimes it is clicked or dismissed."""
        rng, state = self.rng, self.state
        signals: dict[str, object] = {"unit": rng.choice(UNITS)}
        if rng.random() < 0.8:
            signals["flag"] = rng.random() < 0.5
        surface = rng.choice(("hero", "hero", "side", "side", "law"))
        dear = self.count % EVERY == 0
        before = state.bytes if dear else b""
        version = rng.choice(VERSIONS) if dear and rng.random() < 0.3 else self.version
        bundle = version.bundle
        if dear:
            every = bundle.decide_all(signals, state, now=self.now, consent=self.granted)
            wanted = reference.decide_all(
                version.program, signals, now=self.now, consent=self.granted, state=state
            )
            for name in SURFACES:
                assert essence(every[name]) == essence(wanted[name])
            decision = bundle.decide(surface, signals, state, self.now, self.granted)
            assert essence(decision) == essence(every[surface])
        else:
            decision = bundle.decide(surface, signals, state, self.now, self.granted)
            one = reference.decide(
                version.program, surface, signals, self.now, self.granted, state=state
            )
            assert essence(decision) == essence(one)
        assert not dear or state.bytes == before, "deciding changed the state"
        said = f"{surface} -> {decision.variant} by {decision.reason} of {decision.rule}"
        if version is not self.version:
            return said
        self.guard(decision, said)
        if rng.random() < 0.7 and surface != "law":
            self.show(decision, how)
            if rng.random() < 0.2:
                what = rng.choice(("clicked", "dismissed"))
                self.person(what, surface, decision.variant, {**how, "nonce": None})
        return said

    def guard(self, decision: Any, said: str) -> None:
        """What a decision may never do, whatever came before."""
        surface, variant, world = decision.surface, decision.variant, self.world
        if surface == "law":
            assert (variant, str(decision.reason)) == ("p", "FORBIDDEN")
            return
        if variant == "d":
            return
        assert not self.state.is_off, said
        # What shows already may go on through its cooldown.
        kept = str(decision.reason) == "KEPT"
        broken = self.log.broken(self.version, surface, variant)
        assert broken is None or (kept and "rest" in broken), f"{said}: {broken}"
        if self.merged:
            return
        block = world.block(surface, variant, self.now)
        assert block is None or (kept and block in (3, 4)), f"{said}: blocked by {block}"
        if surface == "hero":
            stays = world.spent_changes(self.now, world.changes)
            assert stays in (None, variant), f"{said}: no changes left, {stays} shows"

    def show(self, decision: Any, how: dict[str, Any]) -> None:
        taken = self.state.record_shown(decision, **how)
        self.follow()
        if taken:
            self.shown(self.state, decision.surface, decision.variant)
        if not self.merged:
            assert taken is self.world.show(decision, tuple(how.values()))  # type: ignore[arg-type]

    def shown(self, state: DeviceState, surface: str, variant: str) -> None:
        self.log.add(self.now, state._data.floor, surface, variant)

    def event(self, how: dict[str, Any]) -> str:
        name, fields, at = self.an_event()
        taken = self.state.record_event(name, fields, at=at, **how)
        self.follow()
        if not self.merged:
            assert taken is self.world.event(name, fields, at, tuple(how.values()))  # type: ignore[arg-type]
        return f"{name} {fields} {at}"

    def an_event(self) -> tuple[str, dict[str, Any], int]:
        rng = self.rng
        name = rng.choice(("viewed", "viewed", "viewed", "bought", "sold"))
        fields = drawn.fields(rng)
        late = rng.choice((0, 0, 0, 1, 3_600_000, DAY, 7 * DAY, 7 * DAY + 1, -1))
        return name, fields, max(0, self.now - late)

    def variant(self, how: dict[str, Any]) -> str:
        """Something that no decision asked for."""
        rng = self.rng
        surface = rng.choice(("hero", "hero", "side", "none"))
        variant = rng.choice({"hero": "dac", "side": "dxy"}.get(surface, "a"))
        what = rng.choice(("shown", "shown", "shown", "clicked", "dismissed"))
        self.person(what, surface, variant, how)
        return f"{what} {surface} {variant}"

    def person(self, what: str, surface: str, variant: str, how: dict[str, Any]) -> None:
        taken = getattr(self.state, f"record_{what}")(surface, variant, **how)
        self.follow()
        if taken and what == "shown":
            self.shown(self.state, surface, variant)
        if not self.merged:
            wanted = self.world.of_variant(what, (surface, variant, ""), tuple(how.values()))  # type: ignore[arg-type]
            assert taken is wanted

    def follow(self) -> None:
        """A session that begins draws back what a clock far ahead has recorded, in the log too."""
        data = self.state._data
        number, began = self.session
        self.session = data.session.number, data.session.started
        time = max(self.now, data.floor)
        if data.session.number > number and began <= time + TRUST:
            self.log.draw_back(self.version, time)

    def other(self) -> str:
        rng = self.rng
        names = ("refresh",) * 6 + ("control",) * 3 + ("swap",) * 4 + ("again",) * 2
        names += ("undo", "grant", "off", "declare", "force", "erase", "merge")
        what = rng.choice(names)
        getattr(self, what)()
        return what

    def refresh(self) -> None:
        found = self.state.refresh({}, self.now)
        if not self.merged:
            wanted = [f"seg{number}" for number in self.world.refresh(self.now)]
            assert sorted(found) == wanted

    def control(self) -> None:
        rng = self.rng
        names: dict[str, str] = rng.choice(
            (
                {"surface": "side"},
                {"surface": "hero", "variant": rng.choice("ac")},
                {"surface": "side", "variant": "x"},
                {"topic": "sale"},
                {"topic": "shoes"},
            )
        )
        drawn.say(self.state, self.world, names, self.now, strong=rng.random() < 0.1)

    def undo(self) -> None:
        for control in self.state.controls:
            drawn.undo(self.state, self.world, control, self.now)

    def swap(self) -> None:
        new = self.rng.choice(VERSIONS)
        self.state.use(new.bundle, self.now)
        self.log.swap(self.version, new)
        self.world.swap(new, self.now)
        self.version = new

    def again(self) -> None:
        """Saved and loaded."""
        data = self.state.bytes
        self.state = DeviceState.load(self.version.bundle, data, self.now, consent=self.granted)
        assert self.state.warning is None
        assert self.state.bytes == data

    def grant(self) -> None:
        self.granted = frozenset({"ads"} if self.rng.random() < 0.6 else ())
        self.state.grant(self.granted, self.now)
        self.world.grant(self.granted, self.now)

    def off(self) -> None:
        if self.state.is_off:
            self.state.turn_on(self.now)
        elif self.rng.random() < 0.3:
            self.state.turn_off(self.now)
        else:
            return
        self.world.off = self.state.is_off
        self.begin()

    def erase(self) -> None:
        if self.rng.random() < 0.2:
            self.state.erase(self.now)
            self.begin()

    def begin(self) -> None:
        """Nothing is known of what was."""
        self.world.start(self.now)
        self.log.forget()
        self.session = (1, self.now)
        self.merged = False

    def declare(self) -> None:
        row = self.rng.choice(
            (
                ("tier", "gold", True),
                ("tier", "silver", False),
                ("tier", None, True),
                ("score", 2.5, "ads" in self.granted),
                ("flag", True, False),
            )
        )
        drawn.declare(self.state, self.world, row, self.now)

    def force(self) -> None:
        arm = self.rng.choice(("a", "c", None, None))
        self.state.force("exp", arm)
        self.world.forced = None if self.world.off else arm

    def merge(self) -> None:
        """A second tab lives on its own for a while, then each takes the other in."""
        state = self.state
        if state.is_off or self.rng.random() < 0.5:
            return
        tab = DeviceState.load(
            self.version.bundle, state.bytes, self.now, consent=self.granted, writer=1
        )
        for one in (tab, state, tab):
            name, fields, at = self.an_event()
            one.record_event(name, fields, at=at, now=self.now)
            surface, variant = self.rng.choice((("hero", "a"), ("hero", "c"), ("side", "x")))
            if one is state:
                self.follow()
            if one.record_shown(surface, variant, now=self.now):
                self.shown(one, surface, variant)
        mine = state.bytes
        state.merge(tab)
        tab.merge(DeviceState.load(self.version.bundle, mine, self.now, consent=self.granted))
        assert tab.bytes == state.bytes, "merging is not commutative"
        state.merge(tab)
        assert tab.bytes == state.bytes, "merging is not idempotent"
        session = state._data.session
        self.session = session.number, session.started
        self.merged = True

    # ------------------------------------------------------------ the dear checks

    def check(self) -> None:
        state, world = self.state, self.world
        again = DeviceState.load(self.version.bundle, state.bytes, self.now, consent=self.granted)
        assert again.warning is None
        assert again.bytes == state.bytes
        found = state._standing_for(self.version.bundle, self.now)
        assert found.off is world.off
        if self.merged:
            return
        assert dict(found.values) == world.values(self.now)
        said = world.preferences.items()
        wanted = {name: value for name, value in said if value is not None}
        assert found.declared == ({} if world.off else wanted)
        data = state._data
        assert (data.floor, data.session.number) == (world.floor, world.session)
        assert data.refused == world.refused


def live(seed: int, steps: int) -> None:
    life = Life(seed)
    what: list[str] = []
    try:
        for number in range(steps):
            what.append(life.step())
            if number % EVERY == 0:
                life.check()
    except AssertionError as error:
        error.add_note(f"seed {seed}, step {len(what)} at {life.now}, after {what[-8:]}")
        raise


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_whatever_happens(chunk: int) -> None:
    seed = SEED + chunk
    for _ in range(max(1, STEPS // LIFE // CHUNKS)):
        live(seed, LIFE)
        seed += CHUNKS
    print(f"seeds {SEED + chunk} to {seed - CHUNKS}, each {CHUNKS}th")
