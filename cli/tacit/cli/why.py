"""Why a test failed, in lines: which rule, which of its tests, and for want of which signal."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from tacit.runtime._explain_text import guardrail
from tacit.runtime.explain import GroupView

if TYPE_CHECKING:
    from tacit.runtime.explain import (
        BucketView,
        ConditionView,
        Explanation,
        RuleView,
        SignalView,
        TestView,
    )

_STEPS = {
    "FORBIDDEN": "the surface is never personalized",
    "OPTED_OUT": "the person has switched personalization off",
    "EXPIRED": "the bundle has expired at the time of the test",
    "HOLDOUT_NO_UNIT": "there is a holdout, and `{unit}`, which tells who is in it, is missing",
    "HOLDOUT": "`{unit}` is held out (bucket {bucket})",
    "NO_SURFACE": "the bundle has no such surface",
}
_MAX_LINES = 12  # of one condition
_MAX_VALUE = 80  # characters of a signal's value


def step(found: Explanation) -> Iterator[str]:
    """The step before the rules that decided, if one did."""
    text = _STEPS.get(found.reason)
    if text is not None:
        unit = found.holdout.unit.name if found.holdout is not None else ""
        bucket = found.holdout.bucket if found.holdout is not None else None
        yield text.format(unit=unit, bucket=bucket)


def fired(view: RuleView, found: Explanation) -> Iterator[str]:
    """The rule that fired though it should not have."""
    what = {
        "FIRED": f"fired and shows {view.variant}",
        "KEPT": f"is kept and shows {view.variant}, as before",
        "ARM_BLOCKED": f"fired, but its arm {view.variant} is blocked ({view.blocked})",
    }
    yield f"{_name(view)} {what[view.outcome]}: {_when(view)}"
    for line in _terms(view.condition, found, ("true",)):
        yield f"  {line}"
    if view.split is not None and view.split.bucket is not None:
        yield f"  {view.split.unit.name} has the bucket {view.split.bucket}"


def passed_over(view: RuleView, found: Explanation) -> Iterator[str]:
    """A rule that should have fired, and what kept it."""
    match view.outcome:
        case "FALSE":
            yield f"{_name(view)} was passed over, its condition is false: {_when(view)}"
            yield from (f"  {line}" for line in _terms(view.condition, found, ("false",)))
        case "UNKNOWN":
            yield f"{_name(view)} was passed over, its condition is unknown: {_when(view)}"
            yield from (f"  {line}" for line in _terms(view.condition, found, ("unknown", "false")))
        case "OUT_OF_SCHEDULE":
            yield f"{_name(view)} was passed over: out of its schedule, {_schedule(view)}"
        case "NOT_ENROLLED":
            yield f"{_name(view)} was passed over: {_enrolment(view)}"
        case "STOPPED":
            yield f"{_name(view)} was passed over: its `stop_when` is true"
        case "OTHER_THEME":
            theme = f"the theme {view.theme}" if view.theme is not None else "another theme"
            yield f"{_name(view)} was passed over: a surface before it in its group has {theme}"
        case "NO_STATE":
            yield f"{_name(view)} was passed over: {view.variant} is not shown without state"
        case "SUPPRESSED" | "CAPPED" | "COOLING_DOWN":
            yield f"{_name(view)} was passed over: {_guarded(view)}"
        case "ARM_BLOCKED":
            yield f"{_name(view)} fired, but its arm {view.variant} is blocked ({view.blocked})"
            yield from (f"  {line}" for line in _blocking(view))


def not_asked(views: Iterable[RuleView], found: Explanation) -> Iterator[str]:
    """Those of the rules that stand behind the one that fired."""
    names = [str(view.id or view.number) for view in views if view.outcome == "NOT_REACHED"]
    if names and found.reason in ("RULE_MATCH", "SPLIT", "KEPT", "ARM_BLOCKED"):
        several = len(names) > 1
        decided = "is kept" if found.reason == "KEPT" else "stands before and fired"
        yield (
            f"rule{'s' if several else ''} {', '.join(names)} {'were' if several else 'was'} not "
            f"asked: {found.rule} {decided}"
        )


def missing_hints(
    found: Explanation,
    unknown: tuple[str, ...] | None,
    wanted: Iterable[RuleView],
    purposes: Mapping[str, str | None],
) -> Iterator[str]:
    """Why signals are missing, and what to write: those that a test does not expect in `unknown`,
    and those that make a wanted rule unknown.
    """
    guilty: set[str] = set()
    for view in wanted:
        if view.outcome == "UNKNOWN":
            guilty.update(_unknown_signals(view.condition, found))
    for signal in found.signals:
        unexpected = unknown is not None and signal.name not in unknown
        if signal.missing is None or not (unexpected or signal.name in guilty):
            continue
        if signal.missing == "no consent":
            purpose = purposes.get(signal.name)
            yield (
                f"{signal.name} is missing: consent for {purpose} is not given "
                f"(`consent: [{purpose}]` in the test gives it)"
            )
        else:
            given = f", {signal.given}" if signal.given is not None else ""
            so_far = (
                f", at least {shown(signal.so_far)} so far" if signal.so_far is not None else ""
            )
            yield f"{signal.name} is missing: {signal.missing}{given}{so_far}"
    read = {signal.name for signal in found.signals}
    for name in unknown or ():
        if name not in read:
            yield f"{name} is never unknown here: the surface does not read it"


def _unknown_signals(condition: ConditionView, found: Explanation) -> Iterator[str]:
    """The signals behind the unknown tests of a condition, through segments too."""
    if isinstance(condition, GroupView):
        for term in condition.terms:
            yield from _unknown_signals(term, found)
    elif condition.truth == "unknown":
        if condition.signal is not None:
            yield condition.signal.name
        for segment in found.segments:
            if segment.number == condition.segment:
                yield from _unknown_signals(segment.condition, found)


def _name(view: RuleView) -> str:
    return f"rule {view.id if view.id is not None else view.number}"


def _when(view: RuleView) -> str:
    return " ".join((view.expression or "always").split())


def _terms(condition: ConditionView, found: Explanation, truths: tuple[str, ...]) -> list[str]:
    lines = list(_walk(condition, found, truths, 0))
    if len(lines) > _MAX_LINES:
        lines[_MAX_LINES:] = [f"and {len(lines) - _MAX_LINES} more"]
    return lines


def _walk(
    condition: ConditionView, found: Explanation, truths: tuple[str, ...], depth: int
) -> Iterator[str]:
    """The tests of those truths, and those of the segments among them."""
    if condition.truth not in truths:
        return
    if isinstance(condition, GroupView):
        for term in condition.terms:
            yield from _walk(term, found, truths, depth)
        return
    line = f"{'  ' * depth}{condition.truth}: {condition.text}{_operand(condition)}"
    if condition.segment is None:
        yield line
        return
    segment = next(item for item in found.segments if item.number == condition.segment)
    stored = segment.stored
    if stored is not None and stored.since is not None and not stored.too_old:
        yield f"{line}, stored since {moment(stored.since)}"
    else:
        yield line
        # A negated segment is true because the segment itself is false.
        yield from _walk(segment.condition, found, (segment.truth.value,), depth + 1)


def _operand(test: TestView) -> str:
    return "" if test.signal is None else f" ({_value(test.signal)})"


def _value(signal: SignalView) -> str:
    if signal.so_far is not None:
        return f"{signal.name} is at least {shown(signal.so_far)} so far"
    if signal.missing is not None:
        return f"{signal.name} is missing: {signal.missing}"
    return f"{signal.name} is {shown(signal.value)}"


def _guarded(view: RuleView) -> str:
    found = "; ".join(_blocking(view))
    if not found:
        found = "a condition" if view.suppressed else "what the person said"
        found = f"{found} suppresses {view.variant}"
    return found


def _blocking(view: RuleView) -> Iterator[str]:
    """The guardrails that block what a rule would show."""
    for one in view.guardrails or ():
        if one.blocks:
            yield guardrail(one)


def _schedule(view: RuleView) -> str:
    schedule = view.schedule
    assert schedule is not None
    zone = "" if schedule.local else "Z"
    parts = []
    if schedule.start is not None:
        parts.append(f"from {moment(schedule.start, zone)}")
    if schedule.end is not None:
        parts.append(f"until {moment(schedule.end, zone)}")
    if schedule.at is None:
        return f"{' '.join(parts)} local time, and utc_offset_minutes is missing"
    return f"{' '.join(parts)}, and it is {moment(schedule.at, zone)}"


def _enrolment(view: RuleView) -> str:
    if view.traffic is not None and not view.traffic.inside:
        return f"not enrolled, {_bucket(view.traffic)}"
    assert view.split is not None
    if view.split.bucket is None:
        return f"not enrolled, {_value(view.split.unit)}"
    arms = ", ".join(
        f"{arm.variant} {' '.join(f'{start}-{end - 1}' for start, end in arm.ranges)}"
        for arm in view.split.arms
    )
    unit = view.split.unit.name
    return f"not enrolled, {unit} has the bucket {view.split.bucket}, and the arms are {arms}"


def _bucket(view: BucketView) -> str:
    if view.bucket is None:
        return _value(view.unit)
    ranges = ", ".join(f"{start}-{end - 1}" for start, end in view.ranges)
    return f"{view.unit.name} has the bucket {view.bucket}, and the traffic is {ranges}"


def shown(value: object) -> str:
    """A signal's value as JSON, not too long."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MAX_VALUE else text[: _MAX_VALUE - 3] + "..."


def moment(ms: int, zone: str = "Z") -> str:
    """Epoch milliseconds as `2026-11-10T00:00Z`; `zone` is what stands at the end."""
    at = dt.datetime(1970, 1, 1) + dt.timedelta(milliseconds=ms)
    spec = "milliseconds" if at.microsecond else "seconds" if at.second else "minutes"
    return at.isoformat(timespec=spec) + zone
