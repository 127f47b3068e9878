"""What a record does to a state, worked out once per bundle: a list of functions per event and
per variant, so that a record looks nothing up and decodes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from tacit.runtime._model import Item, Memory, Program, literals
from tacit.runtime._state_controls import drop_old_controls
from tacit.runtime._state_data import (
    Counter,
    Kept,
    OnSurface,
    Scores,
    StateData,
    StoredSegment,
    Unclicked,
)
from tacit.runtime._state_slots import (
    FADE,
    add,
    add_distinct,
    add_score,
    add_shown,
    add_sum,
    fold,
    forget,
    more,
    move_later,
    scores_back,
)
from tacit.runtime._state_where import Hashes, Reader, Values, Where, reader, where
from tacit.runtime.format import MAX_COUNT, TRUSTED_STEP_MS, Cadence, ItemKind

EventStep: TypeAlias = Callable[[int, Values], None]
"""Takes the event's time and its values."""
VariantStep: TypeAlias = Callable[[int, int], None]
"""Takes the time of the record, or the floor if that is later; and the floor."""


@dataclass(frozen=True, slots=True)
class EventPlan:
    """What to read of an event and whom to tell. `due`: segments to be evaluated anew after it."""

    fields: tuple[tuple[str, Reader], ...]
    steps: tuple[EventStep, ...]
    due: tuple[StoredSegment, ...]


@dataclass(frozen=True, slots=True)
class VariantPlan:
    shown: tuple[VariantStep, ...]
    clicked: tuple[VariantStep, ...]
    dismissed: tuple[VariantStep, ...]


NOTHING = VariantPlan((), (), ())


