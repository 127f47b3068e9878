"""What a state says at a time: the values of machine signals (STATE.md 2.3 and 4).

Here memory becomes signals. Nothing is changed; evaluators read the result like any signal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tacit.runtime import _state_slots as slots
from tacit.runtime._model import Hold, Item, Memory, Program, Signal
from tacit.runtime._state_data import (
    LESS_OF,
    NOT_INTERESTED,
    ItemData,
    Kept,
    OnSurface,
    StateData,
    StoredArm,
    StoredSegment,
    Unclicked,
    fresh_item,
    too_old_from,
)
from tacit.runtime.format import (
    SESSION_IDLE_MS,
    TRUSTED_STEP_MS,
    Block,
    GuardKind,
    ItemKind,
    Role,
)

__all__ = ["Standing", "arm_index", "blocks", "held", "standing", "without_state"]

EVER: Final = 2**53
"""Beyond every time."""

SUPPRESSED, CAPPED, SPENT, COOLING = range(4)
"""The order in which blocks are named."""
CODES: Final = (Block.SUPPRESSED, Block.CAPPED, Block.CHANGES, Block.COOLING_DOWN)


@dataclass(frozen=True, slots=True)
class Standing:
    """All that deciding asks of a state. For now in [valid_from, valid_until) it stays as it is;
    a time since something may meanwhile be any with the same answers to all tests of the bundle.
    """

    values: Mapping[str, object]  # of machine signals, those that are there
    declared: Mapping[str, object]  # preferences, by signal of the host
    off: bool
    forced: frozenset[int]  # experiments
    valid_from: int = -EVER
    valid_until: int = EVER


class Clock:
    """A time, and how long before and after it nothing changes."""

    __slots__ = ("now", "since", "until")

    def __init__(self, now: int) -> None:
        self.now = now
        self.since = -EVER
        self.until = EVER

    def cut(self, at: int) -> None:
        """Something changes at `at`."""
        if at <= self.now:
            self.since = max(self.since, at)
        else:
            self.until = min(self.until, at)

    def slot(self, size: int) -> int:
        """The slot of now."""
        number = self.now // size
        self.cut(number * size)
        self.cut((number + 1) * size)
        return number

    def trusted(self, data: StateData) -> int:
        """The time of caps and cooldowns."""
        self.cut(data.floor)
        self.cut(data.floor - TRUSTED_STEP_MS)
        return slots.trusted(data, self.now)

    def session(self, data: StateData) -> int:
        """The session that is current now."""
        if data.session.name is None:
            self.cut(data.session.last + SESSION_IDLE_MS)
        return data.session.number_at(self.now)


# ---------------------------------------------------------------- the whole


def standing(program: Program, data: StateData, now: int) -> Standing:
    """`program` may be another version than the state was written for: items go by their keys."""
    memory = program.memory
    if data.off:
        return Standing({}, {}, True, frozenset())
    if memory is None:
        return Standing({}, {}, False, frozenset())
    clock = Clock(now)
    look = _Look(program, memory, data, clock)
    values: dict[str, object] = {}
    for signal, derived in zip(
        program.signals[memory.first_derived :], memory.derived, strict=True
    ):
        value = look.value(signal, derived.role, derived.arguments)
        if value is not None:
            values[signal.name] = value
    declared = {
        signal.name: data.preferences[signal.name][0]
        for signal, is_declared in zip(program.signals, memory.declared, strict=False)
        if is_declared and data.preferences.get(signal.name, (None,))[0] is not None
    }
    forced = frozenset(
        number
        for number, experiment in enumerate(memory.experiments)
        if data.forced.get(experiment.key) in experiment.arms
    )
    return Standing(values, declared, False, forced, clock.since, clock.until)


def without_state(memory: Memory | None, program: Program) -> dict[str, object]:
    """The values of machine signals when there is no state (STATE.md 4.8)."""
    if memory is None:
        return {}
    passed_over: set[int] = set()
    for guard in memory.guards:
        if not guard.allow and guard.kind in (GuardKind.CAP, GuardKind.COOLDOWN):
            passed_over.update(memory.items[guard.item].variants)
        if not guard.allow and guard.kind is GuardKind.CHANGES:
            passed_over.update(variants_of(program, memory.items[guard.item].surface))
    for hold in memory.holds:
        if not hold.allow:
            passed_over.update(variants_of(program, memory.items[hold.item].surface))
    passed_over -= defaults(program)
    return {
        signal.name: int(Block.NO_STATE)
        for signal, derived in zip(
            program.signals[memory.first_derived :], memory.derived, strict=True
        )
        if derived.role is Role.BLOCK and derived.arguments[0] in passed_over
    }


def variants_of(program: Program, surface: int) -> range:
    """The numbers of a surface's variants among those of the bundle."""
    first = program.first_variant(surface)
    return range(first, first + len(program.surfaces[surface].variants))


