"""The bytes of a state: STATE.md section 3. Canonical: one state, one run of bytes.

Reading is strict: whatever is not the very bytes that `pack` would write is refused whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgpack
from tacit.runtime._model import JsonValue
from tacit.runtime._state_data import (
    Counter,
    Kept,
    OnSurface,
    Scores,
    StateData,
    StoredArm,
    StoredSegment,
    Sums,
    Unclicked,
    in_order,
)
from tacit.runtime._state_reading import Refused, read_state
from tacit.runtime.errors import StateWarning
from tacit.runtime.format import MAX_INT, MAX_STATE_BYTES, STATE_MAGIC, STATE_VERSION, ItemKind

__all__ = ["pack", "plain_data", "plain_number", "unpack"]

DAMAGED: Final = (ValueError, TypeError, RecursionError)
"""What msgpack raises for bytes that are none."""


def pack(data: StateData) -> bytes:
    session = data.session
    plain = [
        STATE_MAGIC,
        STATE_VERSION,
        data.project,
        data.first_seen,
        data.floor,
        [session.number, session.started, session.last, session.name],
        data.off,
        {
            signal: [_plain_value(value), time]
            for signal, (value, time) in sorted(data.preferences.items())
        },
        _plain_controls(data),
        dict(sorted(data.forced.items())),
        [_plain_item(data.items[item]) for item in sorted(data.items)],
        list(data.nonces),
        data.refused,
        *data.later,
    ]
    packed: bytes = msgpack.packb(plain)
    return packed


def unpack(source: bytes) -> StateData | StateWarning:
    """The state in some bytes, or why it is refused."""
    if len(source) > MAX_STATE_BYTES:
        return StateWarning("S105", f"{len(source)} bytes")
    try:
        plain = msgpack.unpackb(source, raw=False, strict_map_key=False, ext_hook=_no_extension)
        data = read_state(plain)
        if pack(data) != source:
            return StateWarning("S106")
    except Refused as refused:
        return StateWarning(refused.code, refused.detail)
    except DAMAGED as error:
        return StateWarning("S101", str(error))
    return data


def _no_extension(code: int, data: bytes) -> object:
    raise ValueError(f"extension {code}")


def _plain_controls(data: StateData) -> list[list[object]]:
    rows: list[list[object]] = []
    for control in in_order(data.controls):
        kind, target, variant = control
        strength, time = data.controls[control]
        rows.append([kind, strength, target, variant, time])
    return rows


def _plain_value(value: JsonValue) -> JsonValue:
    return plain_number(value) if isinstance(value, float) else value


def plain_number(value: float) -> int | float:
    """Whole numbers of the format are ints, all others doubles."""
    return int(value) if value.is_integer() and abs(value) <= MAX_INT else value


def _plain_item(item: Kept) -> list[object]:
    return [int(item.kind), item.key, item.purpose, item.begun, plain_data(item)]


def plain_data(item: Kept) -> object:
    data = item.data
    match data:
        case None | int():
            return data
        case OnSurface():
            return [
                data.variant,
                data.rule,
                data.since,
                data.last_shown,
                data.personalized,
                data.personalized_session,
                *map(_counter, counters_of(data)),
            ]
        case Unclicked():
            return [_counter(data.shows), _counter(data.at_click)]
        case StoredArm():
            return [data.arm, data.time]
        case StoredSegment():
            return [data.value, data.time, data.due]
    if item.kind is ItemKind.SUM:
        return _sums(data)  # type: ignore[arg-type]
    if item.kind is ItemKind.SCORES:
        return _scores(data)  # type: ignore[arg-type]
    if item.kind is ItemKind.DISTINCT:
        return _flat(sorted(data.items()))
    return _counter(data)  # type: ignore[arg-type]


def counters_of(data: OnSurface) -> tuple[Counter, ...]:
    """In the order of the bytes."""
    return (
        data.session_changes,
        data.shows,
        data.clicks,
        data.dismissals,
        data.changes,
        data.repeats,
        data.unclicked,
    )


def _counter(counter: Counter) -> list[object]:
    return [
        [writer, _flat(sorted(slots.items()))] for writer, slots in sorted(counter.items()) if slots
    ]


def _sums(sums: Sums) -> list[object]:
    return [
        [writer, _flat((slot, n, plain_number(part)) for slot, (n, part) in sorted(slots.items()))]
        for writer, slots in sorted(sums.items())
        if slots
    ]


def _scores(scores: Scores) -> list[object]:
    return [
        [
            writer,
            _flat((text, step, plain_number(one)) for text, (step, one) in sorted(own.items())),
        ]
        for writer, own in sorted(scores.items())
        if own
    ]


def _flat(rows: Iterable[tuple[object, ...]]) -> list[object]:
    return [value for row in rows for value in row]
