"""Random programs with section 6, and random standings of states: groups, rules that stand for
others, machine signals in conditions, and what no state would say."""

from __future__ import annotations

import random
from typing import Any

from tacit.runtime import Observed
from tacit.runtime._standing import Standing
from tacit.runtime._view import ViewHolder

from . import generate
from .builder import Condition, Memory, Row, Signal, Surface, is_literal
from .generate import Drawn

TYPES = {"TOP": "string_list", "FUNNEL": "bool", "IN": "bool", "OUT": "bool"}
NAMED = ("EXACT", "SINCE", "TOP", "FUNNEL", "FIRST_SEEN", "SESSION")
ROLES = (*NAMED, "LEAST", "BLOCK", "BLOCK", "BLOCK", "HOLD", "IN", "OUT", "ARM", "THEME", "THEME")
FIELDS = 2
COUNT, LAST, SCORES, SHOWN, LAST_SHOWN, SURFACE, ARM, SEGMENT = range(8)
"""Items, in their order."""


class State(ViewHolder):
    """A state that says what it is told to say; `asked` counts how often it is."""

    def __init__(self, standing: Standing) -> None:
        self.standing = standing
        self.asked = 0

    def _standing_for(self, source: object, now: int) -> Standing:
        self.asked += 1
        return self.standing


def moved(condition: Condition, host: int) -> Condition:
    """With machine signals behind the fields."""
    if isinstance(condition, bool):
        return condition
    if not is_literal(condition):
        return (condition[0], [moved(term, host) for term in condition[1]])
    op, at, argument, *rest = condition
    if op == "EXISTS":
        argument = moved(argument, host)
    return (op, at if op == "SEGMENT" or at < host else at + FIELDS, argument, *rest)


def program(rng: random.Random) -> Drawn:
    made = Drawn(masks=rng.random() < 0.5, debug=rng.random() < 0.7, explanations=True)
    pools = generate.Pools()
    host = [generate.signal(rng, i, pools) for i in range(rng.randint(1, 6))]
    if rng.random() < 0.3:
        host.append(Signal("utc_offset_minutes", "int"))
    made.surfaces = [
        Surface(f"surface-{i}", [f"v{j}" for j in range(n)], rng.randrange(n))
        for i, n in enumerate(rng.randint(1, 4) for _ in range(rng.randint(2, 5)))
    ]
    memory = made.memory = Memory(host=len(host), events=[("seen", FIELDS)])
    memory.groups = groups(rng, made)
    made.segments = [True]
    experiments = rng.randint(1, 3)
    memory.experiments = [(100 + i, i == 0, ["v0", "v1"]) for i in range(experiments)]
    machine = machine_signals(rng, made, memory, experiments)
    made.signals = [*host, *machine]  # the fields come when the conditions are made
    count = len(host)
    if rng.random() < 0.5:
        for number in range(rng.randint(1, 4)):
            made.segments.append(generate.condition(rng, made, 1 + number))
    units = [i for i, s in enumerate(host) if s.type in ("string", "int", "enum")]
    for surface in made.surfaces:
        surface.forbidden = rng.random() < 0.05
        if not surface.forbidden:
            rules_of(rng, made, surface, units)
    made.segments = [moved(one, count) for one in made.segments]
    for surface in made.surfaces:
        for rule in surface.rules:
            rule.when = moved(rule.when, count)
    fields = [Signal("seen.kind", "string"), Signal("seen.price", "double")]
    made.signals = [*host, *fields, *machine]
    remember(rng, made, memory)
    if units and rng.random() < 0.1:
        made.holdout = (rng.choice(units), generate.salt(rng, 7), generate.ranges(rng, 1))
    if rng.random() < 0.1:
        made.expires = rng.choice(generate.NOWS)
        made.defaults_when_expired = True
    return made


def groups(rng: random.Random, made: Drawn) -> list[tuple[list[int], list[str], list[int]]]:
    """One or two, or none, of surfaces that do not follow one another."""
    numbers = list(range(len(made.surfaces)))
    rng.shuffle(numbers)
    found = []
    while len(numbers) >= 2 and rng.random() < 0.8:
        own = sorted(numbers.pop() for _ in range(rng.randint(2, min(3, len(numbers)))))
        themes = [f"theme-{i}" for i in range(rng.randint(1, 3))]
        variants = sum(len(made.surfaces[one].variants) for one in own)
        found.append((own, themes, [rng.randint(0, len(themes)) for _ in range(variants)]))
    return found