def defaults(program: Program) -> set[int]:
    found = set()
    first = 0
    for surface in program.surfaces:
        found.add(first + surface.default)
        first += len(surface.variants)
    return found


# ---------------------------------------------------------------- by role


@dataclass(slots=True)
class _Look:
    program: Program
    memory: Memory
    data: StateData
    clock: Clock
    blocked: dict[int, Block] | None = None

    def item(self, number: int) -> tuple[Item, Kept]:
        return kept_for(self.memory, self.data, number, self.clock.now)

    def value(self, signal: Signal, role: Role, arguments: tuple[int, ...]) -> object:
        """None: missing."""
        match role:
            case Role.EXACT:
                item, kept = self.item(arguments[0])
                observed = arguments[1] == 1 or self.observed(item, kept)
                return self.amount(item, kept.data) if observed else None
            case Role.LEAST:
                item, kept = self.item(arguments[0])
                return self.amount(item, kept.data)
            case Role.SINCE:
                newest = self.item(arguments[0])[1].data
                return self.since(signal, newest) if isinstance(newest, int) else None
            case Role.TOP:
                item, kept = self.item(arguments[0])
                step = self.clock.slot(item.slot)
                return slots.top(kept.data, step, arguments[1]) or None  # type: ignore[arg-type]
            case Role.FUNNEL:
                return self.funnel(arguments)
            case Role.FIRST_SEEN:
                return self.since(signal, self.data.first_seen)
            case Role.SESSION:
                return self.clock.session(self.data)
            case Role.BLOCK:
                if self.blocked is None:
                    self.blocked = blocks(self.program, self.memory, self.data, self.clock)
                code = self.blocked.get(arguments[0])
                return None if code is None else int(code)
            case Role.HOLD:
                return held(self.program, self.memory, self.data, arguments[0], self.clock)
            case Role.IN | Role.OUT:
                return True if self.stored(arguments[0]) is (role is Role.IN) else None
            case Role.ARM:
                return arm_index(self.memory, self.data, arguments[0])
            case Role.THEME:
                return None

    def stored(self, number: int) -> bool | None:
        """What a segment was when it was stored; None: nothing is, or it is too old."""
        item, kept = self.item(number)
        stored = kept.data
        assert isinstance(stored, StoredSegment)
        end = too_old_from(item.cadence, stored)
        if end is None:
            return stored.value
        self.clock.cut(end)
        return stored.value if self.clock.now < end else None

    def observed(self, item: Item, kept: Kept) -> bool:
        # An item that is not in the state begins now.
        return kept.begun // item.slot <= self.clock.slot(item.slot) - item.slots

    def amount(self, item: Item, data: ItemData) -> int | float:
        return amount(item, data, self.clock.slot(item.slot))

    def since(self, signal: Signal, time: int) -> int:
        for value in signal.values:
            assert isinstance(value, int)
            self.clock.cut(time + value)
            self.clock.cut(time + value + 1)
        for bound in (signal.minimum, signal.maximum):
            if bound is not None:
                self.clock.cut(time + int(bound))
                self.clock.cut(time + int(bound) + 1)
        return max(0, self.clock.now - time)

    def funnel(self, arguments: tuple[int, ...]) -> bool | None:
        first, second, after, within, zero = arguments
        kept = self.item(first)[1]
        reached, left = kept.data, self.item(second)[1].data
        now = self.clock.now
        if isinstance(reached, int):
            self.clock.cut(reached + after)
            self.clock.cut(reached + within)
            age = now - reached
            if after <= age < within and (not isinstance(left, int) or left < reached):
                return True
            if age < within:
                return False
        if zero:
            return False
        self.clock.cut(kept.begun + within)
        return None if now - kept.begun < within else False


def kept_for(memory: Memory, data: StateData, number: int, now: int) -> tuple[Item, Kept]:
    """An item and what the state holds for it; an empty one where it holds nothing."""
    item = memory.items[number]
    kept = data.items.get((item.kind, item.key))
    return item, fresh_item(item, now) if kept is None else kept


def amount(item: Item, data: ItemData, slot: int) -> int | float:
    """What a COUNT, SUM or DISTINCT holds in the window that ends with `slot`."""
    after = slot - item.slots
    if item.kind is ItemKind.SUM:
        return slots.sum_within(data, after, slot)  # type: ignore[arg-type]
    if item.kind is ItemKind.DISTINCT:
        return slots.distinct_within(data, after, slot)  # type: ignore[arg-type]
    return slots.count_within(data, after, slot)  # type: ignore[arg-type]


