"""The neutral workload: made-up rules and visitors from one fixed seed.

N rules stand 10 to a surface and the first match wins. 70 % are conjunctions of 2 to 4 atoms over
12 signals, 30 % hold an OR; 40 % have a rollout. Everything is drawn at random, each signal as
often as any other, and a smaller workload is the beginning of a larger one.

Only `random.Random.random()` is used, whose sequence Python promises to keep: the same workload
comes out under every version. `digest()` says which one it is.
"""

from __future__ import annotations

import base64
import hashlib
import random
from collections.abc import Callable, Sequence
from typing import TypeVar

from bench.description import (
    All,
    Any,
    Atom,
    Condition,
    Context,
    Kind,
    Op,
    Rule,
    Signal,
    Surface,
    Value,
    Workload,
)

SEED = "tacit neutral workload 1"
RULES_PER_SURFACE = 10
SIZES = (10, 100, 1000, 10_000)
MISSING = 0.3
"""Probability that a signal is absent, in the contexts with missing signals."""

T = TypeVar("T")

COUNTRIES = (
    "AE", "AR", "AT", "AU", "BE", "BG", "BR", "CA", "CH", "CL", "CN", "CO", "CZ", "DE", "DK", "EE",
    "EG", "ES", "FI", "FR", "GB", "GR", "HK", "HR", "HU", "ID", "IE", "IL", "IN", "IS", "IT", "JP",
    "KE", "KR", "LT", "LU", "LV", "MA", "MX", "MY", "NG", "NL", "NO", "NZ", "PE", "PH", "PL", "PT",
    "RO", "RS", "SA", "SE", "SG", "SI", "SK", "TH", "TR", "TW", "UA", "US",
)  # fmt: skip
DEVICES = ("phone", "tablet", "desktop", "tv")
TIERS = ("none", "bronze", "silver", "gold", "platinum")
PAGES = (
    "home", "category", "product", "search", "cart", "checkout", "account", "orders", "wishlist",
    "stores", "help", "blog",
)  # fmt: skip
TOPICS = (
    "books", "music", "film", "games", "toys", "baby", "garden", "tools", "kitchen", "home",
    "office", "pets", "sport", "fitness", "outdoor", "cycling", "running", "yoga", "skiing",
    "fishing", "fashion", "shoes", "bags", "watches", "jewelry", "beauty", "health", "grocery",
    "wine", "coffee", "travel", "cars", "phones", "laptops", "cameras", "audio", "smart-home",
    "art", "crafts", "photo",
)  # fmt: skip

COUNTRY = Signal("country", Kind.STRING)
DEVICE = Signal("device", Kind.ENUM, DEVICES)
TIER = Signal("loyalty_tier", Kind.ENUM, TIERS)
PAGE = Signal("page", Kind.STRING)
SIGNED_IN = Signal("signed_in", Kind.BOOL)
VISITS = Signal("visits", Kind.INT)
DAYS = Signal("days_since_order", Kind.INT)
HOUR = Signal("hour", Kind.INT)
CART = Signal("cart_value", Kind.DOUBLE)
SCORE = Signal("engagement", Kind.DOUBLE)
INTERESTS = Signal("interests", Kind.LIST)
VERSION = Signal("app_version", Kind.VERSION)
UNIT = Signal("install_id", Kind.STRING)
SIGNALS = (
    COUNTRY, DEVICE, TIER, PAGE, SIGNED_IN, VISITS, DAYS, HOUR, CART, SCORE, INTERESTS, VERSION,
)  # fmt: skip


