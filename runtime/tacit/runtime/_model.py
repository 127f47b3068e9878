"""A decoded bundle as plain frozen values: what the reference decides from and `explain` shows.

Indexes into tables of the bundle are resolved (a literal holds its constants, a split its ranges);
signals, segments, bodies and variants stay numbers, as their order carries meaning.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from tacit.runtime.format import Op, Place, Sensitivity, Source, Type

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
Version: TypeAlias = tuple[int, int, int, int]
Operand: TypeAlias = int | float | str | Version
"""A constant that tests compare a signal with."""
Range: TypeAlias = tuple[int, int]
"""A half-open run of bucket positions."""

Argument: TypeAlias = Operand | tuple[Operand, ...] | None
"""What a literal compares with: nothing, a constant, or several.

`EXISTS` holds the index of its body, `SEGMENT` of its segment, a `SIZE_` op the size. `AMONG` and
`AMONG_MASK` hold the same: a tuple of constants.
"""


@dataclass(frozen=True, slots=True)
class Constant:
    value: bool


@dataclass(frozen=True, slots=True)
class Literal:
    """One test; `op` without its negation bit. `signal` means nothing for `SEGMENT`."""

    op: Op
    negated: bool
    signal: int
    argument: Argument


@dataclass(frozen=True, slots=True)
class All:
    terms: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any:
    terms: tuple[Condition, ...]


Condition: TypeAlias = Constant | Literal | All | Any


@dataclass(frozen=True, slots=True)
class Signal:
    """An input and its bounds. `None` stands for no bound; `max_age` is in milliseconds."""

    name: str
    type: Type
    purpose: str | None
    minimum: int | float | None
    maximum: int | float | None
    max_age: int | None
    max_length: int | None
    max_items: int | None
    values: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Traffic:
    """Units whose bucket lies below `share` (basis points)."""

    unit: int
    share: int
    salt: str


@dataclass(frozen=True, slots=True)
class Arm:
    variant: int
    ranges: tuple[Range, ...]


@dataclass(frozen=True, slots=True)
class Split:
    unit: int
    salt: str
    arms: tuple[Arm, ...]
    experiment: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """`outcome` is a variant of the surface or a split; `start` and `end` are epoch ms."""

    condition: Condition
    outcome: int | Split
    traffic: Traffic | None
    start: int | None
    end: int | None
    local: bool


@dataclass(frozen=True, slots=True)
class Surface:
    """Variants are ids; their contents, if any, stand in `Program.contents`."""

    name: str
    place: Place
    forbidden: bool
    variants: tuple[str, ...]
    default: int
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Holdout:
    unit: int
    salt: str
    ranges: tuple[Range, ...]


@dataclass(frozen=True, slots=True)
class Explanations:
    """`texts` has one mapping, language to text, per rule of the bundle; empty: none."""

    language: str
    texts: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class Debug:
    """Names and expressions as written; the tuples run in the order of the bundle."""

    rules: tuple[str, ...]
    segments: tuple[str, ...]
    experiments: tuple[str, ...]
    segment_expressions: tuple[str, ...]
    rule_expressions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Audit:
    sources: tuple[Source, ...]
    sensitivities: tuple[Sensitivity, ...]
    categories: tuple[str, ...]
    segment_owners: tuple[str, ...]
    surface_owners: tuple[str, ...]
    surface_goals: tuple[str, ...]
    forbidden_reasons: tuple[str, ...]
    rule_owners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """A whole bundle. `contents` has one value per variant of each surface, in order."""

    project: str
    expires: int | None
    defaults_when_expired: bool
    holdout: Holdout | None
    purposes: tuple[str, ...]
    signals: tuple[Signal, ...]
    bodies: tuple[Condition, ...]
    segments: tuple[Condition, ...]
    surfaces: tuple[Surface, ...]
    contents: tuple[JsonValue, ...] | None = None
    explanations: Explanations | None = None
    debug: Debug | None = None
    audit: Audit | None = None

    def surface_number(self, name: str) -> int | None:
        for number, surface in enumerate(self.surfaces):
            if surface.name == name:
                return number
        return None

    def first_rule(self, surface: int) -> int:
        """The number, among all rules of the bundle, of the first rule of a surface."""
        return sum(len(before.rules) for before in self.surfaces[:surface])

    def first_variant(self, surface: int) -> int:
        """The number, among all variants of the bundle, of the first variant of a surface."""
        return sum(len(before.variants) for before in self.surfaces[:surface])


def literals(condition: Condition) -> Iterator[Literal]:
    """The literals of a condition, left to right."""
    match condition:
        case Literal():
            yield condition
        case All(terms) | Any(terms):
            for term in terms:
                yield from literals(term)
