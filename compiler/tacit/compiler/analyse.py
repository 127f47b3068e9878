"""Findings about a program that is right: rules that never decide, things never used, budgets.

Rules and segments are judged as the passes left them, what is used as it was written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

from tacit.compiler import ir
from tacit.compiler.conditions import (
    conditions_beside_rules,
    segments_of,
    signals_beside_conditions,
    signals_of,
    with_segments_below,
)
from tacit.compiler.diagnostics import Diagnostic
from tacit.compiler.expressions.cost import cost
from tacit.compiler.findings_messages import finding
from tacit.compiler.ir_state import occurrences
from tacit.compiler.passes.unreachable_outcomes import decides_alone
from tacit.compiler.reasoning import assume, contradiction
from tacit.compiler.stateful import needs_memory

COMPARISONS = 20_000
"""Pairs of rules compared on one surface; what a longer one hides beyond that is not found."""


def analyse(checked: ir.Program, optimised: ir.Program) -> Iterator[Diagnostic]:
    """All findings. `checked` is the program as written, `optimised` the same after the passes."""
    dead, found = _dead_segments(optimised)
    yield from found
    for before, after in zip(checked.surfaces, optimised.surfaces, strict=True):
        yield from _rules(before, after, optimised, dead)
        yield from _suppressed(after)
        yield from _variants(before)
    yield from _unused(checked)
    yield from _costs(checked)


# ------------------------------------------------------------------------ rules that never decide


def _dead_segments(program: ir.Program) -> tuple[frozenset[int], list[Diagnostic]]:
    dead: set[int] = set()
    found: list[Diagnostic] = []
    for number, segment in enumerate(program.segments):
        path = f"segments.{segment.name}"
        if segment.condition == ir.Constant(False):
            dead.add(number)
            found.append(finding("W408", segment.span, path, segment=segment.name))
            continue
        signal = contradiction(segment.condition, program.signals, dead)
        if signal is not None:
            dead.add(number)
        if signal is not None and signal >= 0:
            name = _name(program, signal)
            found.append(finding("W407", segment.span, path, segment=segment.name, signal=name))
    return frozenset(dead), found


def _rules(
    before: ir.Surface, after: ir.Surface, program: ir.Program, dead_segments: frozenset[int]
) -> Iterator[Diagnostic]:
    kept = {rule.id: rule for rule in after.rules}
    shadows = _Shadows(program.signals, after, needs_memory(program))
    last = after.rules[-1] if after.rules else None
    for number, written in enumerate(before.rules):
        path = f"surfaces.{before.name}.rules[{number}]"
        rule = kept.get(written.id)
        if rule is None:
            assert last is not None  # only rules behind one that always fires are dropped
            labels = [(last.span, "this rule always fires")]
            yield finding("W402", written.span, path, labels, rule=written.id, other=last.id)
            continue
        if rule.condition == ir.Constant(False):
            yield finding("W400", rule.span, path, rule=rule.id)
            continue
        signal = contradiction(rule.condition, program.signals, dead_segments)
        if signal is not None:
            yield _contradicted(rule, path, program, signal)
        elif rule.stop is not None and assume(rule.condition, program.signals).makes_true(
            rule.stop
        ):
            yield finding("W409", rule.span, path, rule=rule.id)
        elif (variant := _suppressed_with(rule, after, program)) is not None:
            yield finding("W413", rule.span, path, rule=rule.id, variant=variant)
        elif (other := shadows.of(rule)) is not None:
            labels = [(other.span, "this rule decides first")]
            yield finding("W403", rule.span, path, labels, rule=rule.id, other=other.id)


def _contradicted(rule: ir.Rule, path: str, program: ir.Program, signal: int) -> Diagnostic:
    if signal < 0:
        return finding("W400", rule.span, path, rule=rule.id)
    name = _name(program, signal)
    return finding("W401", rule.span, path, rule=rule.id, signal=name)


def _name(program: ir.Program, signal: int) -> str:
    """The signal as it is called in the source."""
    return program.signals[signal].name.removesuffix(".least")


def _suppressed_with(rule: ir.Rule, surface: ir.Surface, program: ir.Program) -> str | None:
    """The variant of a rule that is suppressed wherever the rule's condition is true."""
    if not isinstance(rule.outcome, ir.Show):
        return None
    assumed = assume(rule.condition, program.signals)
    for item in surface.guardrails.suppress if surface.guardrails is not None else ():
        # One that is always suppressed is told of at the guardrail.
        if (
            item.variant == rule.outcome.variant
            and item.when is not None
            and item.when != ir.Constant(True)
            and assumed.makes_true(item.when)
        ):
            return surface.variants[item.variant].id
    return None


def _suppressed(surface: ir.Surface) -> Iterator[Diagnostic]:
    """Variants that their own guardrail never lets show."""
    for item in surface.guardrails.suppress if surface.guardrails is not None else ():
        if item.when == ir.Constant(True):
            name = surface.variants[item.variant].id
            path = f"surfaces.{surface.name}.guardrails.suppress.{name}"
            yield finding("W410", item.span, path, variant=name, surface=surface.name)


