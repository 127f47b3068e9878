"""Why a surface shows what it shows: every step, every rule, every test, with what it looked at.

Built on the reference, so it says what FORMAT.md says, and slow. Nothing in the hot path calls it.

Values of signals marked `sensitive` are hidden unless `reveal=True`, and so is every value when the
bundle's audit section was dropped, since then nothing says which signals are sensitive. The truth
of each test is always shown: without it there is nothing to explain. So treat an explanation as
personal data all the same. A value without the consent it needs is never looked at, nor shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from tacit.runtime import _explain_rules as rules
from tacit.runtime import reference
from tacit.runtime._explain_scene import Scene, condition_view, signal_view
from tacit.runtime._explain_state import remembered, stored_value
from tacit.runtime._explain_types import (
    DECIDED,
    ArmView,
    BucketView,
    ConditionView,
    Explanation,
    GroupView,
    GuardrailView,
    HeldView,
    Outcome,
    RememberedView,
    RuleView,
    ScheduleView,
    SegmentView,
    SignalView,
    SplitView,
    StoredValue,
    TestView,
    Truth,
)
from tacit.runtime._model import Program, Surface, literals
from tacit.runtime._readings import moment, purposes
from tacit.runtime._state_data import StateData
from tacit.runtime._state_views import view_of
from tacit.runtime.format import Op

__all__ = [
    "DECIDED",
    "ArmView",
    "BucketView",
    "ConditionView",
    "Explanation",
    "GroupView",
    "GuardrailView",
    "HeldView",
    "Outcome",
    "RememberedView",
    "RuleView",
    "ScheduleView",
    "SegmentView",
    "SignalView",
    "SplitView",
    "StoredValue",
    "TestView",
    "Truth",
    "explain",
]


ASKED = ("RULE_MATCH", "SPLIT", "KEPT", "ARM_BLOCKED", "DEFAULT")
"""Reasons that say that the rules were asked."""


class Remembering(reference.State, Protocol):
    """A `DeviceState`, as far as explaining goes."""

    _data: StateData


def explain(
    program: Program,
    surface: str,
    signals: Mapping[str, object],
    now: int | None = None,
    consent: Iterable[str] | None = None,
    *,
    state: Remembering | None = None,
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
        return _no_surface(facts, surface)
    facts = reference.facts_at(facts, number)
    data = None if state is None or program.memory is None else state._data
    view = None if data is None else view_of(program, data, now)
    scene = Scene(facts, reveal, frozenset(granted), data, view)
    place = program.surfaces[number]
    result = reference.decide_number(facts, number)
    return Explanation(
        project=program.project,
        surface=surface,
        variant=result.variant,
        reason=result.reason,
        rule=result.rule,
        explanation=result.explanation,
        unknown=result.unknown,
        now=now,
        consent=tuple(sorted(granted & {*program.purposes})) if program.purposes else None,
        forbidden=_why_forbidden(program, number),
        expires=program.expires,
        holdout=rules.holdout(scene),
        rules=rules.rule_views(scene, number, asked=result.reason in ASKED),
        segments=_segments(scene, place),
        signals=tuple(
            signal_view(scene, index)
            for index in reference.signals_read(program, place)
            if not reference.is_internal(program, index)
        ),
        surface_holdout=rules.surface_holdout(scene, number),
        without_state=True if program.memory is not None and state is None else None,
        remembered=remembered(scene, number),
    )


def _no_surface(facts: reference.Facts, surface: str) -> Explanation:
    return Explanation(
        project=facts.program.project,
        surface=surface,
        variant=None,
        reason="NO_SURFACE",
        rule=None,
        explanation=None,
        unknown=(),
        now=facts.now,
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


# ---------------------------------------------------------------- segments


def _segments(scene: Scene, surface: Surface) -> tuple[SegmentView, ...]:
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


def _segment(scene: Scene, number: int) -> SegmentView:
    debug, audit = scene.program.debug, scene.program.audit
    stored = stored_value(scene, number)
    value = None if stored is None or stored.too_old else stored.value
    return SegmentView(
        number=number,
        name=None if debug is None else debug.segments[number],
        expression=None if debug is None else debug.segment_expressions[number],
        owner=None if audit is None else audit.segment_owners[number] or None,
        truth=Truth.of(scene.facts.segments[number] if value is None else value),
        condition=condition_view(scene, scene.program.segments[number]),
        stored=stored,
    )
