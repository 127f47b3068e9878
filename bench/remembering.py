"""What state costs: projects that remember, and how their deciding and recording is timed.

Two projects: `shop`, in shop.yaml; and the neutral workload with memory added (`n1000` and its
like): caps and cooldowns on every surface, aggregates in the conditions of some rules. A device has
lived with each for a while; it decides with that state and, in turns with this, without one.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path
from time import perf_counter_ns
from typing import Any

from bench import measure
from bench.contenders import Loop
from bench.description import Context
from bench.project import project
from bench.workload import SEED, TOPICS, Draw, by_name, contexts

NAMES = ("shop", "n1000")
HOUR = 3_600_000
BEGUN = 1_800_000_000_000
"""When the device is first seen."""
LIFE = 40 * 24
"""Hours that it lives before anything is timed."""
PEOPLE = 200
PAIRS = 1000
CHECKED = 20
SERIES = 500
"""Calls of a series that records."""


def source(name: str) -> Path | dict[str, Any]:
    """What `compile_project` takes."""
    if name == "shop":
        return Path(__file__).with_name("shop.yaml")
    return remembering(project(by_name(name)))


def remembering(made: dict[str, Any]) -> dict[str, Any]:
    """A project of the neutral workload with memory added. Without a state it decides as before,
    but that rules with an aggregate are passed over."""
    made["events"] = {
        "product_viewed": {"fields": {"category": "string", "price": "double"}},
        "order_completed": {},
    }
    made["aggregates"] = {
        "views_7d": {"count": "product_viewed", "within": "7d"},
        "since_order": {"since": "order_completed"},
        "taste": {"affinity": "product_viewed", "by": "category", "half_life": "14d"},
    }
    tests = ("views_7d >= 3", 'since_order > duration("240h")', '"shoes" in taste')
    for number, surface in enumerate(made["surfaces"].values()):
        surface["guardrails"] = {
            "cap": {"a": "3 per 24h"},
            "cooldown": {"b": "2h"},
            "without_state": "allow",
        }
        rule = surface["rules"][number % len(surface["rules"])]
        rule["when"] = f"({rule['when']}) && {tests[number % len(tests)]}"
    return made


class Device:
    """A bundle and a state of it that has lived."""

    def __init__(self, data: bytes) -> None:
        from tacit.runtime import Bundle, DeviceState

        self.bundle = Bundle.load(data)
        self.state = DeviceState(self.bundle, BEGUN)
        self.now = BEGUN
        self.people = contexts(PEOPLE)
        draw = Draw(f"{SEED}: device")
        for surface in self.bundle.surfaces[:8]:
            self.state.record_shown(self.bundle.decide(surface, self.people[0], now=self.now))
        for hour in range(LIFE):
            self.now += HOUR
            for _ in range(draw.between(0, 3)):
                self.view(draw.one(TOPICS[:20]), draw.between(1, 300) / 2)
            if draw.chance(0.004):
                self.state.record_event("order_completed", now=self.now)
            if hour % 7 == 0:
                surface = draw.one(self.bundle.surfaces)
                self.show(surface)
        self.state.refresh(self.people[0], self.now)

    def view(self, category: str, price: float) -> None:
        fields = {"category": category, "price": price}
        self.state.record_event("product_viewed", fields, now=self.now)

    def show(self, surface: str) -> None:
        decision = self.bundle.decide(surface, self.people[0], self.state, self.now)
        self.state.record_shown(decision, now=self.now)

    def pairs(self) -> list[tuple[str, Context]]:
        draw = Draw(f"{SEED}: device, pairs")
        return [(draw.one(self.bundle.surfaces), draw.one(self.people)) for _ in range(PAIRS)]

    def differing(self) -> int:
        """Decisions, of some visitors, that the reference makes otherwise."""
        from tacit.runtime import reference

        program = reference.decode(self.bundle.bytes)
        differ = 0
        for person in self.people[:CHECKED]:
            for state in (self.state, None):
                wanted = reference.decide_all(program, person, now=self.now, state=state)
                found = self.bundle.decide_all(person, state, self.now)
                for surface, other in wanted.items():
                    one = self.bundle.decide(surface, person, state, self.now)
                    differ += not essence(one) == essence(found[surface]) == essence(other)
        return differ


def essence(decision: Any) -> tuple[Any, ...]:
    return decision.variant, decision.reason, decision.rule, decision.unknown


# ------------------------------------------------------------------- timing


def deciding(device: Device, rounds: int, block: float) -> dict[str, Any]:
    """With the state, in turns with deciding without one; each from a bundle of its own, as a
    host would, so that neither makes decisions anew that the other has made otherwise."""
    from tacit.runtime import Bundle

    now, pairs, people = device.now, device.pairs(), device.people
    bundles = {True: device.bundle, False: Bundle.load(device.bundle.bytes)}

    def one(remembers: bool) -> Loop:
        decide, state = bundles[remembers].decide, device.state if remembers else None

        def loop() -> None:
            for surface, person in pairs:
                decide(surface, person, state, now)

        loop()
        return loop

    def every(remembers: bool) -> Loop:
        decide_all, state = bundles[remembers].decide_all, device.state if remembers else None

        def loop() -> None:
            for person in people:
                decide_all(person, state, now)

        loop()
        return loop

    found = {}
    for name, make, calls in (("one", one, len(pairs)), ("all", every, len(people))):
        both = measure.in_turns(
            lambda make=make: make(True),  # type: ignore[misc]
            lambda make=make: make(False),  # type: ignore[misc]
            calls,
            rounds,
            block,
            fresh=False,
        )
        found[name] = {
            "us": both["us"],
            "without_us": both["hand_us"],
            "ratio": both["ratio"],
            "ratio_quartile_1": both["ratio_quartile_1"],
            "ratio_quartile_3": both["ratio_quartile_3"],
        }
    return found


def each(
    call: Callable[[int], object],
    before: Callable[[int], object] | None,
    rounds: int,
    series: int,
) -> float:
    """Microseconds of a call: the median over rounds of the median of a series. `before` comes
    before each and is not timed."""
    medians = []
    with measure.no_garbage_collection():
        for _ in range(rounds):
            times = []
            for number in range(series):
                if before is not None:
                    before(number)
                start = perf_counter_ns()
                call(number)
                times.append(perf_counter_ns() - start)
            medians.append(statistics.median(times))
    return measure.rounded(statistics.median(medians) / 1000)


def writing(device: Device, rounds: int, series: int) -> dict[str, float]:
    """Microseconds of what changes, stores and reads a state."""
    from tacit.runtime import DeviceState

    bundle, state, person = device.bundle, device.state, device.people[0]
    draw = Draw(f"{SEED}: device, events")
    views = [
        {"category": draw.one(TOPICS[:20]), "price": draw.between(1, 300) / 2}
        for _ in range(series)
    ]
    surfaces = [draw.one(bundle.surfaces) for _ in range(series)]
    decisions = [bundle.decide(one, person, state, device.now) for one in surfaces]
    stored = state.bytes

    def step(_: int) -> None:
        device.now += 60_000

    def view(number: int) -> None:
        state.record_event("product_viewed", views[number], now=device.now)

    def view_later(number: int) -> None:
        step(number)
        view(number)

    def later(_: int) -> None:
        device.now += HOUR

    # What takes longer needs fewer rounds to say how long.
    few = min(rounds, 3)
    timed: tuple[tuple[str, Callable[[int], object], Callable[[int], object] | None, int], ...] = (
        ("load_us", lambda _: DeviceState.load(bundle, stored, device.now), None, few),
        ("save_us", lambda _: state.bytes, None, few),
        ("event_us", view, step, rounds),
        ("shown_us", lambda n: state.record_shown(decisions[n], now=device.now), step, rounds),
        ("refresh_us", lambda _: state.refresh(person, device.now), later, few),
        (
            "first_us",
            lambda n: bundle.decide(surfaces[n], person, state, device.now),
            view_later,
            few,
        ),
    )
    return {name: each(call, before, times, series) for name, call, before, times in timed}


def measured(name: str, *, rounds: int, block: float, series: int = SERIES) -> dict[str, Any]:
    from tacit.compiler import compile_project

    data = bytes(compile_project(source(name), debug=False).bytes)
    device = Device(data)
    found: dict[str, Any] = {
        "surfaces": len(device.bundle.surfaces),
        "bundle_bytes": len(data),
        "state_bytes": len(device.state.bytes),
        "differ": device.differing(),
    }
    if not found["differ"]:
        found |= deciding(device, rounds, block)
        found |= writing(device, rounds, series)
    return found
