"""Random programs and random calls, made to meet edges: numbers at cuts, texts beside constants,
conditions that explode, segments upon segments, values of every wrong kind."""

from __future__ import annotations

import enum
import random
from dataclasses import dataclass, field
from typing import Any, NoReturn

from tacit.runtime import Observed

from .builder import DIGITS, Condition, Program, Rule, Signal, Split, Surface, version_key

MAX_INT = 2**53 - 1
TEXTS = ("", "a", "ab", "abc", "abd", "b", "ba", "é", "éa", "ß", "日本", "日本語", "𝒳", "a𝒳",
         "x" * 9, "x" * 8, "x" * 17, "xxxxxxxxy", "null", "DE", "AT", "de")  # fmt: skip
INTS = (-MAX_INT, -7, -2, -1, 0, 1, 2, 3, 4, 5, 7, 100, 4097, 10**12, MAX_INT - 1, MAX_INT)
DOUBLES = (-1e308, -2.5, -0.5, -5e-324, 0.0, 5e-324, 0.1, 0.2, 0.30000000000000004, 0.3, 1.0, 2.0,
           2.5, 3.0, 1e15, 1e22, 1.7976931348623157e308)  # fmt: skip
VERSIONS = ("0", "1", "1.0.1", "1.2", "1.2.3", "1.2.3.4", "1.10", "2", "10.0.0.1", "67108863")
NOWS = (0, 1_000, 1_700_000_000_000, 1_700_000_060_000, MAX_INT)


@dataclass
class Pools:
    """Where constants and values are drawn from."""

    texts: tuple[str, ...] = TEXTS
    ints: tuple[int, ...] = INTS
    doubles: tuple[float, ...] = DOUBLES
    versions: tuple[str, ...] = VERSIONS

    def of(self, kind: str) -> tuple[Any, ...]:
        numbers = {"int": self.ints, "double": self.doubles, "version": self.versions}
        return numbers.get(kind, self.texts)


@dataclass
class Drawn(Program):
    pools: Pools = field(default_factory=Pools)


class Text(str):
    """A str with hostile methods: nobody may call them."""

    __slots__ = ()

    def __eq__(self, other: object) -> NoReturn:
        raise AssertionError("called")

    def __hash__(self) -> NoReturn:
        raise AssertionError("called")

    def __len__(self) -> NoReturn:
        raise AssertionError("called")

    def __iter__(self) -> NoReturn:
        raise AssertionError("called")


class Number(int):
    """An int with hostile methods."""

    def __index__(self) -> NoReturn:
        raise AssertionError("called")

    __int__ = __float__ = __bool__ = __index__  # type: ignore[assignment]

    def __eq__(self, other: object) -> NoReturn:
        raise AssertionError("called")

    __lt__ = __le__ = __gt__ = __ge__ = __eq__

    def __hash__(self) -> NoReturn:
        raise AssertionError("called")


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 3


class Colour(enum.StrEnum):
    A = "a"
    AB = "ab"


def wide_pools(rng: random.Random) -> Pools:
    """The same and up to thousands more of each kind: many classes, long tables, shared rows."""
    count = rng.choice((30, 100, 300, 1_000, 3_000))
    letters = rng.choice(("ab", "aé", "日本a", "𝒳a", "abcdefghijklmnopqrstuvwxyz0123456789"))
    longest = rng.choice((3, 8, 9, 20, 40))
    span = rng.choice((count, 10 * count, MAX_INT))
    spread = rng.choice((1.0, 100.0, 1e300, 1e-300))
    part = rng.choice((3, 20, 2**26))
    texts = ["".join(rng.choices(letters, k=rng.randint(0, longest))) for _ in range(count)]
    versions = [
        ".".join(str(rng.randrange(part)) for _ in range(rng.randint(1, 4))) for _ in range(count)
    ]
    by_key = {version_key(version): version for version in (*VERSIONS, *versions)}
    return Pools(
        tuple(dict.fromkeys((*TEXTS, *texts))),
        tuple(sorted({*INTS, *(rng.randint(-span, span) for _ in range(count))})),
        # `or` makes 0.0 of -0.0, which no bundle may hold.
        tuple(sorted({*DOUBLES, *(rng.uniform(-spread, spread) or 0.0 for _ in range(count))})),
        tuple(by_key.values()),
    )