class Draw:
    """Random choices, all made from `random()`."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed).random

    def chance(self, probability: float) -> bool:
        return self._random() < probability

    def between(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return low + int(self._random() * (high - low + 1))

    def one(self, items: Sequence[T]) -> T:
        return items[self.between(0, len(items) - 1)]

    def some(self, items: Sequence[T], count: int) -> list[T]:
        """`count` distinct items, in the order drawn."""
        pool = list(items)
        return [pool.pop(self.between(0, len(pool) - 1)) for _ in range(count)]

    def skewed(self, high: int) -> int:
        """0..high, small numbers more often (the square of an even draw)."""
        return int(self._random() ** 2 * (high + 1))


# ------------------------------------------------------------------- atoms


def _among(draw: Draw, signal: Signal, pool: Sequence[str], most: int, negated: float) -> Atom:
    fewest = 2 if most > 4 else 1
    values = tuple(draw.some(pool, draw.between(fewest, most)))
    return Atom(signal, Op.NOT_AMONG if draw.chance(negated) else Op.AMONG, values)


def _bounds(draw: Draw, signal: Signal, cut: Callable[[], Value]) -> Atom:
    """40 % at least, 25 % below, 35 % a range."""
    kind = draw.between(1, 100)
    if kind <= 40:
        return Atom(signal, Op.AT_LEAST, (cut(),))
    if kind <= 65:
        return Atom(signal, Op.BELOW, (cut(),))
    low = high = cut()
    while high == low:
        high = cut()
    return Atom(signal, Op.WITHIN, tuple(sorted((low, high), key=_order)))


def _order(value: Value) -> tuple[float, ...]:
    """Numbers by size, versions part by part."""
    if isinstance(value, str):
        return tuple(float(part) for part in value.split("."))
    return (value,)


def _atom(draw: Draw, signal: Signal) -> Atom:
    match signal.name:
        case "country":
            return _among(draw, signal, COUNTRIES, 12, 0.2)
        case "device":
            return _among(draw, signal, DEVICES, 2, 0.15)
        case "loyalty_tier":
            return _among(draw, signal, TIERS, 3, 0.2)
        case "page":
            return _among(draw, signal, PAGES, 4, 0.15)
        case "signed_in":
            return Atom(signal, Op.IS if draw.chance(0.6) else Op.IS_NOT)
        case "visits":
            return _bounds(draw, signal, lambda: draw.between(1, 60))
        case "days_since_order":
            return _bounds(draw, signal, lambda: draw.between(1, 365))
        case "hour":
            return _bounds(draw, signal, lambda: draw.between(1, 23))
        case "cart_value":
            return _bounds(draw, signal, lambda: draw.between(1, 200) * 2.5)
        case "engagement":
            return _bounds(draw, signal, lambda: draw.between(1, 99) / 100)
        case "interests":
            negated = draw.chance(0.2)
            return Atom(signal, Op.EXCLUDES if negated else Op.INCLUDES, (draw.one(TOPICS),))
        case "app_version":
            return _bounds(draw, signal, lambda: f"{draw.between(1, 6)}.{draw.between(0, 19)}.0")
    raise AssertionError(signal.name)


# ------------------------------------------------------------------- rules

_OR_SHAPES: tuple[tuple[int, Callable[[Sequence[Condition]], Condition]], ...] = (
    (2, lambda t: Any((t[0], t[1]))),
    (3, lambda t: All((Any((t[0], t[1])), t[2]))),
    (3, lambda t: Any((All((t[0], t[1])), t[2]))),
    (4, lambda t: All((t[0], Any((t[1], t[2])), t[3]))),
    (4, lambda t: All((Any((t[0], t[1])), Any((t[2], t[3]))))),
    (4, lambda t: Any((All((t[0], t[1])), All((t[2], t[3]))))),
    (4, lambda t: All((t[0], Any((t[1], t[2], t[3]))))),
)


def _distinct_atoms(draw: Draw, count: int) -> tuple[Atom, ...]:
    return tuple(_atom(draw, signal) for signal in draw.some(SIGNALS, count))


def _ordinary(draw: Draw) -> Condition:
    if draw.chance(0.7):
        return All(_distinct_atoms(draw, draw.between(2, 4)))
    count, build = draw.one(_OR_SHAPES)
    return build(_distinct_atoms(draw, count))


def _eight(draw: Draw) -> Condition:
    return All(_distinct_atoms(draw, 8))


DEFAULT = "control"
VARIANTS = (DEFAULT, "a", "b", "c", "d")


def _salt(surface: str, rule: str) -> str:
    """The salt that tacit gives to a rule's rollout, so that every bucket is the same by hand."""
    digest = hashlib.sha256(f"traffic\0{surface}\0{rule}".encode()).digest()
    return base64.urlsafe_b64encode(digest).decode()[:3]


