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
    refusals_state,
)
from .by_hand import (
    N_S,
    TESTS,
    VERSION,
    bundle,
    optional,
    packed,
    parts,
    program,
    signal,
    tests,
    texts,
    varint,
)
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
    yield from refusals_state.state()


def accepted() -> Iterator[tuple[str, bytes]]:
    rows = [[number, payload] for number, payload in {1: program(), **optional()}.items()]
    yield "as it is", bundle()
    yield "what devices remember", refusals_state.remembering()
    yield "the program alone", pack("tacit", 1, 0, [[1, program()]])
    yield "an unknown section at the end", pack("tacit", 1, 0, [*rows, [7, b"\xff"]])
    yield "an unknown section with a large id", pack("tacit", 1, 0, [*rows, [2**64 - 1, b""]])
    yield "an unknown section in front", pack("tacit", 1, 0, [[0, b"x"], *rows])
    yield from unused()
    yield "arms with one variant", bundle({"split 0": _same_variant()})
    yield (
        "an experiment's id on a rule's own split",
        bundle(sections={4: optional()[4].replace(texts("", "exp"), texts("exp", ""))}),
    )
    yield "contents of every kind", bundle(sections={2: one_content(msgpack.packb(_CONTENT))})
    yield "a content 32 containers deep", bundle(sections={2: one_content(b"\x91" * 32 + b"\xc0")})
    yield "shapes 128 deep", deep(127)


def _same_variant() -> bytes:
    split = parts()["split 0"]
    second = b"\x01\x01" + varint(5000)
    assert split.count(second) == 1
    return split.replace(second, b"\x00" + second[1:])


def unused() -> Iterator[tuple[str, bytes]]:
    sound = parts()
    yield "a purpose that no signal has", bundle({"purposes": texts("ads", "other")})
    versions = varint(2) + b"\x02\x02\x0a" + b"\x01\x03"
    yield "a value that no test names", bundle({"signal 5": signal("v", VERSION, values=versions)})
    yield (
        "a test that no condition uses",
        bundle({"tests": tests([*TESTS, (0x8E, N_S)]), "arguments": sound["arguments"] + texts()}),
    )
    yield (
        "a body that no test uses, and without tests of its own",
        bundle(
            {
                "shapes": varint(4) + sound["shapes"][1:5] + b"\x01" + sound["shapes"][5:],
                "body count": varint(2),
                "condition shapes": packed(0, 1, 2, 3, 2, 3, 0, 3, 2),
            }
        ),
    )
    yield "a variant id that no surface has", bundle({"variant ids": texts("p", "q", "r")})


_CONTENT = {"": [], "a": {"b": {}}, "n": [0, -1, 127, -33, 255, 2**53 - 1, 1 - 2**53, 1.5, -0.0]}
