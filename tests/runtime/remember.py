"""A program that remembers a bit of everything, as two versions of a bundle, and states of it."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from tacit.runtime._buckets import murmur3_32

from . import builder as b

HOUR = 3_600_000
DAY = 24 * HOUR
START = 1_800_000_000_000

HOST = [
    b.Signal("country", "string"),
    b.Signal("unit", "string"),
    b.Signal("tier", "enum", members=("none", "gold")),
    b.Signal("score", "double", purpose="ads"),
]
FIELDS = [
    b.Signal("viewed.category", "string", max_length=8),
    b.Signal("viewed.price", "double", minimum=0.0),
]
CATEGORY, PRICE = 4, 5
MACHINE: list[tuple[str, str, str, tuple[int, ...]]] = [
    ("shoes", "int", "EXACT", (0, 0)),
    ("shoes.least", "int", "LEAST", (0,)),
    ("views", "int", "EXACT", (1, 1)),
    ("spent", "double", "EXACT", (2, 0)),
    ("spent.least", "double", "LEAST", (2,)),
    ("kinds", "int", "EXACT", (3, 1)),
    ("since", "int", "SINCE", (4,)),
    ("taste", "string_list", "TOP", (6, 2)),
    ("stalled", "bool", "FUNNEL", (5, 4, HOUR, 5 * HOUR, 0)),
    ("stalled_zero", "bool", "FUNNEL", (5, 4, 0, 2 * HOUR, 1)),
    ("first_seen", "int", "FIRST_SEEN", ()),
    ("session_number", "int", "SESSION", ()),
    ("hero.a", "int", "BLOCK", (1,)),
    ("hero.c", "int", "BLOCK", (2,)),
    ("side.x", "int", "BLOCK", (4,)),
    ("hero.hold", "int", "HOLD", (0,)),
    ("seg0.in", "bool", "IN", (14,)),
    ("seg0.out", "bool", "OUT", (14,)),
    ("seg1.in", "bool", "IN", (15,)),
    ("seg1.out", "bool", "OUT", (15,)),
    ("exp.arm", "int", "ARM", (0,)),
    ("group.theme", "int", "THEME", (0,)),
]
AT = {name: 6 + place for place, (name, *_) in enumerate(MACHINE)}
"""Name of a machine signal -> its number."""

KEYS = (10, 11, 20, 30, 40, 41, 50, 60, 61, 70, 80, 90, 100, 110, 120, 121)
"""Per item, in the first version of the bundle."""
OTHER_KEYS = (10, 12, 21, 30, 40, 42, 50, 60, 62, 70, 80, 90, 100, 111, 120, 122)
"""In the second, where some definitions differ."""

ITEMS: list[tuple[str, str | None, tuple[int, ...]]] = [
    ("COUNT", None, (1, 1, HOUR, 6)),  # viewed, shoes only
    ("COUNT", "ads", (1, 0, 60_000, 30)),
    ("SUM", None, (1, 2, PRICE, HOUR, 3)),  # viewed, not shoes or dear
    ("DISTINCT", None, (1, 0, CATEGORY, 2 * HOUR, 4, 3)),
    ("LAST", None, (0, 0)),  # bought
    ("LAST", None, (1, 0)),  # viewed
    ("SCORES", None, (1, 0, CATEGORY, HOUR, 3)),
    ("SHOWN", None, (2, 1, 2, HOUR, 3)),  # a, c
    ("SHOWN", None, (1, 1, 0, 0)),  # a, for ever
    ("LAST_SHOWN", None, (1, 2)),  # c
    ("DISMISSED", None, (1, 1)),  # a
    ("UNCLICKED", None, (1, 2)),  # c
    ("SURFACE", None, (0,)),
    ("ARM", "ads", (0,)),
    ("SEGMENT", None, (0, 1)),  # hourly
    ("SEGMENT", None, (1, 4, 1, 0)),  # on bought
]
CAP, EVER, COOLDOWN, DISMISSALS, UNCLICKED, CHANGES = 3, 12, 2 * HOUR, 2, 4, 1
STABLE_FOR, LESS_OF = 90 * 60_000, 3 * HOUR
SHOES = ("IS", CATEGORY, "shoes")
DEAR = ("any", [("IS", CATEGORY, "shoes", True), ("GE", PRICE, 10.0)])


def rules() -> list[b.Rule]:
    """Tests of everything; the first two are those that a hold knows."""
    tests = [
        ("GE", AT["since"], 1_000),
        ("LT", AT["since"], HOUR),
        ("IS", AT["since"], 7),
        ("GE", AT["first_seen"], DAY),
        ("GE", AT["session_number"], 2),
        ("INCLUDES", AT["taste"], "shoes"),
        ("GE", AT["spent"], 20.0),
        ("IS_TRUE", AT["stalled"], None),
    ]
    free = ("HAS", AT["hero.a"], None, True)
    return [
        b.Rule(("all", [("IS", 0, "AT"), free]), 1, id="one", row=b.Row(flags=1)),
        b.Rule(("all", [("IS", 0, "DE"), free]), 2, id="two", row=b.Row(flags=1)),
        *(b.Rule(("all", [("IS", 0, "XX"), test]), 1, id=f"t{n}") for n, test in enumerate(tests)),
    ]


def program(keys: tuple[int, ...] = KEYS) -> b.Program:
    return b.Program(
        signals=[
            *copy.deepcopy(HOST),
            *copy.deepcopy(FIELDS),
            *(b.Signal(name, kind) for name, kind, *_ in MACHINE),
        ],
        segments=[("GE", AT["shoes.least"], 2), ("HAS", AT["since"], None)],
        surfaces=[
            b.Surface("hero", ["d", "a", "c"], rules=rules()),
            b.Surface("side", ["d", "x"]),
        ],
        memory=b.Memory(
            host=len(HOST),
            events=[("bought", 0), ("viewed", 2)],
            wheres=[SHOES, DEAR],
            items=[
                (kind, key, purpose, arguments)
                for key, (kind, purpose, arguments) in zip(keys, ITEMS, strict=True)
            ],
            declared=[2, 3],
            derived=[(role, arguments) for _, _, role, arguments in MACHINE],
            guards=[
                ("CAP", False, 7, CAP),
                ("CAP", True, 8, EVER),
                ("COOLDOWN", False, 9, COOLDOWN),
                ("DISMISSED", False, 10, DISMISSALS),
                ("UNCLICKED", False, 11, UNCLICKED),
                ("CHANGES", False, 12, CHANGES),
            ],
            holds=[(12, STABLE_FOR, CHANGES, False, [(0, 1), (1, 2)])],
            experiments=[(murmur3_32(b"exp"), True, ["a", "c"])],
            groups=[([0, 1], ["red", "blue"], [0, 1, 2, 0, 1])],
            topics=["sale", "shoes"],
            variant_topics=[[], [0, 1], [0], [], [1]],
            less_of=LESS_OF,
        ),
        debug=True,
    )


@dataclass(eq=False)
class Loaded:
    """A bundle, as far as a state needs one."""

    bytes: bytes


FIRST = Loaded(b.build(program()))
SECOND = Loaded(b.build(program(OTHER_KEYS)))


def values(state: Any, now: int) -> dict[str, object]:
    """What a state says at a time to the bundle it is bound to."""
    found: dict[str, object] = dict(state._standing_for(state.bundle, now).values)
    return found
