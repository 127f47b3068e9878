"""States with numbers at the limits of the format and with tables that are full."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import msgpack
from tacit.runtime.format import (
    MAX_COUNT,
    MAX_DISTINCT,
    MAX_INT,
    MAX_KEEP,
    MAX_SLOTS,
    MAX_WRITERS,
    ItemKind,
)

GREATEST = 1.7976931348623157e308
NUMBERS: tuple[Any, ...] = (
    0, 1, 1.5, MAX_COUNT - 1, MAX_COUNT, MAX_COUNT, MAX_INT - 1, MAX_INT, GREATEST, -GREATEST,
    5e-324,
)  # fmt: skip
TIMES = (0, 1, 1_800_000_000_000, MAX_INT - 172_800_000, MAX_INT - 1, MAX_INT)
ITEMS = 10
"""The place of the items."""


def extreme(
    rng: random.Random, data: bytes, accepts: Callable[[bytes], bool], edits: int = 12
) -> bytes:
    """A state made of another by edits, of which those stay that leave it one."""
    for _ in range(edits):
        rows = msgpack.unpackb(data, strict_map_key=False)
        if rows[ITEMS] and rng.random() < 0.3:
            _fill(rng, rng.choice(rows[ITEMS]))
        else:
            _set(rng, rows)
        found = bytes(msgpack.packb(rows))
        if accepts(found):
            data = found
    return data


def _set(rng: random.Random, at: Any) -> None:
    """Some number in it becomes another."""
    while True:
        places = [
            place
            for place, below in (at.items() if isinstance(at, dict) else enumerate(at))
            if (below and isinstance(below, list | dict))
            or (isinstance(below, int | float) and not isinstance(below, bool))
        ]
        if not places:
            return
        place = rng.choice(places)
        if isinstance(at[place], int | float):
            at[place] = rng.choice(NUMBERS)
            return
        at = at[place]


def _fill(rng: random.Random, item: list[Any]) -> None:
    kind, first = item[0], rng.choice((0, 500_000, MAX_INT - MAX_SLOTS))
    counts = (1, MAX_COUNT, MAX_COUNT - 1)
    slots = range(first, first + MAX_SLOTS + 1)
    match kind:
        case ItemKind.COUNT | ItemKind.SHOWN:
            own = [n for slot in slots for n in (slot, rng.choice(counts))]
        case ItemKind.SUM:
            sums = (GREATEST, -GREATEST, 0.5)
            own = [n for slot in slots for n in (slot, rng.choice(counts), rng.choice(sums))]
        case ItemKind.SCORES:
            texts = sorted(f"t{number}" for number in range(MAX_KEEP))
            own = [n for text in texts for n in (text, first, rng.choice((1, GREATEST)))]
        case ItemKind.DISTINCT:
            item[4] = [n for hash in range(MAX_DISTINCT) for n in (hash, rng.choice(slots))]
            return
        case _:
            return
    item[4] = [[writer, own] for writer in range(MAX_WRITERS)]