class _Shadows:
    """The rules of a surface so far that decide as soon as they are true."""

    def __init__(self, signals: tuple[ir.Signal, ...], surface: ir.Surface, guarded: bool) -> None:
        self._signals = signals
        self._surface = surface
        self._guarded = guarded
        # By the subjects that must be spoken of: a rule that says nothing of one cannot imply it.
        self._earlier: dict[int, list[ir.Rule]] = {}
        self._compared = 0

    def of(self, rule: ir.Rule) -> ir.Rule | None:
        """An earlier rule that is true wherever this one is; and take this one in."""
        said = _said(rule.condition)
        found = None
        assumed = assume(rule.condition, self._signals)
        for needed, candidates in self._earlier.items():
            if found is not None or self._compared > COMPARISONS:
                break
            if needed & ~said:
                continue
            self._compared += len(candidates)
            found = next((one for one in candidates if assumed.makes_true(one.condition)), None)
        if decides_alone(rule, self._surface, self._guarded):
            self._earlier.setdefault(_needed(rule.condition), []).append(rule)
        return found


def _said(condition: ir.Condition) -> int:
    """What a condition speaks of, as bits: signals and segments."""
    bits = 0
    for signal in signals_of(condition):
        bits |= 1 << 2 * signal
    for segment in segments_of(condition):
        bits |= 2 << 2 * segment
    return bits


def _needed(condition: ir.Condition) -> int:
    """What any condition that makes this one true must speak of."""
    if isinstance(condition, ir.Any):
        return 0
    terms = condition.terms if isinstance(condition, ir.All) else (condition,)
    bits = 0
    for term in terms:
        if not isinstance(term, ir.Any):
            bits |= _said(term)
    return bits


# ------------------------------------------------------------------------------ things never used


def _variants(surface: ir.Surface) -> Iterator[Diagnostic]:
    shown = {surface.default}
    for rule in surface.rules:
        match rule.outcome:
            case ir.Show(shows):
                shown.add(shows)
            case ir.Split(_, _, arms):
                shown.update(shows for shows, _ in arms)
    for number, variant in enumerate(surface.variants):
        if number not in shown and surface.forbidden is None:
            path = f"surfaces.{surface.name}.variants.{variant.id}"
            yield finding("W405", variant.span, path, variant=variant.id, surface=surface.name)


def _unused(program: ir.Program) -> Iterator[Diagnostic]:
    conditions = [rule.condition for surface in program.surfaces for rule in surface.rules]
    conditions += chain.from_iterable(map(conditions_beside_rules, program.surfaces))
    named = with_segments_below(program, chain.from_iterable(map(segments_of, conditions)))
    read = set(signals_beside_conditions(program))
    for condition in (*conditions, *(segment.condition for segment in program.segments)):
        read |= signals_of(condition)
    for number, segment in enumerate(program.segments):
        if number not in named:
            path = f"segments.{segment.name}"
            yield finding("W404", segment.span, path, segment=segment.name)
    hosts = program.signals[: program.host_signals]
    for number, signal in enumerate(hosts):
        if number not in read:
            yield finding("W406", signal.span, f"signals.{signal.name}", signal=signal.name)
    for aggregate in program.aggregates:
        if aggregate.signal not in read:
            path, name = f"aggregates.{aggregate.name}", aggregate.name
            yield finding("W411", aggregate.span, path, aggregate=name)
    used = {one.event for aggregate in program.aggregates for one in occurrences(aggregate.kind)}
    used |= {event for segment in program.segments for event in segment.refresh_on}
    for number, event in enumerate(program.events):
        if number not in used:
            yield finding("W412", event.span, f"events.{event.name}", event=event.name)


# ---------------------------------------------------------------------------------------- budgets


def surface_costs(program: ir.Program) -> Mapping[str, int]:
    """The worst-case cost of deciding each surface, in the units of `expressions.cost`."""
    segments = [cost(segment.condition, program.signals) for segment in program.segments]
    costs = {}
    for surface in program.surfaces:
        conditions = [rule.condition for rule in surface.rules]
        conditions += conditions_beside_rules(surface)
        used = with_segments_below(program, chain.from_iterable(map(segments_of, conditions)))
        own = sum(cost(condition, program.signals) for condition in conditions)
        costs[surface.name] = own + sum(segments[number] for number in used)
    return costs


def _costs(program: ir.Program) -> Iterator[Diagnostic]:
    budget = program.surface_cost_budget
    if budget is None:
        return
    costs = surface_costs(program)
    for surface in program.surfaces:
        spent = costs[surface.name]
        if spent > budget:
            path = f"surfaces.{surface.name}"
            name = surface.name
            yield finding("E401", surface.span, path, surface=name, cost=spent, budget=budget)


def bundle_budget(program: ir.Program, size: int) -> Iterator[Diagnostic]:
    """Whether the bundle, without debug and audit, keeps to the project's budget in bytes."""
    budget = program.bundle_budget
    if budget is not None and size > budget:
        yield finding("E400", None, "budgets.bundle", size=size, budget=budget)
