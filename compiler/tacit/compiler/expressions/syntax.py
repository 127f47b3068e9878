"""The syntax tree of an expression, as written: names are not looked up, types are not known.

Each node holds the half-open run of characters it was read from; parentheses around it count as
part of it. Two trees are equal when they say the same, wherever they stand.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class _Node:
    start: int = field(compare=False, repr=False)
    end: int = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Bad(_Node):
    """Something that could not be read; it has been complained about."""


@dataclass(frozen=True, slots=True)
class Null(_Node):
    """`null`"""


@dataclass(frozen=True, slots=True)
class Bool(_Node):
    value: bool


@dataclass(frozen=True, slots=True)
class Int(_Node):
    value: int


@dataclass(frozen=True, slots=True)
class Double(_Node):
    value: float


@dataclass(frozen=True, slots=True)
class Text(_Node):
    value: str


@dataclass(frozen=True, slots=True)
class ListOf(_Node):
    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Name(_Node):
    name: str


@dataclass(frozen=True, slots=True)
class Select(_Node):
    """`operand.field`"""

    operand: Expression
    field: str


@dataclass(frozen=True, slots=True)
class Call(_Node):
    """`name(args)` or `target.name(args)`; the name stands at `name_start`."""

    target: Expression | None
    name: str
    args: tuple[Expression, ...]
    name_start: int = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Not(_Node):
    operand: Expression


@dataclass(frozen=True, slots=True)
class Relation(_Node):
    """`left operator right`; the operator is `== != < <= > >=` or `in`, and stands at `at`."""

    operator: str
    left: Expression
    right: Expression
    at: int = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class And(_Node):
    """Two terms or more."""

    terms: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or(_Node):
    """Two terms or more."""

    terms: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Conditional(_Node):
    """`test ? then : otherwise`"""

    test: Expression
    then: Expression
    otherwise: Expression


Expression: TypeAlias = (
    Bad
    | Null
    | Bool
    | Int
    | Double
    | Text
    | ListOf
    | Name
    | Select
    | Call
    | Not
    | Relation
    | And
    | Or
    | Conditional
)
