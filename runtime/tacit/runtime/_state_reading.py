"""Plain values as msgpack gives them -> a state, every one checked: STATE.md section 3.

Order and shortest forms are not looked at here: `unpack` writes the state anew and compares.
"""

from __future__ import annotations

import math
from typing import Final, NoReturn

from tacit.runtime import format as f
from tacit.runtime._model import JsonValue
from tacit.runtime._state_data import (
    OBSERVED,
    TAKEN_BACK,
    ControlId,
    Counter,
    ItemData,
    Kept,
    OnSurface,
    Scores,
    Session,
    StateData,
    StoredArm,
    StoredSegment,
    Sums,
    Unclicked,
)
from tacit.runtime.format import MAX_COUNT, MAX_INT, ItemKind

PLACES: Final = 13
ENDLESS: Final = 1
"""Slots of a counter without a window."""


class Refused(Exception):  # noqa: N818  (never leaves the runtime)
    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        self.detail = detail
        super().__init__(code, detail)


def read_state(plain: object) -> StateData:
    """Raises `Refused` for what is no state of this version."""
    if not isinstance(plain, list) or not plain or plain[0] != f.STATE_MAGIC:
        raise Refused("S102", "")
    if len(plain) < 2 or _is_int(plain[1]) is None or plain[1] != f.STATE_VERSION:
        raise Refused("S103", repr(plain[1]) if len(plain) > 1 else "none")
    if len(plain) < PLACES:
        _wrong(f"{len(plain)} places")
    items = [_read_item(row) for row in _rows(plain[10], f.MAX_ITEMS_OF_STATE, "items")]
    nonces = [_whole(one, MAX_COUNT, "a nonce") for one in _rows(plain[11], f.MAX_NONCES, "nonces")]
    return StateData(
        project=_whole(plain[2], MAX_COUNT, "the project"),
        first_seen=_time(plain[3]),
        floor=_time(plain[4]),
        session=_read_session(plain[5]),
        off=_flag(plain[6], "off"),
        preferences=_read_preferences(plain[7]),
        controls=dict(_read_control(row) for row in _rows(plain[8], f.MAX_CONTROLS, "controls")),
        forced={
            _whole(key, MAX_COUNT, "an experiment"): _text(arm, "an arm")
            for key, arm in _map(plain[9], "forced arms").items()
        },
        items={(item.kind, item.key): item for item in items},
        nonces=dict.fromkeys(nonces),
        refused=[_whole(one, MAX_COUNT, "refused") for one in _exactly(plain[12], 3, "refused")],
        later=plain[PLACES:],
    )


# ---------------------------------------------------------------- values


def _wrong(what: str) -> NoReturn:
    raise Refused("S104", what)


