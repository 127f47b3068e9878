"""Conditions of events and the fields they read, made into functions once per bundle."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from tacit.runtime._model import All, Any, Argument, Condition, Constant, Literal, Signal
from tacit.runtime._murmur import murmur3_32
from tacit.runtime._readings import READERS, Missing
from tacit.runtime.format import MAX_INT, Op, Type

Scalar: TypeAlias = bool | int | float | str
Values: TypeAlias = Sequence[Scalar | None]
"""Of the fields that an event's items read; None: missing."""
Where: TypeAlias = Callable[[Values], bool | None]
Reader: TypeAlias = Callable[[object], Scalar | None]
"""Gives the value of a field; None: this is no value of it."""


# ---------------------------------------------------------------- fields


def reader(signal: Signal) -> Reader:
    """Reads what a host passes for a field, the usual case without a detour."""

    def slowly(given: object) -> Scalar | None:
        value = READERS[signal.type](signal, given)
        if isinstance(value, Missing):
            return None
        if isinstance(value, str):
            return str.__str__(value)  # of a subclass: the text alone
        return value  # type: ignore[return-value]

    longest = signal.max_length or 0
    least = -MAX_INT if signal.minimum is None else signal.minimum
    most = MAX_INT if signal.maximum is None else signal.maximum

    def text(given: object) -> Scalar | None:
        if type(given) is str and len(given) <= longest and given.isascii():
            return given
        return slowly(given)

    def number(given: object) -> Scalar | None:
        if type(given) is int and least <= given <= most and -MAX_INT <= given <= MAX_INT:
            return given
        return slowly(given)

    def flag(given: object) -> Scalar | None:
        return given if given is True or given is False else None

    match signal.type:
        case Type.STRING:
            return text
        case Type.INT:
            return number
        case Type.BOOL:
            return flag
        case _:
            return slowly


def text_of(value: Scalar) -> str:
    """The text that is hashed: a bool by name, a whole number without a point."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else decimal(value)


def decimal(value: float) -> str:
    """The shortest digits that give a double back, as ECMAScript writes them: with an exponent
    from 1e21 up and below 1e-6."""
    if value == 0:
        return "0"
    digits, _, power = repr(abs(value)).removesuffix(".0").partition("e")
    sign = "-" if value < 0 else ""
    if not power:
        return sign + digits
    exponent = int(power)
    if not -7 < exponent < 21:
        return f"{sign}{digits}e{exponent:+d}"
    joined = digits.replace(".", "")
    if exponent < 0:
        return f"{sign}0.{'0' * (-exponent - 1)}{joined}"
    return sign + joined.ljust(exponent + 1, "0")


KNOWN_HASHES = 1_024


class Hashes:
    """Hashes of values; those asked for lately are remembered."""

    __slots__ = ("known",)

    def __init__(self) -> None:
        self.known: dict[Scalar, int] = {}

    def __call__(self, value: Scalar) -> int:
        if type(value) is str:
            found = self.known.get(value)
            if found is None:
                if len(self.known) >= KNOWN_HASHES:
                    self.known.clear()
                found = self.known[value] = hash_of(value)
            return found
        return hash_of(text_of(value))


def hash_of(text: str) -> int:
    """A lone surrogate counts as "?"."""
    return murmur3_32(text.encode("utf-8", "replace"))


# ---------------------------------------------------------------- conditions


def where(condition: Condition, places: Mapping[int, int]) -> Where:
    """Strong Kleene truth of a condition on fields; `places`: signal -> place among the values."""
    match condition:
        case Constant(value):
            return lambda values: value
        case Literal():
            return _literal(condition, places[condition.signal])
        case All(terms):
            return _every([where(term, places) for term in terms])
        case Any(terms):
            return _some([where(term, places) for term in terms])


def _every(terms: list[Where]) -> Where:
    def run(values: Values) -> bool | None:
        found: bool | None = True
        for term in terms:
            one = term(values)
            if one is False:
                return False
            if one is None:
                found = None
        return found

    return run


def _some(terms: list[Where]) -> Where:
    def run(values: Values) -> bool | None:
        found: bool | None = False
        for term in terms:
            one = term(values)
            if one is True:
                return True
            if one is None:
                found = None
        return found

    return run


def _literal(literal: Literal, place: int) -> Where:
    wanted = not literal.negated
    if literal.op is Op.HAS:
        return lambda values: (values[place] is not None) is wanted
    test = _test(literal.op, literal.argument)

    def run(values: Values) -> bool | None:
        value = values[place]
        return None if value is None else test(value) is wanted

    return run


def _test(op: Op, argument: Argument) -> Callable[[Scalar], bool]:
    """The same as `reference.holds`, for one value that is no list."""
    a: object = argument
    tests: dict[Op, Callable[[Scalar], bool]] = {
        Op.IS_TRUE: lambda v: v is True,
        Op.IS: lambda v: v == a,
        Op.LT: lambda v: v < a,  # type: ignore[operator]
        Op.LE: lambda v: v <= a,  # type: ignore[operator]
        Op.GT: lambda v: v > a,  # type: ignore[operator]
        Op.GE: lambda v: v >= a,  # type: ignore[operator]
        Op.STARTS: lambda v: v.startswith(a),  # type: ignore[union-attr, arg-type]
        Op.ENDS: lambda v: v.endswith(a),  # type: ignore[union-attr, arg-type]
        Op.CONTAINS: lambda v: a in v,  # type: ignore[operator]
        Op.AMONG: lambda v: v in a,  # type: ignore[operator]
        Op.AMONG_MASK: lambda v: v in a,  # type: ignore[operator]
        Op.SIZE_LT: lambda v: len(v) < a,  # type: ignore[arg-type, operator]
        Op.SIZE_LE: lambda v: len(v) <= a,  # type: ignore[arg-type, operator]
        Op.SIZE_GT: lambda v: len(v) > a,  # type: ignore[arg-type, operator]
        Op.SIZE_GE: lambda v: len(v) >= a,  # type: ignore[arg-type, operator]
        Op.SIZE_EQ: lambda v: len(v) == a,  # type: ignore[arg-type]
    }
    return tests[op]
