"""What the JavaScript runtime must say, a JSON object a line: random bundles with calls and the
reference's decisions, and damaged bundles with the verdict of Python's loader.

    python -m tests.javascript.cases --calls 5000 --damaged 5000 --seed 1 | node runtime/js/test/differential.mjs
"""  # noqa: E501

from __future__ import annotations

import base64
import random
from collections.abc import Iterator
from typing import Any

from tacit.runtime import Bundle, BundleError, Observed, reference

from tests.fuzz import starts
from tests.runtime import builder, generate, generate_memory

from . import tool

MAX_INT = 2**53 - 1
CALLS = 16
"""Per program."""
DAMAGES = 200
"""Per pool of bundles; half of the pools remember."""


def lines(calls: int, damaged: int, seed: int) -> Iterator[dict[str, Any]]:
    for number in range((calls + CALLS - 1) // CALLS):
        yield decided(random.Random(f"{seed} {number}"), number)
    for number in range((damaged + DAMAGES - 1) // DAMAGES):
        yield from spoilt(random.Random(f"{seed} damaged {number}"), number)


# ---------------------------------------------------------------- decisions


def decided(rng: random.Random, number: int) -> dict[str, Any]:
    """A bundle, and what it decides in some calls."""
    remembers = number % 2 == 1
    program = generate_memory.program(rng) if remembers else program_of(rng, number)
    data = builder.build(program)
    oracle = reference.decode(data)
    calls = []
    for turn in range(CALLS):
        maker = generate_memory if remembers else generate
        signals, now, consent = maker.call(rng, program)  # type: ignore[attr-defined]
        plain = {name: timed(generate.plain(value)) for name, value in signals.items()}
        state = None
        if remembers and turn % 4:
            state = generate_memory.State(generate_memory.standing(rng, program))
        wanted = reference.decide_all(oracle, plain, now=now, consent=consent, state=state)
        calls.append(
            {
                "signals": {name: encoded(value) for name, value in plain.items()},
                "now": now,
                "consent": None if consent is None else sorted(consent),
                "state": None if state is None else told(state.standing),
                "expect": [essence(decision) for decision in wanted.values()],
            }
        )
    return {"seed": number, "bundle": base64.b64encode(data).decode(), "calls": calls}


def program_of(rng: random.Random, number: int) -> generate.Drawn:
    return generate.program(rng, wide=True) if number % 40 == 0 else starts.program_of(rng)


def essence(decision: Any) -> dict[str, Any]:
    return {
        "surface": decision.surface,
        "variant": decision.variant,
        "content": decision.content,
        "reason": str(decision.reason),
        "rule": decision.rule,
        "explanation": decision.explanation,
        "explanations": dict(decision.explanations),
        "unknown": list(decision.unknown),
        "experiment": decision.experiment,
        "arm": decision.arm,
        "forced": decision.forced,
    }


def told(standing: Any) -> dict[str, Any]:
    return {
        "values": {name: encoded(value) for name, value in standing.values.items()},
        "declared": {name: encoded(value) for name, value in standing.declared.items()},
        "off": standing.off,
        "forced": sorted(standing.forced),
    }


def timed(value: Any) -> Any:
    """With a time of observation that is a number in JavaScript too."""
    return Observed(value.value, int(float(value.at))) if isinstance(value, Observed) else value


def encoded(value: Any) -> Any:
    """As in the conformance vectors; what JavaScript has no like of becomes a map."""
    if isinstance(value, Observed):
        return {"$observed": {"value": encoded(value.value), "at": value.at}}
    if isinstance(value, list | tuple):
        return [encoded(item) for item in value]
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, float):
        return {"$float": {"inf": "Infinity", "nan": "NaN"}.get(repr(value), repr(value))}
    if isinstance(value, int):
        return int(value) if abs(value) <= MAX_INT else {"$int": str(int(value))}
    return {}


# ---------------------------------------------------------------- damage


def spoilt(rng: random.Random, number: int) -> Iterator[dict[str, Any]]:
    made = generate_memory.program(rng) if number % 2 else starts.program_of(rng)
    sections = builder.sections(made)
    for _ in range(DAMAGES):
        data = damage(rng, sections)
        try:
            Bundle.load(data)
            code = None
        except BundleError as error:
            code = error.code
        yield {"bundle": base64.b64encode(data).decode(), "code": code}


def damage(rng: random.Random, sections: dict[int, bytes]) -> bytes:
    """One change, mostly within a section, whose length the outer array then tells truly."""
    if rng.random() < 0.15:
        return changed(rng, builder.wrap(sections))
    id = rng.choice(list(sections))
    return builder.wrap({**sections, id: changed(rng, sections[id])})


def changed(rng: random.Random, data: bytes) -> bytes:
    at = rng.randrange(len(data) + 1)
    end = min(len(data), at + rng.choice((1, 1, 2, 5)))
    byte = rng.choice((0, 1, 2, 0x7F, 0x80, 0xC0, 0xFF, rng.randrange(256)))
    flipped = bytes(one ^ (1 << rng.randrange(8)) for one in data[at : at + 1])
    middle = rng.choice((flipped, flipped, bytes([byte]), b"", bytes([byte]) + data[at:end]))
    return data[:at] + middle + data[end if middle is not flipped else at + 1 :]


if __name__ == "__main__":
    tool.run("cases", lines, calls=5_000, damaged=5_000)
