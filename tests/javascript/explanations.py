"""What the JavaScript runtime must explain, a JSON object a line: random bundles with calls, and for
one surface of each call Python's explanation, as JSON and as text.

    python -m tests.javascript.explanations --calls 5000 --seed 1 | node runtime/js/test/explanations.mjs
"""  # noqa: E501

from __future__ import annotations

import argparse
import base64
import json
import random
import sys
from collections.abc import Iterator
from typing import Any

from tacit.runtime import Observed, reference
from tacit.runtime.explain import explain
from tacit.runtime.format import Sensitivity, Source

from tests.runtime import builder, generate, generate_memory

from . import cases

CALLS = 16
"""Per program."""
EXPRESSIONS = ("", "", "a && b", "a &&\n  b ||\n\n  !c", 'x == "é"', "viewing.exists(v, v == 1)")
OWNERS = ("", "crm", "growth")
MINUTE = 60_000


class Object(dict[str, Any]):
    """What is no value of any signal; JavaScript's type of it has the same name."""


def lines(calls: int, seed: int) -> Iterator[dict[str, Any]]:
    for number in range((calls + CALLS - 1) // CALLS):
        yield explained(random.Random(f"{seed} explained {number}"), number)


def explained(rng: random.Random, number: int) -> dict[str, Any]:
    """A bundle, and explanations of some calls."""
    remembers = number % 3 == 1
    maker: Any = generate_memory if remembers else generate
    made = maker.program(rng)
    if rng.random() < 0.2:
        made.surfaces[0].name = "näme/of a surface"
    data = builder.wrap(sections(rng, made))
    program = reference.decode(data)
    calls = []
    for _ in range(CALLS):
        signals, now, consent = maker.call(rng, made)
        calls.append(call(rng, program, (tame(signals, now), now, consent)))
    return {"seed": number, "bundle": base64.b64encode(data).decode(), "calls": calls}


def call(rng: random.Random, program: reference.Program, given: tuple[Any, ...]) -> dict[str, Any]:
    signals, now, consent = given
    names = [surface.name for surface in program.surfaces]
    surface = rng.choice(names) if rng.random() < 0.98 else "nowhere"
    reveal = rng.random() < 0.5
    found = explain(program, surface, signals, now, consent, reveal=reveal)
    return {
        "surface": surface,
        "signals": {name: encoded(value) for name, value in signals.items()},
        "now": now,
        "consent": None if consent is None else sorted(consent),
        "reveal": reveal,
        "expect": found.to_json(),
        "text": found.text(),
    }


# ---------------------------------------------------------------- bundles


def sections(rng: random.Random, made: builder.Program) -> dict[int, bytes]:
    """With what people are told besides, in all or in part."""
    found = builder.sections(made)
    if 4 in found and rng.random() < 0.8:
        count = len(made.segments) + sum(len(surface.rules) for surface in made.surfaces)
        without = builder.debug(made)[: -len(builder.texts([""] * count))]
        found[4] = without + builder.texts([rng.choice(EXPRESSIONS) for _ in range(count)])
    if rng.random() < 0.8:
        found[5] = audit(rng, made)
    return found


def audit(rng: random.Random, made: builder.Program) -> bytes:
    signals, surfaces = len(made.signals), len(made.surfaces)
    rules = sum(len(surface.rules) for surface in made.surfaces)

    def some(count: int, choices: tuple[str, ...]) -> bytes:
        return builder.texts([rng.choice(choices) for _ in range(count)])

    return (
        builder.packed([rng.choice(list(Source)) for _ in range(signals)])
        + builder.packed([rng.choice(list(Sensitivity)) for _ in range(signals)])
        + some(signals, ("", "user.location"))
        + some(len(made.segments), OWNERS)
        + some(surfaces, OWNERS)
        + some(surfaces, ("", "sales"))
        + some(surfaces, ("", "The law asks for it."))
        + some(rules, OWNERS)
    )


# ---------------------------------------------------------------- signals


def tame(signals: dict[str, Any], now: int) -> dict[str, Any]:
    """As JavaScript can be given them too: it has one kind of number, and local times are exact up
    to 2^53 only."""
    found = {name: same(cases.timed(generate.plain(value))) for name, value in signals.items()}
    offset = found.get("utc_offset_minutes")
    inner = offset.value if isinstance(offset, Observed) else offset
    if isinstance(inner, int | float) and not abs(now + inner * MINUTE) <= generate.MAX_INT:
        del found["utc_offset_minutes"]
    return found


def same(value: Any) -> Any:
    if isinstance(value, Observed):
        return Observed(same(value.value), value.at)
    if isinstance(value, list | tuple):
        return [same(item) for item in value]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, float):
        exact = abs(value) <= generate.MAX_INT and value.is_integer() and repr(value) != "-0.0"
        return int(value) if exact else value
    if isinstance(value, int):
        return int(value)
    return str(value) if isinstance(value, str) else Object()


def encoded(value: Any) -> Any:
    return {} if isinstance(value, Object) else cases.encoded(value)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.javascript.explanations")
    parser.add_argument("--calls", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for line in lines(options.calls, options.seed):
        sys.stdout.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
