"""What the JavaScript runtime must explain, a JSON object a line: random bundles with calls, and for
one surface of each call Python's explanation, as JSON and as text.

    python -m tests.javascript.explanations --calls 5000 --seed 1 | node runtime/js/test/explanations.mjs
"""  # noqa: E501

from __future__ import annotations

import base64
import functools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tacit.compiler import compile_project
from tacit.runtime import Bundle, DeviceState, Observed, reference
from tacit.runtime._explain_types import plain
from tacit.runtime.explain import explain
from tacit.runtime.format import Sensitivity, Source

from tests.bundles import projects
from tests.runtime import builder, generate, generate_memory, test_explain_state, walk_world

from . import cases, pasts, tool

CALLS = 16
"""Per program."""
EXPRESSIONS = ("", "", "a && b", "a &&\n  b ||\n\n  !c", 'x == "é"', "viewing.exists(v, v == 1)")
OWNERS = ("", "crm", "growth")
MINUTE, DAY = 60_000, 86_400_000
NOON = 1_794_312_000_000  # 2026-11-10T12:00Z


class Object(dict[str, Any]):
    """What is no value of any signal; JavaScript's type of it has the same name."""


@dataclass
class Life:
    state: DeviceState
    bytes: bytes
    granted: list[str]


def lines(calls: int, seed: int) -> Iterator[dict[str, Any]]:
    for number in range((calls + CALLS - 1) // CALLS):
        rng = random.Random(f"{seed} explained {number}")
        yield (drawn, drawn, written)[number % 3](rng)


def drawn(rng: random.Random) -> dict[str, Any]:
    """A random bundle, of which nobody would write the rules; half of them remember."""
    maker: Any = rng.choice((generate, generate_memory))
    made = maker.program(rng)
    while made.memory is not None and has_mixed_ends(made):
        made = maker.program(rng)
    if rng.random() < 0.2:
        made.surfaces[0].name = "näme/of a surface"
    data = builder.wrap(sections(rng, made))
    program = reference.decode(data)
    bundle = Bundle.load(data) if made.memory is not None else None
    calls = []
    for turn in range(CALLS):
        signals, now, consent = maker.call(rng, made)
        state = None
        if bundle is not None and turn % 4:
            state, now = life(rng, bundle, bundle)
        calls.append(drawn_call(rng, program, (tame(signals), now, consent), state))
    return {"bundle": base64.b64encode(data).decode(), "calls": calls}


def has_mixed_ends(made: builder.Program) -> bool:
    """Whether of one aggregate an end is an int and the other a double: no project says that."""
    assert made.memory is not None
    machine = made.signals[-len(made.memory.derived) :]
    of_ends = (
        signal.type
        for signal, (role, _) in zip(machine, made.memory.derived, strict=False)
        if role in ("EXACT", "LEAST")
    )
    return len(set(of_ends)) > 1


def written(rng: random.Random) -> dict[str, Any]:
    """A bundle that the compiler made, with all that rules lead to."""
    bundle, other = rng.choice(bundles())
    program = reference.decode(bundle.bytes)
    calls = []
    for turn in range(CALLS):
        state, now = life(rng, bundle, other) if turn % 5 else (None, NOON)
        signals = pasts.signals_of(rng, program)
        calls.append(
            drawn_call(rng, program, (signals, now, pasts.consent_of(rng, program)), state)
        )
    return {"bundle": base64.b64encode(bundle.bytes).decode(), "calls": calls}


@functools.cache
def bundles() -> tuple[tuple[Bundle, Bundle], ...]:
    """Each with one for whose states it may be used."""
    versions = [version.bundle for version in walk_world.VERSIONS]
    pals, bare = (
        Bundle.load(compile_project(test_explain_state.PALS, debug=named, audit=named).bytes)
        for named in (True, False)
    )
    examples = [projects.bundle(name) for name in projects.NAMES]
    return (
        *zip(versions, versions[1:] + versions[:1], strict=True),
        *((pals, bare), (bare, pals)),
        *zip(examples, examples, strict=True),
    )


def life(rng: random.Random, bundle: Bundle, other: Bundle) -> tuple[Life, int]:
    start = NOON + rng.randrange(-DAY, DAY)
    state, now, granted = pasts.lived(rng, bundle, other, start)
    data = state.bytes
    now += rng.choice((0, 0, 1, MINUTE, 45 * MINUTE, 7 * 60 * MINUTE, 2 * DAY, 40 * DAY))
    loaded = DeviceState.load(bundle, data, now, consent=granted)
    assert loaded.warning is None, loaded.warning
    return Life(loaded, data, granted), now


def drawn_call(
    rng: random.Random, program: reference.Program, given: tuple[Any, ...], life: Life | None
) -> dict[str, Any]:
    signals, now, consent = given
    names = [surface.name for surface in program.surfaces]
    settings = {
        "surface": rng.choice(names) if rng.random() < 0.98 else "nowhere",
        "now": now,
        "consent": None if consent is None else sorted(consent),
        "reveal": rng.random() < 0.5,
    }
    return call(program, signals, settings, life)


def call(
    program: reference.Program,
    signals: dict[str, Any],
    settings: dict[str, Any],
    life: Life | None,
) -> dict[str, Any]:
    """What is asked and told. `settings`: surface, now, consent and reveal."""
    state = None if life is None else life.state
    found = explain(program, signals=signals, state=state, **settings)
    line = {
        **settings,
        "signals": {name: encoded(value) for name, value in signals.items()},
        "expect": found.to_json(),
        "text": found.text(),
    }
    if life is None:
        return line
    now = settings["now"]
    views = {"inspect": plain(life.state.inspect(now)), "health": plain(life.state.health(now))}
    state_line = {"bytes": base64.b64encode(life.bytes).decode(), "granted": life.granted}
    return {**line, "state": {**state_line, **views}}


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
    for _ in range(rng.choice((0, 0, 0, 1, 20))):  # of a later time
        id = rng.choice((7, 200, 60_000, 2**32, 2**50)) + rng.randrange(99)
        found[id] = bytes(rng.choice((0, 1, 3, 40, 300, 300, 70_000)))
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


def tame(signals: dict[str, Any]) -> dict[str, Any]:
    """As JavaScript can be given them too: it has one kind of number."""
    return {name: same(cases.timed(generate.plain(value))) for name, value in signals.items()}


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


if __name__ == "__main__":
    tool.run("explanations", lines, calls=5_000)