def _surface(
    draw: Draw, number: int, rules: int, condition: Callable[[Draw], Condition]
) -> Surface:
    name = f"s{number:04d}"
    made = []
    for index in range(rules):
        rule_id = f"r{number * RULES_PER_SURFACE + index:05d}"
        made.append(
            Rule(
                id=rule_id,
                salt=_salt(name, rule_id),
                condition=condition(draw),
                share=draw.between(1, 19) * 500 if draw.chance(0.4) else None,
                variant=draw.one(VARIANTS[1:]),
            )
        )
    return Surface(name, DEFAULT, VARIANTS, tuple(made))


def neutral(rules: int) -> Workload:
    """N ordinary rules, 10 to a surface."""
    draw = Draw(f"{SEED}: rules")
    count = rules // RULES_PER_SURFACE
    surfaces = tuple(_surface(draw, n, RULES_PER_SURFACE, _ordinary) for n in range(count))
    return Workload(f"n{rules}", SIGNALS, UNIT, surfaces)


def one_long_surface(rules: int = 2000) -> Workload:
    """One surface of many ordinary rules, where an early one usually fires."""
    surface = _surface(Draw(f"{SEED}: long"), 0, rules, _ordinary)
    return Workload(f"long{rules}", SIGNALS, UNIT, (surface,))


def eight_atoms(rules: int = 2000) -> Workload:
    """One surface of many rules of 8 atoms each: audiences that seldom match."""
    surface = _surface(Draw(f"{SEED}: eight"), 0, rules, _eight)
    return Workload(f"eight{rules}", SIGNALS, UNIT, (surface,))


def by_name(name: str) -> Workload:
    """`n1000`, `long2000`, `eight2000` and their like."""
    for prefix, make in (("n", neutral), ("long", one_long_surface), ("eight", eight_atoms)):
        size = name.removeprefix(prefix)
        if size != name and size.isdecimal():
            return make(int(size))
    raise ValueError(f"no workload is called {name!r}")


def digest(workload: Workload) -> str:
    """SHA-256 of the description, in hex."""
    return hashlib.sha256(repr(workload).encode()).hexdigest()


# ---------------------------------------------------------------- contexts


def _context(draw: Draw) -> Context:
    version = f"{draw.between(1, 6)}.{draw.between(0, 19)}.{draw.between(0, 9)}"
    return {
        "install_id": "".join(f"{draw.between(0, 65535):04x}" for _ in range(8)),
        # Few countries bring most visitors.
        "country": COUNTRIES[draw.skewed(len(COUNTRIES) - 1)],
        "device": DEVICES[draw.skewed(len(DEVICES) - 1)],
        "loyalty_tier": TIERS[draw.skewed(len(TIERS) - 1)],
        "page": draw.one(PAGES),
        "signed_in": draw.chance(0.5),
        "visits": draw.skewed(100),
        "days_since_order": draw.skewed(500),
        "hour": draw.between(0, 23),
        "cart_value": draw.skewed(60_000) / 100,
        "engagement": draw.between(0, 1000) / 1000,
        "interests": draw.some(TOPICS, draw.between(0, 6)),
        "app_version": version,
    }


def contexts(count: int, missing: bool = False) -> list[Context]:
    """Visitors; with `missing`, each signal of each is absent with probability `MISSING`."""
    draw = Draw(f"{SEED}: contexts")
    complete = [_context(draw) for _ in range(count)]
    if not missing:
        return complete
    absent = Draw(f"{SEED}: missing")
    return [
        {name: value for name, value in context.items() if not absent.chance(MISSING)}
        for context in complete
    ]
