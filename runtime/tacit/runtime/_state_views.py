"""A state as people read it: for engineers at a time, for the person in full, and its health."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tacit.runtime import _state_slots as slots
from tacit.runtime._model import Guard, Item, Memory, Program
from tacit.runtime._readings import within_times
from tacit.runtime._standing import (
    Clock,
    amount,
    arm_index,
    blocks,
    held,
    kept_for,
    shown_count,
    standing,
    variants_of,
)
from tacit.runtime._state_controls import Control, controls_of, less_of_lasts
from tacit.runtime._state_data import (
    CADENCE_MS,
    FAR_PAST,
    FUTURE,
    NONE,
    Counter,
    Kept,
    OnSurface,
    StateData,
    StoredSegment,
    Unclicked,
    too_old_from,
)
from tacit.runtime.format import GuardKind, ItemKind, Role
from tacit.runtime.reference import experiment_of

VariantName = tuple[str, str]
"""Surface and variant."""


@dataclass(frozen=True, slots=True)
class WindowView:
    """An aggregate: its value (None: missing), what it has so far, when it has been observed for
    its whole window."""

    name: str
    value: object
    so_far: int | float | None = None
    observed_from: int | None = None


@dataclass(frozen=True, slots=True)
class GuardView:
    """A guardrail: what it has used of its limit. `opens` is when its variants may show again, for
    all that is known now; None: they may, or never will."""

    kind: str
    variants: tuple[VariantName, ...]
    limit: int
    used: int
    left: int
    blocks: bool
    opens: int | None


@dataclass(frozen=True, slots=True)
class HoldView:
    """What shows on a surface with a hold. `until`: when `stable_for` ends; None: it has ended."""

    surface: str
    variant: str
    since: int
    held: bool
    until: int | None
    changes: int


@dataclass(frozen=True, slots=True)
class StoredView:
    """A stored segment. `due`: when it is evaluated anew; None: on an event that has not come, or
    never again.
    `too_old`: the value does not count, decisions evaluate the segment."""

    segment: str | int
    cadence: str
    value: bool | None
    since: int | None
    due: int | None
    too_old: bool


@dataclass(frozen=True, slots=True)
class ArmView:
    """The arm of a sticky experiment, which goes by its key where ids are left out. `forced`: put
    there to try it out, whatever is stored."""

    experiment: str | int
    arm: str
    forced: bool


@dataclass(frozen=True, slots=True)
class StateView:
    now: int
    off: bool
    first_seen: int
    floor: int
    session: int
    windows: tuple[WindowView, ...]
    guards: tuple[GuardView, ...]
    blocked: tuple[tuple[VariantName, str], ...]
    holds: tuple[HoldView, ...]
    segments: tuple[StoredView, ...]
    arms: tuple[ArmView, ...]
    controls: tuple[Control, ...]
    refused: tuple[int, int, int]  # events from the future, from the far past; what names nothing


@dataclass(frozen=True, slots=True)
class Health:
    """How a surface does on this device; nothing of it is sent.

    `repetition` and `change_rate` are shares of the shows; `fatigue` counts the shows of what shows
    now since it was last clicked.
    """

    shows: int
    clicks: int
    dismissals: int
    changes: int
    repetition: float
    fatigue: int
    change_rate: float


# ---------------------------------------------------------------- at a time


def view_of(program: Program, data: StateData, now: int) -> StateView:
    memory = program.memory
    clock = Clock(now)
    session = clock.session(data)
    shared: dict[str, Any] = {
        "now": now,
        "off": data.off,
        "first_seen": data.first_seen,
        "floor": data.floor,
        "session": session,
        "controls": controls_of(data, less_of_lasts(program), now),
        "refused": (data.refused[FUTURE], data.refused[FAR_PAST], data.refused[NONE]),
    }
    if memory is None or data.off:
        return StateView(
            windows=(), guards=(), blocked=(), holds=(), segments=(), arms=(), **shared
        )
    names = [
        (surface.name, variant) for surface in program.surfaces for variant in surface.variants
    ]
    scene = _Scene(program, memory, data, clock)
    blocked = blocks(program, memory, data, clock)
    arms = [
        (row.key, _experiment(program, number) or row.key, row.arms[index - 1])
        for number, row in enumerate(memory.experiments)
        if (index := arm_index(memory, data, number)) is not None
    ]
    return StateView(
        windows=tuple(_windows(program, memory, data, now)),
        guards=tuple(_guard(scene, guard, names) for guard in memory.guards),
        blocked=tuple((names[n], blocked[n].name) for n in sorted(blocked)),
        holds=tuple(_hold(scene, number) for number in range(len(memory.holds))),
        segments=tuple(
            _segment(program, item, data, now)
            for item in memory.items
            if item.kind is ItemKind.SEGMENT and (item.kind, item.key) in data.items
        ),
        arms=tuple(
            ArmView(name, arm, data.forced.get(key) == arm) for key, name, arm in sorted(arms)
        ),
        **shared,
    )


def _experiment(program: Program, number: int) -> str | None:
    """The id of a sticky experiment; None: no rule deals it out any more, or ids are left out."""
    rules = program.memory.rules if program.memory is not None else ()
    tries = (rule for rule, row in enumerate(rules) if row.experiment == number)
    rule = next(tries, None)
    return None if rule is None else experiment_of(program, rule, number)


def _windows(program: Program, memory: Memory, data: StateData, now: int) -> list[WindowView]:
    values = standing(program, data, now).values
    views = []
    for signal, derived in zip(
        program.signals[memory.first_derived :], memory.derived, strict=True
    ):
        if "." in signal.name:
            continue
        value = values.get(signal.name)
        if derived.role is not Role.EXACT:
            views.append(WindowView(signal.name, value))
            continue
        item, kept = kept_for(memory, data, derived.arguments[0], now)
        views.append(
            WindowView(
                signal.name,
                value,
                amount(item, kept.data, now // item.slot),
                within_times((kept.begun // item.slot + item.slots) * item.slot),
            )
        )
    return views


@dataclass(frozen=True, slots=True)
class _Scene:
    program: Program
    memory: Memory
    data: StateData
    clock: Clock


def _guard(scene: _Scene, guard: Guard, names: list[VariantName]) -> GuardView:
    program, data, clock = scene.program, scene.data, scene.clock
    item, kept = kept_for(scene.memory, data, guard.item, clock.now)
    time = clock.trusted(data)
    limit, opens, blocks = guard.limit, None, None
    variants = item.variants
    match guard.kind:
        case GuardKind.CAP:
            used = shown_count(item, kept, time, clock)
            if used >= limit:
                opens = cap_opens(item, kept, limit)
        case GuardKind.COOLDOWN:
            newest = kept.data if isinstance(kept.data, int) else None
            until = None if newest is None else newest + limit
            cooling = until is not None and time < until
            opens = until if cooling else None
            limit, used = 1, int(cooling)
        case GuardKind.DISMISSED:
            used = slots.count_all(kept.data)  # type: ignore[arg-type]
        case GuardKind.UNCLICKED:
            assert isinstance(kept.data, Unclicked)
            used = slots.unclicked(kept.data)
        case GuardKind.CHANGES:
            assert isinstance(kept.data, OnSurface)
            session = clock.session(data)
            variants = tuple(variants_of(program, item.surface))
            used = sum(own.get(session, 0) for own in kept.data.session_changes.values())
            blocks = slots.changes_spent(kept.data, session, limit)
    return GuardView(
        guard.kind.name.lower(),
        tuple(names[variant] for variant in variants),
        limit,
        used,
        max(0, limit - used),
        used >= limit if blocks is None else blocks,
        None if opens is None else within_times(opens),
    )


def cap_opens(item: Item, kept: Kept, limit: int) -> int | None:
    """The time from which a cap counts fewer than `limit` shows, without further ones."""
    if not item.slots or limit == 0:
        return None
    counter: Counter = kept.data  # type: ignore[assignment]
    times: dict[int, int] = {}
    for own in counter.values():
        for slot, count in own.items():
            times[slot] = times.get(slot, 0) + count
    left = sum(times.values())
    for slot in sorted(times):
        left -= times[slot]
        if left < limit:
            return (slot + item.slots + 1) * item.slot
    return None


def _hold(scene: _Scene, number: int) -> HoldView:
    program, memory, data, clock = scene.program, scene.memory, scene.data, scene.clock
    hold = memory.holds[number]
    item, kept = kept_for(memory, data, hold.item, clock.now)
    shown = kept.data
    assert isinstance(shown, OnSurface)
    until = shown.since + hold.stable_for
    session = clock.session(data)
    return HoldView(
        program.surfaces[item.surface].name,
        shown.variant,
        shown.since,
        held(program, memory, data, number, clock) is not None,
        within_times(until) if shown.variant and until > clock.now else None,
        sum(own.get(session, 0) for own in shown.session_changes.values()),
    )


def _segment(program: Program, item: Item, data: StateData, now: int) -> StoredView:
    stored = data.items[item.kind, item.key].data
    assert isinstance(stored, StoredSegment)
    length = CADENCE_MS.get(item.cadence)
    end = too_old_from(item.cadence, stored)
    debug = program.debug
    known = stored.value is not None
    due = stored.due or None
    if known and length is not None:
        due = within_times((stored.time // length + 1) * length)
    return StoredView(
        item.segment if debug is None else debug.segments[item.segment],
        item.cadence.name.lower(),
        stored.value,
        stored.time if known else None,
        due if known else None,
        end is not None and now >= end,
    )


# ---------------------------------------------------------------- health


def health_of(program: Program, data: StateData) -> dict[str, Health]:
    memory = program.memory
    found = {}
    for item in () if memory is None else memory.items:
        kept = data.items.get((item.kind, item.key))
        if kept is not None and isinstance(kept.data, OnSurface):
            found[program.surfaces[item.surface].name] = _health(kept.data)
    return found


def _health(data: OnSurface) -> Health:
    shows = slots.count_all(data.shows)
    changes = slots.count_all(data.changes)
    return Health(
        shows=shows,
        clicks=slots.count_all(data.clicks),
        dismissals=slots.count_all(data.dismissals),
        changes=changes,
        repetition=slots.count_all(data.repeats) / shows if shows else 0.0,
        fatigue=slots.count_all(data.unclicked),
        change_rate=changes / shows if shows else 0.0,
    )
