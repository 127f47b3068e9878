"""What one device remembers, as plain values that change: STATE.md section 3.

One state has one owner, `DeviceState`. `standing` and the views only read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from tacit.runtime._model import Item, JsonValue, Memory
from tacit.runtime.format import MAX_COUNT, SESSION_IDLE_MS, Cadence, ItemKind

Counter: TypeAlias = dict[int, dict[int, int]]
"""Writer -> slot -> how many. A writer without slots is as good as absent."""
Sums: TypeAlias = dict[int, dict[int, tuple[int, float]]]
"""Writer -> slot -> how many, and their sum."""
Scores: TypeAlias = dict[int, dict[str, tuple[int, float]]]
"""Writer -> text -> the step its score belongs to, and the score."""
ItemId: TypeAlias = tuple[int, int]
"""Kind and key: by these an item is found again in another version of a bundle."""
ControlId: TypeAlias = tuple[int, str, str]
"""Kind (0 variant, 1 topic, 2 surface), surface or topic, variant or ""."""

NOT_INTERESTED, LESS_OF, TAKEN_BACK = range(3)
"""Strengths of a control."""
FUTURE, FAR_PAST, NONE = range(3)
"""Places in `StateData.refused`."""


@dataclass(slots=True)
class OnSurface:
    """What shows on a surface; times in epoch ms, `rule` a key or 0, counters of slot 0."""

    variant: str = ""
    rule: int = 0
    since: int = 0
    last_shown: int = 0
    personalized: str = ""  # the last variant that is not the default
    personalized_session: int = 0
    session_changes: Counter = field(default_factory=dict)  # the slot is the session
    shows: Counter = field(default_factory=dict)
    clicks: Counter = field(default_factory=dict)
    dismissals: Counter = field(default_factory=dict)
    changes: Counter = field(default_factory=dict)
    repeats: Counter = field(default_factory=dict)
    unclicked: Counter = field(default_factory=dict)  # shows of this variant since its last click


@dataclass(slots=True)
class Unclicked:
    shows: Counter = field(default_factory=dict)
    at_click: Counter = field(default_factory=dict)  # the shows at the last click


@dataclass(slots=True)
class StoredArm:
    arm: str
    time: int


@dataclass(slots=True)
class StoredSegment:
    """`value` None: nothing is stored. `due` is the newest time an event made it due, or 0."""

    value: bool | None = None
    time: int = 0
    due: int = 0


ItemData: TypeAlias = (
    "Counter | Sums | Scores | dict[int, int] | int | OnSurface | Unclicked | StoredArm"
    " | StoredSegment | None"
)
"""By kind; of DISTINCT hash -> slot, of LAST and LAST_SHOWN the time or None."""


@dataclass(slots=True)
class Kept:
    """An item of the state. `begun` is when it came in, in epoch ms."""

    kind: ItemKind
    key: int
    purpose: str | None
    begun: int
    data: ItemData


@dataclass(slots=True)
class Session:
    """`name` is the hash of the host's id; None: the host names none."""

    number: int
    started: int
    last: int
    name: int | None = None

    def number_at(self, now: int) -> int:
        """The number of the session that a record at `now`, which names none, would belong to."""
        idle = self.name is None and now - self.last >= SESSION_IDLE_MS
        return self.next_number() if idle else self.number

    def next_number(self) -> int:
        return min(self.number + 1, MAX_COUNT)


@dataclass(slots=True)
class StateData:
    project: int
    """Hash of the project's id: a state never goes over to another one."""
    first_seen: int
    floor: int
    session: Session
    off: bool = False
    preferences: dict[str, tuple[JsonValue, int]] = field(default_factory=dict)
    """Signal -> value (None: taken back) and when."""
    controls: dict[ControlId, tuple[int, int]] = field(default_factory=dict)
    """-> strength and time."""
    forced: dict[int, str] = field(default_factory=dict)
    """Key of an experiment -> arm."""
    items: dict[ItemId, Kept] = field(default_factory=dict)
    nonces: dict[int, None] = field(default_factory=dict)
    """Hashes, oldest first."""
    refused: list[int] = field(default_factory=lambda: [0, 0, 0])
    later: list[object] = field(default_factory=list)
    """What a later version added, as it came."""


def in_order(controls: Mapping[ControlId, tuple[int, int]]) -> list[ControlId]:
    """In order of time, then as the arrays of the bytes."""

    def order(control: ControlId) -> tuple[int, int, int, str, str]:
        kind, target, variant = control
        strength, time = controls[control]
        return time, kind, strength, target, variant

    return sorted(controls, key=order)


CADENCE_MS = {Cadence.HOURLY: 3_600_000, Cadence.DAILY: 86_400_000}
"""How long a stored segment is good for; those of other cadences have no such time."""
MOST_TURNS = 2
"""After so many turns of the clock without a refresh a stored segment does not count."""


def too_old_from(cadence: Cadence, stored: StoredSegment) -> int | None:
    """The time from which a stored value does not count any more; None: it always does."""
    length = CADENCE_MS.get(cadence)
    if stored.value is None or length is None:
        return None
    return (stored.time // length + MOST_TURNS) * length


OBSERVED = frozenset({ItemKind.COUNT, ItemKind.SUM, ItemKind.DISTINCT, ItemKind.LAST})
"""Of these it matters since when they are there; of the others `begun` is 0."""


def fresh(project: int, now: int) -> StateData:
    """A state without items."""
    return StateData(project, now, now, Session(1, now, now))


def fresh_item(item: Item, now: int) -> Kept:
    begun = now if item.kind in OBSERVED else 0
    return Kept(item.kind, item.key, item.purpose, begun, _empty(item.kind))


def _empty(kind: ItemKind) -> ItemData:
    match kind:
        case ItemKind.LAST | ItemKind.LAST_SHOWN | ItemKind.ARM:
            return None
        case ItemKind.SURFACE:
            return OnSurface()
        case ItemKind.UNCLICKED:
            return Unclicked()
        case ItemKind.SEGMENT:
            return StoredSegment()
        case _:
            return {}


def keep_only(data: StateData, memory: Memory | None, granted: frozenset[str], now: int) -> None:
    """Makes the items those of `memory` that are necessary or granted; new ones begin now."""
    wanted = () if memory is None or data.off else memory.items
    items: dict[ItemId, Kept] = {}
    for item in wanted:
        if item.purpose is None or item.purpose in granted:
            kept = data.items.get((item.kind, item.key)) or fresh_item(item, now)
            kept.purpose = item.purpose
            items[item.kind, item.key] = kept
    data.items = items
