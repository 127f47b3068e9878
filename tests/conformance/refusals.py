"""What a reader must refuse, sentence by sentence of FORMAT.md, and what it must not.

Each bundle has one fault, so that its code is beyond doubt.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgpack

from .by_hand import (
    ALL2,
    ANY2,
    BOOL,
    DOUBLE,
    ENUM,
    INT,
    LIST,
    LITERAL,
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
    SIGNALS,
    STRING,
    TESTS,
    VERSION,
    bits,
    bundle,
    f64,
    optional,
    packed,
    parts,
    program,
    signal,
    stepped,
    svarint,
    tests,
    text,
    texts,
    varint,
)

Row = tuple[str, str, bytes]
"""What is wrong, the code, the bytes."""

TRUNCATED, SHORTEST, MAJOR, FEATURE, OUTSIDE = "R101", "R102", "R103", "R104", "R105"
LIMIT, INDEX, CODE, UTF8, LEFT_OVER, ORDER = "R106", "R107", "R108", "R109", "R110", "R111"
DUPLICATE, RESERVED, TYPE, COUNT, NUMBER = "R112", "R113", "R114", "R115", "R116"
SHAPE, SALT, CONTENT, LACKING = "R117", "R118", "R119", "R120"
TWO_TO_53 = 2**53
SAME = 50
"""2^53 less this, and one more: two numbers that become one double when divided by ten."""


def pack(*whole: object) -> bytes:
    data: bytes = msgpack.packb(list(whole))
    return data


def refused() -> Iterator[Row]:
    yield from _outside()
    yield from _primitives()
    yield from _meta_and_signals()
    yield from _values()
    yield from _tests_and_shapes()
    yield from _conditions()
    yield from _surfaces()
    yield from _rules()
    yield from _content()
    yield from _other_sections()


def accepted() -> Iterator[tuple[str, bytes]]:
    rows = [[number, payload] for number, payload in {1: program(), **optional()}.items()]
    yield "as it is", bundle()
    yield "the program alone", pack("tacit", 1, 0, [[1, program()]])
    yield "an unknown section at the end", pack("tacit", 1, 0, [*rows, [6, b"\xff"]])
    yield "an unknown section with a large id", pack("tacit", 1, 0, [*rows, [2**64 - 1, b""]])
    yield "an unknown section in front", pack("tacit", 1, 0, [[0, b"x"], *rows])
    yield "contents of every kind", bundle(sections={2: _one_content(msgpack.packb(_CONTENT))})
    yield "a content 32 containers deep", bundle(sections={2: _one_content(b"\x91" * 32 + b"\xc0")})
    yield "shapes 128 deep", _deep(127)


_CONTENT = {"": [], "a": {"b": {}}, "n": [0, -1, 127, -33, 255, 2**53 - 1, 1 - 2**53, 1.5, -0.0]}


# ---------------------------------------------------------------- 1, 2


def _outside() -> Iterator[Row]:
    sound = [1, program()]
    yield "no bytes", TRUNCATED, b""
    yield "no array", OUTSIDE, pack("x")[1:]
    yield "an array of three", OUTSIDE, pack("tacit", 1, 0)
    yield "an array of five", OUTSIDE, pack("tacit", 1, 0, [sound], 0)
    yield "another magic", OUTSIDE, pack("tacet", 1, 0, [sound])
    yield "the magic as bytes", OUTSIDE, pack(b"tacit", 1, 0, [sound])
    yield "major 0", MAJOR, pack("tacit", 0, 0, [sound])
    yield "major 2", MAJOR, pack("tacit", 2, 0, [sound])
    yield "a major that is no int", OUTSIDE, pack("tacit", 1.0, 0, [sound])
    yield "a major below zero", OUTSIDE, pack("tacit", -1, 0, [sound])
    yield "a feature", FEATURE, pack("tacit", 1, 1, [sound])
    yield "a feature far up", FEATURE, pack("tacit", 1, 2**63, [sound])
    yield "sections as a map", OUTSIDE, pack("tacit", 1, 0, {1: program()})
    yield "a section of three", OUTSIDE, pack("tacit", 1, 0, [[1, program(), 0]])
    yield "a payload that is text", OUTSIDE, pack("tacit", 1, 0, [[1, "text"]])
    yield "a section id that is text", OUTSIDE, pack("tacit", 1, 0, [["1", program()]])
    yield "no program", LACKING, pack("tacit", 1, 0, [[2, optional()[2]]])
    yield "no sections", LACKING, pack("tacit", 1, 0, [])
    yield "two programs", ORDER, pack("tacit", 1, 0, [sound, sound])
    yield "sections that fall", ORDER, pack("tacit", 1, 0, [[9, b""], sound])
    yield "a byte after the end", LEFT_OVER, bundle() + b"\x00"
    yield "the last byte cut off", TRUNCATED, bundle()[:-1]
    yield "a long form of the major", SHORTEST, b"\x94\xa5tacit\xcc\x01" + bundle()[8:]
    yield "a long form of the array", SHORTEST, b"\xdc\x00\x04" + bundle()[1:]
    yield "a program with a byte too many", LEFT_OVER, pack("tacit", 1, 0, [[1, program() + b"\0"]])
    yield "a program with a byte too few", TRUNCATED, pack("tacit", 1, 0, [[1, program()[:-1]]])
    yield "an empty program", TRUNCATED, pack("tacit", 1, 0, [[1, b""]])
    yield "more than 16 MiB", LIMIT, pack("tacit", 1, 0, [[1, program()], [9, bytes(2**24)]])


def _primitives() -> Iterator[Row]:
    yield "a varint with a superfluous group", SHORTEST, bundle({"body count": b"\x81\x00"})
    yield "a varint above 2^53-1", LIMIT, bundle({"expires": varint(TWO_TO_53)})
    yield "a varint without an end", LIMIT, bundle({"expires": b"\xff" * 9 + b"\x01"})
    yield "a text that is no UTF-8", UTF8, bundle({"project": text(b"\xff")})
    yield "a surrogate in a text", UTF8, bundle({"project": text(b"\xed\xa0\x80")})
    yield "an overlong form in a text", UTF8, bundle({"project": text(b"\xc0\xaf")})
    yield "a text above 65,535 bytes", LIMIT, bundle({"project": text("x" * 65_536)})
    yield (
        "one of texts begins inside a code point",
        UTF8,
        bundle({"variant ids": b"\x02\x01\x01\xc3\xa9"}),
    )
    yield "a column of a width too large", LIMIT, bundle({"outcomes": b"\x36" + bytes(41)})
    yield (
        "a column that is wider than it needs",
        SHORTEST,
        bundle({"surface flags": packed(2, 6, width=4)}),
    )
    yield "a bit after the last entry", RESERVED, bundle({"variants": b"\x01\x0a"})
    yield (
        "a step that is no greatest divisor",
        SHORTEST,
        bundle({"shares": stepped(2500, 5000, step=1250)}),
    )
    yield "a step of zero", SHORTEST, bundle({"starts": b"\x00" + packed(1, 2)})
    yield "a stepped number above 2^53-1", LIMIT, bundle({"ends": stepped(2 * TWO_TO_53, 4)})


# ---------------------------------------------------------------- 3.1, 3.2


def _meta_and_signals() -> Iterator[Row]:
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


def _values() -> Iterator[Row]:
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


# ---------------------------------------------------------------- 3.3, 3.4


def _tests_and_shapes() -> Iterator[Row]:
    def change(old: tuple[int, int], new: tuple[int, int]) -> bytes:
        return bundle({"tests": tests([new if row == old else row for row in TESTS])})

    yield "tests that fall", ORDER, bundle({"tests": tests([TESTS[1], TESTS[0], *TESTS[2:]])})
    yield "a test twice", ORDER, bundle({"tests": tests([TESTS[0], TESTS[0], *TESTS[2:]])})
    yield "op 0", CODE, change((0x01, N_S), (0x00, N_S))
    yield "op 7", CODE, change((0x06, N_V), (0x07, N_V))
    yield "op 0x1b", CODE, change((0x1A, 0), (0x1B, 0))
    yield "a negated order", CODE, change((0x8B, N_S), (0x83, N_N))
    yield "a negated order of sizes", CODE, change((0x8B, N_S), (0x93, N_L))
    yield "a test of no signal", INDEX, change((0x01, N_S), (0x01, 8))
    yield "a segment with a signal", RESERVED, change((0x1A, 0), (0x1A, 1))
    yield "IS_TRUE of an int", TYPE, change((0x02, N_B), (0x02, N_N))
    yield "an order of texts", TYPE, change((0x03, N_N), (0x03, N_S))
    yield "a set of bools", TYPE, change((0x08, N_S), (0x08, N_B))
    yield "a prefix of an enum", TYPE, change((0x0C, N_L), (0x0C, 4))
    yield "a size of an int", TYPE, change((0x13, N_L), (0x13, N_N))
    yield "an element of a text", TYPE, change((0x18, N_L), (0x18, N_S))

    def shapes(*found: bytes) -> bytes:
        return bundle({"shapes": varint(len(found)) + b"".join(found)})

    any2, all2 = ANY2 + LITERAL * 2, ALL2 + LITERAL * 2
    yield "node 5", CODE, shapes(any2, all2, b"\x05")
    yield "a shape twice", DUPLICATE, shapes(any2, all2, any2)
    yield "a shape that nobody uses", ORDER, shapes(any2, all2, LITERAL, b"\x01")
    yield "all of one term", COUNT, shapes(any2, b"\x03\x01\x02", LITERAL)
    yield "any of no terms", COUNT, shapes(any2, b"\x04\x00", LITERAL)
    yield "all directly in all", SHAPE, shapes(any2, b"\x03\x02" + all2 + LITERAL, LITERAL)
    yield "any directly in any", SHAPE, shapes(b"\x04\x02" + any2 + LITERAL, all2, LITERAL)
    yield "true in all", SHAPE, shapes(any2, b"\x03\x02\x02\x01", LITERAL)
    yield "false in any", SHAPE, shapes(b"\x04\x02\x00\x02", all2, LITERAL)
    yield "shapes 129 deep", LIMIT, _deep(128)
    yield (
        "a condition of 4,097 literals",
        LIMIT,
        shapes(any2, ALL2 + LITERAL + b"\x04" + varint(4096) + LITERAL * 4096, LITERAL),
    )
    yield "4,097 terms", LIMIT, shapes(any2, b"\x03" + varint(4097) + LITERAL * 4097, LITERAL)


def _deep(above: int) -> bytes:
    """A shape with `above` nodes on the way down to its deepest literal."""
    shape = LITERAL
    for level in range(above):
        shape = bytes((3 + (level + above) % 2, 2)) + LITERAL + shape
    literals = [0] * (above + 1)
    return bundle(
        {
            "shapes": varint(4) + ANY2 + LITERAL * 2 + ALL2 + LITERAL * 2 + shape + LITERAL,
            "condition shapes": packed(0, 1, 2, 3, 3, 3, 3, 3),
            "literals": packed(7, 8, 1, 4, *literals, 0, 0, 0, 0, 0),
            "arguments": _joined(
                less=packed(),
                least=packed(),
                mask=b"",
                equal=packed(),
                includes=packed(),
                exists=packed(),
                segment=packed(),
                other=packed(),
            ),
        }
    )


# ---------------------------------------------------------------- 3.5, 3.6


def _arguments(**changed: bytes) -> bytes:
    return bundle({"arguments": _joined(**changed)})


def _joined(**changed: bytes) -> bytes:
    """The arguments of the sound bundle, some of them changed."""
    sound = {
        "less": packed(1),
        "least": packed(0),
        "set": packed(2) + packed(0, 2),
        "mask": bits([0b101], 3),
        "equal": packed(1),
        "prefix": texts("k"),
        "size": packed(2),
        "includes": packed(1),
        "exists": packed(0),
        "segment": packed(0),
        "other": packed(1),
    }
    assert set(changed) <= set(sound)
    return b"".join({**sound, **changed}.values())


def _literals(*numbers: int) -> bytes:
    return bundle({"literals": packed(*numbers)})


def _conditions() -> Iterator[Row]:
    yield "65,536 bodies", LIMIT, bundle({"body count": varint(65_536)})
    yield "65,536 segments", LIMIT, bundle({"segment count": varint(65_536)})
    yield "100,001 rules", LIMIT, bundle({"rule count": varint(100_001)})
    yield (
        "shapes not in order of first use",
        ORDER,
        bundle({"condition shapes": packed(1, 0, 2, 1, 2, 0, 2, 1)}),
    )
    yield (
        "a shape that is not there",
        INDEX,
        bundle({"condition shapes": packed(0, 1, 2, 1, 3, 0, 2, 1)}),
    )
    yield "a literal of no test", INDEX, _literals(7, 8, 1, 4, 11, 2, 3, 10, 5, 6, 9, 12, 13)
    yield "an index of no value", INDEX, _arguments(less=packed(2))
    yield "an index of no member", INDEX, _arguments(other=packed(3))
    yield "a set of one", COUNT, _arguments(set=packed(1) + packed(2))
    yield "a set of none", COUNT, _arguments(set=packed(0) + packed())
    yield "a set that falls", ORDER, _arguments(set=packed(2) + packed(2, 0))
    yield "a set with a value twice", ORDER, _arguments(set=packed(2) + packed(0, 0))
    yield "a set with a value that is not there", INDEX, _arguments(set=packed(2) + packed(0, 3))
    yield "a set of more than there are", INDEX, _arguments(set=packed(4) + packed(0, 1, 2, 3))
    yield "a mask of one", COUNT, _arguments(mask=bits([0b100], 3))
    yield "a mask with a bit too many", RESERVED, _arguments(mask=b"\x0d")
    yield "two texts for one use", COUNT, _arguments(prefix=texts("k", "l"))
    yield "no text for a use", COUNT, _arguments(prefix=texts())
    yield "a body that is not there", INDEX, _arguments(exists=packed(1))
    yield "a segment that is not there", INDEX, _arguments(segment=packed(1))
    yield "a segment in a body", TYPE, _literals(11, 8, 1, 4, 7, 2, 3, 10, 5, 6, 9, 12, 0)
    yield "has in a body", TYPE, _literals(0, 8, 1, 4, 11, 2, 3, 10, 5, 6, 9, 12, 7)
    yield "a segment that uses itself", INDEX, _literals(7, 8, 11, 4, 1, 2, 3, 10, 5, 6, 9, 12, 0)
    yield "a test of elements outside a body", TYPE, _outside_a_body()
    yield "a body over another list", TYPE, _another_list(both=False)
    yield "a body over two lists", TYPE, _another_list(both=True)


def _outside_a_body() -> bytes:
    """A prefix asked of the whole list, and the body with sizes alone."""
    return bundle(
        {
            "literals": packed(8, 8, 1, 4, 11, 2, 3, 10, 5, 6, 9, 12, 7),
            "arguments": _joined(size=packed(2, 3)),
        }
    )


def _another_list(both: bool) -> bytes:
    """A ninth signal, a list, asked by the body beside `l`, or alone while EXISTS names `l`."""
    over_new = (0x13, 8)
    rows = sorted([*TESTS, over_new])
    at = {row: number for number, row in enumerate(rows)}
    numbers = [7, 8, 1, 4, 11, 2, 3, 10, 5, 6, 9, 12, 0]
    renumbered = [at[TESTS[number]] for number in numbers]
    if both:
        renumbered[1] = at[over_new]
        sizes = packed() + packed(2)
        prefix = texts("k")
    else:
        renumbered[0] = renumbered[1] = at[over_new]
        sizes = packed() + packed(2, 3)
        prefix = texts()
    return bundle(
        {
            "signal count": varint(9),
            "signal 7": SIGNALS[7] + signal("l2", LIST, 0, varint(5) + varint(3), texts()),
            "tests": tests(rows),
            "literals": packed(*renumbered),
            "arguments": _joined(prefix=prefix, size=sizes),
        }
    )


# ---------------------------------------------------------------- 3.7 to 3.9


def _surfaces() -> Iterator[Row]:
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


def _rules() -> Iterator[Row]:
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


# ---------------------------------------------------------------- 4


def _one_content(body: bytes) -> bytes:
    return varint(1) + packed(len(body)) + body + packed(0, 0, 0)


def _content() -> Iterator[Row]:
    def content(body: bytes) -> bytes:
        return bundle(sections={2: _one_content(body)})

    one, two = msgpack.packb("one"), msgpack.packb("two")
    head = varint(2) + packed(4, 4)
    yield "more contents than variants", LIMIT, bundle(sections={2: varint(4) + packed(1, 1, 1, 1)})
    yield (
        "contents that are equal",
        DUPLICATE,
        bundle(sections={2: head + one + one + packed(0, 1, 0)}),
    )
    yield (
        "contents not in order of first use",
        ORDER,
        bundle(sections={2: head + one + two + packed(1, 0, 0)}),
    )
    yield (
        "a content that nobody shows",
        ORDER,
        bundle(sections={2: head + one + two + packed(0, 0, 0)}),
    )
    yield (
        "a content that is not there",
        INDEX,
        bundle(sections={2: head + one + two + packed(0, 1, 2)}),
    )
    yield (
        "a content section with a byte too many",
        LEFT_OVER,
        bundle(sections={2: optional()[2] + b"\0"}),
    )
    yield "two values in a content", LEFT_OVER, content(b"\xc0\xc0")
    yield "half a content", TRUNCATED, content(b"\x92\xc0")
    yield "an empty content", TRUNCATED, content(b"")
    yield "bytes in a content", CONTENT, content(msgpack.packb(b"x"))
    yield "an extension in a content", CONTENT, content(msgpack.packb(msgpack.ExtType(1, b"x")))
    yield "a short double in a content", CONTENT, content(b"\xca\x00\x00\x00\x00")
    yield "the byte that means nothing", CONTENT, content(b"\xc1")
    yield "a key that is no text", CONTENT, content(b"\x81\x01\x01")
    yield "keys that fall", ORDER, content(b"\x82\xa1b\x01\xa1a\x01")
    yield "a key twice", ORDER, content(b"\x82\xa1a\x01\xa1a\x01")
    yield "an int above 2^53-1 in a content", LIMIT, content(msgpack.packb(TWO_TO_53))
    yield "an int below -2^53+1 in a content", LIMIT, content(msgpack.packb(-TWO_TO_53))
    yield "infinity in a content", NUMBER, content(msgpack.packb(float("inf")))
    yield "not a number in a content", NUMBER, content(msgpack.packb(float("nan")))
    yield "ill-formed text in a content", UTF8, content(b"\xa1\xff")
    yield "33 containers", LIMIT, content(b"\x91" * 33 + b"\xc0")
    for name, body in {
        "an int": b"\xcc\x7f",
        "a longer int": b"\xcd\x00\xff",
        "a negative int": b"\xd0\xe0",
        "a longer negative int": b"\xd1\xff\x80",
        "a positive int with a sign": b"\xd0\x01",
        "a text": b"\xd9\x01x",
        "an array": b"\xdc\x00\x01\xc0",
        "a map": b"\xde\x00\x01\xa1a\xc0",
    }.items():
        yield f"a long form of {name}", SHORTEST, content(body)


def _other_sections() -> Iterator[Row]:
    def explained(*explanations: bytes, uses: bytes) -> bytes:
        head = text("en") + texts("de", "en") + varint(len(explanations))
        return bundle(sections={3: head + b"".join(explanations) + uses})

    so = varint(1) + varint(1) + text("so")
    both = varint(2) + varint(0) + text("Weil") + varint(1) + text("because")
    ones = packed(0, 1, 1, 1, 0, 0)
    yield (
        "languages that fall",
        ORDER,
        bundle(sections={3: text("en") + texts("en", "de") + varint(0) + packed(*[0] * 6)}),
    )
    yield "explanations that are equal", DUPLICATE, explained(so, so, uses=packed(0, 1, 2, 1, 0, 0))
    yield "an explanation without texts", COUNT, explained(varint(0), uses=ones)
    yield (
        "a language that is not there",
        INDEX,
        explained(varint(1) + varint(2) + text("x"), uses=ones),
    )
    yield (
        "languages of an explanation that fall",
        ORDER,
        explained(varint(2) + varint(1) + text("a") + varint(0) + text("b"), uses=ones),
    )
    yield (
        "a language twice",
        ORDER,
        explained(varint(2) + varint(1) + text("a") + varint(1) + text("b"), uses=ones),
    )
    yield "an explanation that is not there", INDEX, explained(so, uses=packed(0, 1, 2, 1, 0, 0))
    yield "an explanation of no rule", ORDER, explained(so, both, uses=ones)
    yield (
        "explanations not in order of first use",
        ORDER,
        explained(so, both, uses=packed(0, 2, 1, 1, 0, 0)),
    )
    rules = texts("r0", "r1", "r2", "r3", "r4", "r5")
    rest = texts("seg") + texts("", "exp") + texts(*[""] * 7)
    yield (
        "a rule's id twice on a surface",
        DUPLICATE,
        bundle(sections={4: texts("r0", "r1", "r2", "r3", "r4", "r0") + rest}),
    )
    yield "too few ids of rules", COUNT, bundle(sections={4: texts("r0") + rest})
    yield (
        "too many names of segments",
        COUNT,
        bundle(sections={4: rules + texts("a", "b") + texts("", "exp") + texts(*[""] * 7)}),
    )
    yield (
        "too few expressions",
        COUNT,
        bundle(sections={4: rules + texts("seg") + texts("", "exp") + texts(*[""] * 6)}),
    )
    yield (
        "a debug section with a byte too many",
        LEFT_OVER,
        bundle(sections={4: optional()[4] + b"\0"}),
    )
    audit = optional()[5]
    sources = packed(0, 1, 2, 3, 0, 1, 2, 3)
    yield (
        "source 4",
        CODE,
        bundle(sections={5: packed(0, 1, 2, 4, 0, 1, 2, 3) + audit[len(sources) :]}),
    )
    yield (
        "sensitivity 3",
        CODE,
        bundle(sections={5: sources + packed(0, 1, 2, 0, 1, 2, 0, 3) + audit[2 * len(sources) :]}),
    )
    yield (
        "too few categories",
        COUNT,
        bundle(sections={5: audit[: 2 * len(sources)] + texts(*[""] * 7)}),
    )
