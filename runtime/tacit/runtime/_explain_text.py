"""An explanation as text."""

from __future__ import annotations

from collections.abc import Iterator

from tacit.runtime._explain_types import (
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
from tacit.runtime._model import Range
from tacit.runtime._notation import moment, quoted, span, value_text

WIDTH = 10
"""Of the column that says true, false, unknown, open, closed, in or out."""
EARLY = ("FORBIDDEN", "OPTED_OUT", "EXPIRED")
"""Reasons before which nothing that is remembered counts."""
SURFACE_STEPS = {
    "FORBIDDEN": "it is never personalized",
    "OPTED_OUT": "the person switched personalization off",
    "EXPIRED": "the bundle has expired",
    "HOLDOUT": "this unit is held out",
    "HOLDOUT_NO_UNIT": "there is a holdout, and no unit to tell who belongs to it",
    "DEFAULT": "no rule fired",
    "NO_SURFACE": "the bundle has no such surface",
}


def render(whole: Explanation) -> str:
    blocks = [
        _head(whole),
        *[_rule(rule) for rule in whole.rules if rule.outcome is not Outcome.NOT_REACHED],
        [
            line
            for rule in whole.rules
            if rule.outcome is Outcome.NOT_REACHED
            for line in _rest(rule)
        ],
        *[_segment(segment, whole.now) for segment in _looked_at(whole)],
        _missing(whole),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _head(whole: Explanation) -> list[str]:
    shown = "nothing" if whole.variant is None else whole.variant
    lines = [f"{whole.surface} shows {shown}: {whole.reason}{_by(whole)}"]
    lines.append(f"  at {moment(whole.now)}")
    if whole.consent is not None:
        lines.append(f"  consent: {', '.join(whole.consent) or 'none'}")
    if whole.explanation is not None:
        lines.append(f"  the person reads: {quoted(whole.explanation)}")
    if whole.forbidden:
        lines.append(f"  because: {whole.forbidden}")
    # Steps behind the one that decided would only mislead.
    if whole.expires is not None and whole.reason != "FORBIDDEN":
        after = whole.now >= whole.expires
        lines.append(f"  the bundle {'expired' if after else 'expires'} {moment(whole.expires)}")
    if whole.holdout is not None and whole.reason not in ("FORBIDDEN", "EXPIRED"):
        lines.append(f"  holdout: {_bucket(whole.holdout)}")
    if whole.reason in EARLY:
        return lines
    if whole.surface_holdout is not None:
        lines.append(f"  holdout of the surface: {_bucket(whole.surface_holdout)}")
    if whole.without_state:
        lines.append("  without state: nothing is remembered of this device")
    if whole.remembered is not None:
        lines += _remembered(whole.remembered, kept=whole.reason == "KEPT")
    return lines


def _remembered(view: RememberedView, *, kept: bool) -> Iterator[str]:
    if view.off:
        return
    yield f"  session {view.session}, first seen {moment(view.first_seen)}"
    if view.shows is not None:
        yield f"  {_shows(view.shows, kept=kept)}"


def _shows(view: HeldView, *, kept: bool) -> str:
    since = f"{view.variant} since {moment(view.since)}"
    changes = ""
    if view.budget is not None:
        changes = f"{view.changes} of {view.budget} changes in this session"
    if not view.held:
        return f"showed {since}, not held{changes and f'; {changes}'}"
    why = []
    if "stable_for" in view.why and view.until is not None:
        why.append(f"stable until {moment(view.until)}")
    if "changes" in view.why:
        why.append(f"no change is left: {changes}")
    if not kept:
        since = f"{since}, but it may not show"
    return f"{'holds' if kept else 'would hold'} {since}: {', '.join(why)}"


def _by(whole: Explanation) -> str:
    if whole.rule is not None:
        rule = whole.rule if isinstance(whole.rule, str) else f"number {whole.rule}"
        return f" by rule {rule}"
    return f", {SURFACE_STEPS[whole.reason]}"


def _rule(rule: RuleView) -> list[str]:
    match rule.outcome:
        case Outcome.FIRED:
            what = f"fired, shows {rule.variant}"
        case Outcome.KEPT:
            what = f"kept, goes on showing {rule.variant}"
        case Outcome.ARM_BLOCKED:
            what = f"fired, but its arm {rule.variant} is blocked, {rule.blocked}"
        case _:
            what = f"passed over, {rule.outcome}"
    lines = [f"{_rule_name(rule)}: {what}"]
    lines += _when(rule.expression, rule.condition)
    lines += _tree(rule.condition)
    if rule.schedule is not None:
        lines.append(_line("open" if rule.schedule.open else "closed", 0, _schedule(rule.schedule)))
    if rule.traffic is not None:
        inside = "in" if rule.traffic.inside else "out"
        lines.append(_line(inside, 0, f"traffic: {_bucket(rule.traffic)}"))
    if rule.split is not None:
        lines += _split(rule.split)
    # Of a rule that is not for this person, nobody wants to know what guards it.
    if rule.truth is Truth.TRUE:
        lines += _guards(rule)
    return lines


def _guards(rule: RuleView) -> Iterator[str]:
    if rule.stopped is not None:
        mark = "stopped" if rule.stopped else "open"
        yield _line(mark, 0, f"stop_when is {'true' if rule.stopped else 'not true'}")
    if rule.suppressed:
        yield _line("blocked", 0, f"a condition suppresses {rule.variant}")
    for one in rule.guardrails or ():
        yield _line("blocked" if one.blocks else "open", 0, guardrail(one))
    if _is_unwanted(rule):
        yield _line("blocked", 0, f"the person wants no {rule.variant}")
    if rule.theme is not None:
        yield _line("blocked", 0, f"a surface before it in its group has the theme {rule.theme}")
    if Outcome.NO_STATE in (rule.outcome, rule.blocked):
        yield _line("blocked", 0, f"{rule.variant} is not shown without state")


def _is_unwanted(rule: RuleView) -> bool:
    """Whether nothing but a control of the person can be what suppresses the variant."""
    if Outcome.SUPPRESSED not in (rule.outcome, rule.blocked) or rule.suppressed:
        return False
    kinds = [one.kind for one in rule.guardrails or () if one.blocks]
    return rule.unwanted is True and "dismissed" not in kinds and "unclicked" not in kinds


def guardrail(view: GuardrailView) -> str:
    """A guardrail and how much of it is used."""
    of = f"{view.used} of {view.limit}"
    window = "" if view.window is None else f" in {span(view.window)}"
    opens = "" if view.opens is None else f", opens {moment(view.opens)}"
    match view.kind:
        case "cooldown":
            until = "over" if view.opens is None else f"until {moment(view.opens)}"
            text = f"cooldown of {span(view.window or 0)}: {until}"
        case "dismissed":
            text = f"dismissed {of}"
        case "unclicked":
            text = f"shown without a click {of}"
        case "changes":
            return f"changes in this session {of}"
        case _:
            text = f"cap: shown {of}{window}, {view.left} left{opens}"
    return f"{text} ({', '.join(view.variants)})"


def _rule_name(rule: RuleView) -> str:
    return f"{rule.number + 1}. {'rule' if rule.id is None else rule.id}"


def _rest(rule: RuleView) -> Iterator[str]:
    """A rule that nobody asked: one line."""
    yield f"{_rule_name(rule)}: not reached, its condition is {rule.truth}"


def _looked_at(whole: Explanation) -> Iterator[SegmentView]:
    """The segments behind the rules that were asked, in declared order."""
    by_number = {segment.number: segment for segment in whole.segments}
    asked = [rule for rule in whole.rules if rule.outcome is not Outcome.NOT_REACHED]
    waiting = [number for rule in asked for number in _segments_in(rule.condition)]
    found: set[int] = set()
    while waiting:
        number = waiting.pop()
        if number not in found:
            found.add(number)
            waiting.extend(_segments_in(by_number[number].condition))
    return (by_number[number] for number in sorted(found))


def _segments_in(condition: ConditionView) -> Iterator[int]:
    if isinstance(condition, GroupView):
        for term in condition.terms:
            yield from _segments_in(term)
    elif condition.segment is not None:
        yield condition.segment


def _segment(segment: SegmentView, now: int) -> list[str]:
    name = segment.name or f"segment {segment.number}"
    owner = f" ({segment.owner})" if segment.owner else ""
    head = f"segment {name}{owner}" if segment.name else name + owner
    return [
        f"{head}: {segment.truth}{_stored(segment.stored, now)}",
        *_when(segment.expression, segment.condition),
        *_tree(segment.condition),
    ]


def _stored(view: StoredValue | None, now: int) -> str:
    if view is None:
        return ""
    if view.since is None:
        return f", nothing stored yet ({view.cadence})"
    member = "member" if view.value else "no member"
    due = ""
    if view.due is not None:
        due = f", {'next refresh' if view.due > now else 'refresh is due since'} {moment(view.due)}"
    old = "; too old, decided live" if view.too_old else ""
    return f", {member} since {moment(view.since)} ({view.cadence}{due}{old})"


def _when(expression: str | None, condition: ConditionView) -> list[str]:
    """The expression as written, where it says more than the tests below it."""
    if not expression or (isinstance(condition, TestView) and condition.text == expression):
        return []
    first, *more = [line.strip() for line in expression.splitlines() if line.strip()]
    return [f"  when {first}", *[f"       {line}" for line in more]]


def _tree(condition: ConditionView, depth: int = 0) -> Iterator[str]:
    if isinstance(condition, GroupView):
        yield _line(condition.truth, depth, f"{condition.of} of")
        for term in condition.terms:
            yield from _tree(term, depth + 1)
        return
    operand = "" if condition.signal is None else f"   ({_operand(condition)})"
    yield _line(condition.truth, depth, condition.text + operand)


def _line(mark: str, depth: int, text: str) -> str:
    return f"  {mark:<{WIDTH}}{'  ' * depth}{text}"


def _operand(test: TestView) -> str:
    assert test.signal is not None
    found = _value(test.signal)
    if test.element is not None:
        found += f", {quoted(test.element)} does"
    return found


def _value(signal: SignalView) -> str:
    if signal.missing is not None and signal.so_far is not None:
        return f"at least {value_text(signal.so_far)} so far"
    if signal.missing is not None:
        given = f", {signal.given}" if signal.given is not None else ""
        return f"missing: {signal.missing}{given}{', hidden' if signal.hidden else ''}"
    if signal.type == "duration" and isinstance(signal.value, int):
        return f"is {span(signal.value)}"
    return "hidden" if signal.hidden else f"is {value_text(signal.value)}"


def _schedule(schedule: ScheduleView) -> str:
    zone = "" if schedule.local else "Z"
    start = "" if schedule.start is None else f" from {moment(schedule.start, zone)}"
    end = "" if schedule.end is None else f" until {moment(schedule.end, zone)}"
    if schedule.at is None:
        return f"schedule{start}{end} local   (the offset from UTC is missing)"
    local = " local" if schedule.local else ""
    return f"schedule{start}{end}{local}   (it is {moment(schedule.at, zone)}{local})"


def _bucket(view: BucketView) -> str:
    if view.bucket is None:
        return f"{view.unit.name} {_value(view.unit)}"
    verdict = "in" if view.inside else "not in"
    return f"{_unit(view.unit)} has bucket {view.bucket}, {verdict} {_ranges(view.ranges)}"


def _split(split: SplitView) -> Iterator[str]:
    name = "split" if split.experiment is None else f"experiment {split.experiment}"
    if split.bucket is None:
        yield _line("out", 0, f"{name}: {split.unit.name} {_value(split.unit)}")
        return
    inside = "in" if split.stored or any(arm.holds for arm in split.arms) else "out"
    yield _line(inside, 0, f"{name}: {_unit(split.unit)} has bucket {split.bucket}")
    if split.stored is not None:
        how = "is forced into" if split.forced else "keeps"
        yield _line("in", 1, f"the device {how} the arm {split.stored}")
        return
    for arm in split.arms:
        yield _line("in" if arm.holds else "out", 1, f"{arm.variant}: {_ranges(arm.ranges)}")


def _unit(signal: SignalView) -> str:
    return signal.name if signal.hidden else f"{signal.name} {value_text(signal.value)}"


def _ranges(ranges: tuple[Range, ...]) -> str:
    """Buckets, both ends included."""
    return ", ".join(f"{start}-{end - 1}" for start, end in ranges)


def _missing(whole: Explanation) -> list[str]:
    missing = [
        f"{one.name} ({one.missing if one.so_far is None else _value(one)})"
        for one in whole.signals
        if one.missing is not None
    ]
    return [f"not known: {', '.join(missing)}"] if missing else []
