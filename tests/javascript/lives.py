"""Random lives of devices: what Python's states gave, said and wrote after every step, a JSON
object a life and line, for the JavaScript runtime to do the same.

    python -m tests.javascript.lives --lives 5000 --seed 1 | node runtime/js/test/lives.mjs
"""

from __future__ import annotations

import base64
import hashlib
import random
from collections.abc import Iterator
from typing import Any

import msgpack
from tacit.runtime import Bundle, DeviceState
from tacit.runtime._state_bytes import unpack
from tacit.runtime._state_data import StateData
from tacit.runtime.errors import CallError

from tests.runtime import generate
from tests.runtime.extremes import extreme

from . import tool, worlds
from .cases import changed, encoded, essence, timed

STEPS = 20
"""Per life, besides the first."""
DEVICES = 3
"""Writers 0 to 2, of which all but the first begin as copies."""
MAX_INT = 2**53 - 1
START = 1_800_000_000_000
HOUR, DAY = 3_600_000, 86_400_000
PAUSES = (0, 0, 1, 7, 999, 1_000, 60_000, 1_799_999, 1_800_000, HOUR, DAY - 1, 2 * DAY)
JUMPS = (-1, -HOUR, -2 * DAY, -2 * DAY - 1, 2 * DAY + 1, 5 * DAY, 40 * DAY, -40 * DAY, 10**12)
LENGTHS = (
    0,
    1,
    2,
    3,
    4,
    5,
    7,
    100,
    4_097,
    1_000,
    1_800_000,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    *worlds.LONG,
)
"""Of those that something in a state may last."""
NAMES = ("s1", "s2", "", "é𝒳", "\ud800a")
TEXTS = (*generate.TEXTS, "e\u0301", "\uffff", "𝒳\U0010ffff")
VERSIONS = ("1.2.3-rc.1", "1.2.3+build", "v1.2", "1.2.3-0")
PURPOSES: tuple[list[str], ...] = (
    [],
    ["ads"],
    ["personalization"],
    ["ads", "personalization"],
    ["ads", "ads", "x"],
)
ODD: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2**32 - 1, 2**32, 2**53, 2**63, 0.5, 2.0, -0.0, float("nan"),
    float("inf"), 1e300, "", "a", "\uffff", b"", [], [[]], {}, {"a": 1}, {1: "a"},
)  # fmt: skip
"""What a damaged state may hold."""
WEIGHTS = {
    "event": 28, "show": 18, "shown": 14, "clicked": 6, "dismissed": 5, "decide": 14, "session": 2,
    "refresh": 9, "declare": 4, "control": 7, "undo": 2, "grant": 3, "use": 7, "load": 2, "off": 1,
    "on": 1, "erase": 1, "force": 3, "trust": 1, "copy": 5, "merge": 9, "export": 3, "damage": 6,
}  # fmt: skip

Step = dict[str, Any]


def lines(lives: int, seed: int) -> Iterator[dict[str, Any]]:
    for number in range(lives):
        rng = random.Random(f"{seed} {number}")
        life = Life(rng, worlds.compiled() if number % 4 == 0 else worlds.drawn(rng))
        yield {"life": f"{seed} {number}", "bundles": life.data, "steps": life.lived()}


