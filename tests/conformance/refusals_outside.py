"""What breaks sections 1 and 2 of FORMAT.md: the outer array, the primitives."""

from __future__ import annotations

from collections.abc import Iterator

import msgpack

from .by_hand import bundle, optional, packed, program, stepped, text, varint
from .faults import (
    FEATURE,
    LACKING,
    LEFT_OVER,
    LIMIT,
    MAJOR,
    ORDER,
    OUTSIDE,
    RESERVED,
    SHORTEST,
    TRUNCATED,
    TWO_TO_53,
    UTF8,
    Row,
)


def pack(*whole: object) -> bytes:
    data: bytes = msgpack.packb(list(whole))
    return data


def outside() -> Iterator[Row]:
    sound = [1, program()]
    yield "no bytes", TRUNCATED, b""
    yield "no array", OUTSIDE, pack("x")[1:]
    yield "an array of three", OUTSIDE, pack("tacit", 1, 0)
    yield "an array of five", OUTSIDE, pack("tacit", 1, 0, [sound], 0)
    yield "another magic", OUTSIDE, pack("tacet", 1, 0, [sound])
    yield "the magic as bytes", OUTSIDE, pack(b"tacit", 1, 0, [sound])
    yield "major 0", MAJOR, pack("tacit", 0, 0, [sound])
    yield "major 2", MAJOR, pack("tacit", 2, 0, [sound])
    yield "major 2 in an array of five", MAJOR, pack("tacit", 2, 0, [sound], 0)
    yield "major 2 in an array of two", MAJOR, pack("tacit", 2)
    yield "major 1 in an array of two", OUTSIDE, pack("tacit", 1)
    yield "a magic alone", OUTSIDE, pack("tacit")
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


def primitives() -> Iterator[Row]:
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
