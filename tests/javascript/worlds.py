"""Random projects that remember, each in some versions, for lives.py."""

from __future__ import annotations

import copy
import random
from dataclasses import dataclass

from tacit.runtime import Bundle
from tacit.runtime._buckets import murmur3_32

from tests.runtime import builder, generate_memory, walk_world
from tests.runtime.builder import Memory, Signal, Surface
from tests.runtime.generate import Drawn

SLOTS = (1, 7, 1_000, 60_000, 3_600_000)
LONG = (0, 1, 1_000, 1_800_000, 7_200_000, 172_800_000, 10**12)
FIRST, SECOND = "seen", "went"
"""The events; generate_memory knows the first with two fields, here each has two."""
KINDS = (
    "COUNT", "SUM", "DISTINCT", "LAST", "SCORES", "SHOWN", "LAST_SHOWN", "DISMISSED", "UNCLICKED",
    "SURFACE", "SEGMENT",
)  # fmt: skip
OF_ROLES = {
    "EXACT": ("COUNT", "SUM", "DISTINCT"), "LEAST": ("COUNT", "SUM", "DISTINCT"),
    "SINCE": ("LAST",), "TOP": ("SCORES",), "FUNNEL": ("LAST",),
    "IN": ("SEGMENT",), "OUT": ("SEGMENT",),
}  # fmt: skip
GUARDED = {
    "CAP": "SHOWN", "COOLDOWN": "LAST_SHOWN", "DISMISSED": "DISMISSED", "UNCLICKED": "UNCLICKED",
    "CHANGES": "SURFACE",
}  # fmt: skip

Items = list[tuple[str, int, str | None, tuple[int, ...]]]


@dataclass
class World:
    """Versions of one project, and the names that records and hosts may use."""

    bundles: list[Bundle]
    hosts: list[Signal]
    events: dict[str, list[Signal]]
    """With their fields, which are named without their event."""
    surfaces: dict[str, list[str]]
    topics: list[str]
    experiments: dict[str, list[str]]


def another() -> Bundle:
    """Of another project."""
    surface = builder.Surface("hero", ["d", "a"])
    return Bundle.load(builder.build(Drawn(project="another", surfaces=[surface])))


def compiled() -> World:
    """As the compiler makes them; the third has other windows."""
    return World(
        [version.bundle for version in walk_world.VERSIONS],
        [
            Signal("unit", "string"),
            Signal("flag", "bool"),
            Signal("tier", "enum", members=("none", "gold")),
            Signal("score", "double"),
        ],
        {"bought": [], "viewed": [Signal("category", "string"), Signal("price", "double")]},
        {"hero": ["d", "a", "c"], "side": ["d", "x", "y"], "law": ["p", "q"]},
        ["sale", "shoes"],
        {"exp": ["a", "c"]},
    )


def drawn(rng: random.Random) -> World:
    """Two versions with tables drawn at random, and one that remembers nothing."""
    made = generate_memory.program(rng)
    memory = made.memory
    assert memory is not None
    remember(rng, made, memory)
    later = copy.deepcopy(made)
    assert later.memory is not None
    alter(rng, later, later.memory)
    fields = made.signals[memory.host : memory.host + 4]
    short = [Signal(**{**vars(one), "name": one.name.partition(".")[2]}) for one in fields]
    plain = Drawn(
        project=made.project, surfaces=[Surface(one.name, one.variants) for one in made.surfaces]
    )
    return World(
        [Bundle.load(builder.build(version)) for version in (made, later, plain)],
        made.signals[: memory.host],
        {FIRST: short[:2], SECOND: short[2:]},
        {one.name: [*one.variants, *two.variants]
         for one, two in zip(made.surfaces, later.surfaces, strict=True)},
        memory.topics,
        {f"exp{number}": ["v0", "v1", "v2"] for number in range(len(memory.experiments))},
    )  # fmt: skip


def remember(rng: random.Random, made: Drawn, memory: Memory) -> None:
    """Another event and tables of all kinds in place of those that `made` has."""
    host = memory.host
    memory.events = [(FIRST, 2), (SECOND, 2)]
    rest = made.signals[host + 2 :]
    kind, price = made.signals[host : host + 2]
    kind.max_length = rng.choice((3, 64))
    price.minimum = rng.choice((None, None, -2.5, 0.0))
    least = rng.choice((None, 0))
    made.signals[host + 2 :] = [
        Signal("went.count", "int", minimum=least), Signal("went.flag", "bool"), *rest
    ]  # fmt: skip
    made.segments = [generate_memory.moved(one, host + 2) for one in made.segments]
    for surface in made.surfaces:
        for rule in surface.rules:
            rule.when = generate_memory.moved(rule.when, host + 2)
    memory.wheres = [
        ("any", [("IS", host, "a"), ("SIZE_GE", host, 2)]),
        ("all", [("GE", host + 1, 2.5), ("HAS", host, None)]),
        ("any", [("GE", host + 2, 3), ("IS_TRUE", host + 3, None, True)]),
        ("STARTS", host, "𝒳"),
    ]
    memory.experiments = [
        (murmur3_32(f"exp{number}".encode()), sticky, arms)
        for number, (_, sticky, arms) in enumerate(memory.experiments)
    ]
    purposes = sorted({s.purpose for s in made.signals if s.purpose is not None})
    items: Items = []
    for name in KINDS:
        for _ in range(rng.randint(1, 4 if name == "SHOWN" else 2)):
            purpose = rng.choice((None, None, None, *purposes))
            items.append((name, 10 * len(items), purpose, arguments(rng, made, memory, name)))
    place = [name for name, *_ in items].index("SEGMENT")
    items.insert(place, ("ARM", 10 * len(items) + 5, rng.choice((None, *purposes)), (0,)))
    memory.items = [(name, 10 * n, *row) for n, (name, _, *row) in enumerate(items)]  # type: ignore[misc]
    memory.topics = ["sale", "shoes", "\uffff", "𝒳"]
    variants = sum(len(surface.variants) for surface in made.surfaces)
    memory.variant_topics = [
        sorted(rng.sample(range(4), rng.choice((0, 0, 1, 2)))) for _ in range(variants)
    ]
    memory.less_of = rng.choice(LONG)
    derive(rng, memory)
    guard(rng, made, memory)


