"""What breaks sections 3.1 and 3.2 of FORMAT.md: meta, signals, values."""

from __future__ import annotations

from collections.abc import Iterator

from .by_hand import (
    BOOL,
    DOUBLE,
    ENUM,
    INT,
    LIST,
    MAX_AGE,
    MAXIMUM,
    MINIMUM,
    N_B,
    N_D,
    N_L,
    N_N,
    N_S,
    N_V,
    PURPOSE,
    STRING,
    VERSION,
    bundle,
    f64,
    signal,
    svarint,
    text,
    texts,
    varint,
)
from .faults import (
    CODE,
    COUNT,
    DUPLICATE,
    INDEX,
    LIMIT,
    NUMBER,
    ORDER,
    RESERVED,
    SALT,
    SAME,
    SHORTEST,
    TWO_TO_53,
    TYPE,
    Row,
)


def meta_and_signals() -> Iterator[Row]:
    def change(number: int, data: bytes) -> bytes:
        return bundle({f"signal {number}": data})

    yield "an unknown bit in meta", RESERVED, bundle({"meta flags": b"\x0d"})
    yield (
        "defaults after expiry, without expiry",
        RESERVED,
        bundle({"meta flags": b"\x06", "expires": b""}),
    )
    yield "a holdout by a bool", TYPE, bundle({"holdout unit": varint(N_B)})
    yield "a holdout by a list", TYPE, bundle({"holdout unit": varint(N_L)})
    yield "a holdout by a double", TYPE, bundle({"holdout unit": varint(N_D)})
    yield "a holdout by a version", TYPE, bundle({"holdout unit": varint(N_V)})
    yield "a holdout by no signal", INDEX, bundle({"holdout unit": varint(8)})
    yield "a salt of four characters", SALT, bundle({"holdout salt": text("abcd")})
    yield "an empty salt", SALT, bundle({"holdout salt": text("")})
    yield "a salt with a dot", SALT, bundle({"holdout salt": text("a.c")})
    yield (
        "a salt of three bytes that are no characters",
        SALT,
        bundle({"holdout salt": text("\u20ac")}),
    )
    yield "no ranges", COUNT, bundle({"holdout ranges": b"\x00"})
    yield "a range of no length", COUNT, bundle({"holdout ranges": b"\x01\x00\x00"})
    yield "ranges that touch", COUNT, bundle({"holdout ranges": b"\x02\x00\x01\x00\x01"})
    yield (
        "a range that ends at 10,001",
        LIMIT,
        bundle({"holdout ranges": b"\x01" + varint(10) + varint(9991)}),
    )
    yield "purposes that repeat", ORDER, bundle({"purposes": texts("ads", "ads")})
    yield "purposes that fall", ORDER, bundle({"purposes": texts("b", "a")})
    yield "1,025 signals", LIMIT, bundle({"signal count": varint(1025)})
    yield "two signals of one name", DUPLICATE, change(N_B, signal("n", BOOL))
    yield "type 7", CODE, change(N_B, signal("b", 7))
    yield "an unknown bit of a signal", RESERVED, change(N_B, signal("b", BOOL, 16))
    yield "a minimum on a bool", RESERVED, change(N_B, signal("b", BOOL, MINIMUM))
    yield (
        "a maximum on a string",
        RESERVED,
        change(N_S, signal("s", STRING, MAXIMUM, b"", varint(10) + texts("a", "b", "c"))),
    )
    yield "a purpose that is not there", INDEX, change(N_B, signal("b", BOOL, PURPOSE, varint(1)))
    yield (
        "a minimum above the maximum",
        ORDER,
        change(N_N, signal("n", INT, MINIMUM | MAXIMUM, svarint(2) + svarint(1), varint(0))),
    )
    yield (
        "a minimum of minus zero",
        NUMBER,
        change(N_D, signal("d", DOUBLE, MINIMUM, f64(-0.0), varint(0))),
    )
    yield (
        "a maximum that is infinite",
        NUMBER,
        change(N_D, signal("d", DOUBLE, MAXIMUM, f64(float("inf")), varint(0))),
    )
    yield (
        "a maximum that is no number",
        NUMBER,
        change(N_D, signal("d", DOUBLE, MAXIMUM, f64(float("nan")), varint(0))),
    )
    yield (
        "a minimum beyond 2^53-1",
        LIMIT,
        change(N_N, signal("n", INT, MINIMUM, varint(2 * TWO_TO_53), varint(0))),
    )
    yield (
        "a maximal age beyond 2^53-1",
        LIMIT,
        change(N_B, signal("b", BOOL, MAX_AGE, varint(TWO_TO_53))),
    )
    yield (
        "texts of 65,536 code points",
        LIMIT,
        change(N_S, signal("s", STRING, 0, varint(65_536), texts("a", "b", "c"))),
    )
    yield (
        "lists of 1,025 elements",
        LIMIT,
        change(N_L, signal("l", LIST, 0, varint(5) + varint(1025), texts("k", "m"))),
    )


