"""Section 6: what devices remember, by the parts of STATE.md section 2."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .by_hand import N_E, N_S, bits, bundle, packed, parts, texts, varint
from .faults import (
    CODE,
    COUNT,
    DUPLICATE,
    INDEX,
    LACKING,
    LEFT_OVER,
    LIMIT,
    ORDER,
    RESERVED,
    TRUNCATED,
    TYPE,
    Row,
)


def numbers(*values: int) -> bytes:
    return b"".join(varint(value) for value in values)


def item(kind: int, key: int, *arguments: int, purpose: int = 0) -> bytes:
    return bytes((kind,)) + numbers(key, purpose, *arguments)


COUNT_E = item(0, 5, 0, 0, 1000, 24, purpose=1)
LAST_F = item(3, 1, 1, 0)
SHOWN = item(5, 2, 2, 0, 1, 1000, 24)
LAST_SHOWN = item(6, 3, 1, 0)
SURFACE = item(9, 4, 0)
ARM = item(10, 6, 0)
SEGMENT = item(11, 7, 0, 4, 1, 0)
ITEMS = (COUNT_E, LAST_F, SHOWN, LAST_SHOWN, SURFACE, ARM, SEGMENT)
ZEROS = packed(0, 0, 0, 0, 0, 0)


def items(*rows: bytes) -> bytes:
    return varint(len(rows)) + b"".join(rows)


def memory() -> dict[str, bytes]:
    """The parts of a sound section 6 of the bundle by hand, in order."""
    return {
        "host signals": varint(8),
        "events": texts("e", "f") + packed(0, 0),
        "items": items(*ITEMS),
        "declared": bits([number == N_E for number in range(8)], 1),
        # a cap of 3 in the window, a cooldown of a second
        "guards": varint(2) + b"\x00\x00" + numbers(2, 3) + b"\x01\x00" + numbers(3, 1000),
        "holds": varint(1) + numbers(4, 1000, 0) + b"\x00" + varint(1) + numbers(0, 0),
        "experiments": varint(1) + varint(9) + b"\x01" + texts("p", "q"),
        "written": packed(6, 0) + packed(0, 1, 2, 3, 4, 5),
        "standings": ZEROS,
        "rows": ZEROS * 4,
        "keys": numbers(1, 2, 3, 4, 5, 6),
        "groups": varint(1) + numbers(2, 0, 1) + texts("t") + packed(0, 1, 0),
        "person": texts("a") + packed(1, 0, 0) + packed(0) + varint(1000),
        "bounds": numbers(5000, 300),
    }


def remembering(
    changed: Mapping[str, bytes] | None = None, *, features: int = 1, tail: bytes = b""
) -> bytes:
    """A bundle with section 6, some of its parts in another form."""
    sound = memory()
    assert set(changed or {}) <= set(sound), f"no such part: {set(changed or {}) - set(sound)}"
    section = b"".join({**sound, **(changed or {})}.values()) + tail
    wheres = {"rule count": parts()["rule count"] + varint(0)} if features else {}
    return bundle(wheres, {6: section}, features=features)


def state() -> Iterator[Row]:
    yield "section 6 without its feature", LACKING, remembering(features=0)
    wheres = {"rule count": parts()["rule count"] + varint(0)}
    yield "the feature without section 6", LACKING, bundle(wheres, features=1)
    yield "section 6 with a byte too many", LEFT_OVER, remembering(tail=b"\0")
    yield "section 6 cut short", TRUNCATED, remembering({"bounds": varint(5000)})
    yield "more signals of the host than there are", LIMIT, remembering({"host signals": varint(9)})
    yield "names of events that fall", ORDER, _with(events=texts("f", "e") + packed(0, 0))
    yield "an event twice", ORDER, _with(events=texts("e", "e") + packed(0, 0))
    yield "a field that no signal is", INDEX, _with(events=texts("e", "f") + packed(0, 1))
    yield from _items()
    yield from _guards()
    yield from _tables()


def _with(**changed: bytes) -> bytes:
    return remembering(changed)


def _items() -> Iterator[Row]:
    yield "item kind 12", CODE, _with(items=items(*ITEMS, item(12, 8)))
    yield "items that fall", ORDER, _with(items=items(LAST_F, COUNT_E, *ITEMS[2:]))
    same = item(3, 5, 1, 0)
    yield "two items of one key", DUPLICATE, _with(items=items(COUNT_E, same, *ITEMS[2:]))
    for about, code, first in (
        ("an item of no event", INDEX, item(0, 5, 2, 0, 1000, 24)),
        ("an item with a condition that is not there", INDEX, item(0, 5, 0, 1, 1000, 24)),
        ("an item of a purpose that is not there", INDEX, item(0, 5, 0, 0, 1000, 24, purpose=2)),
        ("a slot of 0 ms", COUNT, item(0, 5, 0, 0, 0, 24)),
        ("a window of no slots", COUNT, item(0, 5, 0, 0, 1000, 0)),
    ):
        yield about, code, _with(items=items(first, *ITEMS[1:]))
    sum_ = item(1, 8, 0, 0, N_S, 1000, 24)
    yield "a sum of no field", TYPE, _with(items=items(COUNT_E, sum_, *ITEMS[1:]))
    for about, code, shown in (
        ("shows of no variant", COUNT, item(5, 2, 0, 1000, 24)),
        ("shows of a variant that is not there", INDEX, item(5, 2, 2, 0, 3, 1000, 24)),
        ("variants that fall", ORDER, item(5, 2, 2, 1, 0, 1000, 24)),
        ("slots without a length", COUNT, item(5, 2, 2, 0, 1, 0, 24)),
    ):
        yield about, code, _with(items=items(*ITEMS[:2], shown, *ITEMS[3:]))
    for about, code, stored in (
        ("cadence 0", CODE, item(11, 7, 0, 0)),
        ("cadence 5", CODE, item(11, 7, 0, 5)),
        ("a stored segment that is not there", INDEX, item(11, 7, 1, 1)),
        ("a segment on no event that is there", INDEX, item(11, 7, 0, 4, 1, 2)),
    ):
        yield about, code, _with(items=items(*ITEMS[:6], stored))
    yield "a bit of padding in what is declared", RESERVED, remembering(
        {"host signals": varint(7), "declared": b"\x90"}
    )  # fmt: skip


def _guards() -> Iterator[Row]:
    for about, code, guard in (
        ("guard kind 5", CODE, b"\x05\x00" + numbers(2, 3)),
        ("allow 2", RESERVED, b"\x00\x02" + numbers(2, 3)),
        ("a guard of no item", INDEX, b"\x00\x00" + numbers(7, 3)),
        ("a cap of an item that counts no shows", TYPE, b"\x00\x00" + numbers(0, 3)),
        ("a cooldown of a cap's item", TYPE, b"\x01\x00" + numbers(2, 3)),
    ):
        yield about, code, _with(guards=varint(1) + guard)
    for about, code, hold in (
        ("a hold of no surface's item", TYPE, numbers(2, 1000, 0) + b"\x00" + numbers(1, 0, 0)),
        ("a hold of no item", INDEX, numbers(7, 1000, 0) + b"\x00" + numbers(1, 0, 0)),
        (
            "a hold of a rule that is not there",
            INDEX,
            numbers(4, 9, 0) + b"\x00" + numbers(1, 6, 0),
        ),
        ("a hold of a variant that is not there", INDEX, numbers(4, 9, 0) + b"\x00\x01\x00\x02"),
    ):
        yield about, code, _with(holds=varint(1) + hold)
    twice = varint(1) + numbers(4, 1000, 0) + b"\x00" + numbers(2, 0, 0, 0, 0)
    yield "an entry of a hold twice", ORDER, _with(holds=twice)


def _tables() -> Iterator[Row]:
    yield "sticky 2", RESERVED, _with(experiments=varint(1) + b"\x09\x02" + texts("p", "q"))
    yield "an arm of no experiment", INDEX, _with(experiments=varint(0))
    yield "standing 5", CODE, _with(standings=packed(0, 0, 0, 0, 0, 5))
    yield "a written rule that is not there", INDEX, _with(
        written=packed(6, 0) + packed(0, 1, 2, 3, 4, 6)
    )  # fmt: skip
    yield "a group of one surface", COUNT, _with(
        groups=varint(1) + numbers(1, 0) + texts("t") + packed(0, 1)
    )  # fmt: skip
    yield "surfaces of a group that fall", ORDER, _with(
        groups=varint(1) + numbers(2, 1, 0) + texts("t") + packed(0, 1, 0)
    )  # fmt: skip
    yield "a theme that is not there", INDEX, _with(
        groups=varint(1) + numbers(2, 0, 1) + texts("t") + packed(0, 2, 0)
    )  # fmt: skip
    yield "topics that fall", ORDER, _with(
        person=texts("b", "a") + packed(1, 0, 0) + packed(0) + varint(1000)
    )  # fmt: skip
    yield "a topic that is not there", INDEX, _with(
        person=texts("a") + packed(1, 0, 0) + packed(1) + varint(1000)
    )  # fmt: skip