@dataclass(frozen=True, slots=True)
class SurfacePlan:
    """`variants`: id -> what a record of it does; `items`: what keeps what shows here."""

    number: int
    default: str
    variants: dict[str, VariantPlan]
    items: tuple[OnSurface, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    events: dict[str, EventPlan]
    surfaces: dict[str, SurfacePlan]


def plan_for(program: Program, data: StateData, writer: int, hashes: Hashes) -> Plan:
    """The functions change the items that `data` has now: make a new plan after any other change
    of its items."""
    memory = program.memory
    if memory is None:
        return Plan({}, _surfaces(program, [], writer))
    kept = [
        (item, data.items[item.kind, item.key])
        for item in memory.items
        if (item.kind, item.key) in data.items
    ]
    scene = _Scene(program, memory, kept, writer, hashes)
    events = {event.name: _event_plan(scene, number) for number, event in enumerate(memory.events)}
    return Plan(events, _surfaces(program, kept, writer))


# ---------------------------------------------------------------- events


@dataclass(frozen=True, slots=True)
class _Scene:
    program: Program
    memory: Memory
    kept: list[tuple[Item, Kept]]
    writer: int
    hashes: Hashes


def _event_plan(scene: _Scene, event: int) -> EventPlan:
    memory = scene.memory
    row = memory.events[event]
    mine = [(item, one) for item, one in scene.kept if _counts(item) and item.event == event]
    read: set[int] = set()
    for item, _ in mine:
        if item.kind in (ItemKind.SUM, ItemKind.DISTINCT, ItemKind.SCORES):
            read.add(item.field)
        if item.where is not None:
            read.update(literal.signal for literal in literals(memory.wheres[item.where]))
    fields = [(name, n) for name, n in zip(row.names, row.fields, strict=True) if n in read]
    places = {number: place for place, (_, number) in enumerate(fields)}
    always: list[EventStep] = []
    when: dict[int, list[EventStep]] = {}
    for item, one in mine:
        step = _event_step(scene, item, one, places.get(item.field, 0))
        if item.where is None:
            always.append(step)
        else:
            when.setdefault(item.where, []).append(step)
    for number, steps in when.items():
        always.append(_only_when(where(memory.wheres[number], places), tuple(steps)))
    due = tuple(
        one.data
        for item, one in scene.kept
        if item.cadence is Cadence.EVENTS
        and event in item.events
        and isinstance(one.data, StoredSegment)
    )
    return EventPlan(
        tuple((name, reader(scene.program.signals[number])) for name, number in fields),
        tuple(always),
        due,
    )


def _counts(item: Item) -> bool:
    return item.kind <= ItemKind.SCORES


def _only_when(test: Where, steps: tuple[EventStep, ...]) -> EventStep:
    def run(at: int, values: Values) -> None:
        if test(values) is True:
            for step in steps:
                step(at, values)

    return run


def _event_step(scene: _Scene, item: Item, kept: Kept, place: int) -> EventStep:
    size, most, limit = item.slot, item.most_slots, item.limit
    writer, hashes = scene.writer, scene.hashes
    match item.kind:
        case ItemKind.COUNT:
            counted = _own(kept, writer)

            def count(at: int, values: Values) -> None:
                slot = at // size
                found = counted.get(slot, MAX_COUNT)
                if found < MAX_COUNT:
                    counted[slot] = found + 1
                else:
                    add(counted, slot, most)

            return count
        case ItemKind.SUM:
            sums = _own(kept, writer)

            def total(at: int, values: Values) -> None:
                value = values[place]
                if value is not None:
                    add_sum(sums, at // size, most, float(value))

            return total
        case ItemKind.DISTINCT:
            seen: dict[int, int] = kept.data  # type: ignore[assignment]

            def distinct(at: int, values: Values) -> None:
                value = values[place]
                if value is not None:
                    add_distinct(seen, hashes(value), at // size, limit)

            return distinct
        case ItemKind.SCORES:
            table = _own(kept, writer)

            def score(at: int, values: Values) -> None:
                value = values[place]
                if value is not None:
                    add_score(table, str(value), at // size, limit)

            return score

    def newest(at: int, values: Values) -> None:
        last = kept.data
        if last is None or at > last:  # type: ignore[operator]
            kept.data = at

    return newest


def _own(kept: Kept, writer: int) -> dict:  # type: ignore[type-arg]
    """What a writer has counted; the caller knows of what kind."""
    return kept.data.setdefault(writer, {})  # type: ignore[union-attr, arg-type, return-value]


# ---------------------------------------------------------------- variants


def _surfaces(
    program: Program, kept: list[tuple[Item, Kept]], writer: int
) -> dict[str, SurfacePlan]:
    of_surface: dict[int, list[OnSurface]] = {}
    of_variant: dict[int, list[tuple[Item, Kept]]] = {}
    for item, one in kept:
        if isinstance(one.data, OnSurface):
            of_surface.setdefault(item.surface, []).append(one.data)
        for variant in item.variants:
            of_variant.setdefault(variant, []).append((item, one))
    plans = {}
    first = 0
    for number, surface in enumerate(program.surfaces):
        variants = {
            name: _variant_plan(mine, writer)
            if (mine := of_variant.get(first + place))
            else NOTHING
            for place, name in enumerate(surface.variants)
        }
        default = surface.variants[surface.default]
        items = tuple(of_surface.get(number, ()))
        plans[surface.name] = SurfacePlan(number, default, variants, items)
        first += len(surface.variants)
    return plans


def _variant_plan(kept: list[tuple[Item, Kept]], writer: int) -> VariantPlan:
    """`kept`: the items of the variant."""
    shown: list[VariantStep] = []
    clicked: list[VariantStep] = []
    dismissed: list[VariantStep] = []
    for item, one in kept:
        match item.kind:
            case ItemKind.SHOWN:
                shown.append(_count_shown(item, _own(one, writer)))
            case ItemKind.LAST_SHOWN:
                shown.append(_newest_shown(one))
            case ItemKind.DISMISSED:
                dismissed.append(_count_ever(_own(one, writer)))
            case ItemKind.UNCLICKED:
                assert isinstance(one.data, Unclicked)
                shown.append(_count_ever(one.data.shows.setdefault(writer, {})))
                clicked.append(_remember_click(one.data))
    return VariantPlan(tuple(shown), tuple(clicked), tuple(dismissed))


def _count_shown(item: Item, slots: dict[int, int]) -> VariantStep:
    size, most, read = item.slot, item.most_slots, item.slots_read

    def count(now: int, floor: int) -> None:
        add_shown(slots, now // size, most, floor // size - read)

    def count_ever(now: int, floor: int) -> None:
        add_shown(slots, 0, most, -1)

    return count if size else count_ever


def _count_ever(slots: dict[int, int]) -> VariantStep:
    def count(now: int, floor: int) -> None:
        slots[0] = more(slots.get(0, 0))

    return count


def _newest_shown(kept: Kept) -> VariantStep:
    def newest(now: int, floor: int) -> None:
        last = kept.data
        if last is None or now > last:  # type: ignore[operator]
            kept.data = now

    return newest


def _remember_click(data: Unclicked) -> VariantStep:
    def click(now: int, floor: int) -> None:
        data.at_click = {writer: dict(slots) for writer, slots in data.shows.items() if slots}

    return click


# ---------------------------------------------------------------- what shows on a surface


def show(
    data: OnSurface, variant: str, *, default: str, rule: int, session: int, now: int, writer: int
) -> None:
    """STATE.md 4.4: what a show does to a SURFACE item."""
    if variant != data.variant:
        data.since = now
        data.unclicked = {}
    else:
        _one_more(data.repeats, writer)
    if variant != default:
        if (
            data.personalized not in ("", variant)
            and data.personalized != default
            and data.personalized_session == session
        ):
            _one_more(data.changes, writer)
            add(data.session_changes.setdefault(writer, {}), session, 1)
        data.personalized = variant
        data.personalized_session = session
    data.variant = variant
    data.rule = rule
    data.last_shown = now
    _one_more(data.shows, writer)
    _one_more(data.unclicked, writer)


def click(data: OnSurface, variant: str, writer: int) -> None:
    _one_more(data.clicks, writer)
    if variant == data.variant:
        data.unclicked = {}


def dismiss(data: OnSurface, writer: int) -> None:
    _one_more(data.dismissals, writer)


def _one_more(counter: Counter, writer: int) -> None:
    slots = counter.setdefault(writer, {})
    slots[0] = more(slots.get(0, 0))


# ---------------------------------------------------------------- what is too late, too old


def draw_back(program: Program, data: StateData, time: int) -> None:
    """Shows of a clock that was far ahead become shows of the trusted `time`, so that they block
    and are held for one window more, not until then; so do scores and the event that came last
    (STATE.md 4.4)."""
    memory = program.memory
    latest = time + TRUSTED_STEP_MS
    for item in () if memory is None else memory.items:
        kept = data.items.get((item.kind, item.key))
        if kept is None:
            continue
        if item.kind in (ItemKind.LAST, ItemKind.LAST_SHOWN):
            if isinstance(kept.data, int) and kept.data > latest:
                kept.data = time
        elif item.kind is ItemKind.SCORES:
            for table in kept.data.values():  # type: ignore[union-attr]
                scores_back(table, latest // item.slot, time // item.slot)  # type: ignore[arg-type]
        elif isinstance(kept.data, OnSurface):
            shown = kept.data
            shown.since = time if shown.since > latest else shown.since
            shown.last_shown = time if shown.last_shown > latest else shown.last_shown
        elif item.kind is ItemKind.SHOWN and item.slots:
            counter: Counter = kept.data  # type: ignore[assignment]
            for slots in counter.values():
                if move_later(slots, latest // item.slot, time // item.slot):
                    fold(slots, item.most_slots, data.floor // item.slot - item.slots_read)


def sweep(program: Program, data: StateData) -> None:
    """Drops what no window can reach any more, by the newest trusted time (STATE.md 4.1)."""
    memory = program.memory
    if memory is None:
        return
    for item in memory.items:
        kept = data.items.get((item.kind, item.key))
        if kept is None:
            continue
        if item.kind is ItemKind.SCORES:
            _sweep_scores(kept.data, data.floor // item.slot)  # type: ignore[arg-type]
        if not item.slots:
            continue
        until = data.floor // item.slot - item.slots_read
        if item.kind is ItemKind.DISTINCT:
            seen: dict[int, int] = kept.data  # type: ignore[assignment]
            for key in [key for key, slot in seen.items() if slot <= until]:
                del seen[key]
            continue
        for slots in kept.data.values():  # type: ignore[union-attr]
            forget(slots, until)  # type: ignore[arg-type]
    drop_old_controls(data, memory.less_of)


def _sweep_scores(scores: Scores, step: int) -> None:
    for table in scores.values():
        for text in [text for text, (own, _) in table.items() if step - own >= len(FADE)]:
            del table[text]
