"""What breaks section 4 of FORMAT.md: the optional sections."""

from __future__ import annotations

from collections.abc import Iterator

import msgpack

from .by_hand import bundle, optional, packed, text, texts, varint
from .faults import (
    CODE,
    CONTENT,
    COUNT,
    DUPLICATE,
    INDEX,
    LEFT_OVER,
    LIMIT,
    NUMBER,
    ORDER,
    SHORTEST,
    TRUNCATED,
    TWO_TO_53,
    UTF8,
    Row,
)


def one_content(body: bytes) -> bytes:
    return varint(1) + packed(len(body)) + body + packed(0, 0, 0)


def content() -> Iterator[Row]:
    def content(body: bytes) -> bytes:
        return bundle(sections={2: one_content(body)})

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


def other_sections() -> Iterator[Row]:
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
