"""The bundles that damage begins with, each with visitors made for its signals."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from tests.runtime import builder, generate

COUNT = 40
LARGEST = 1_500
"""Bytes of a bundle, mostly: small ones are quick, and one change hits more of them."""
CALLS = 8

Call = tuple[dict[str, Any], int, Any]
"""Signals, now, consent."""
Sections = list[tuple[int, list[bytes]]]
"""Id of a section and the parts of its payload."""
CONTENTS: list[Any] = [None, {"a": [1, 2, {"b": "é"}], "c": -300}, "text", 2.5, [], {}, 2**40, True]


@dataclass
class Start:
    sections: Sections
    calls: list[Call]


def starts(rng: random.Random, count: int = COUNT) -> list[Start]:
    found: list[Start] = []
    while len(found) < count:
        program = program_of(rng)
        sections = sections_of(program)
        size = sum(len(part) for _, parts in sections for part in parts)
        if size <= LARGEST or rng.random() < 0.02:
            calls = [plain(generate.call(rng, program)) for _ in range(CALLS)]
            found.append(Start(sections, calls))
    return found


def sections_of(program: builder.Program) -> Sections:
    whole = builder.sections(program)
    return [
        (id, list(builder.parts(program).values()) if id == 1 else [data])
        for id, data in whole.items()
    ]


def program_of(rng: random.Random) -> generate.Drawn:
    made = generate.program(rng)
    made.explanations = rng.random() < 0.5
    made.debug = rng.random() < 0.5
    for surface in made.surfaces:
        if rng.random() < 0.5:
            surface.contents = [rng.choice(CONTENTS) for _ in surface.variants]
        for rule in surface.rules:
            if rng.random() < 0.3:
                rule.because = {"de": "weil", "en": "because"}
    return made


def plain(call: Call) -> Call:
    """Without values that have methods of their own, which the reference would call."""
    signals, now, consent = call
    return {name: generate.plain(value) for name, value in signals.items()}, now, consent
