"""What a part of an expression turns out to be, once its names and types are known."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from tacit.compiler import ir
from tacit.compiler.expressions import advice, syntax

TRUE = ir.Constant(True)
FALSE = ir.Constant(False)


class ValueType(StrEnum):
    """Types of constants; the values are how messages call them."""

    INT = "a whole number"
    DOUBLE = "a fraction"
    STRING = "a text"
    DURATION = "a duration"
    VERSION = "a version"


Plain: TypeAlias = int | float | str | ir.Version


@dataclass(frozen=True, slots=True)
class Truth:
    """Something that is true, false or unknown: a condition."""

    condition: ir.Condition


@dataclass(frozen=True, slots=True)
class Value:
    """A constant that is no condition. Durations are nanoseconds."""

    type: ValueType
    value: Plain


@dataclass(frozen=True, slots=True)
class Values:
    """A list of constants, as written."""

    node: syntax.ListOf


@dataclass(frozen=True, slots=True)
class Ref:
    """A signal that is no bool, or (`element`) an element of the list signal.

    `most`: it is counted no further.
    """

    name: str
    index: int
    signal: ir.Signal
    element: bool = False
    most: int | None = None

    @property
    def type(self) -> ir.SignalType:
        return ir.SignalType.STRING if self.element else self.signal.type

    @property
    def is_duration(self) -> bool:
        return self.signal.duration and not self.element


@dataclass(frozen=True, slots=True)
class SizeOf:
    """The size of a string or a list."""

    ref: Ref


@dataclass(frozen=True, slots=True)
class NullValue:
    """`null`"""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A name that is not declared; whoever uses it complains, as the advice depends on the use."""

    name: str


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something at fault that has been complained about."""


WRONG = Wrong()

Operand: TypeAlias = Truth | Value | Values | Ref | SizeOf | NullValue | Unknown | Wrong


def describe(operand: Operand) -> str:
    """What it is, for a label or a message."""
    match operand:
        case Truth(ir.Constant(value)):
            return "`true`" if value else "`false`"
        case Truth():
            return "a condition"
        case Value(type, _):
            return str(type)
        case Values():
            return "a list of constants"
        case Ref(name=name, element=True):
            return f"the element `{name}`"
        case Ref(name=name, is_duration=True):
            return f"the duration `{name}`"
        case Ref(name=name) as ref:
            return f"the {ref.type.value.replace('string_list', 'list')} `{name}`"
        case SizeOf(ref):
            return f"the size of `{ref.name}`"
        case NullValue():
            return "null"
        case Unknown(name):
            return f"`{advice.shown(name)}`, not declared"
        case Wrong():
            return "something wrong"


def condition_help(operand: Operand) -> str | None:
    """How to make a condition of something that is none."""
    match operand:
        case Ref(name, _, signal, False) if signal.type is ir.SignalType.STRING_LIST:
            return f'write `"text" in {name}` or `size({name}) > 0`'
        case Ref(name, _, signal, False) if signal.type is ir.SignalType.ENUM:
            return f"write `{name} == {advice.quoted(signal.values[0] if signal.values else '')}`"
        case Ref(name, _, signal, False) if signal.type is ir.SignalType.VERSION:
            return f'write `{name} >= version("1.0")`'
        case Ref(name) as ref if ref.type is ir.SignalType.STRING:
            return f'write `{name} == "text"`' + ("" if ref.element else f" or `has({name})`")
        case Ref(name, is_duration=True):
            return f'write `{name} > duration("24h")` or `has({name})`'
        case Ref(name):
            return f"write `{name} > 0` or `has({name})`"
        case SizeOf(ref):
            return f"write `size({ref.name}) > 0`"
        case Value(ValueType.INT, 1):
            return "write `true`"
        case Value(ValueType.INT, 0):
            return "write `false`"
        case Value(ValueType.STRING, "true" | "false" as text):
            return f"write `{text}` without quotes"
        case Value(ValueType.STRING):
            return "a text is compared with a signal; for one of several, write `x in [...]`"
    return None