def arm_index(memory: Memory, data: StateData, experiment: int) -> int | None:
    """1 + the arm, forced or else stored."""
    row = memory.experiments[experiment]
    arm = data.forced.get(row.key)
    if arm in row.arms:
        return 1 + row.arms.index(arm)
    for item in memory.items:
        if item.kind is ItemKind.ARM and item.experiment == experiment:
            kept = data.items.get((item.kind, item.key))
            stored = None if kept is None else kept.data
            if isinstance(stored, StoredArm) and stored.arm in row.arms:
                return 1 + row.arms.index(stored.arm)
    return None


# ---------------------------------------------------------------- holds


def held(
    program: Program, memory: Memory, data: StateData, number: int, clock: Clock
) -> int | None:
    """1 + the entry of a hold that is held; None: nothing is (STATE.md 4.6)."""
    hold = memory.holds[number]
    item, kept = kept_for(memory, data, hold.item, clock.now)
    shown = kept.data
    assert isinstance(shown, OnSurface)
    surface = program.surfaces[item.surface]
    if shown.variant in ("", surface.variants[surface.default]):
        return None
    if not _holds(hold, shown, data, clock):
        return None
    first = sum(memory.written[: item.surface])
    for place, (rule, variant) in enumerate(hold.entries):
        if (
            memory.rule_keys[first + rule] == shown.rule
            and surface.variants[variant] == shown.variant
        ):
            return 1 + place
    return None


def _holds(hold: Hold, shown: OnSurface, data: StateData, clock: Clock) -> bool:
    if hold.stable_for:
        clock.cut(shown.since + hold.stable_for)
        if clock.now - shown.since < hold.stable_for:
            return True
    if hold.changes is None:
        return False
    return slots.changes_spent(shown, clock.session(data), hold.changes)


# ---------------------------------------------------------------- blocks


def blocks(program: Program, memory: Memory, data: StateData, clock: Clock) -> dict[int, Block]:
    """Why variants may not show, by their number; those that may are left out (STATE.md 4.5)."""
    found: tuple[set[int], ...] = tuple(set() for _ in CODES)
    found[SUPPRESSED].update(unwanted(program, memory, data, clock))
    time = clock.trusted(data)
    for guard in memory.guards:
        item, kept = kept_for(memory, data, guard.item, clock.now)
        match guard.kind:
            case GuardKind.CAP:
                if shown_count(item, kept, time, clock) >= guard.limit:
                    found[CAPPED].update(item.variants)
            case GuardKind.COOLDOWN:
                newest = kept.data
                if isinstance(newest, int):
                    clock.cut(newest + guard.limit)
                    if time < newest + guard.limit:
                        found[COOLING].update(item.variants)
            case GuardKind.DISMISSED:
                if slots.count_all(kept.data) >= guard.limit:  # type: ignore[arg-type]
                    found[SUPPRESSED].update(item.variants)
            case GuardKind.UNCLICKED:
                assert isinstance(kept.data, Unclicked)
                if slots.unclicked(kept.data) >= guard.limit:
                    found[SUPPRESSED].update(item.variants)
            case GuardKind.CHANGES:
                shown = kept.data
                assert isinstance(shown, OnSurface)
                if slots.changes_spent(shown, clock.session(data), guard.limit):
                    names = program.surfaces[item.surface].variants
                    numbers = variants_of(program, item.surface)
                    found[SPENT].update(
                        number
                        for name, number in zip(names, numbers, strict=True)
                        if name != shown.personalized
                    )
    never = defaults(program)
    blocked: dict[int, Block] = {}
    for code, variants in zip(CODES, found, strict=True):
        for variant in variants - never:
            blocked.setdefault(variant, code)
    return blocked


def shown_count(item: Item, kept: Kept, time: int, clock: Clock) -> int:
    """Shows that a cap counts at the trusted `time`: one slot more than the window has."""
    if not item.slots:
        return slots.count_all(kept.data)  # type: ignore[arg-type]
    if time == clock.now:
        clock.slot(item.slot)
    return slots.count_after(kept.data, time // item.slot - item.slots - 1)  # type: ignore[arg-type]


def unwanted(program: Program, memory: Memory, data: StateData, clock: Clock) -> set[int]:
    """Variants that the person's controls block."""
    found: set[int] = set()
    for (kind, target, variant), (strength, time) in data.controls.items():
        if strength == LESS_OF:
            clock.cut(time + memory.less_of)
        if strength != NOT_INTERESTED and not (
            strength == LESS_OF and clock.now < time + memory.less_of
        ):
            continue
        if kind == 1:
            if target in memory.topics:
                topic = memory.topics.index(target)
                found.update(n for n, own in enumerate(memory.variant_topics) if topic in own)
            continue
        surface = program.surface_number(target)
        if surface is None:
            continue
        numbers = variants_of(program, surface)
        if kind == 2:
            found.update(numbers)
        elif variant in program.surfaces[surface].variants:
            found.add(numbers[program.surfaces[surface].variants.index(variant)])
    return found
