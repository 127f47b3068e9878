"""Bundles from plain data, after bundles/FORMAT.md and nothing else.

It shares no code with the compiler's encoder, so the two check one another; and it can write what
no compiler would: `parts` gives the pieces of the program section by name, to be damaged and put
together again by `wrap`.

A condition is True, False, ("all", [...]), ("any", [...]) or a literal: a tuple of op, signal
number and argument, and True at the end when it is negated. Arguments are plain values:
("IS", 0, "DE"), ("AMONG", 0, ["DE", "AT"]), ("EXISTS", 3, body), ("SEGMENT", 0, 2).
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import msgpack
from tacit.runtime._buckets import murmur3_32
from tacit.runtime.format import GuardKind, ItemKind, Op, Role

TYPES = ("bool", "int", "double", "string", "enum", "version", "string_list")
DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
Condition = Any


@dataclass
class Signal:
    name: str
    type: str
    purpose: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    max_age: int | None = None
    max_length: int = 256
    max_items: int = 64
    members: tuple[str, ...] = ()  # of an enum


@dataclass
class Split:
    unit: int
    salt: str
    arms: list[tuple[int, list[tuple[int, int]]]]  # variant, half-open ranges
    experiment: bool = False


@dataclass
class Row:
    """What a rule is to the rule as written; `written` None: its place on the surface."""

    written: int | None = None
    standing: int = 0
    experiment: int | None = None
    stops: int = 0
    suppressions: int = 0
    flags: int = 0


@dataclass
class Rule:
    when: Condition = True
    show: int | Split = 0
    traffic: tuple[int, int, str] | None = None  # unit, share, salt of three digits
    start: int | None = None
    end: int | None = None
    local: bool = False
    id: str = ""
    because: dict[str, str] = field(default_factory=dict)
    row: Row = field(default_factory=Row)


@dataclass
class Memory:
    """Section 6. Signals of the program are the host's, then fields, then machine signals."""

    host: int = 0
    events: list[tuple[str, int]] = field(default_factory=list)  # name, count of fields
    wheres: list[Condition] = field(default_factory=list)
    items: list[tuple[str, int, str | None, tuple[int, ...]]] = field(default_factory=list)
    """Kind, key, purpose, and all arguments as they follow one another."""
    declared: list[int] = field(default_factory=list)  # signals of the host
    derived: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)
    guards: list[tuple[str, bool, int, int]] = field(default_factory=list)
    holds: list[tuple[int, int, int | None, bool, list[tuple[int, int]]]] = field(
        default_factory=list
    )
    experiments: list[tuple[int, bool, list[str]]] = field(default_factory=list)
    written: list[int] | None = None  # None: as many as there are rules
    keys: list[int] | None = None  # None: by the ids of rules
    groups: list[tuple[list[int], list[str], list[int]]] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)
    variant_topics: list[list[int]] | None = None
    less_of: int = 1_000
    retention: int = 0
    largest: int = 0


@dataclass
class Surface:
    name: str
    variants: list[str] = field(default_factory=lambda: ["control", "other"])
    default: int = 0
    rules: list[Rule] = field(default_factory=list)
    forbidden: bool = False
    place: int = 2
    contents: list[Any] | None = None


@dataclass
class Program:
    signals: list[Signal] = field(default_factory=list)
    segments: list[Condition] = field(default_factory=list)
    surfaces: list[Surface] = field(default_factory=list)
    project: str = "test"
    expires: int | None = None
    defaults_when_expired: bool = False
    holdout: tuple[int, str, list[tuple[int, int]]] | None = None
    masks: bool = False  # AMONG_MASK instead of AMONG
    explanations: bool = False
    debug: bool = False
    memory: Memory | None = None


# ---------------------------------------------------------------- primitives


def varint(n: int) -> bytes:
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


def svarint(n: int) -> bytes:
    return varint(2 * n if n >= 0 else -2 * n - 1)


def text(value: str) -> bytes:
    data = value.encode()
    return varint(len(data)) + data


def texts(values: Iterable[str]) -> bytes:
    data = [value.encode() for value in values]
    return varint(len(data)) + b"".join(varint(len(d)) for d in data) + b"".join(data)


