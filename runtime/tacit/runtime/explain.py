"""Why a surface shows what it shows: every step, every rule, every test, with what it looked at.

Built on the reference, so it says what FORMAT.md says, and slow. Nothing in the hot path calls it.

Values of signals marked `sensitive` are hidden unless `reveal=True`, and so is every value when the
bundle's audit section was dropped, since then nothing says which signals are sensitive. The truth
of each test is always shown: without it there is nothing to explain. So treat an explanation as
personal data all the same. A value without the consent it needs is never looked at, nor shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tacit.runtime import reference
from tacit.runtime._explain_types import (
    ArmView,
    BucketView,
    ConditionView,
    Explanation,
    GroupView,
    Outcome,
    RuleView,
    ScheduleView,
    SegmentView,
    SignalView,
    SplitView,
    TestView,
    Truth,
)
from tacit.runtime._model import (
    All,
    Any,
    Condition,
    Constant,
    Literal,
    Program,
    Range,
    Rule,
    Split,
    Surface,
    literals,
)
from tacit.runtime._notation import json_value, literal_text, value_text
from tacit.runtime._readings import Missing, moment, purposes
from tacit.runtime.format import Op, Sensitivity
from tacit.runtime.reference import Facts

__all__ = [
    "ArmView",
    "BucketView",
    "ConditionView",
    "Explanation",
    "GroupView",
    "Outcome",
    "RuleView",
    "ScheduleView",
    "SegmentView",
    "SignalView",
    "SplitView",
    "TestView",
    "Truth",
    "explain",
]


@dataclass(frozen=True, slots=True)
class _Scene:
    """What every part of an explanation is made from."""

    facts: Facts
    reveal: bool

    @property
    def program(self) -> Program:
        return self.facts.program


def explain(
    program: Program,
    surface: str,
    signals: Mapping[str, object],
    now: int | None = None,
    consent: Iterable[str] | None = None,
    *,
    state: reference.State | None = None,
    reveal: bool = False,
) -> Explanation:
    """The working behind `decide` for one surface, with the same arguments.

    `reveal` shows the values of sensitive signals. A surface that the bundle lacks is explained too
    (`NO_SURFACE`).
    """
    granted = purposes(consent)
    now = moment(now)
    standing = reference.standing_of(program, state, now)
    facts = reference.facts_of(program, signals, now, granted, standing)
    number = program.surface_number(surface)
    if number is None:
        return _no_surface(_Scene(facts, reveal), surface)
    scene = _Scene(reference.facts_at(facts, number), reveal)
    place = program.surfaces[number]
    result = reference.decide_number(scene.facts, number)
    return Explanation(
        project=program.project,
        surface=surface,
        variant=result.variant,
        reason=result.reason,
        rule=result.rule,
        explanation=result.explanation,
        unknown=result.unknown,
        now=scene.facts.now,
        consent=tuple(sorted(granted & {*program.purposes})) if program.purposes else None,
        forbidden=_why_forbidden(program, number),
        expires=program.expires,
        holdout=_holdout(scene),
        rules=_rules(scene, number, result.reason in ("RULE_MATCH", "SPLIT", "DEFAULT")),
        segments=_segments(scene, place),
        signals=tuple(_signal(scene, index) for index in reference.signals_read(program, place)),
    )


def _no_surface(scene: _Scene, surface: str) -> Explanation:
    return Explanation(
        project=scene.program.project,
        surface=surface,
        variant=None,
        reason="NO_SURFACE",
        rule=None,
        explanation=None,
        unknown=(),
        now=scene.facts.now,
        consent=None,
        forbidden=None,
        expires=None,
        holdout=None,
        rules=(),
        segments=(),
        signals=(),
    )


def _why_forbidden(program: Program, number: int) -> str | None:
    if not program.surfaces[number].forbidden:
        return None
    return "" if program.audit is None else program.audit.forbidden_reasons[number]


# ---------------------------------------------------------------- signals and conditions


def _signal(scene: _Scene, number: int) -> SignalView:
    signal = scene.program.signals[number]
    reading = scene.facts.readings[number]
    audit = scene.program.audit
    sensitive = audit is None or audit.sensitivities[number] is Sensitivity.SENSITIVE
    hidden = sensitive and not scene.reveal
    kind = signal.type.name.lower()
    if not isinstance(reading, Missing):
        value = None if hidden else json_value(signal.type, reading)
        return SignalView(signal.name, kind, value=value, hidden=hidden)
    if reading.given is None:
        return SignalView(signal.name, kind, missing=reading.why)
    given = None if hidden else value_text(reading.given)
    return SignalView(signal.name, kind, missing=reading.why, given=given, hidden=hidden)


def _condition(scene: _Scene, condition: Condition) -> ConditionView:
    truth = Truth.of(reference.truth(scene.facts, condition))
    match condition:
        case Constant(value):
            return TestView(truth, "always" if value else "never")
        case All(terms):
            return GroupView(truth, "all", tuple(_condition(scene, term) for term in terms))
        case Any(terms):
            return GroupView(truth, "any", tuple(_condition(scene, term) for term in terms))
        case Literal():
            return _test(scene, condition, truth)


def _test(scene: _Scene, literal: Literal, truth: Truth) -> TestView:
    text = literal_text(scene.program, literal)
    if literal.op is Op.SEGMENT:
        return TestView(truth, text, segment=reference.number_in(literal))
    signal = _signal(scene, literal.signal)
    element = None if signal.hidden else _element(scene, literal)
    return TestView(truth, text, signal=signal, element=element)


def _element(scene: _Scene, literal: Literal) -> str | None:
    """The first element for which the body of an `EXISTS` holds."""
    reading = scene.facts.readings[literal.signal]
    if literal.op is not Op.EXISTS or not isinstance(reading, tuple):
        return None
    body = scene.program.bodies[reference.number_in(literal)]
    for element in map(str, reading):
        if reference.holds_for_element(scene.program, body, element):
            return element
    return None


def _segments(scene: _Scene, surface: Surface) -> tuple[SegmentView, ...]:
    """The segments that a surface uses, directly or through others, in declared order."""
    waiting = [rule.condition for rule in surface.rules]
    used: set[int] = set()
    while waiting:
        for literal in literals(waiting.pop()):
            if literal.op is Op.SEGMENT and literal.argument not in used:
                number = reference.number_in(literal)
                used.add(number)
                waiting.append(scene.program.segments[number])
    return tuple(_segment(scene, number) for number in sorted(used))


def _segment(scene: _Scene, number: int) -> SegmentView:
    debug, audit = scene.program.debug, scene.program.audit
    return SegmentView(
        number=number,
        name=None if debug is None else debug.segments[number],
        expression=None if debug is None else debug.segment_expressions[number],
        owner=None if audit is None else audit.segment_owners[number] or None,
        truth=Truth.of(scene.facts.segments[number]),
        condition=_condition(scene, scene.program.segments[number]),
    )


# ---------------------------------------------------------------- rules


def _rules(scene: _Scene, number: int, asked: bool) -> tuple[RuleView, ...]:
    """The rules of a surface; `asked` is false when an earlier step decided."""
    views = []
    for place in range(len(scene.program.surfaces[number].rules)):
        view = _rule(scene, number, place, asked)
        asked = asked and view.outcome is not Outcome.FIRED
        views.append(view)
    return tuple(views)


def _rule(scene: _Scene, surface: int, place: int, asked: bool) -> RuleView:
    debug, audit = scene.program.debug, scene.program.audit
    variants = scene.program.surfaces[surface].variants
    rule = scene.program.surfaces[surface].rules[place]
    first = scene.program.first_rule(surface)
    schedule = _schedule(scene, rule)
    traffic = _traffic(scene, rule)
    split = _split(scene, surface, first + place, rule)
    truth = Truth.of(reference.truth(scene.facts, rule.condition))
    if isinstance(rule.outcome, int):
        variant: str | None = variants[rule.outcome]
    else:
        variant = next((arm.variant for arm in split.arms if arm.holds), None) if split else None
    return RuleView(
        number=place,
        id=None if debug is None else debug.rules[first + place],
        owner=None if audit is None else audit.rule_owners[first + place] or None,
        outcome=_outcome(truth, schedule, traffic, variant) if asked else Outcome.NOT_REACHED,
        truth=truth,
        expression=None if debug is None else debug.rule_expressions[first + place] or None,
        condition=_condition(scene, rule.condition),
        schedule=schedule,
        traffic=traffic,
        split=split,
        variant=variant,
    )


def _outcome(
    truth: Truth, schedule: ScheduleView | None, traffic: BucketView | None, variant: str | None
) -> Outcome:
    """The first of a rule's steps that passes it over, in the order of FORMAT.md section 6.4."""
    if truth is Truth.FALSE:
        return Outcome.FALSE
    if truth is Truth.UNKNOWN:
        return Outcome.UNKNOWN
    if schedule is not None and not schedule.open:
        return Outcome.OUT_OF_SCHEDULE
    if (traffic is not None and not traffic.inside) or variant is None:
        return Outcome.NOT_ENROLLED
    return Outcome.FIRED