class Life:
    """Some devices that begin as one."""

    def __init__(self, rng: random.Random, world: worlds.World) -> None:
        self.rng, self.world = rng, world
        self.bundles = [*world.bundles, worlds.another()]
        self.data = [base64.b64encode(one.bytes).decode() for one in self.bundles]
        self.now = START + rng.randrange(DAY) if rng.random() < 0.9 else rng.choice((0, MAX_INT))
        self.states: list[DeviceState] = []
        self.granted = [list(rng.choice(PURPOSES))] * DEVICES
        self.jumps = rng.random() < 0.5
        self.named = rng.random() < 0.3
        self.count = 0

    def lived(self) -> list[Step]:
        first = {"do": "begin", "now": self.now, "consent": self.granted[0]}
        steps = [self.told(first)]
        words, weights = list(WEIGHTS), list(WEIGHTS.values())
        while len(steps) <= STEPS:
            self.wait()
            if self.rng.random() < 0.15:
                self.now = self.moment(self.rng.choice(self.states))
            word = self.rng.choices(words, weights)[0]
            step = {"do": word, "on": self.rng.randrange(len(self.states)), "now": self.now}
            step |= getattr(self, f"_{word}")(step["on"])
            if self.rng.random() < 0.01:
                step["now"] = self.rng.choice((1.5, "now", 2**53, True, -5))
            steps.append(self.told(step))
        return steps

    def wait(self) -> None:
        rng = self.rng
        self.now += rng.choice(JUMPS if self.jumps and rng.random() < 0.1 else PAUSES)
        self.now = max(0, min(MAX_INT, self.now))

    def moment(self, state: DeviceState) -> int:
        """A time at which something of a state may change, or one beside it."""
        rng = self.rng
        times = [one for one in numbers(state.export()) if one > 10**9] or [self.now]
        found = rng.choice(times) + rng.choice(LENGTHS) + rng.choice((-1, 0, 0, 1))
        return max(0, min(MAX_INT, found))

    def told(self, step: Step) -> Step:
        """With what it gave, and what the state is after it."""
        try:
            gives = perform(self, step)
        except CallError as error:
            gives = {"error": error.code}
        data = self.states[step.get("on", 0)].bytes
        assert is_state(data), f"after {step} its own bytes are refused"
        told = {key: encoded_all(value) for key, value in step.items()}
        return told | {"gives": gives, "after": hashlib.sha1(data).hexdigest()[:12]}

    # ------------------------------------------------------------ what may happen

    def how(self) -> Step:
        """Nonce and session of a record."""
        rng, found = self.rng, dict[str, Any]()
        self.count += 1
        if rng.random() < 0.3:
            found["nonce"] = f"n{rng.randrange(self.count)}"
        if self.named and rng.random() < 0.5:
            found["session"] = rng.choice(NAMES)
        if rng.random() < 0.01:
            found[rng.choice(("nonce", "session"))] = 5
        return found

    def often(self) -> Step:
        return {"times": self.rng.choice((1, 1, 1, 1, 2, 5))}

    def signals(self) -> dict[str, Any]:
        rng = self.rng
        absent = rng.choice((0.0, 0.2, 0.6))
        present = [one for one in self.world.hosts if rng.random() >= absent]
        return {one.name: self.value(one.type) for one in present}

    def value(self, kind: str) -> Any:
        rng, pools = self.rng, generate.Pools(texts=TEXTS)
        if kind == "version" and rng.random() < 0.2:
            return rng.choice(VERSIONS)
        return timed(generate.plain(generate.value(rng, kind, self.now, pools)))

    def variant(self) -> Step:
        rng = self.rng
        surface = rng.choice(list(self.world.surfaces))
        variant = rng.choice(self.world.surfaces[surface])
        if rng.random() < 0.06:
            surface, variant = rng.choice(((surface, "none"), ("none", variant), (surface, "")))
        return {"surface": surface, "variant": variant if rng.random() < 0.97 else None}

    def _event(self, on: int) -> Step:
        rng = self.rng
        name: Any = rng.choice(list(self.world.events))
        if rng.random() < 0.03:
            name = rng.choice(("none", 5, "\ud800"))
        present = [one for one in self.world.events.get(name, ()) if rng.random() < 0.85]
        fields: Any = {one.name: self.field(one.type) for one in present}
        if rng.random() < 0.05:
            fields = rng.choice((None, {}, {"other": 1}, [], "fields"))
        step: Step = {"name": name, "fields": fields, **self.how(), **self.often()}
        if rng.random() < 0.15:
            back = rng.choice((0, 1, HOUR, 7 * DAY, 7 * DAY + 1, -1))
            step["at"] = max(-MAX_INT, min(MAX_INT, self.now - back))
        return step

    def field(self, kind: str) -> Any:
        """Mostly one of a few, so that something is counted."""
        rng = self.rng
        if rng.random() < 0.15:
            return self.value(kind)
        few: dict[str, tuple[Any, ...]] = {
            "string": ("a", "ab", "shoes", "hats", "", "é", "e\u0301", "𝒳", "\uffff"),
            "int": (0, 1, 3, -2, 3.0), "bool": (True, False),
            "double": (0.1, 0.2, 0.3, 2.5, 10, -1.5, 1.7e308, 1e21, 1e-7, 100.0, 12.75, 5e-324),
        }  # fmt: skip
        return rng.choice(few[kind])

    def _session(self, on: int) -> Step:
        return {"name": self.rng.choice((*NAMES, 5))}

    def _show(self, on: int) -> Step:
        surface = "none" if self.rng.random() < 0.01 else self.rng.choice(list(self.world.surfaces))
        found = {"surface": surface, "signals": self.signals(), "consent": self.granted[on]}
        return found | self.how()

    def _shown(self, on: int) -> Step:
        return {**self.variant(), **self.how(), **self.often()}

    _clicked = _dismissed = _shown

    def _decide(self, on: int) -> Step:
        rng = self.rng
        bundle, consent = self.bundles.index(self.states[on].bundle), self.granted[on]  # type: ignore[arg-type]
        if rng.random() < 0.2:
            bundle = rng.randrange(len(self.bundles))
        if rng.random() < 0.2:
            consent = list(rng.choice(PURPOSES))
        moment = self.moment(self.states[on])
        nows = [self.now, *(min(MAX_INT, moment + step) for step in range(-1, 2))]
        if rng.random() < 0.5:
            nows.reverse()
        return {"signals": self.signals(), "consent": consent, "bundle": bundle, "nows": nows}

    def _refresh(self, on: int) -> Step:
        return {"signals": self.signals()}

    def _declare(self, on: int) -> Step:
        one = self.rng.choice(self.world.hosts)
        name = self.rng.choice((one.name, one.name, one.name, "none"))
        return {"name": name, "value": None if self.rng.random() < 0.2 else self.value(one.type)}

    def _control(self, on: int) -> Step:
        rng = self.rng
        named = self.variant()
        kind = rng.randrange(3)
        if kind == 1:
            named = {"topic": rng.choice([*self.world.topics, "none"])}
        elif kind == 2:
            del named["variant"]
        if rng.random() < 0.03:
            named = rng.choice(({}, {"variant": "a"}, {"topic": "sale", "surface": "hero"}))
        return {"strength": rng.randrange(2), "named": named, "times": rng.choice((1, 1, 1, 1, 3))}

    def _undo(self, on: int) -> Step:
        return {"place": self.rng.randrange(3)}

    def _grant(self, on: int) -> Step:
        return {"consent": list(self.rng.choice(PURPOSES))}

    def _use(self, on: int) -> Step:
        last = len(self.bundles) - 1
        return {"bundle": self.rng.randrange(last) if self.rng.random() < 0.95 else last}

    def _load(self, on: int) -> Step:
        return {"consent": list(self.rng.choice((self.granted[on], *PURPOSES)))}

    def _nothing(self, on: int) -> Step:
        return {}

    _off = _on = _erase = _export = _nothing

    def _force(self, on: int) -> Step:
        name = self.rng.choice([*self.world.experiments, "none"])
        arms = self.world.experiments.get(name, ["a"])
        return {"name": name, "arm": self.rng.choice([*arms, *arms, None, "none"])}

    def _trust(self, on: int) -> Step:
        return {"now": max(0, self.now + self.rng.choice((0, 0, DAY, -DAY, 10**12)))}

    def _copy(self, on: int) -> Step:
        return {"to": self.rng.randrange(DEVICES)}

    def _merge(self, on: int) -> Step:
        return {"from": self.rng.randrange(len(self.states))}

    def _damage(self, on: int) -> Step:
        rng, data = self.rng, self.states[on].bytes
        how = rng.random()
        if how < 0.3:
            loose, spoilt = False, extreme(rng, data, is_state)
        else:
            loose = how < 0.6
            spoilt = changed(rng, data) if loose else spoil(rng, data)
        return {"data": base64.b64encode(spoilt).decode(), "loose": loose}