def _is_int(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _whole(value: object, most: int, what: str, least: int = 0) -> int:
    number = _is_int(value)
    if number is None:
        _wrong(f"{what} is no int")
    if not least <= number <= most:
        raise Refused("S105", f"{what}: {number}")
    return number


def _time(value: object) -> int:
    return _whole(value, MAX_INT, "a time")


def _flag(value: object, what: str) -> bool:
    if not isinstance(value, bool):
        _wrong(f"{what} is no bool")
    return value


def _text(value: object, what: str) -> str:
    if not isinstance(value, str):
        _wrong(f"{what} is no text")
    if len(value) > f.MAX_TEXT_BYTES:
        raise Refused("S105", what)
    return value


def _number(value: object, what: str) -> float:
    if _is_int(value) is not None and abs(value) <= MAX_INT:  # type: ignore[arg-type]
        return float(value)  # type: ignore[arg-type]
    if isinstance(value, float) and math.isfinite(value):
        return value
    return _wrong(f"{what} is no number")


def _rows(value: object, most: int, what: str) -> list[object]:
    if not isinstance(value, list):
        _wrong(f"{what} are no array")
    if len(value) > most:
        raise Refused("S105", f"{len(value)} {what}")
    return value


def _exactly(value: object, count: int, what: str) -> list[object]:
    if not isinstance(value, list) or len(value) != count:
        _wrong(f"{what} are no array of {count}")
    return value


def _map(value: object, what: str) -> dict[object, object]:
    if not isinstance(value, dict):
        _wrong(f"{what} are no map")
    return value


# ---------------------------------------------------------------- the person and the session


def _read_session(value: object) -> Session:
    number, started, last, name = _exactly(value, 4, "the session")
    return Session(
        _whole(number, MAX_COUNT, "the session", 1),
        _time(started),
        _time(last),
        None if name is None else _whole(name, MAX_COUNT, "the name of the session"),
    )


def _read_preferences(value: object) -> dict[str, tuple[JsonValue, int]]:
    found = {}
    for signal, row in _map(value, "preferences").items():
        given, time = _exactly(row, 2, "a preference")
        found[_text(signal, "a signal")] = _preference(given), _time(time)
    return found


def _preference(value: object) -> JsonValue:
    """A value of some signal; of which, the bundle says later."""
    if isinstance(value, list):
        return [_text(one, "an element") for one in _rows(value, f.MAX_ITEMS, "elements")]
    if isinstance(value, str):
        return _text(value, "a preference")
    if value is None or isinstance(value, bool):
        return value
    number = _number(value, "a preference")
    return int(number) if isinstance(value, int) else number


def _read_control(value: object) -> tuple[ControlId, tuple[int, int]]:
    kind, strength, target, variant, time = _exactly(value, 5, "a control")
    kind = _whole(kind, 2, "kind of a control")
    variant = _text(variant, "a variant")
    if (variant == "") is not (kind != 0):
        _wrong("a variant where none is due, or none where one is")
    return (
        (kind, _text(target, "what a control names"), variant),
        (_whole(strength, TAKEN_BACK, "strength of a control"), _time(time)),
    )


# ---------------------------------------------------------------- items


def _read_item(value: object) -> Kept:
    code, key, purpose, begun, data = _exactly(value, 5, "an item")
    kind = ItemKind(_whole(code, max(ItemKind), "kind of an item"))
    since = _time(begun)
    return Kept(
        kind,
        _whole(key, MAX_COUNT, "key of an item"),
        None if purpose is None else _text(purpose, "a purpose"),
        since if kind in OBSERVED else 0,
        _read_data(kind, data),
    )


def _read_data(kind: ItemKind, value: object) -> ItemData:
    match kind:
        case ItemKind.COUNT | ItemKind.SHOWN:
            return _counter(value, f.MAX_SLOTS + 1)
        case ItemKind.DISMISSED:
            return _endless(value)
        case ItemKind.SUM:
            return _sums(value)
        case ItemKind.DISTINCT:
            pairs = _rows(value, 2 * f.MAX_DISTINCT, "distinct values")
            return {
                _whole(key, MAX_COUNT, "a hash"): _slot(slot) for key, slot in _groups(pairs, 2)
            }
        case ItemKind.SCORES:
            return _scores(value)
        case ItemKind.LAST | ItemKind.LAST_SHOWN:
            return None if value is None else _time(value)
        case ItemKind.UNCLICKED:
            shows, at_click = _exactly(value, 2, "shows without a click")
            return Unclicked(_endless(shows), _endless(at_click))
        case ItemKind.SURFACE:
            return _on_surface(value)
        case ItemKind.ARM:
            if value is None:
                return None
            arm, time = _exactly(value, 2, "an arm")
            return StoredArm(_text(arm, "an arm"), _time(time))
        case ItemKind.SEGMENT:
            stored, time, due = _exactly(value, 3, "a segment")
            return StoredSegment(
                None if stored is None else _flag(stored, "a segment"), _time(time), _time(due)
            )


def _on_surface(value: object) -> OnSurface:
    variant, rule, since, last, personalized, session, by_session, *counters = _exactly(
        value, 13, "a surface"
    )
    return OnSurface(
        _text(variant, "a variant"),
        _whole(rule, MAX_COUNT, "a rule"),
        _time(since),
        _time(last),
        _text(personalized, "a variant"),
        _whole(session, MAX_COUNT, "a session"),
        _counter(by_session, 1),
        *map(_endless, counters),
    )


def _slot(value: object) -> int:
    return _whole(value, MAX_INT, "a slot")


def _by_writer(value: object) -> list[tuple[int, object]]:
    found = []
    for row in _rows(value, f.MAX_WRITERS, "writers"):
        writer, slots = _exactly(row, 2, "what a writer counted")
        if not slots:
            _wrong("a writer that counted nothing")
        found.append((_whole(writer, f.MAX_WRITERS - 1, "a writer"), slots))
    return found


def _groups(values: list[object], size: int) -> list[tuple[object, ...]]:
    if len(values) % size:
        _wrong(f"{len(values)} values in groups of {size}")
    return [tuple(values[at : at + size]) for at in range(0, len(values), size)]


def _counter(value: object, most: int) -> Counter:
    return {
        writer: {
            _slot(slot): _whole(n, MAX_COUNT, "a count", 1)
            for slot, n in _groups(_rows(slots, 2 * most, "slots"), 2)
        }
        for writer, slots in _by_writer(value)
    }


def _endless(value: object) -> Counter:
    """A counter whose only slot is 0."""
    counter = _counter(value, ENDLESS)
    if any(0 not in slots for slots in counter.values()):
        _wrong("a slot where there is no window")
    return counter


def _sums(value: object) -> Sums:
    most = 3 * (f.MAX_SLOTS + 1)
    return {
        writer: {
            _slot(slot): (_whole(n, MAX_COUNT, "a count", 1), _number(part, "a sum"))
            for slot, n, part in _groups(_rows(slots, most, "slots"), 3)
        }
        for writer, slots in _by_writer(value)
    }


def _scores(value: object) -> Scores:
    found: Scores = {}
    for writer, own in _by_writer(value):
        table = found.setdefault(writer, {})
        for text, step, score in _groups(_rows(own, 3 * f.MAX_KEEP, "scores"), 3):
            number = _number(score, "a score")
            if number < 1:  # an event adds 1, and what is older only joins it
                raise Refused("S105", f"a score of {number}")
            table[_text(text, "a key")] = _slot(step), number
    return found
