"""What breaks sections 3.7 to 3.9 of FORMAT.md: surfaces, rules, splits."""

from __future__ import annotations

from collections.abc import Iterator

from .by_hand import (
    DOUBLE,
    INT,
    N_B,
    N_S,
    bundle,
    packed,
    parts,
    signal,
    stepped,
    text,
    texts,
    varint,
)
from .faults import (
    CODE,
    COUNT,
    DUPLICATE,
    INDEX,
    LACKING,
    LIMIT,
    NUMBER,
    ORDER,
    RESERVED,
    SALT,
    TYPE,
    Row,
)


def surfaces() -> Iterator[Row]:
    yield "surfaces of one name", DUPLICATE, bundle({"surface names": texts("x", "x")})
    yield "ids of variants that fall", ORDER, bundle({"variant ids": texts("q", "p")})
    yield "place 3", CODE, bundle({"surface flags": packed(3, 6)})
    yield "an unknown bit of a surface", RESERVED, bundle({"surface flags": packed(2, 14)})
    yield (
        "a surface without variants",
        COUNT,
        bundle({"variant counts": packed(2, 0), "variants": packed(0, 1)}),
    )
    yield "1,025 variants", LIMIT, bundle({"variant counts": packed(2, 1025)})
    yield "a default that is not there", INDEX, bundle({"defaults": packed(2, 0)})
    yield "rules on a forbidden surface", COUNT, bundle({"rule counts": packed(5, 1)})
    yield "rules that do not add up", COUNT, bundle({"rule counts": packed(5, 0)})
    yield "a variant id that is not there", INDEX, bundle({"variants": packed(0, 2, 0)})
    yield "a variant twice on a surface", DUPLICATE, bundle({"variants": packed(1, 1, 0)})
    yield "all variants the same id", DUPLICATE, bundle({"variants": packed(0, 0, 0)})


def rules() -> Iterator[Row]:
    yield "an unknown bit of a rule", RESERVED, bundle({"rule flags": packed(32, 1, 2, 12, 28, 3)})
    yield (
        "a local zone without a schedule",
        RESERVED,
        bundle({"rule flags": packed(16, 1, 2, 12, 28, 3)}),
    )
    yield (
        "a local zone without an offset",
        LACKING,
        bundle({"signal 7": signal("offset", INT, 0, b"", varint(0))}),
    )
    yield (
        "a local zone with an offset that is no int",
        LACKING,
        bundle({"signal 7": signal("utc_offset_minutes", DOUBLE, 0, b"", varint(0))}),
    )
    yield "a variant that is not there", INDEX, bundle({"outcomes": packed(2, 1, 0, 0, 1, 1)})
    yield "splits out of order", ORDER, bundle({"outcomes": packed(0, 1, 1, 0, 1, 0)})
    yield "a split twice", ORDER, bundle({"outcomes": packed(0, 1, 0, 0, 1, 0)})
    yield (
        "a split that nobody uses",
        ORDER,
        bundle({"split count": varint(3), "split 0": parts()["split 0"] * 2}),
    )
    yield "a split too few", ORDER, bundle({"split count": varint(1), "split 1": b""})
    yield "traffic by a bool", TYPE, bundle({"traffic units": packed(N_S, N_B)})
    yield "traffic by no signal", INDEX, bundle({"traffic units": packed(N_S, 8)})
    yield "a share of nothing", NUMBER, bundle({"shares": stepped(0, 5000)})
    yield "a share of everything", NUMBER, bundle({"shares": stepped(2500, 10_000)})
    yield "a salt's digit above 63", SALT, bundle({"traffic salts": packed(0, 26, 52, 62, 63, 64)})
    yield "a schedule that ends as it starts", ORDER, bundle({"ends": stepped(1000, 4000)})
    yield "a schedule that ends before it starts", ORDER, bundle({"ends": stepped(2000, 2999)})
    sound = parts()["split 0"]
    yield "an unknown bit of a split", RESERVED, bundle({"split 0": b"\x02" + sound[1:]})
    yield "a split by a bool", TYPE, bundle({"split 0": b"\x00" + varint(N_B) + sound[2:]})
    yield "a split by no signal", INDEX, bundle({"split 0": b"\x00\x08" + sound[2:]})
    yield (
        "a split's salt of two characters",
        SALT,
        bundle({"split 0": sound[:2] + text("ab") + sound[6:]}),
    )
    yield "a split without arms", COUNT, bundle({"split 0": sound[:6] + varint(0)})
    yield "an arm of no variant", INDEX, bundle({"split 0": sound[:7] + varint(2) + sound[8:]})
    overlap = varint(1) + b"\x01" + varint(4999) + varint(5001)
    yield "arms that overlap", DUPLICATE, bundle({"split 0": sound[:12] + overlap})
    same = varint(1) + b"\x01" + varint(0) + varint(1)
    yield "arms that begin together", DUPLICATE, bundle({"split 0": sound[:12] + same})