# ---------------------------------------------------------------- programs


def signal(rng: random.Random, number: int, pools: Pools) -> Signal:
    kind = rng.choice(("bool", "int", "double", "string", "enum", "version", "string_list"))
    name = f"s{number}" if rng.random() < 0.9 else f"signal_with_a_long_näme_{number}"
    made = Signal(name, kind)
    if rng.random() < 0.25:
        made.purpose = rng.choice(("ads", "personalization"))
    if rng.random() < 0.2:
        made.max_age = rng.choice((0, 1, 60_000, MAX_INT))
    if kind in ("int", "double") and rng.random() < 0.3:
        pool = pools.of(kind)
        low, high = sorted((rng.choice(pool), rng.choice(pool)))
        made.minimum, made.maximum = rng.choice(((low, high), (low, None), (None, high)))
    if kind in ("string", "string_list") and rng.random() < 0.4:
        made.max_length = rng.choice((0, 1, 2, 3, 9))
    if kind == "string_list" and rng.random() < 0.4:
        made.max_items = rng.choice((0, 1, 3))
    if kind == "enum":
        made.members = tuple(rng.sample(pools.texts, rng.randint(1, 8)))
    return made


def literal(rng: random.Random, program: Drawn, segments: int) -> Condition:
    if segments and rng.random() < 0.3:
        return ("SEGMENT", 0, rng.randrange(segments), rng.random() < 0.4)
    at = rng.randrange(len(program.signals))
    kind, pools = program.signals[at].type, program.pools
    negated = rng.random() < 0.35
    if rng.random() < 0.12:
        return ("HAS", at, None, negated)
    if kind == "bool":
        return ("IS_TRUE", at, None, negated)
    if kind == "string_list":
        return list_literal(rng, at, negated, pools.texts)
    if kind in ("string", "string_list") and rng.random() < 0.35:
        return text_literal(rng, at, negated, pools.texts)
    if kind in ("int", "double", "version") and rng.random() < 0.7:
        return (rng.choice(("LT", "LE", "GT", "GE")), at, rng.choice(pools.of(kind)))
    pool = program.signals[at].members if kind == "enum" else pools.of(kind)
    if len(pool) < 2 or rng.random() < 0.5:
        return ("IS", at, rng.choice(pool), negated)
    return ("AMONG", at, tuple(rng.sample(pool, few(rng, len(pool)))), negated)


def few(rng: random.Random, most: int) -> int:
    """Of a set: mostly a handful, now and then as many as there are."""
    return rng.randint(2, most if rng.random() < 0.02 else min(6, most))


def text_literal(rng: random.Random, at: int, negated: bool, texts: tuple[str, ...]) -> Condition:
    if rng.random() < 0.3:
        return size_literal(rng, at, negated)
    return (rng.choice(("STARTS", "ENDS", "CONTAINS")), at, rng.choice(texts), negated)


def size_literal(rng: random.Random, at: int, negated: bool) -> Condition:
    op = rng.choice(("SIZE_LT", "SIZE_LE", "SIZE_GT", "SIZE_GE", "SIZE_EQ"))
    return (op, at, rng.choice((0, 1, 2, 3, 8, MAX_INT)), negated and op == "SIZE_EQ")


def list_literal(rng: random.Random, at: int, negated: bool, texts: tuple[str, ...]) -> Condition:
    chance = rng.random()
    if chance < 0.6:
        return ("INCLUDES", at, rng.choice(texts), negated)
    if chance < 0.75:
        return size_literal(rng, at, negated)

    def element() -> Condition:
        if rng.random() < 0.4:
            return ("IS", at, rng.choice(texts), rng.random() < 0.3)
        if rng.random() < 0.3:
            return ("AMONG", at, tuple(rng.sample(texts, 3)), rng.random() < 0.3)
        return text_literal(rng, at, rng.random() < 0.3, texts)

    return ("EXISTS", at, tree(rng, element, 2), negated)


