"""Two states of one device become one: STATE.md 4.11. Commutative, associative, idempotent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import msgpack
from tacit.runtime._model import JsonValue
from tacit.runtime._state_bytes import counters_of
from tacit.runtime._state_data import (
    ItemData,
    ItemId,
    Kept,
    OnSurface,
    Session,
    StateData,
    StoredArm,
    StoredSegment,
    Unclicked,
    in_order,
)
from tacit.runtime._state_slots import brought
from tacit.runtime.format import MAX_CONTROLS, MAX_NONCES, ItemKind

K = TypeVar("K")
V = TypeVar("V")
Part = TypeVar("Part", int, tuple[int, float])

Limits = Mapping[ItemId, int]


def merge(one: StateData, other: StateData, limits: Limits) -> StateData:
    """`limits`: by kind and key, how many slots a counter of the bundle keeps, or hashes.

    Both are of one project. Of a state that is off nothing is left but the times.
    """
    merged = StateData(
        project=one.project,
        first_seen=min(one.first_seen, other.first_seen),
        floor=max(one.floor, other.floor),
        session=max(one.session, other.session, key=_session_order),
        off=one.off or other.off,
        later=max(one.later, other.later, key=msgpack.packb),
    )
    if merged.off:
        return merged
    merged.preferences = joined(one.preferences, other.preferences, _later_preference)
    controls = joined(one.controls, other.controls, _later_control)
    merged.controls = {one: controls[one] for one in in_order(controls)[-MAX_CONTROLS:]}
    merged.forced = joined(one.forced, other.forced, max)
    merged.nonces = _nonces(one.nonces, other.nonces)
    merged.refused = [max(pair) for pair in zip(one.refused, other.refused, strict=True)]
    merged.items = joined(one.items, other.items, lambda mine, theirs: _item(mine, theirs, limits))
    return merged


def joined(one: Mapping[K, V], other: Mapping[K, V], both: Callable[[V, V], V]) -> dict[K, V]:
    """All of two mappings; `both` makes one value of two."""
    found = dict(one)
    for key, value in other.items():
        found[key] = both(found[key], value) if key in found else value
    return found


def _session_order(session: Session) -> tuple[int, int, int, int]:
    name = -1 if session.name is None else session.name
    return session.number, session.last, session.started, name


def _later_preference(
    one: tuple[JsonValue, int], other: tuple[JsonValue, int]
) -> tuple[JsonValue, int]:
    return max(one, other, key=lambda row: (row[1], msgpack.packb(row[0])))


def _later_control(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return max(one, other, key=lambda row: (row[1], row[0]))


def _nonces(one: dict[int, None], other: dict[int, None]) -> dict[int, None]:
    """Where the two differ there is no common order: the greatest stay, rising."""
    if list(one) == list(other):
        return dict(one)
    return dict.fromkeys(sorted({*one, *other})[-MAX_NONCES:])


# ---------------------------------------------------------------- items


def _item(one: Kept, other: Kept, limits: Limits) -> Kept:
    limit = limits.get((one.kind, one.key), 1)
    return Kept(
        one.kind,
        one.key,
        max(one.purpose, other.purpose, key=lambda purpose: purpose or ""),
        min(one.begun, other.begun),
        _data(one.kind, one.data, other.data, limit),
    )


def _data(kind: ItemKind, one: ItemData, other: ItemData, limit: int) -> ItemData:
    match kind:
        case ItemKind.COUNT | ItemKind.DISMISSED | ItemKind.SUM:
            return _counters(one, other, limit)  # type: ignore[arg-type, misc]
        case ItemKind.SHOWN:
            return joined(one, other, _later_shows)  # type: ignore[arg-type, return-value]
        case ItemKind.DISTINCT:
            return _distinct(one, other, limit)  # type: ignore[arg-type]
        case ItemKind.SCORES:
            return joined(one, other, _newer_scores)  # type: ignore[arg-type, return-value]
        case ItemKind.LAST | ItemKind.LAST_SHOWN:
            times = [time for time in (one, other) if isinstance(time, int)]
            return max(times, default=None)
        case ItemKind.UNCLICKED:
            assert isinstance(one, Unclicked)
            assert isinstance(other, Unclicked)
            return Unclicked(
                _counters(one.shows, other.shows, 1), _counters(one.at_click, other.at_click, 1)
            )
        case ItemKind.SURFACE:
            assert isinstance(one, OnSurface)
            assert isinstance(other, OnSurface)
            return _on_surface(one, other)
        case ItemKind.ARM:
            arms = [arm for arm in (one, other) if isinstance(arm, StoredArm)]
            return min(arms, key=lambda stored: (stored.time, stored.arm), default=None)
        case ItemKind.SEGMENT:
            assert isinstance(one, StoredSegment)
            assert isinstance(other, StoredSegment)
            later = max(one, other, key=_segment_order)
            return StoredSegment(later.value, later.time, max(one.due, other.due))


def _counters(
    one: dict[int, dict[int, Part]], other: dict[int, dict[int, Part]], limit: int
) -> dict[int, dict[int, Part]]:
    """Of each writer the newest slots, the greater of each. Also of one that only one state has: it
    may have more slots than the bundle asks for."""
    found = joined(one, other, lambda mine, theirs: joined(mine, theirs, max))
    return {
        writer: {slot: slots[slot] for slot in sorted(slots)[-limit:]}
        for writer, slots in found.items()
    }


def _later_shows(one: dict[int, int], other: dict[int, int]) -> dict[int, int]:
    """One of the two: in each, a slot may hold what others held before it."""
    return max(one, other, key=lambda slots: sorted(slots.items(), reverse=True))


def _distinct(one: dict[int, int], other: dict[int, int], limit: int) -> dict[int, int]:
    found = joined(one, other, max)
    stay = sorted(found, key=lambda key: (found[key], key))[-limit:]
    return {key: found[key] for key in stay}


def _newer_scores(
    one: dict[str, tuple[int, float]], other: dict[str, tuple[int, float]]
) -> dict[str, tuple[int, float]]:
    """A writer's scores only grow, but for fading; so the greater are the newer."""
    return max(one, other, key=_scores_order)


def _scores_order(table: dict[str, tuple[int, float]]) -> tuple[object, ...]:
    newest = max((step for step, _ in table.values()), default=-1)
    total = 0.0
    rows = [(text, *table[text]) for text in sorted(table)]
    for _, step, score in rows:
        total += brought(score, newest - step)
    return newest, total, rows


def _on_surface(one: OnSurface, other: OnSurface) -> OnSurface:
    later = max(one, other, key=_surface_order)
    return OnSurface(
        later.variant,
        later.rule,
        later.since,
        later.last_shown,
        later.personalized,
        later.personalized_session,
        *(
            _counters(mine, theirs, 1)
            for mine, theirs in zip(counters_of(one), counters_of(other), strict=True)
        ),
    )


def _surface_order(data: OnSurface) -> tuple[object, ...]:
    return (
        data.last_shown,
        data.since,
        data.variant,
        data.rule,
        data.personalized_session,
        data.personalized,
    )


def _segment_order(stored: StoredSegment) -> tuple[int, int]:
    """No value, false, true."""
    return stored.time, -1 if stored.value is None else int(stored.value)
