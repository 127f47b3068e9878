"""A small bundle written by hand from FORMAT.md, piece by piece, so that any piece can be damaged.

Nothing here comes from the compiler or from a runtime: the primitives are written a second time.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence

import msgpack


def varint(n: int) -> bytes:
    out = b""
    while n > 127:
        out += bytes((n % 128 + 128,))
        n //= 128
    return out + bytes((n,))


def svarint(n: int) -> bytes:
    return varint(2 * n if n >= 0 else -2 * n - 1)


def f64(x: float) -> bytes:
    return struct.pack("<d", x)


def text(value: str | bytes) -> bytes:
    data = value if isinstance(value, bytes) else value.encode()
    return varint(len(data)) + data


def texts(*values: str | bytes) -> bytes:
    data = [value if isinstance(value, bytes) else value.encode() for value in values]
    return varint(len(data)) + b"".join(varint(len(one)) for one in data) + b"".join(data)


def bits(entries: Sequence[int], width: int) -> bytes:
    run = "".join(format(entry, f"0{width}b")[::-1] if width else "" for entry in entries)
    run += "0" * (-len(run) % 8)
    return bytes(int(run[at : at + 8][::-1], 2) for at in range(0, len(run), 8))


def packed(*entries: int, width: int | None = None) -> bytes:
    least = max((entry.bit_length() for entry in entries), default=0)
    width = least if width is None else width
    return bytes((width,)) + bits(entries, width)


def stepped(*entries: int, step: int | None = None) -> bytes:
    step = math.gcd(*entries) if step is None else step
    return varint(step) + packed(*(entry // step if step else 0 for entry in entries))


BOOL, INT, DOUBLE, STRING, ENUM, VERSION, LIST = range(7)
PURPOSE, MINIMUM, MAXIMUM, MAX_AGE = 1, 2, 4, 8


def signal(name: str, kind: int, flags: int = 0, rest: bytes = b"", values: bytes = b"") -> bytes:
    return text(name) + bytes((kind, flags)) + rest + values


SIGNALS = [
    signal("b", BOOL),
    signal(
        "n",
        INT,
        PURPOSE | MINIMUM | MAXIMUM,
        b"\x00" + svarint(-5) + svarint(10),
        varint(2) + svarint(-1) + varint(3),
    ),  # values -1 and 3
    signal("d", DOUBLE, MAX_AGE, varint(1000), varint(2) + b"\x01" + svarint(1) + varint(1)),
    signal("s", STRING, 0, varint(10), texts("a", "b", "c")),
    signal("e", ENUM, 0, b"", texts("y", "x", "z")),
    signal("v", VERSION, 0, b"", varint(1) + b"\x02" + varint(2) + varint(10)),
    signal("l", LIST, 0, varint(5) + varint(3), texts("k", "m")),
    signal("utc_offset_minutes", INT, 0, b"", varint(0)),
]
N_B, N_N, N_D, N_S, N_E, N_V, N_L, N_OFFSET = range(8)

TESTS = [  # op, signal
    (0x01, N_S),  # has(s)
    (0x02, N_B),  # b
    (0x03, N_N),  # n < 3
    (0x06, N_V),  # v >= version("2.10")
    (0x08, N_S),  # s in ["a", "c"]
    (0x09, N_E),  # e in ["y", "z"]
    (0x0B, N_D),  # d == 0.3
    (0x0C, N_L),  # element starts with "k"
    (0x13, N_L),  # size >= 2
    (0x18, N_L),  # "m" in l
    (0x19, N_L),  # exists
    (0x1A, 0),  # segment
    (0x8B, N_S),  # s != "b"
]
LITERAL, ALL2, ANY2 = b"\x02", b"\x03\x02", b"\x04\x02"


def tests(rows: Sequence[tuple[int, int]]) -> bytes:
    return varint(len(rows)) + b"".join(bytes((op,)) + varint(number) for op, number in rows)


def parts() -> dict[str, bytes]:
    """The parts of section 1 of a sound bundle, in order.

    Body 0: any(element starts with "k", size >= 2). Segment 0: all(b, s in [a, c]).
    Surface `x` (variants p, q; default q): six rules. Surface `y`: forbidden.
    """
    return {
        "project": text("by-hand"),
        "meta flags": b"\x05",
        "expires": varint(2_000_000_000_000),
        "holdout unit": varint(N_S),
        "holdout salt": text("hold-_0"),
        "holdout ranges": b"\x02" + varint(10) + varint(5) + varint(1) + varint(9984),
        "purposes": texts("ads"),
        "signal count": varint(len(SIGNALS)),
        **{f"signal {number}": data for number, data in enumerate(SIGNALS)},
        "tests": tests(TESTS),
        "shapes": varint(3) + ANY2 + LITERAL * 2 + ALL2 + LITERAL * 2 + LITERAL,
        "body count": varint(1),
        "segment count": varint(1),
        "rule count": varint(6),
        # body: any; segment: all; rules: literal, all, literal, any, literal, all
        "condition shapes": packed(0, 1, 2, 1, 2, 0, 2, 1),
        "literals": packed(7, 8, 1, 4, 11, 2, 3, 10, 5, 6, 9, 12, 0),
        "arguments": b"".join(
            [
                packed(1),  # n < 3
                packed(0),  # v >= 2.10
                packed(2) + packed(0, 2),  # s in [a, c]
                bits([0b101], 3),  # e in [y, z]
                packed(1),  # d == 0.3
                texts("k"),
                packed(2),  # size >= 2
                packed(1),  # "m" in l
                packed(0),  # exists, body 0
                packed(0),  # segment 0
                packed(1),  # s != "b"
            ]
        ),
        "surface names": texts("x", "y"),
        "variant ids": texts("p", "q"),
        "surface flags": packed(2, 6),
        "variant counts": packed(2, 1),
        "defaults": packed(1, 0),
        "rule counts": packed(6, 0),
        "variants": packed(0, 1, 0),
        "rule flags": packed(0, 1, 2, 4 + 8, 4 + 8 + 16, 3),
        "outcomes": packed(0, 1, 0, 0, 1, 1),
        "traffic units": packed(N_S, N_N),
        "shares": stepped(2500, 5000),
        "traffic salts": packed(0, 26, 52, 62, 63, 61),
        "starts": stepped(1000, 3000),
        "ends": stepped(2000, 4000),
        "split count": varint(2),
        "split 0": b"\x00"
        + varint(N_S)
        + text("abc")
        + varint(2)
        + varint(0)
        + b"\x01"
        + varint(0)
        + varint(5000)
        + varint(1)
        + b"\x01"
        + varint(5000)
        + varint(5000),
        "split 1": b"\x01"
        + varint(N_E)
        + text("ABCDEFG")
        + varint(1)
        + varint(1)
        + b"\x02"
        + varint(0)
        + varint(1)
        + varint(1)
        + varint(1),
    }


def optional() -> dict[int, bytes]:
    """Sections 2 to 5 of the same bundle."""
    one, two = msgpack.packb({"a": [1, -1.5, None]}), msgpack.packb("text")
    return {
        2: varint(2) + packed(len(one), len(two)) + one + two + packed(0, 1, 0),
        3: text("en")
        + texts("de", "en")
        + varint(2)
        + varint(2)
        + varint(0)
        + text("Weil")
        + varint(1)
        + text("because")
        + varint(1)
        + varint(1)
        + text("so")
        + packed(0, 1, 2, 1, 0, 0),
        4: texts("r0", "r1", "r2", "r3", "r4", "r5")
        + texts("seg")
        + texts("", "exp")
        + texts("b && s in [...]", "", "", "", "", "", ""),
        5: packed(0, 1, 2, 3, 0, 1, 2, 3)
        + packed(0, 1, 2, 0, 1, 2, 0, 1)
        + texts(*[""] * 8)
        + texts("team")
        + texts("", "o")
        + texts("", "")
        + texts("", "law")
        + texts(*[""] * 6),
    }


def program(changed: Mapping[str, bytes] | None = None) -> bytes:
    """Section 1 with some parts in another form."""
    sound = parts()
    assert set(changed or {}) <= set(sound), f"no such part: {set(changed or {}) - set(sound)}"
    return b"".join({**sound, **(changed or {})}.values())


def bundle(
    changed: Mapping[str, bytes] | None = None,
    sections: Mapping[int, bytes] | None = None,
    features: int = 0,
) -> bytes:
    """The whole; `sections` replaces or adds payloads by id."""
    payloads = {1: program(changed), **optional(), **(sections or {})}
    rows = [[number, payloads[number]] for number in sorted(payloads)]
    data: bytes = msgpack.packb(["tacit", 1, features, rows])
    return data