def bits(entries: Sequence[int], width: int) -> bytes:
    run = 0
    for i, entry in enumerate(entries):
        run |= entry << (i * width)
    return run.to_bytes((len(entries) * width + 7) // 8, "little")


def packed(entries: Sequence[int]) -> bytes:
    width = max(entries, default=0).bit_length()
    return bytes((width,)) + bits(entries, width)


def stepped(entries: Sequence[int]) -> bytes:
    step = math.gcd(*entries)
    return varint(step) + packed([entry // step for entry in entries] if step else entries)


def ranges(runs: Iterable[tuple[int, int]]) -> bytes:
    runs = list(runs)
    out = varint(len(runs))
    before = 0
    for start, end in runs:
        out += varint(start - before) + varint(end - start)
        before = end
    return out


def version(value: str) -> bytes:
    numbers = [int(part) for part in value.split(".")]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    return bytes((len(numbers),)) + b"".join(map(varint, numbers))


def version_key(value: str) -> tuple[int, ...]:
    numbers = [int(part) for part in value.split(".")]
    return tuple(numbers + [0] * (4 - len(numbers)))


# ---------------------------------------------------------------- conditions


def is_literal(condition: Condition) -> bool:
    return isinstance(condition, tuple) and condition[0] not in ("all", "any")


def literals_of(condition: Condition) -> list[Condition]:
    """Left to right; bodies are conditions of their own."""
    if isinstance(condition, bool):
        return []
    if is_literal(condition):
        return [condition]
    return [literal for term in condition[1] for literal in literals_of(term)]


def shape_of(condition: Condition) -> bytes:
    if isinstance(condition, bool):
        return bytes((condition,))
    if is_literal(condition):
        return b"\x02"
    terms = b"".join(map(shape_of, condition[1]))
    return bytes((3 if condition[0] == "all" else 4,)) + varint(len(condition[1])) + terms


def op_of(literal: Condition, masks: bool) -> int:
    name = literal[0]
    if name == "AMONG" and masks:
        name = "AMONG_MASK"
    return int(Op[name]) | (0x80 if len(literal) > 3 and literal[3] else 0)


VALUED = ("LT", "LE", "GT", "GE", "IS", "AMONG", "INCLUDES")
AFFIXES = ("STARTS", "ENDS", "CONTAINS")


class Layout:
    """The tables of a program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.rules = [rule for surface in program.surfaces for rule in surface.rules]
        top = [*program.segments, *(rule.when for rule in self.rules)]
        self.bodies: list[Condition] = []
        for condition in top:
            for literal in literals_of(condition):
                if literal[0] == "EXISTS" and literal[2] not in self.bodies:
                    self.bodies.append(literal[2])
        wheres = [] if program.memory is None else program.memory.wheres
        self.conditions = [*self.bodies, *top, *wheres]
        self.literals = [x for condition in self.conditions for x in literals_of(condition)]
        self.values = [self._values(i) for i in range(len(program.signals))]
        self.tests = sorted({self._test(literal) for literal in self.literals})

    def _test(self, literal: Condition) -> tuple[int, int]:
        return op_of(literal, self.program.masks), literal[1]

    def _values(self, number: int) -> list[Any]:
        signal = self.program.signals[number]
        if signal.type == "enum":
            return list(signal.members)
        found: set[Any] = set()
        for op, at, argument, *_ in self.literals:
            if at == number and op in VALUED:
                found |= set(argument) if op == "AMONG" else {argument}
        if signal.type == "version":
            return sorted({version_key(value): value for value in found}.values(), key=version_key)
        return sorted(found)

    def value(self, number: int, value: Any) -> int:
        if self.program.signals[number].type == "version":
            return [version_key(v) for v in self.values[number]].index(version_key(value))
        return self.values[number].index(value)

    def variant_ids(self) -> list[str]:
        return sorted({v for surface in self.program.surfaces for v in surface.variants})


# ---------------------------------------------------------------- parts of the program section


def parts(program: Program) -> dict[str, bytes]:
    """The pieces of the program section by name, in their order."""
    layout = Layout(program)
    out: dict[str, bytes] = {}
    out |= _meta(program)
    out |= _signals(program, layout)
    out |= _conditions(program, layout)
    out |= _surfaces(program, layout)
    out |= _rules(layout)
    return out


def _meta(program: Program) -> dict[str, bytes]:
    flags = (program.expires is not None) | program.defaults_when_expired << 1
    out = {
        "project": text(program.project),
        "meta flags": bytes((flags | (program.holdout is not None) << 2,)),
    }
    if program.expires is not None:
        out["expires"] = varint(program.expires)
    if program.holdout is not None:
        unit, salt, runs = program.holdout
        out["holdout"] = varint(unit) + text(salt) + ranges(runs)
    return out


def _signals(program: Program, layout: Layout) -> dict[str, bytes]:
    purposes = sorted({s.purpose for s in program.signals if s.purpose is not None})
    out = {"purposes": texts(purposes), "signal count": varint(len(program.signals))}
    for number, signal in enumerate(program.signals):
        flags = (
            (signal.purpose is not None)
            | (signal.minimum is not None) << 1
            | (signal.maximum is not None) << 2
            | (signal.max_age is not None) << 3
        )
        data = text(signal.name) + bytes((TYPES.index(signal.type), flags))
        if signal.purpose is not None:
            data += varint(purposes.index(signal.purpose))
        for bound in (signal.minimum, signal.maximum):
            if bound is not None:
                data += svarint(int(bound)) if signal.type == "int" else struct.pack("<d", bound)
        if signal.max_age is not None:
            data += varint(signal.max_age)
        if signal.type in ("string", "string_list"):
            data += varint(signal.max_length)
        if signal.type == "string_list":
            data += varint(signal.max_items)
        out[f"signal {number}"] = data
        out[f"values {number}"] = values_of(signal.type, layout.values[number])
    return out


def values_of(kind: str, values: Sequence[Any]) -> bytes:
    if kind == "bool":
        return b""
    if kind in ("string", "enum", "string_list"):
        return texts(values)
    out = varint(len(values))
    if not values:
        return out
    if kind == "version":
        return out + b"".join(map(version, values))
    if kind == "double":
        if not all(value == int(value) and abs(value) < 2**53 for value in values):
            return out + b"\xff" + b"".join(struct.pack("<d", value) for value in values)
        out += b"\0"
    wholes = [int(value) for value in values]
    gaps = [b - a - 1 for a, b in pairwise(wholes)]
    return out + svarint(wholes[0]) + b"".join(map(varint, gaps))


def _conditions(program: Program, layout: Layout) -> dict[str, bytes]:
    shapes: dict[bytes, int] = {}
    used = [shapes.setdefault(shape_of(c), len(shapes)) for c in layout.conditions]
    tests = layout.tests
    out = {
        "tests": varint(len(tests)) + b"".join(bytes((op,)) + varint(at) for op, at in tests),
        "shapes": varint(len(shapes)) + b"".join(shapes),
        "counts": varint(len(layout.bodies))
        + varint(len(program.segments))
        + varint(len(layout.rules))
        + (b"" if program.memory is None else varint(len(program.memory.wheres))),
        "condition shapes": packed(used),
        "literal tests": packed([tests.index(layout._test(x)) for x in layout.literals]),
    }
    for number, test in enumerate(tests):
        uses = [literal for literal in layout.literals if layout._test(literal) == test]
        out[f"arguments {number}"] = _arguments(layout, uses)
    return out


def _arguments(layout: Layout, uses: list[Condition]) -> bytes:
    op, number = uses[0][:2]
    if op in ("HAS", "IS_TRUE"):
        return b""
    if op in AFFIXES:
        return texts([use[2] for use in uses])
    if op == "AMONG":
        sets = [sorted(layout.value(number, value) for value in use[2]) for use in uses]
        if layout.program.masks:
            masks = [sum(1 << i for i in members) for members in sets]
            return bits(masks, len(layout.values[number]))
        return packed([len(s) for s in sets]) + packed([i for s in sets for i in s])
    if op in VALUED:
        return packed([layout.value(number, use[2]) for use in uses])
    if op == "EXISTS":
        return packed([layout.bodies.index(use[2]) for use in uses])
    return packed([use[2] for use in uses])


def _surfaces(program: Program, layout: Layout) -> dict[str, bytes]:
    surfaces = program.surfaces
    ids = layout.variant_ids()
    return {
        "surface names": texts([s.name for s in surfaces]),
        "variant ids": texts(ids),
        "surface flags": packed([s.place | s.forbidden << 2 for s in surfaces]),
        "variant counts": packed([len(s.variants) for s in surfaces]),
        "defaults": packed([s.default for s in surfaces]),
        "rule counts": packed([len(s.rules) for s in surfaces]),
        "variants": packed([ids.index(v) for s in surfaces for v in s.variants]),
    }


def _rules(layout: Layout) -> dict[str, bytes]:
    rules = layout.rules
    splits = [rule.show for rule in rules if isinstance(rule.show, Split)]
    flags = [
        (rule.traffic is not None)
        | isinstance(rule.show, Split) << 1
        | (rule.start is not None) << 2
        | (rule.end is not None) << 3
        | rule.local << 4
        for rule in rules
    ]
    numbers = iter(range(len(splits)))
    outcomes = [next(numbers) if isinstance(r.show, Split) else r.show for r in rules]
    traffic = [rule.traffic for rule in rules if rule.traffic is not None]
    out = {
        "rule flags": packed(flags),
        "outcomes": packed(outcomes),
        "traffic units": packed([unit for unit, _, _ in traffic]),
        "shares": stepped([share for _, share, _ in traffic]),
        "traffic salts": packed([DIGITS.index(c) for _, _, salt in traffic for c in salt]),
        "starts": stepped([rule.start for rule in rules if rule.start is not None]),
        "ends": stepped([rule.end for rule in rules if rule.end is not None]),
        "splits": varint(len(splits)),
    }
    for number, split in enumerate(splits):
        data = bytes((split.experiment,)) + varint(split.unit) + text(split.salt)
        data += varint(len(split.arms))
        for variant, runs in split.arms:
            data += varint(variant) + ranges(runs)
        out[f"split {number}"] = data
    return out


# -------------------------------------------------------------- the other sections, and the outside


def content(program: Program) -> bytes | None:
    if all(surface.contents is None for surface in program.surfaces):
        return None
    bodies: dict[bytes, int] = {}
    used = []
    for surface in program.surfaces:
        for body in surface.contents or [None] * len(surface.variants):
            used.append(bodies.setdefault(msgpack.packb(_sorted(body)), len(bodies)))
    return varint(len(bodies)) + packed([len(b) for b in bodies]) + b"".join(bodies) + packed(used)


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def explanations(program: Program) -> bytes:
    rules = [rule for surface in program.surfaces for rule in surface.rules]
    languages = sorted({language for rule in rules for language in rule.because})
    known: dict[tuple[tuple[str, str], ...], int] = {}
    used = [
        known.setdefault(tuple(sorted(rule.because.items())), len(known)) + 1 if rule.because else 0
        for rule in rules
    ]
    out = text("en") + texts(languages) + varint(len(known))
    for because in known:
        out += varint(len(because))
        for language, words in because:
            out += varint(languages.index(language)) + text(words)
    return out + packed(used)


def debug(program: Program) -> bytes:
    rules = [rule for surface in program.surfaces for rule in surface.rules]
    splits = [rule.show for rule in rules if isinstance(rule.show, Split)]
    return (
        texts([rule.id or f"rule-{i}" for i, rule in enumerate(rules)])
        + texts([f"segment_{i}" for i in range(len(program.segments))])
        + texts([f"experiment-{i}" if s.experiment else "" for i, s in enumerate(splits)])
        + texts([""] * (len(program.segments) + len(rules)))
    )


def sections(program: Program) -> dict[int, bytes]:
    out = {1: b"".join(parts(program).values())}
    bodies = content(program)
    if bodies is not None:
        out[2] = bodies
    if program.explanations:
        out[3] = explanations(program)
    if program.debug:
        out[4] = debug(program)
    if program.memory is not None:
        out[6] = b"".join(memory_parts(program, program.memory).values())
    return out


# ---------------------------------------------------------------- section 6


def memory_parts(program: Program, memory: Memory) -> dict[str, bytes]:
    """The pieces of the state section by name, in the order of STATE.md."""
    rows = [(n, rule.row) for s in program.surfaces for n, rule in enumerate(s.rules)]
    variants = sum(len(surface.variants) for surface in program.surfaces)
    of_variants = memory.variant_topics or [[] for _ in range(variants)]
    return {
        "host": varint(memory.host),
        "events": texts([name for name, _ in memory.events])
        + packed([count for _, count in memory.events]),
        "items": _items(program, memory),
        "declared": bits([int(n in memory.declared) for n in range(memory.host)], 1),
        "derived": b"".join(
            bytes((int(Role[role]),)) + b"".join(map(varint, arguments))
            for role, arguments in memory.derived
        ),
        "guards": varint(len(memory.guards))
        + b"".join(
            bytes((int(GuardKind[kind]), allow)) + varint(item) + varint(limit)
            for kind, allow, item, limit in memory.guards
        ),
        "holds": varint(len(memory.holds)) + b"".join(_hold(*hold) for hold in memory.holds),
        "experiments": varint(len(memory.experiments))
        + b"".join(
            varint(key) + bytes((sticky,)) + texts(arms) for key, sticky, arms in memory.experiments
        ),
        "written": packed(memory.written or [len(surface.rules) for surface in program.surfaces]),
        "rows": packed([place if row.written is None else row.written for place, row in rows]),
        "standings": packed([row.standing for _, row in rows]),
        "tried": packed([0 if row.experiment is None else row.experiment + 1 for _, row in rows]),
        "stops": packed([row.stops for _, row in rows]),
        "suppressions": packed([row.suppressions for _, row in rows]),
        "row flags": packed([row.flags for _, row in rows]),
        "rule keys": b"".join(map(varint, rule_keys(program, memory))),
        "groups": varint(len(memory.groups))
        + b"".join(
            varint(len(surfaces)) + b"".join(map(varint, surfaces)) + texts(themes) + packed(own)
            for surfaces, themes, own in memory.groups
        ),
        "topics": texts(memory.topics),
        "topic counts": packed([len(own) for own in of_variants]),
        "topic numbers": packed([topic for own in of_variants for topic in own]),
        "less of": varint(memory.less_of),
        "bounds": varint(memory.retention) + varint(memory.largest),
    }


def _items(program: Program, memory: Memory) -> bytes:
    purposes = sorted({s.purpose for s in program.signals if s.purpose is not None})
    return varint(len(memory.items)) + b"".join(
        bytes((int(ItemKind[kind]),))
        + varint(key)
        + varint(0 if purpose is None else purposes.index(purpose) + 1)
        + b"".join(map(varint, arguments))
        for kind, key, purpose, arguments in memory.items
    )


def _hold(
    item: int, stable_for: int, changes: int | None, allow: bool, entries: list[tuple[int, int]]
) -> bytes:
    return (
        varint(item)
        + varint(stable_for)
        + varint(0 if changes is None else changes + 1)
        + bytes((allow,))
        + varint(len(entries))
        + b"".join(varint(rule) + varint(variant) for rule, variant in entries)
    )


def rule_keys(program: Program, memory: Memory) -> list[int]:
    """One per written rule; without ids their numbers stand in."""
    if memory.keys is not None:
        return memory.keys
    found = []
    for number, surface in enumerate(program.surfaces):
        written = memory.written[number] if memory.written else len(surface.rules)
        ids = {
            n if r.row.written is None else r.row.written: r.id for n, r in enumerate(surface.rules)
        }
        for place in range(written):
            name = ids.get(place) or str(place)
            found.append(murmur3_32(f"{surface.name}\0{name}".encode()))
    return found


def wrap(payloads: dict[int, bytes]) -> bytes:
    rows = [[number, payloads[number]] for number in sorted(payloads)]
    data: bytes = msgpack.packb(["tacit", 1, int(6 in payloads), rows])
    return data


def build(program: Program) -> bytes:
    return wrap(sections(program))
