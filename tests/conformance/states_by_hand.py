"""States for the bundle of `vectors/state/bytes.json` with one fault each, written from STATE.md
section 3, and unusual ones without any. Nothing here comes from a runtime."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgpack

from .faults import Row

DAMAGED, FOREIGN, VERSION, TYPE, LIMIT, FORM = "S101", "S102", "S103", "S104", "S105", "S106"
PROJECT = "S107"
CONFORMANCE = 411688392
"""The hash of the project's id."""
T = 1_800_000_000_000
NOW = T + 5
"""When they are loaded."""
COUNT, SUM, DISTINCT, LAST, SCORES, SURFACE, ARM, SEGMENT = 0, 1, 2, 3, 4, 9, 10, 11
PLACES = ("project", "first seen", "floor", "session", "off", "preferences", "controls", "forced")
PLACES += ("items", "nonces", "refused")


def state(**changed: Any) -> list[Any]:
    """A sound one; `changed` by name of the place, blanks as underscores."""
    sound: list[Any] = [CONFORMANCE, T, T, [1, T, T, None], False, {}, [], {}, [], [], [0, 0, 0]]
    for name, value in changed.items():
        sound[PLACES.index(name.replace("_", " "))] = value
    return ["tacit-state", 1, *sound]


def pack(value: Any) -> bytes:
    data: bytes = msgpack.packb(value)
    return data


def item(kind: int, data: Any, key: int = 7, begun: Any = T) -> list[Any]:
    return [kind, key, None, begun, data]


def refused() -> Iterator[Row]:
    sound = pack(state())
    yield "no bytes", DAMAGED, b""
    yield "cut short", DAMAGED, sound[:-1]
    yield "a byte too many", DAMAGED, sound + b"\0"
    yield "a text that is not UTF-8", DAMAGED, sound.replace(b"tacit-state", b"tacit-stat\xff")
    yield "not an array", FOREIGN, pack({"tacit-state": 1})
    yield "another magic", FOREIGN, pack(["tacit", *state()[1:]])
    yield "version 2", VERSION, pack(["tacit-state", 2, *state()[2:]])
    yield "another project", PROJECT, pack(state(project=CONFORMANCE + 1))
    yield "too few places", TYPE, pack(state()[:-1])
    yield from _places()
    yield from _items()
    yield "a number in a longer form", FORM, sound.replace(b"\x01\xce", b"\xcc\x01\xce", 1)
    yield "a whole number as a double", FORM, pack(state(preferences={"x": [2.0, T]}))
    yield "preferences that fall", FORM, pack(state(preferences={"b": [1, T], "a": [1, T]}))
    yield "a preference twice", FORM, _twice()
    yield "items that fall", FORM, pack(state(items=[item(LAST, None, 8), item(LAST, None, 7)]))
    yield "controls that fall", FORM, pack(
        state(controls=[[2, 0, "h", "", 2], [2, 0, "g", "", 1]])
    )  # fmt: skip


def _twice() -> bytes:
    one = pack("a") + pack([1, T])
    return pack(state()).replace(b"\xc2\x80\x90\x80", b"\xc2\x82" + one + one + b"\x90\x80")


def _places() -> Iterator[Row]:
    for name, value in (
        ("project", "conformance"),
        ("floor", "now"),
        ("session", [1, T, T]),
        ("session", [1, T, T, "name"]),
        ("off", 0),
        ("preferences", []),
        ("controls", [[2, 0, "h", T]]),
        ("forced", {"try": "a"}),
        ("items", {}),
        ("nonces", ["n"]),
        ("refused", [0, 0]),
    ):
        yield f"{name}: {value}", TYPE, pack(state(**{name.replace(" ", "_"): value}))
    for name, value in (
        ("project", 2**32),
        ("first seen", -1),
        ("floor", 2**53),
        ("controls", [[3, 0, "h", "", T]]),
        ("controls", [[2, 3, "h", "", T]]),
        ("controls", [[2, 0, "h", "", -1]]),
    ):
        yield f"{name}: {value}", LIMIT, pack(state(**{name.replace(" ", "_"): value}))
    yield "33 nonces", LIMIT, pack(state(nonces=list(range(33))))
    many = [[1, 0, f"{number:03}", "", T] for number in range(257)]
    yield "257 controls", LIMIT, pack(state(controls=many))


def _items() -> Iterator[Row]:
    for about, row in (
        ("a time that is a text", item(LAST, "now")),
        ("a counter that is no array", item(COUNT, 3)),
        ("a slot without its count", item(COUNT, [[0, [5]]])),
        ("a writer without slots", item(COUNT, [[0, []]])),
        ("a sum that is infinite", item(SUM, [[0, [5, 1, float("inf")]]])),
        ("a surface without its counters", item(SURFACE, ["", 0, 0, 0, "", 0])),
        ("an arm that is a number", item(ARM, [1, T])),
        ("a segment that is 1", item(SEGMENT, [1, T, 0])),
    ):
        yield about, TYPE, pack(state(items=[row]))
    for about, row in (
        ("a kind that is none", item(12, None)),
        ("begun before 1970", item(LAST, None, begun=-1)),
        ("a count of 0", item(COUNT, [[0, [5, 0]]])),
        ("writer 8", item(COUNT, [[8, [5, 1]]])),
        ("a hash of 2^32", item(DISTINCT, [2**32, 5])),
        ("a score below 1", item(SCORES, [[0, ["a", 5, 0.5]]])),
    ):
        yield about, LIMIT, pack(state(items=[row]))
    yield "slots that fall", FORM, pack(state(items=[item(COUNT, [[0, [6, 1, 5, 1]]])]))
    yield "an item twice", FORM, pack(state(items=[item(LAST, None), item(LAST, None)]))


def accepted() -> Iterator[tuple[str, bytes]]:
    yield "as it is", pack(state())
    yield "what a later version adds", pack([*state(), {"more": [1, 2]}, "and more"])
    yield "off", pack(state(off=True))
    yield "an item that the bundle does not have", pack(state(items=[item(LAST, T)]))
    yield "a preference of no signal", pack(state(preferences={"x": [1.5, T]}))
    yield "a forced arm of no experiment", pack(state(forced={5: "a"}))
