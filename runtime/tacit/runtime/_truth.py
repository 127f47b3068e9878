"""The truth of conditions, strong Kleene, by the book (FORMAT.md section 6.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tacit.runtime._model import All, Any, Condition, Constant, Literal, Program
from tacit.runtime._readings import Missing, Reading, Value
from tacit.runtime._standing import Standing
from tacit.runtime.format import Op


@dataclass(frozen=True, slots=True)
class Facts:
    """All that deciding looks at: the bundle, what each signal and segment says, and the time."""

    program: Program
    readings: tuple[Reading, ...]
    segments: tuple[bool | None, ...]
    now: int
    standing: Standing | None = None


def truth(facts: Facts, condition: Condition) -> bool | None:
    """Strong Kleene: true, false, or None for unknown."""
    match condition:
        case Constant(value):
            return value
        case All(terms):
            return all_of([truth(facts, term) for term in terms])
        case Any(terms):
            return any_of([truth(facts, term) for term in terms])
        case Literal():
            plain = _plain_truth(facts, condition)
            return not_of(plain) if condition.negated else plain


def all_of(terms: Sequence[bool | None]) -> bool | None:
    if False in terms:
        return False
    return None if None in terms else True


def any_of(terms: Sequence[bool | None]) -> bool | None:
    if True in terms:
        return True
    return None if None in terms else False


def not_of(term: bool | None) -> bool | None:
    return None if term is None else not term


def _plain_truth(facts: Facts, literal: Literal) -> bool | None:
    """A literal's truth but for its negation."""
    if literal.op is Op.SEGMENT:
        return facts.segments[number_in(literal)]
    reading = facts.readings[literal.signal]
    if literal.op is Op.HAS:
        return not isinstance(reading, Missing)
    if isinstance(reading, Missing):
        return None
    return holds(facts.program, literal, reading)


def number_in(literal: Literal) -> int:
    """The number of the segment or body that a literal names."""
    assert isinstance(literal.argument, int)
    return literal.argument


def holds(program: Program, literal: Literal, value: Value) -> bool:
    """Whether a value passes a literal's test, its negation aside."""
    argument = literal.argument
    match literal.op:
        case Op.IS_TRUE:
            return value is True
        case Op.IS:
            return value == argument
        case Op.LT:
            return value < argument  # type: ignore[operator]
        case Op.LE:
            return value <= argument  # type: ignore[operator]
        case Op.GT:
            return value > argument  # type: ignore[operator]
        case Op.GE:
            return value >= argument  # type: ignore[operator]
        case Op.AMONG | Op.AMONG_MASK:
            return value in argument  # type: ignore[operator]
        case Op.STARTS:
            return value.startswith(argument)  # type: ignore[union-attr, arg-type]
        case Op.ENDS:
            return value.endswith(argument)  # type: ignore[union-attr, arg-type]
        case Op.CONTAINS | Op.INCLUDES:
            return argument in value  # type: ignore[operator]
        case Op.SIZE_LT:
            return len(value) < argument  # type: ignore[arg-type, operator]
        case Op.SIZE_LE:
            return len(value) <= argument  # type: ignore[arg-type, operator]
        case Op.SIZE_GT:
            return len(value) > argument  # type: ignore[arg-type, operator]
        case Op.SIZE_GE:
            return len(value) >= argument  # type: ignore[arg-type, operator]
        case Op.SIZE_EQ:
            return len(value) == argument  # type: ignore[arg-type]
        case Op.EXISTS:
            assert isinstance(value, tuple)
            body = program.bodies[number_in(literal)]
            return any(holds_for_element(program, body, str(element)) for element in value)
    raise AssertionError(literal.op)


def holds_for_element(program: Program, body: Condition, element: str) -> bool:
    """Whether one element of a list satisfies a body; an element is never missing."""
    match body:
        case Constant(value):
            return value
        case All(terms):
            return all(holds_for_element(program, term, element) for term in terms)
        case Any(terms):
            return any(holds_for_element(program, term, element) for term in terms)
        case Literal():
            return holds(program, body, element) is not body.negated
