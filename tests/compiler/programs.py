"""Programs to try things on: one fixed set of signals, and random conditions over it.

The constants are few and close together, so that random conditions meet often, and every value
between and beside them is among the values tried.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from random import Random
from typing import Any

from hypothesis import strategies as st
from tacit.compiler import ir
from tacit.compiler.ir import Affix, Relation, SignalType

BOOL, INT, DOUBLE, STRING, ENUM, VERSION, LIST, UNIT, OFFSET = range(9)
SIGNALS = (
    ir.Signal("b", SignalType.BOOL, "device"),
    ir.Signal("n", SignalType.INT, "device"),
    ir.Signal("d", SignalType.DOUBLE, "request", sensitivity="none"),
    ir.Signal("s", SignalType.STRING, "request", category="user.name", max_length=3),
    ir.Signal("e", SignalType.ENUM, "declared", values=("low", "mid", "top")),
    ir.Signal("v", SignalType.VERSION, "device"),
    ir.Signal("t", SignalType.STRING_LIST, "session", purpose="ads", max_length=8, max_items=4),
    ir.Signal("unit", SignalType.STRING, "device"),
    ir.Signal("utc_offset_minutes", SignalType.INT, "device"),
)
VALUES: dict[int, tuple[Any, ...]] = {
    BOOL: (False, True),
    INT: (-1, 0, 1, 2, 3),
    DOUBLE: (-0.5, 0.0, 0.1, 0.2, 0.30000000000000004),
    STRING: ("", "a", "ab", "b", "abc", "😀"),
    ENUM: ("low", "mid", "top"),
    VERSION: ((1, 0, 0, 0), (1, 2, 0, 0), (1, 10, 0, 0), (2, 0, 0, 1)),
    LIST: ((), ("a",), ("ab", "b"), ("a", "abc", "b")),
}
TEXTS = ("a", "ab", "b", "c", "")
NO_SEGMENTS: tuple[ir.Segment, ...] = ()


def program(*conditions: ir.Condition, segments: tuple[ir.Condition, ...] = ()) -> ir.Program:
    """A program with one surface, on which each condition is a rule's."""
    return ir.Program(
        project="p",
        signals=SIGNALS,
        segments=tuple(
            ir.Segment(f"s{i}", condition, f"source of s{i}")
            for i, condition in enumerate(segments)
        ),
        surfaces=(surface("home", *conditions),),
    )


def surface(name: str, *conditions: ir.Condition) -> ir.Surface:
    rules = tuple(
        ir.Rule(f"r{i}", condition, ir.Show(1 + i % 2), f"source of r{i}")
        for i, condition in enumerate(conditions)
    )
    variants = (ir.Variant("none"), ir.Variant("one", {"text": "1"}), ir.Variant("two", [2, 2.0]))
    return ir.Surface(name, ir.Place.BOTH, variants, 0, rules)


def conditions_of(found: ir.Program) -> list[ir.Condition]:
    return [rule.condition for surface in found.surfaces for rule in surface.rules]


# ------------------------------------------------------------------------------ shorthand

HAS_N = ir.Literal(INT, ir.Has())
B = ir.Literal(BOOL, ir.IsTrue())
TRUE, FALSE = ir.Constant(True), ir.Constant(False)


def n(relation: str, value: int) -> ir.Literal:
    return ir.Literal(INT, ir.Compare(Relation(relation), value))


def d(relation: str, value: float) -> ir.Literal:
    return ir.Literal(DOUBLE, ir.Compare(Relation(relation), value))


def v(relation: str, *parts: int) -> ir.Literal:
    major, minor, patch, build = (*parts, 0, 0, 0)[:4]
    return ir.Literal(VERSION, ir.Compare(Relation(relation), (major, minor, patch, build)))


def s(*texts: str, negated: bool = False) -> ir.Literal:
    return ir.Literal(STRING, ir.Among(tuple(sorted(texts))), negated)


def e(*members: str, negated: bool = False) -> ir.Literal:
    return ir.Literal(ENUM, ir.Among(tuple(sorted(members))), negated)


def size(relation: str, value: int, signal: int = LIST) -> ir.Literal:
    return ir.Literal(signal, ir.Size(Relation(relation), value))


def exists(body: ir.Condition, negated: bool = False) -> ir.Literal:
    return ir.Literal(LIST, ir.Exists(body), negated)


def element(*texts: str) -> ir.Literal:
    return ir.Literal(LIST, ir.Among(tuple(sorted(texts))))


# ------------------------------------------------------------------------------ random programs
#
# Made with the methods of a `Random`: from a seed, thousands a second; or from Hypothesis, which
# finds a small example of what fails.

dice = st.randoms(note_method_calls=False, use_true_random=False)


def random_program(random: Random, rules: int = 4, leaves: int = 10) -> ir.Program:
    """Segments and rules with random conditions; no buckets, no schedules."""
    segments = tuple(random_condition(random, 4, segments=i) for i in range(random.randint(0, 3)))
    own = [random_condition(random, leaves, len(segments)) for _ in range(random.randint(0, rules))]
    return program(*own, segments=segments)