def arguments(rng: random.Random, made: Drawn, memory: Memory, kind: str) -> tuple[int, ...]:
    host, slot, slots = memory.host, rng.choice(SLOTS), rng.choice((1, 2, 3, 30))
    if kind in ("COUNT", "SUM", "DISTINCT", "LAST", "SCORES"):
        event = 0 if kind == "SCORES" else rng.randrange(2)
        where = rng.choice((0, 0, 3) if event else (0, 1, 2, 4))
        field = {"SUM": host + (2 if event else 1), "SCORES": host}.get(
            kind, host + 2 * event + rng.randrange(2)
        )
        rows = {
            "COUNT": (slot, slots), "SUM": (field, slot, slots), "LAST": (),
            "DISTINCT": (field, slot, slots, rng.choice((1, 2, 3, 100))),
            "SCORES": (field, slot, rng.choice((1, 2, 3, 64))),
        }  # fmt: skip
        return (event, where, *rows[kind])
    if kind == "SURFACE":
        return (rng.randrange(len(made.surfaces)),)
    if kind == "SEGMENT":
        cadence = rng.randint(1, 4)
        events = {4: rng.choice(((1, 0), (1, 1), (2, 0, 1)))}
        return (rng.randrange(len(made.segments)), cadence, *events.get(cadence, ()))
    variants = sum(len(surface.variants) for surface in made.surfaces)
    own = sorted(rng.sample(range(variants), rng.randint(1, min(3, variants))))
    forever = rng.random() < 0.3
    windows = ((0, 0) if forever else (slot, slots)) if kind == "SHOWN" else ()
    return (len(own), *own, *windows)


def derive(rng: random.Random, memory: Memory) -> None:
    """Arguments of the roles, for the items that there are."""
    for at, (role, old) in enumerate(memory.derived):
        kinds = OF_ROLES.get(role, ())
        own = [place for place, item in enumerate(memory.items) if item[0] in kinds]
        if role == "FUNNEL":
            after, within = sorted(rng.choices(LONG, k=2))
            pair = rng.choice(own), rng.choice(own)
            memory.derived[at] = role, (*pair, after, within, rng.randint(0, 1))
        elif own:
            memory.derived[at] = role, (rng.choice(own), *old[1:])


def guard(rng: random.Random, made: Drawn, memory: Memory) -> None:
    """Guards and holds."""
    memory.guards = []
    surfaces = {}
    for place, (kind, _, _, own) in enumerate(memory.items):
        if kind == "SURFACE":
            surfaces[place] = own[0]
        for name, guarded in GUARDED.items():
            if guarded == kind and rng.random() < 0.8:
                limits = LONG if name == "COOLDOWN" else (0, 1, 2, 3, 5)
                memory.guards.append((name, rng.random() < 0.5, place, rng.choice(limits)))
    memory.holds = []
    for place, surface in surfaces.items():
        variants = range(len(made.surfaces[surface].variants))
        pairs = [(rule, variant) for rule in range(4) for variant in variants]
        entries = sorted(rng.sample(pairs, rng.randint(0, len(pairs))))
        changes = rng.choice((None, 0, 1, 3))
        memory.holds.append((place, rng.choice(LONG), changes, rng.random() < 0.5, entries))


def alter(rng: random.Random, made: Drawn, memory: Memory) -> None:
    """Another version: some definitions and limits differ, some variants have other names."""
    for place, (kind, key, purpose, own) in enumerate(memory.items):
        new = own
        if kind in ("DISTINCT", "SCORES") and rng.random() < 0.5:
            new = (*own[:-1], rng.choice((1, 2, 50)))
        key_of_it = key + (rng.randint(1, 4) if rng.random() < 0.25 else 0)
        memory.items[place] = (kind, key_of_it, purpose if rng.random() < 0.85 else None, new)
    guard(rng, made, memory)
    memory.less_of = rng.choice(LONG)
    if rng.random() < 0.3:
        memory.experiments = [(key, sticky, ["v1", "v2"]) for key, sticky, _ in memory.experiments]
    memory.declared = [number for number in range(memory.host) if rng.random() < 0.5]
    for surface in made.surfaces:
        if rng.random() < 0.3:
            surface.variants[rng.randrange(len(surface.variants))] += "-new"