def machine_signals(
    rng: random.Random, made: Drawn, memory: Memory, experiments: int
) -> list[Signal]:
    variants = sum(len(surface.variants) for surface in made.surfaces)
    signals = []
    for number in range(rng.choice((0, 3, 8, 8, 70))):
        role = rng.choice(ROLES)
        if role == "THEME" and not memory.groups:
            role = "BLOCK"
        arguments: dict[str, tuple[int, ...]] = {
            "EXACT": (COUNT, rng.randint(0, 1)),
            "LEAST": (COUNT,),
            "SINCE": (LAST,),
            "TOP": (SCORES, 2),
            "FUNNEL": (LAST, LAST, 1, 2, 0),
            "BLOCK": (rng.randrange(variants),),
            "HOLD": (0,),
            "IN": (SEGMENT,),
            "OUT": (SEGMENT,),
            "ARM": (rng.randrange(experiments),),
            "THEME": (rng.randrange(max(1, len(memory.groups))),),
        }
        signal = Signal(f"m{number}" if role in NAMED else f"m{number}.x", TYPES.get(role, "int"))
        if role in ("EXACT", "LEAST") and rng.random() < 0.5:
            signal.type = "double"
        if rng.random() < 0.1:
            signal.purpose = rng.choice(("ads", "personalization"))
        if signal.type == "int" and rng.random() < 0.2:
            signal.minimum, signal.maximum = rng.choice(((None, 1), (2, None), (0, 5)))
        memory.derived.append((role, arguments.get(role, ())))
        signals.append(signal)
    return signals


def rules_of(rng: random.Random, made: Drawn, surface: Surface, units: list[int]) -> None:
    assert made.memory is not None
    for _ in range(rng.randint(40, 70) if rng.random() < 0.05 else rng.randint(0, 7)):
        rule = generate.rule(rng, made, len(surface.variants), units)
        standing = rng.choice((0, 0, 0, 0, 1, 2, 3, 4))
        experiment = rng.choice((None, None, rng.randrange(len(made.memory.experiments))))
        written = rng.randrange(4)
        rule.row = Row(written, standing, experiment, flags=rng.choice((0, 0, 1)))
        rule.id = "" if standing > 2 else f"w{written}"
        rule.because = rng.choice(({}, {"en": f"because {written}"}))
        surface.rules.append(rule)


def remember(rng: random.Random, made: Drawn, memory: Memory) -> None:
    """The tables that machine signals refer to."""
    variants = sum(len(surface.variants) for surface in made.surfaces)

    def some() -> tuple[int, ...]:
        found = sorted(rng.sample(range(variants), rng.randint(1, variants)))
        return (len(found), *found)

    kind = memory.host
    memory.items = [
        ("COUNT", 1, None, (0, 1, 1000, 3)),
        ("LAST", 2, None, (0, 0)),
        ("SCORES", 3, None, (0, 2, kind, 1000, 3)),
        ("SHOWN", 4, None, (*some(), 1000, 3)),
        ("LAST_SHOWN", 5, None, some()),
        ("SURFACE", 6, None, (rng.randrange(len(made.surfaces)),)),
        ("ARM", 7, None, (0,)),
        ("SEGMENT", 8, None, (0, 1)),
    ]
    memory.wheres = [("IS", kind, "a"), ("GE", kind + 1, 2.5)]
    memory.declared = [i for i in range(memory.host) if rng.random() < 0.5]
    memory.written = [4] * len(made.surfaces)
    memory.guards = [
        (kind, rng.random() < 0.5, item, 1)
        for kind, item in (("CAP", SHOWN), ("COOLDOWN", LAST_SHOWN), ("CHANGES", SURFACE))
        if rng.random() < 0.5
    ]
    memory.holds = [(SURFACE, 5, None, rng.random() < 0.7, [])]


# ---------------------------------------------------------------- standings


def bare(rng: random.Random, kind: str) -> Any:
    """A value without a time of observation, and without methods of its own."""
    given = generate.value(rng, kind, 0, generate.Pools())
    return generate.plain(given.value if isinstance(given, Observed) else given)


def standing(rng: random.Random, made: Drawn) -> Standing:
    memory = made.memory
    assert memory is not None
    first = memory.host + sum(fields for _, fields in memory.events)
    machine = made.signals[first:]
    chance = rng.choice((0.0, 0.3, 0.8, 1.0))
    values = {}
    for signal, (role, _) in zip(machine, memory.derived, strict=True):
        if role != "THEME" and rng.random() < chance:
            small = signal.type == "int" and rng.random() < 0.7
            values[signal.name] = rng.randint(0, 5) if small else bare(rng, signal.type)
    if rng.random() < 0.3:  # what is not the state's to say
        values |= {s.name: bare(rng, s.type) for s in made.signals[:first]}
    declared = {
        made.signals[at].name: bare(rng, made.signals[at].type)
        for at in memory.declared
        if rng.random() < 0.6
    }
    numbers = range(len(memory.experiments))
    forced = frozenset(number for number in numbers if rng.random() < 0.2)
    return Standing(values, declared, rng.random() < 0.05, forced)


def call(rng: random.Random, made: Drawn) -> tuple[dict[str, Any], int, Any]:
    """Signals, now and consent; the host may try to pass what is not its to pass."""
    assert made.memory is not None
    host = Drawn(signals=made.signals[: made.memory.host])
    signals, now, consent = generate.call(rng, host)
    if rng.random() < 0.3:
        signals |= {s.name: bare(rng, s.type) for s in made.signals[made.memory.host :]}
    if rng.random() < 0.3:
        signals |= {s.name: None for s in host.signals if rng.random() < 0.5}
    return signals, now, consent
