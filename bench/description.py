"""The neutral description of a workload: rules as data that belongs to no product.

Truth is strong Kleene: an atom over an absent signal is unknown, and only a true condition fires.
Conditions hold no `not`: a negation stands in the atom itself, so that every product can write it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Kind(StrEnum):
    """The type of a signal."""

    STRING = "string"
    ENUM = "enum"
    BOOL = "bool"
    INT = "int"
    DOUBLE = "double"
    LIST = "string_list"
    VERSION = "version"


class Op(StrEnum):
    """What an atom asks. WITHIN is half open: low <= value < high."""

    AMONG = "among"
    NOT_AMONG = "not among"
    IS = "is"
    IS_NOT = "is not"
    AT_LEAST = "at least"
    BELOW = "below"
    WITHIN = "within"
    INCLUDES = "includes"
    EXCLUDES = "excludes"


Value: TypeAlias = str | int | float
"""A constant of a rule; a version is its dotted text."""

Context: TypeAlias = dict[str, "str | int | float | bool | list[str]"]
"""The signals of one visitor, as JSON would give them. An absent signal has no key."""


@dataclass(frozen=True, slots=True)
class Signal:
    name: str
    kind: Kind
    values: tuple[str, ...] = ()  # members of an enum


@dataclass(frozen=True, slots=True)
class Atom:
    """One question about one signal; `operands` as `op` wants them (none for IS and IS_NOT)."""

    signal: Signal
    op: Op
    operands: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class All:
    terms: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any:
    terms: tuple[Condition, ...]


Condition: TypeAlias = Atom | All | Any


@dataclass(frozen=True, slots=True)
class Rule:
    """Shows `variant` where `condition` is true and the unit's bucket lies below `share`.

    `share` is in basis points, None for everybody; `salt` makes the rule's buckets its own.
    """

    id: str
    salt: str
    condition: Condition
    share: int | None
    variant: str


@dataclass(frozen=True, slots=True)
class Surface:
    """First rule that fires wins; none: `default`."""

    name: str
    default: str
    variants: tuple[str, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Workload:
    name: str
    signals: tuple[Signal, ...]
    unit: Signal
    surfaces: tuple[Surface, ...]

    @property
    def rule_count(self) -> int:
        return sum(len(surface.rules) for surface in self.surfaces)


def atoms_of(condition: Condition) -> Iterator[Atom]:
    """Every atom of a condition, left to right."""
    if isinstance(condition, Atom):
        yield condition
    else:
        for term in condition.terms:
            yield from atoms_of(term)


def clauses_of(condition: Condition) -> tuple[tuple[Atom, ...], ...]:
    """The disjunctive normal form, for products whose rules are lists of atoms."""
    if isinstance(condition, Atom):
        return ((condition,),)
    if isinstance(condition, Any):
        return tuple(clause for term in condition.terms for clause in clauses_of(term))
    product: tuple[tuple[Atom, ...], ...] = ((),)
    for term in condition.terms:
        product = tuple(left + right for left in product for right in clauses_of(term))
    return product