def tree(rng: random.Random, leaf: Any, depth: int, above: str = "") -> Condition:
    if depth == 0 or rng.random() < 0.35:
        return leaf()
    kind = rng.choice([k for k in ("all", "any") if k != above])
    count = 2 if rng.random() < 0.6 else rng.randint(2, 5)
    return (kind, [tree(rng, leaf, depth - 1, kind) for _ in range(count)])


def condition(rng: random.Random, program: Drawn, segments: int) -> Condition:
    chance = rng.random()
    if chance < 0.04:
        return rng.random() < 0.5

    def leaf() -> Condition:
        return literal(rng, program, segments)

    if chance < 0.09:  # a product that explodes
        return ("all", [leaf(), *(("any", [leaf(), leaf(), leaf()]) for _ in range(4))])
    if chance < 0.11:
        return ("any", [leaf() for _ in range(rng.randint(15, 40))])
    return tree(rng, leaf, rng.randint(0, 4))


def salt(rng: random.Random, length: int) -> str:
    return "".join(rng.choice(DIGITS) for _ in range(length))


def ranges(rng: random.Random, count: int) -> list[tuple[int, int]]:
    cuts = sorted(rng.sample(range(10_001), 2 * count))
    return [(cuts[2 * i], cuts[2 * i + 1]) for i in range(count)]


def split(rng: random.Random, unit: int, variants: int) -> Split:
    runs = ranges(rng, rng.randint(1, 5))
    arms: dict[int, list[tuple[int, int]]] = {}
    for run in runs:
        arms.setdefault(rng.randrange(variants), []).append(run)
    return Split(unit, salt(rng, rng.choice((3, 7))), list(arms.items()), rng.random() < 0.5)


def rule(rng: random.Random, program: Drawn, variants: int, units: list[int]) -> Rule:
    made = Rule(condition(rng, program, len(program.segments)), rng.randrange(variants))
    if units and rng.random() < 0.25:
        made.traffic = (rng.choice(units), rng.choice((1, 2_500, 5_000, 9_999)), salt(rng, 3))
    if units and rng.random() < 0.2:
        made.show = split(rng, rng.choice(units), variants)
    if rng.random() < 0.2:
        start, end = sorted(rng.sample(NOWS, 2))
        made.start, made.end = rng.choice(((start, None), (None, end), (start, end)))
        offset = any(s.name == "utc_offset_minutes" and s.type == "int" for s in program.signals)
        made.local = offset and rng.random() < 0.5
    return made


def program(rng: random.Random, *, wide: bool = False) -> Drawn:
    """`wide`: with many constants and sometimes many surfaces."""
    pools = wide_pools(rng) if wide else Pools()
    made = Drawn(masks=rng.random() < 0.5, pools=pools)
    many = rng.random() < 0.06
    made.signals = [
        signal(rng, i, pools) for i in range(rng.randint(65, 140) if many else rng.randint(1, 9))
    ]
    if rng.random() < 0.3:
        made.signals.append(Signal("utc_offset_minutes", "int"))
    units = [i for i, s in enumerate(made.signals) if s.type in ("string", "int", "enum")]
    if rng.random() < 0.5:
        for number in range(rng.choice((1, 2, 3, 5, 30))):
            made.segments.append(condition(rng, made, number))
        if rng.random() < 0.2:  # one upon another
            for number in range(len(made.segments), len(made.segments) + 20):
                deep = ("SEGMENT", 0, number - 1, rng.random() < 0.3)
                made.segments.append(("all", [deep, literal(rng, made, 0)]))
    for number in range(rng.choice((5, 40, 120)) if wide else rng.randint(1, 4)):
        variants = [f"v{i}" for i in range(rng.randint(1, 4))]
        surface = Surface(f"surface-{number}", variants, rng.randrange(len(variants)))
        surface.forbidden = rng.random() < 0.07
        if not surface.forbidden:
            long = rng.random() < 0.05
            for _ in range(rng.randint(40, 90) if long else rng.randint(0, 7)):
                surface.rules.append(rule(rng, made, len(variants), units))
        made.surfaces.append(surface)
    if units and rng.random() < 0.15:
        made.holdout = (rng.choice(units), salt(rng, 7), ranges(rng, rng.randint(1, 3)))
    if rng.random() < 0.15:
        made.expires = rng.choice(NOWS)
        made.defaults_when_expired = rng.random() < 0.7
    return made