def values() -> Iterator[Row]:
    def change(number: int, kind: int, values: bytes, rest: bytes = b"") -> bytes:
        names = "bndsevl"
        return bundle({f"signal {number}": signal(names[number], kind, 0, rest, values)})

    yield "members that repeat", DUPLICATE, change(4, ENUM, texts("x", "y", "x"))
    yield (
        "values of a string that fall",
        ORDER,
        change(N_S, STRING, texts("b", "a", "c"), varint(10)),
    )
    yield (
        "values of a string that repeat",
        ORDER,
        change(N_S, STRING, texts("a", "a", "c"), varint(10)),
    )
    yield (
        "values of a list that fall",
        ORDER,
        change(N_L, LIST, texts("m", "k"), varint(5) + varint(3)),
    )
    yield (
        "an int above 2^53-1 by its gap",
        NUMBER,
        change(N_N, INT, varint(2) + svarint(TWO_TO_53 - 1) + varint(0)),
    )
    yield (
        "an int below -2^53+1",
        LIMIT,
        change(N_N, INT, varint(1) + varint(2 * TWO_TO_53 - 1) + b""),
    )
    yield "scale 23", CODE, change(N_D, DOUBLE, varint(1) + b"\x17" + svarint(1))
    yield "scale 254", CODE, change(N_D, DOUBLE, varint(1) + b"\xfe" + svarint(1))
    yield (
        "raw doubles that fall",
        ORDER,
        change(N_D, DOUBLE, varint(2) + b"\xff" + f64(1.5) + f64(0.5)),
    )
    yield (
        "a raw double that is no number",
        NUMBER,
        change(N_D, DOUBLE, varint(1) + b"\xff" + f64(float("nan"))),
    )
    yield "a raw minus zero", NUMBER, change(N_D, DOUBLE, varint(1) + b"\xff" + f64(-0.0))
    assert (TWO_TO_53 - SAME) / 10 == (TWO_TO_53 - SAME + 1) / 10
    yield (
        "numbers that differ and doubles that do not",
        ORDER,
        change(N_D, DOUBLE, varint(2) + b"\x01" + svarint(TWO_TO_53 - SAME) + varint(0)),
    )
    yield "a version of no parts", CODE, change(N_V, VERSION, varint(1) + b"\x00")
    yield "a version of five parts", CODE, change(N_V, VERSION, varint(1) + b"\x05" + b"\x01" * 5)
    yield "a version that ends in zero", SHORTEST, change(N_V, VERSION, varint(1) + b"\x02\x01\x00")
    yield (
        "a version part of 2^26",
        NUMBER,
        change(N_V, VERSION, varint(1) + b"\x01" + varint(2**26)),
    )
    yield "versions that fall", ORDER, change(N_V, VERSION, varint(2) + b"\x01\x02\x01\x01")
    yield "versions that repeat", ORDER, change(N_V, VERSION, varint(2) + b"\x01\x02\x01\x02")