def is_state(data: bytes) -> bool:
    return isinstance(unpack(data), StateData)


def spoil(rng: random.Random, data: bytes) -> bytes:
    """One value of a state is another."""
    plain = msgpack.unpackb(data, strict_map_key=False)
    at: Any = plain
    while True:
        places = list(at) if isinstance(at, dict) else list(range(len(at)))
        if at is plain and rng.random() < 0.1:
            at[rng.randrange(len(at)) :] = rng.choice(([], [*at[-1:], rng.choice(ODD)]))
            break
        if not places:
            break
        place = rng.choice(places if at is not plain else [*places, 10, 10, 10])
        if at is plain and place >= len(at):
            break
        below = at[place]
        if isinstance(below, list | dict) and below and rng.random() < 0.85:
            at = below
            continue
        if isinstance(below, int) and rng.random() < 0.3:
            at[place] = max(0, below + rng.choice((-1, 1)))
        elif isinstance(at, list) and rng.random() < 0.2:
            at[place : place + 1] = rng.choice(([], [below, below]))
        elif isinstance(at, dict) and rng.random() < 0.3:
            at[rng.choice(("a", "", "zz", 5, None))] = at.pop(place)
        else:
            at[place] = rng.choice(ODD)
        break
    return bytes(msgpack.packb(plain))