def _schedule(scene: _Scene, rule: Rule) -> ScheduleView | None:
    if rule.start is None and rule.end is None:
        return None
    at = reference.local_now(scene.facts) if rule.local else scene.facts.now
    return ScheduleView(
        reference.schedule_open(scene.facts, rule), at, rule.start, rule.end, rule.local
    )


# ---------------------------------------------------------------- buckets


def _holdout(scene: _Scene) -> BucketView | None:
    holdout = scene.program.holdout
    if holdout is None:
        return None
    return _bucket(scene, holdout.unit, holdout.salt, holdout.ranges)


def _traffic(scene: _Scene, rule: Rule) -> BucketView | None:
    if rule.traffic is None:
        return None
    return _bucket(scene, rule.traffic.unit, rule.traffic.salt, ((0, rule.traffic.share),))


def _bucket(scene: _Scene, unit: int, salt: str, ranges: tuple[Range, ...]) -> BucketView:
    position = reference.position_of(scene.facts, unit, salt)
    inside = position is not None and reference.within(position, ranges)
    return BucketView(_signal(scene, unit), position, ranges, inside)


def _split(scene: _Scene, surface: int, rule_number: int, rule: Rule) -> SplitView | None:
    if not isinstance(rule.outcome, Split):
        return None
    position = reference.position_of(scene.facts, rule.outcome.unit, rule.outcome.salt)
    variants = scene.program.surfaces[surface].variants
    arms = tuple(
        ArmView(
            variants[arm.variant],
            arm.ranges,
            position is not None and reference.within(position, arm.ranges),
        )
        for arm in rule.outcome.arms
    )
    experiment = _experiment(scene.program, rule_number)
    return SplitView(_signal(scene, rule.outcome.unit), position, experiment, arms)


def _experiment(program: Program, rule_number: int) -> str | None:
    """The id of the experiment that a rule splits by; None: a split of its own, or no name."""
    if program.debug is None:
        return None
    rules = [rule for surface in program.surfaces for rule in surface.rules]
    before = sum(isinstance(rule.outcome, Split) for rule in rules[:rule_number])
    return program.debug.experiments[before] or None
