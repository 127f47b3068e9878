"""The slow oracle: decides from a decoded bundle exactly as FORMAT.md section 6 says.

Nothing here is quick or shared between rules; every other evaluator is compared with it. It needs
no compiled code. `explain` shows its working with the same functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tacit.runtime._buckets import bucket
from tacit.runtime._decode import OFFSET_SIGNAL, decode
from tacit.runtime._model import (
    All,
    Any,
    Condition,
    Constant,
    JsonValue,
    Literal,
    Program,
    Range,
    Rule,
    Split,
    Surface,
    literals,
)
from tacit.runtime._readings import Missing, Reading, Value, moment, purposes, read
from tacit.runtime.errors import ArgumentError
from tacit.runtime.format import Op

__all__ = ["Facts", "Program", "Result", "bucket", "decide", "decide_all", "decode", "facts_of"]

MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Result:
    """What a surface shows and why; the fields of `Decision`."""

    surface: str
    variant: str | None
    content: object
    reason: str
    rule: str | int | None = None
    explanation: str | None = None
    explanations: Mapping[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()


# ---------------------------------------------------------------- deciding


@dataclass(frozen=True, slots=True)
class Facts:
    """All that deciding looks at: the bundle, what each signal and segment says, and the time."""

    program: Program
    readings: tuple[Reading, ...]
    segments: tuple[bool | None, ...]
    now: int


def facts_of(
    program: Program,
    signals: Mapping[str, object],
    now: int | None = None,
    consent: Iterable[str] | None = None,
) -> Facts:
    """`now` is in epoch ms (None: this machine's clock); `consent` None grants no purpose.

    Raises `ArgumentError` or `TimeError` for arguments that are none.
    """
    if not isinstance(signals, Mapping):
        raise ArgumentError("R201", type(signals).__name__)
    now = moment(now)
    granted = purposes(consent)
    readings = tuple(read(signal, signals, now, granted) for signal in program.signals)
    facts = Facts(program, readings, (), now)
    for condition in program.segments:  # each reads lower ones only
        facts = replace(facts, segments=(*facts.segments, truth(facts, condition)))
    return facts


def decide(
    program: Program,
    surface: str,
    signals: Mapping[str, object],
    now: int | None = None,
    consent: Iterable[str] | None = None,
    *,
    default: object = None,
) -> Result:
    """The decision for one surface. `default` is the content of a surface the bundle lacks."""
    number = program.surface_number(surface)
    if number is None:
        return Result(surface, None, default, "NO_SURFACE")
    return decide_number(facts_of(program, signals, now, consent), number)


def decide_all(
    program: Program,
    signals: Mapping[str, object],
    now: int | None = None,
    consent: Iterable[str] | None = None,
) -> dict[str, Result]:
    """The decision of every surface, in declared order."""
    facts = facts_of(program, signals, now, consent)
    return {
        surface.name: decide_number(facts, number)
        for number, surface in enumerate(program.surfaces)
    }


def decide_number(facts: Facts, number: int) -> Result:
    """Section 6.4: the first step that applies."""
    program = facts.program
    surface = program.surfaces[number]
    if surface.forbidden:
        return _default(program, number, "FORBIDDEN", ())
    if expired(facts):
        return _default(program, number, "EXPIRED", ())
    unknown = tuple(
        program.signals[signal].name
        for signal in signals_read(program, surface)
        if isinstance(facts.readings[signal], Missing)
    )
    if program.holdout is not None:
        position = position_of(facts, program.holdout.unit, program.holdout.salt)
        if position is None:
            return _default(program, number, "HOLDOUT_NO_UNIT", unknown)
        if within(position, program.holdout.ranges):
            return _default(program, number, "HOLDOUT", unknown)
    for place, rule in enumerate(surface.rules):
        variant = fires(facts, rule)
        if variant is not None:
            return _matched(program, number, place, variant, unknown)
    return _default(program, number, "DEFAULT", unknown)


def expired(facts: Facts) -> bool:
    """Whether every surface shows its default because of the bundle's age."""
    expires = facts.program.expires
    return facts.program.defaults_when_expired and expires is not None and facts.now >= expires


def fires(facts: Facts, rule: Rule) -> int | None:
    """The variant that a rule shows; None: the next rule is tried."""
    if truth(facts, rule.condition) is not True:
        return None
    if not schedule_open(facts, rule):
        return None
    if rule.traffic is not None:
        position = position_of(facts, rule.traffic.unit, rule.traffic.salt)
        if position is None or position >= rule.traffic.share:
            return None
    if isinstance(rule.outcome, int):
        return rule.outcome
    position = position_of(facts, rule.outcome.unit, rule.outcome.salt)
    return None if position is None else arm_of(rule.outcome, position)


def arm_of(split: Split, position: int) -> int | None:
    """The variant whose arm holds a bucket."""
    for arm in split.arms:
        if within(position, arm.ranges):
            return arm.variant
    return None


def within(position: int, ranges: Iterable[Range]) -> bool:
    return any(start <= position < end for start, end in ranges)


def _content(program: Program, number: int, variant: int) -> JsonValue:
    if program.contents is None:
        return None
    return program.contents[program.first_variant(number) + variant]


def _default(program: Program, number: int, reason: str, unknown: tuple[str, ...]) -> Result:
    surface = program.surfaces[number]
    return Result(
        surface.name,
        surface.variants[surface.default],
        _content(program, number, surface.default),
        reason,
        unknown=unknown,
    )


def _matched(
    program: Program, number: int, place: int, variant: int, unknown: tuple[str, ...]
) -> Result:
    surface = program.surfaces[number]
    rule = program.first_rule(number) + place
    texts: Mapping[str, str] = {}
    text = None
    if program.explanations is not None:
        texts = dict(program.explanations.texts[rule])
        text = texts.get(program.explanations.language)
    return Result(
        surface.name,
        surface.variants[variant],
        _content(program, number, variant),
        "SPLIT" if isinstance(surface.rules[place].outcome, Split) else "RULE_MATCH",
        place if program.debug is None else program.debug.rules[rule],
        text,
        texts,
        unknown,
    )


# ---------------------------------------------------------------- time


def local_now(facts: Facts) -> int | None:
    """Local milliseconds; None: the offset is missing."""
    for signal, reading in zip(facts.program.signals, facts.readings, strict=True):
        if signal.name == OFFSET_SIGNAL and isinstance(reading, int):
            return facts.now + reading * MINUTE_MS
    return None


def schedule_open(facts: Facts, rule: Rule) -> bool:
    at = local_now(facts) if rule.local else facts.now
    if at is None:
        return False
    return (rule.start is None or rule.start <= at) and (rule.end is None or at < rule.end)


# ---------------------------------------------------------------- truth


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


# ---------------------------------------------------------------- what is read


def signals_read(program: Program, surface: Surface) -> list[int]:
    """Section 6.5: the signals a surface reads, in declared order, whatever rule fires."""
    in_segments: list[set[int]] = []
    for condition in program.segments:
        in_segments.append(condition_signals(condition, in_segments))
    found: set[int] = set()
    if program.holdout is not None:
        found.add(program.holdout.unit)
    for rule in surface.rules:
        found |= condition_signals(rule.condition, in_segments)
        if rule.traffic is not None:
            found.add(rule.traffic.unit)
        if isinstance(rule.outcome, Split):
            found.add(rule.outcome.unit)
        if rule.local:
            found.add([signal.name for signal in program.signals].index(OFFSET_SIGNAL))
    return sorted(found)


def condition_signals(condition: Condition, in_segments: Sequence[set[int]]) -> set[int]:
    found: set[int] = set()
    for literal in literals(condition):
        if literal.op is Op.SEGMENT:
            found |= in_segments[number_in(literal)]
        else:
            # A body names the list that its EXISTS names and nothing else.
            found.add(literal.signal)
    return found


# ---------------------------------------------------------------- buckets


def position_of(facts: Facts, unit: int, salt: str) -> int | None:
    """The bucket of the value of signal `unit`; None: it is missing."""
    reading = facts.readings[unit]
    return None if isinstance(reading, Missing) else bucket(salt, reading)
