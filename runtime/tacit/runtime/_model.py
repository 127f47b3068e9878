"""A decoded bundle as plain frozen values: what the reference decides from and `explain` shows.

Indexes into tables of the bundle are resolved (a literal holds its constants, a split its ranges);
signals, segments, bodies and variants stay numbers, as their order carries meaning.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from tacit.runtime.format import (
    Cadence,
    GuardKind,
    ItemKind,
    Op,
    Place,
    Role,
    Sensitivity,
    Source,
    Standing,
    Type,
)

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


# ---------------------------------------------------------------- what devices remember


@dataclass(frozen=True, slots=True)
class Event:
    """`fields` are field signals; `names` their names without that of the event."""

    name: str
    fields: tuple[int, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """What is kept (STATE.md 2.2). What a kind does not have is 0, None or empty."""

    kind: ItemKind
    key: int
    purpose: str | None
    event: int = 0
    where: int | None = None
    field: int = 0
    slot: int = 0  # of SCORES: the step
    slots: int = 0  # of DISTINCT and SCORES beside `limit`
    limit: int = 0  # of DISTINCT, and `keep` of SCORES; of SHOWN the greatest of its caps
    variants: tuple[int, ...] = ()
    surface: int = 0
    experiment: int = 0
    segment: int = 0
    cadence: Cadence = Cadence.LIVE
    events: tuple[int, ...] = ()

    @property
    def most_slots(self) -> int:
        """How many slots a writer's counter keeps (STATE.md 4.1).

        Of shows no more than a cap can count to: each slot is one show at least, and what has no
        room joins the oldest that stays.
        """
        if self.kind is ItemKind.SHOWN and self.limit:
            return min(self.slots_read, self.limit)
        return self.slots_read

    @property
    def slots_read(self) -> int:
        """How many slots are read: those of the window, and one more by caps."""
        return self.slots + (self.kind is ItemKind.SHOWN)


@dataclass(frozen=True, slots=True)
class Derived:
    """What a machine signal is worked out from (STATE.md 2.3)."""

    role: Role
    arguments: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Guard:
    kind: GuardKind
    allow: bool
    item: int
    limit: int


@dataclass(frozen=True, slots=True)
class Hold:
    """`changes` None: no budget; `entries` are (written rule, variant)."""

    item: int
    stable_for: int
    changes: int | None
    allow: bool
    entries: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Experiment:
    key: int
    sticky: bool
    arms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleRow:
    """What a rule of the program is to the rule as written (STATE.md 2.7)."""

    written: int
    standing: Standing
    experiment: int | None
    stop_terms: int
    suppress_terms: int
    block_term: bool
    theme_term: bool


@dataclass(frozen=True, slots=True)
class Group:
    """`of_variants`: per surface of the group, per variant: None or the index of its theme."""

    surfaces: tuple[int, ...]
    themes: tuple[str, ...]
    of_variants: tuple[tuple[int | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Memory:
    """Section 6: what a device is to remember, and how it reaches the rules."""

    host_signals: int
    field_signals: int
    events: tuple[Event, ...]
    wheres: tuple[Condition, ...]
    items: tuple[Item, ...]
    declared: tuple[bool, ...]  # per host signal
    derived: tuple[Derived, ...]  # per machine signal
    guards: tuple[Guard, ...]
    holds: tuple[Hold, ...]
    experiments: tuple[Experiment, ...]
    written: tuple[int, ...]  # rules as written, per surface
    rules: tuple[RuleRow, ...]  # per rule of the program
    rule_keys: tuple[int, ...]  # per written rule
    groups: tuple[Group, ...]
    topics: tuple[str, ...]
    variant_topics: tuple[tuple[int, ...], ...]  # per variant of all surfaces
    less_of: int
    retention: int
    largest: int

    @property
    def first_derived(self) -> int:
        """The first machine signal."""
        return self.host_signals + self.field_signals


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
    memory: Memory | None = None

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
