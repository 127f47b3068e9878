"""The bundles that damage begins with, each with visitors made for its signals."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from tacit.runtime._standing import Standing

from tests.runtime import builder, generate, generate_memory

COUNT = 40
LARGEST = 1_500
"""Bytes of a bundle, mostly: small ones are quick, and one change hits more of them."""
CALLS = 8

Call = tuple[dict[str, Any], int, Any, Standing | None]
"""Signals, now, consent, and what a state says, if there is one."""
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
            calls = [call_of(rng, program) for _ in range(CALLS)]
            found.append(Start(sections, calls))
    return found


def sections_of(program: builder.Program) -> Sections:
    whole = builder.sections(program)
    return [
        (id, list(split.values()))
        for id, data in whole.items()
        for split in (parts_of(program, id) or {"whole": data},)
    ]


def parts_of(program: builder.Program, id: int) -> dict[str, bytes] | None:
    """None: a section that is one part."""
    if id == 1:
        return builder.parts(program)
    if id == 6 and program.memory is not None:
        return builder.memory_parts(program, program.memory)
    return None


def program_of(rng: random.Random) -> generate.Drawn:
    """Half of them remember."""
    made = rng.choice((generate.program, generate_memory.program))(rng)
    made.explanations = rng.random() < 0.5
    made.debug = rng.random() < 0.5
    for surface in made.surfaces:
        if rng.random() < 0.5:
            surface.contents = [rng.choice(CONTENTS) for _ in surface.variants]
        for rule in surface.rules:
            if rng.random() < 0.3:
                rule.because = {"de": "weil", "en": "because"}
    return made


def call_of(rng: random.Random, program: generate.Drawn) -> Call:
    if program.memory is None:
        return (*plain(generate.call(rng, program)), None)
    standing = generate_memory.standing(rng, program) if rng.random() < 0.8 else None
    return (*plain(generate_memory.call(rng, program)), standing)


def plain(call: tuple[dict[str, Any], int, Any]) -> tuple[dict[str, Any], int, Any]:
    """Without values that have methods of their own, which the reference would call."""
    signals, now, consent = call
    return {name: generate.plain(value) for name, value in signals.items()}, now, consent