# ---------------------------------------------------------------- what happens


def perform(life: Life, step: Step) -> Any:
    """Does a step and gives what it gave, as JSON."""
    word, now, states = step["do"], step["now"], life.states
    if word == "begin":
        states.append(DeviceState(life.bundles[0], now, consent=step["consent"]))
        return None
    on = step["on"]
    state = states[on]
    how = {"now": now, "nonce": step.get("nonce"), "session": step.get("session")}
    match word:
        case "event":
            how["at"] = step.get("at")
            return [
                state.record_event(step["name"], step["fields"], **how)
                for _ in range(step["times"])
            ]
        case "session":
            return state.record_session(step["name"], now=now)
        case "show":
            bundle: Any = state.bundle
            decision = bundle.decide(step["surface"], step["signals"], state, now, step["consent"])
            return [essence(decision), state.record_shown(decision, **how)]
        case "shown" | "clicked" | "dismissed":
            record = getattr(state, f"record_{word}")
            return [record(step["surface"], step["variant"], **how) for _ in range(step["times"])]
        case "decide":
            chosen: Bundle = life.bundles[step["bundle"]]
            found = [
                chosen.decide_all(step["signals"], state, time, step["consent"])
                for time in step["nows"]
            ]
            return [[essence(decision) for decision in one.values()] for one in found]
        case "refresh":
            return list(state.refresh(step["signals"], now))
        case "declare":
            return state.declare(step["name"], step["value"], now)
        case "control":
            say = state.less_of if step["strength"] else state.not_interested
            return [say(**step["named"], now=now) for _ in range(step["times"])]
        case "undo":
            controls = state.controls
            return step["place"] < len(controls) and state.undo(controls[step["place"]], now)
        case "grant":
            state.grant(step["consent"], now)
            life.granted[on] = step["consent"]
        case "use":
            state.use(life.bundles[step["bundle"]], now)
        case "load":
            states[on] = loaded(life, on, state.bytes, step, on)
            life.granted[on] = step["consent"]
        case "off":
            state.turn_off(now)
        case "on":
            state.turn_on(now)
        case "erase":
            state.erase(now)
        case "force":
            state.force(step["name"], step["arm"])
        case "trust":
            state.trust(now)
        case "copy":
            to = min(step["to"], len(states))
            life.granted[to] = life.granted[on]
            states[to : to + 1] = [loaded(life, to, state.bytes, step, on)]
        case "merge":
            state.merge(states[step["from"]])
        case "export":
            return state.export()
        case "damage":
            read = loaded(life, on, base64.b64decode(step["data"]), step, on)
            if read.warning is not None:
                return read.warning.code
            states[on] = read
    return None


def loaded(life: Life, on: int, data: bytes, step: Step, like: int) -> DeviceState:
    """A state for a device, bound to the bundle that one has now."""
    bundle, consent = life.states[like].bundle, step.get("consent", life.granted[like])
    return DeviceState.load(bundle, data, step["now"], consent=consent, writer=on)


def numbers(value: Any) -> Iterator[int]:
    """All ints in plain JSON."""
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from numbers(one)
    elif isinstance(value, int):
        yield int(value)


def encoded_all(value: Any) -> Any:
    """Like `encoded`, and maps by name."""
    if isinstance(value, dict):
        return {key: encoded_all(one) for key, one in value.items()}
    return encoded(value)


if __name__ == "__main__":
    tool.run("lives", lines, lives=1_000)