def with_random_limits(random: Random, found: ir.Program) -> ir.Program:
    """Some of its rules limited to a share of units or to a time, some split."""
    home = found.surfaces[0]
    rules = tuple(_limited(random, rule) for rule in home.rules)
    return replace(found, surfaces=(replace(home, rules=rules),))


def _limited(random: Random, rule: ir.Rule) -> ir.Rule:
    salt = "".join(random.choice("abcXYZ09-_") for _ in range(3))
    if random.random() < 0.3:
        rule = replace(rule, traffic=ir.Traffic(UNIT, salt, random.randint(1, 9999)))
    if random.random() < 0.3:
        cut = random.randint(1, 9999)
        arms = ((0, ((0, cut),)), (2, ((cut, random.randint(cut + 1, 10_000)),)))
        rule = replace(rule, outcome=ir.Split(UNIT, salt, arms))
    if random.random() < 0.3:
        zone = random.choice(list(ir.Zone))
        start = random.choice((None, 1_000_000))
        end = random.choice((None, 9_000_000))
        rule = replace(rule, schedule=ir.Schedule(start, end, zone))
    return rule


def random_condition(random: Random, leaves: int = 10, segments: int = 0) -> ir.Condition:
    """A condition of at most so many leaves, over all signals and the first `segments` segments."""

    def leaf() -> ir.Condition:
        kind = random.randint(0, 12)
        if kind == 0:
            return ir.Constant(random.random() < 0.5)
        if kind < 3 and segments:
            return ir.SegmentIs(random.randint(0, segments - 1), random.random() < 0.5)
        return random_literal(random)

    return _tree(random, random.randint(1, leaves), leaf)


def random_literal(random: Random) -> ir.Literal:
    signal = random.choice(sorted(VALUES))
    return ir.Literal(signal, _random_test(random, signal), random.random() < 0.3)


def random_assignment(random: Random) -> dict[int, Any]:
    """Values for some of the signals; the others are missing."""
    return {
        signal: random.choice(choices)
        for signal, choices in VALUES.items()
        if random.random() < 0.75
    }


def host_value(value: Any) -> Any:
    """A value as a host gives it."""
    if isinstance(value, tuple) and len(value) == 4 and all(isinstance(p, int) for p in value):
        return ".".join(map(str, value))
    return list(value) if isinstance(value, tuple) else value


def _tree(random: Random, leaves: int, leaf: Callable[[], ir.Condition]) -> ir.Condition:
    if leaves == 1:
        return ir.Not(leaf()) if random.random() < 0.15 else leaf()
    kind = random.choice((ir.All, ir.Any, ir.All, ir.Any, ir.Not, ir.Choose))
    if kind is ir.Not:
        return ir.Not(_tree(random, leaves, leaf))
    parts = _split(random, leaves, 3 if kind is ir.Choose else random.randint(2, 4))
    terms = tuple(_tree(random, part, leaf) for part in parts)
    return ir.Choose(*terms) if kind is ir.Choose else kind(terms)


def _split(random: Random, leaves: int, parts: int) -> list[int]:
    """A number of leaves for each part, one at least."""
    shares = [1] * parts
    for _ in range(leaves - parts):
        shares[random.randint(0, parts - 1)] += 1
    return shares


def _random_test(random: Random, signal: int) -> ir.Test:
    if random.random() < 0.1:
        return ir.Has()
    if signal == BOOL:
        return ir.IsTrue()
    if signal == STRING:
        return _random_text_test(random)
    if signal == ENUM:
        return _random_set(random, VALUES[ENUM])
    if signal == LIST:
        kind = random.randint(0, 3)
        if kind == 0:
            return ir.Size(random.choice(list(Relation)), random.randint(-1, 4))
        if kind == 1:
            return ir.Includes(random.choice(TEXTS))
        return ir.Exists(_tree(random, random.randint(1, 3), lambda: _random_element(random)))
    if random.random() < 0.3:
        return _random_set(random, VALUES[signal])
    return ir.Compare(random.choice(list(Relation)), random.choice(VALUES[signal]))


def _random_text_test(random: Random) -> ir.Test:
    kind = random.randint(0, 2)
    if kind == 0:
        return _random_set(random, VALUES[STRING])
    if kind == 1:
        return ir.TextMatch(random.choice(list(Affix)), random.choice(TEXTS))
    return ir.Size(random.choice(list(Relation)), random.randint(-1, 4))


def _random_set(random: Random, values: tuple[Any, ...]) -> ir.Among:
    chosen = {random.choice(values) for _ in range(random.randint(1, len(values)))}
    return ir.Among(tuple(sorted(chosen)))


def _random_element(random: Random) -> ir.Condition:
    if random.random() < 0.1:
        return ir.Constant(random.random() < 0.5)
    return ir.Literal(LIST, _random_text_test(random), random.random() < 0.3)


def all_assignments(*signals: int) -> list[dict[int, Any]]:
    """Every combination of values of these signals, each missing too."""
    choices = [(None, *VALUES[signal]) for signal in signals]
    return [
        {signal: value for signal, value in zip(signals, row, strict=True) if value is not None}
        for row in product(*choices)
    ]