# ---------------------------------------------------------------- calls


def _near(rng: random.Random, kind: str, pools: Pools) -> Any:
    """A value that may be one of the signal's type."""
    if kind == "bool":
        return rng.random() < 0.5
    if kind == "int":
        number = rng.choice(pools.ints) + rng.choice((-1, 0, 0, 1))
        return rng.choice((number, number, float(number), Number(number), Level.HIGH))
    if kind == "double":
        number = rng.choice(pools.doubles)
        return rng.choice(
            (number, number, -number, number * (1 + 2**-52), int(min(number, 1e300)), 2)
        )
    if kind == "version":
        given = rng.choice(pools.versions)
        return rng.choice((given, given, given + ".0", "0" + given, given + ".", "1.2.3-beta", "١"))
    if kind == "string_list":
        items = [rng.choice(pools.texts) for _ in range(rng.randint(0, 5))]
        return rng.choice((items, items, tuple(items), [Text(x) for x in items], [*items, 1]))
    given = rng.choice(pools.texts)
    return rng.choice((given, given, given + "x", given + given, Text(given), Colour.AB))


WRONG = (None, True, 1, 2.5, "a", "", float("nan"), float("inf"), 2**53, -(2**70), 10**400, b"a",
         [], {}, "\ud800", "a\udc00é", "𝒳\ud800", ["\ud800"], [None], "x" * 300, ["a"] * 70,
         object(), "1.2.3.4.5", "123456789", "1..2", "99999999", -0.0, 5e-324)  # fmt: skip


def value(rng: random.Random, kind: str, now: int, pools: Pools) -> Any:
    given = _near(rng, kind, pools) if rng.random() < 0.85 else rng.choice(WRONG)
    if rng.random() < 0.15:
        at = now - rng.choice((0, 1, 2, 59_999, 60_000, 60_001, -1, MAX_INT, 2**70, -(2**70)))
        return Observed(given, at)
    return given


def call(rng: random.Random, made: Drawn) -> tuple[dict[str, Any], int, Any]:
    """Signals, now and consent."""
    now = min(rng.choice(NOWS) + rng.choice((-60_000, -1, 0, 1)), MAX_INT)
    absent = rng.choice((0.0, 0.1, 0.4, 1.0))
    names = list(made.signals)
    if rng.random() < 0.3:
        rng.shuffle(names)
    signals = {s.name: value(rng, s.type, now, made.pools) for s in names if rng.random() >= absent}
    if rng.random() < 0.2:
        signals["nobody_declared_this"] = rng.choice(WRONG)
    if rng.random() < 0.1:
        signals |= {f"other {i}": i for i in range(rng.choice((1, 40, 400)))}
    if "utc_offset_minutes" in signals and rng.random() < 0.8:
        signals["utc_offset_minutes"] = rng.choice((0, 60, -60, 1, -1, 840, MAX_INT, -MAX_INT))
    consent = rng.choice((None, (), ["ads"], {"ads", "personalization"}, iter(["personalization"])))
    return signals, now, list(consent) if hasattr(consent, "__next__") else consent


def plain(value: Any) -> Any:
    """The same without objects that have methods of their own: for who would call them."""
    if type(value) is Text:
        return str.__str__(value)
    if type(value) is Number:
        return int.__add__(value, 0)
    if type(value) is Observed:
        return Observed(plain(value.value), value.at)
    if type(value) in (list, tuple):
        return type(value)(plain(item) for item in value)
    return value
