"""What breaks sections 3.3 to 3.6 of FORMAT.md: tests, shapes, conditions, arguments."""

from __future__ import annotations

from collections.abc import Iterator

from .by_hand import (
    ALL2,
    ANY2,
    LIST,
    LITERAL,
    N_B,
    N_L,
    N_N,
    N_S,
    N_V,
    SIGNALS,
    TESTS,
    bits,
    bundle,
    packed,
    signal,
    tests,
    texts,
    varint,
)
from .faults import CODE, COUNT, DUPLICATE, INDEX, LIMIT, ORDER, RESERVED, SHAPE, TYPE, Row


def tests_and_shapes() -> Iterator[Row]:
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
    yield "shapes 129 deep", LIMIT, deep(128)
    yield (
        "a condition of 4,097 literals",
        LIMIT,
        shapes(any2, ALL2 + LITERAL + b"\x04" + varint(4096) + LITERAL * 4096, LITERAL),
    )
    yield "4,097 terms", LIMIT, shapes(any2, b"\x03" + varint(4097) + LITERAL * 4097, LITERAL)


def deep(above: int) -> bytes:
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
            "arguments": joined(
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


def _arguments(**changed: bytes) -> bytes:
    return bundle({"arguments": joined(**changed)})


def joined(**changed: bytes) -> bytes:
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


def conditions() -> Iterator[Row]:
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
            "arguments": joined(size=packed(2, 3)),
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
            "arguments": joined(prefix=prefix, size=sizes),
        }
    )
