"""The slow oracle: decides from a decoded bundle exactly as FORMAT.md section 6 says.

Nothing here is quick or shared between rules; every other evaluator is compared with it. It needs
no compiled code. `explain` shows its working with the same functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from tacit.runtime._buckets import bucket
from tacit.runtime._decode import OFFSET_SIGNAL, decode
from tacit.runtime._model import (
    Condition,
    JsonValue,
    Program,
    Range,
    Rule,
    RuleRow,
    Split,
    Surface,
    literals,
)
from tacit.runtime._readings import Missing, Reading, Why, moment, purposes, read
from tacit.runtime._standing import Standing, without_state
from tacit.runtime._truth import (
    Facts,
    all_of,
    any_of,
    holds,
    holds_for_element,
    not_of,
    number_in,
    truth,
)
from tacit.runtime.errors import ArgumentError
from tacit.runtime.format import Op, Role
from tacit.runtime.format import Standing as RuleStanding

__all__ = [
    "Facts",
    "Program",
    "Result",
    "all_of",
    "any_of",
    "bucket",
    "decide",
    "decide_all",
    "decode",
    "facts_of",
    "holds",
    "holds_for_element",
    "not_of",
    "number_in",
    "truth",
]

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
    experiment: str | None = None
    arm: str | None = None
    forced: bool = False


class State(Protocol):
    """A `DeviceState`, as far as deciding goes."""

    def _standing_for(self, program: Program, now: int) -> Standing: ...


# ---------------------------------------------------------------- deciding


def facts_of(
    program: Program,
    signals: Mapping[str, object],
    now: int | None = None,
    consent: Iterable[str] | None = None,
    standing: Standing | None = None,
) -> Facts:
    """`now` is in epoch ms (None: this machine's clock); `consent` None grants no purpose.
    `standing`: what the device's state says at `now`; None: there is no state.

    Raises `ArgumentError` or `TimeError` for arguments that are none.
    """
    if not isinstance(signals, Mapping):
        raise ArgumentError("R201", type(signals).__name__)
    now = moment(now)
    granted = purposes(consent)
    memory = program.memory
    if standing is None:
        values: Mapping[str, object] = without_state(memory, program)
        declared: Mapping[str, object] = {}
    else:
        values, declared = standing.values, standing.declared
    readings: list[Reading] = []
    for number, signal in enumerate(program.signals):
        if memory is None or number < memory.host_signals:
            if signal.name in declared and signals.get(signal.name) is None:
                readings.append(read(signal, declared, now, granted))
            else:
                readings.append(read(signal, signals, now, granted))
        elif number < memory.first_derived:
            readings.append(Missing(Why.ABSENT))  # fields are read while events are recorded
        else:
            readings.append(read(signal, values, now, granted))
    return _with_segments(Facts(program, tuple(readings), (), now, standing))


def _with_segments(facts: Facts) -> Facts:
    facts = replace(facts, segments=())
    for condition in facts.program.segments:  # each reads lower ones only
        facts = replace(facts, segments=(*facts.segments, truth(facts, condition)))
    return facts


def standing_of(program: Program, state: State | None, now: int) -> Standing | None:
    return None if state is None else state._standing_for(program, now)


def decide(
    program: Program,
    surface: str,
    signals: Mapping[str, object],
    now: int | None = None,
    consent: Iterable[str] | None = None,
    *,
    state: State | None = None,
    default: object = None,
) -> Result:
    """The decision for one surface. `default` is the content of a surface the bundle lacks."""
    now = moment(now)
    standing = standing_of(program, state, now)
    number = program.surface_number(surface)
    if number is None:
        return Result(surface, None, default, "NO_SURFACE")
    return decide_number(facts_of(program, signals, now, consent, standing), number)


def decide_all(
    program: Program,
    signals: Mapping[str, object],
    now: int | None = None,
    consent: Iterable[str] | None = None,
    *,
    state: State | None = None,
) -> dict[str, Result]:
    """The decision of every surface, in declared order."""
    now = moment(now)
    facts = facts_of(program, signals, now, consent, standing_of(program, state, now))
    return {
        surface.name: decide_number(facts, number)
        for number, surface in enumerate(program.surfaces)
    }


def decide_number(facts: Facts, number: int) -> Result:
    """The decision for a surface, after those before it in its group."""
    return _decide(facts_at(facts, number), number)


def facts_at(facts: Facts, number: int) -> Facts:
    """With the theme that the surfaces before this one in its group have set (STATE.md 4.7)."""
    memory = facts.program.memory
    for index, group in enumerate(memory.groups if memory is not None else ()):
        if number not in group.surfaces:
            continue
        for surface, themes in zip(group.surfaces, group.of_variants, strict=True):
            if surface == number:
                return facts
            shown = _decide(facts, surface).variant
            variants = facts.program.surfaces[surface].variants
            theme = themes[variants.index(shown)] if shown is not None else None
            if theme is not None:
                return _with_theme(facts, index, theme)
    return facts


def _with_theme(facts: Facts, group: int, theme: int) -> Facts:
    memory = facts.program.memory
    assert memory is not None
    readings = list(facts.readings)
    for number, derived in enumerate(memory.derived, start=memory.first_derived):
        if derived.role is Role.THEME and derived.arguments[0] == group:
            readings[number] = 1 + theme
    return _with_segments(replace(facts, readings=tuple(readings)))


def _decide(facts: Facts, number: int) -> Result:
    """Section 6.4: the first step that applies."""
    program = facts.program
    surface = program.surfaces[number]
    if surface.forbidden:
        return _default(program, number, "FORBIDDEN", ())
    if facts.standing is not None and facts.standing.off:
        return _default(program, number, "OPTED_OUT", ())
    if expired(facts):
        return _default(program, number, "EXPIRED", ())
    unknown = tuple(
        program.signals[signal].name
        for signal in signals_read(program, surface)
        if isinstance(facts.readings[signal], Missing) and not is_internal(program, signal)
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
            return _matched(facts, number, place, variant, unknown)
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


def is_internal(program: Program, signal: int) -> bool:
    """Whether a signal is one that nobody named: a decision never lists it."""
    memory = program.memory
    return (
        memory is not None and signal >= memory.host_signals and "." in program.signals[signal].name
    )


def _matched(
    facts: Facts, number: int, place: int, variant: int, unknown: tuple[str, ...]
) -> Result:
    """What a rule that fires gives: by what it stands for (STATE.md 4.9)."""
    program = facts.program
    rule = program.first_rule(number) + place
    row = RuleRow(place, RuleStanding.WRITTEN, None, 0, 0, False, False)
    if program.memory is not None:
        row = program.memory.rules[rule]
    if row.standing in (RuleStanding.HOLDOUT, RuleStanding.HOLDOUT_NO_UNIT):
        return _default(program, number, row.standing.name, unknown)
    surface = program.surfaces[number]
    split = isinstance(surface.rules[place].outcome, Split)
    enrolled = split or row.experiment is not None
    result = Result(
        surface.name,
        surface.variants[variant],
        None,
        "SPLIT" if enrolled else "RULE_MATCH",
        rule=row.written if program.debug is None else program.debug.rules[rule],
        unknown=unknown,
        experiment=experiment_of(program, rule, row.experiment),
        arm=surface.variants[variant] if enrolled else None,
        forced=facts.standing is not None and row.experiment in facts.standing.forced,
    )
    if row.standing is RuleStanding.BLOCKED:
        shown = surface.default
        result = replace(result, variant=surface.variants[shown], reason="ARM_BLOCKED")
        return replace(result, content=_content(program, number, shown))
    texts: Mapping[str, str] = {}
    text = None
    if program.explanations is not None:
        texts = dict(program.explanations.texts[rule])
        text = texts.get(program.explanations.language)
    return replace(
        result,
        content=_content(program, number, variant),
        reason="KEPT" if row.standing is RuleStanding.KEPT else result.reason,
        explanation=text,
        explanations=texts,
    )


def experiment_of(program: Program, rule: int, experiment: int | None) -> str | None:
    """The id of the experiment behind a rule of the bundle; None: none, or ids are left out.

    Only splits have ids (FORMAT.md section 4), so a rule that shows a stored arm goes by a split of
    the same experiment.
    """
    if program.debug is None:
        return None
    rules = [one for surface in program.surfaces for one in surface.rules]
    memory = program.memory
    splits = iter(program.debug.experiments)
    for number, one in enumerate(rules):
        name = next(splits) if isinstance(one.outcome, Split) else ""
        tried = None if memory is None else memory.rules[number].experiment
        if name and (number == rule or (tried is not None and tried == experiment)):
            return name
    return None


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


# ---------------------------------------------------------------- what is read


def signals_read(program: Program, surface: Surface) -> list[int]:
    """Section 6.5: the signals a surface reads, in declared order, whatever rule fires: its own,
    and those of the surfaces before it in its group."""
    in_segments: list[set[int]] = []
    for condition in program.segments:
        in_segments.append(condition_signals(condition, in_segments))
    found: set[int] = set()
    if program.holdout is not None:
        found.add(program.holdout.unit)
    rules = [rule for one in surfaces_read(program, surface) for rule in one.rules]
    for rule in rules:
        found |= condition_signals(rule.condition, in_segments)
        if rule.traffic is not None:
            found.add(rule.traffic.unit)
        if isinstance(rule.outcome, Split):
            found.add(rule.outcome.unit)
        if rule.local:
            found.add([signal.name for signal in program.signals].index(OFFSET_SIGNAL))
    return sorted(found)


def surfaces_read(program: Program, surface: Surface) -> list[Surface]:
    """A surface, after those before it in its group."""
    number = program.surfaces.index(surface)
    for group in () if program.memory is None else program.memory.groups:
        if number in group.surfaces:
            before = group.surfaces[: group.surfaces.index(number)]
            return [*(program.surfaces[one] for one in before), surface]
    return [surface]


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
