"""What a reader must refuse, sentence by sentence of FORMAT.md, and what it must not.

Each bundle has one fault, so that its code is beyond doubt.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgpack

from . import (
    refusals_conditions,
    refusals_outside,
    refusals_rules,
    refusals_sections,
    refusals_signals,
)
from .by_hand import bundle, optional, program
from .faults import Row
from .refusals_conditions import deep
from .refusals_outside import pack
from .refusals_sections import one_content


def refused() -> Iterator[Row]:
    yield from refusals_outside.outside()
    yield from refusals_outside.primitives()
    yield from refusals_signals.meta_and_signals()
    yield from refusals_signals.values()
    yield from refusals_conditions.tests_and_shapes()
    yield from refusals_conditions.conditions()
    yield from refusals_rules.surfaces()
    yield from refusals_rules.rules()
    yield from refusals_sections.content()
    yield from refusals_sections.other_sections()


def accepted() -> Iterator[tuple[str, bytes]]:
    rows = [[number, payload] for number, payload in {1: program(), **optional()}.items()]
    yield "as it is", bundle()
    yield "the program alone", pack("tacit", 1, 0, [[1, program()]])
    yield "an unknown section at the end", pack("tacit", 1, 0, [*rows, [7, b"\xff"]])
    yield "an unknown section with a large id", pack("tacit", 1, 0, [*rows, [2**64 - 1, b""]])
    yield "an unknown section in front", pack("tacit", 1, 0, [[0, b"x"], *rows])
    yield "contents of every kind", bundle(sections={2: one_content(msgpack.packb(_CONTENT))})
    yield "a content 32 containers deep", bundle(sections={2: one_content(b"\x91" * 32 + b"\xc0")})
    yield "shapes 128 deep", deep(127)


_CONTENT = {"": [], "a": {"b": {}}, "n": [0, -1, 127, -33, 255, 2**53 - 1, 1 - 2**53, 1.5, -0.0]}
