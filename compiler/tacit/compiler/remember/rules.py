"""A rule as written becomes the rules that stand for it: guards turn into conditions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from tacit.compiler import ir
from tacit.compiler.ir_state import RuleRow, Standing
from tacit.compiler.passes.rewriting import FALSE, TRUE, all_of, any_of
from tacit.compiler.remember.machine import Machine
from tacit.compiler.remember.outline import Outline
from tacit.compiler.remember.truth import Truth, has, value_is
from tacit.runtime.format import BUCKETS, Block

Lowered = tuple[ir.Rule, RuleRow]
Terms = tuple[ir.Condition, ...]

_EVERYBODY: Final[tuple[ir.Range, ...]] = ((0, BUCKETS),)


@dataclass(frozen=True, slots=True)
class Guards:
    """What must be true beside a rule's own condition, in the order in which it is written."""

    stop: Terms = ()
    suppress: Terms = ()
    block: Terms = ()  # one at most
    theme: Terms = ()  # one at most

    @property
    def terms(self) -> Terms:
        return (*self.stop, *self.suppress, *self.block, *self.theme)


@dataclass(frozen=True, slots=True)
class Way:
    """One way into a split: who comes, and the arms that are open to them."""

    lead: Terms
    split: ir.Split


class SurfaceRules:
    """Lowers the rules of one surface.

    The rules of the holdout come first, then for every entry of the hold the rule as KEPT, then
    each rule: shown as written; or, of a split, BLOCKED for every arm that may be, and the split.
    """

    def __init__(
        self, program: ir.Program, found: Outline, machine: Machine, truth: Truth, number: int
    ) -> None:
        self._surface = program.surfaces[number]
        self._number = number
        self._outline = found
        self._machine = machine
        self._truth = truth
        self._experiments = {row.id: place for place, row in enumerate(found.experiments)}
        self._themes = self._themes_of_variants(program)

    def all(self) -> Iterator[Lowered]:
        if self._surface.forbidden is not None:
            return
        if self._surface.holdout is not None:
            yield from self._holdout(self._surface.holdout)
        hold = self._machine.hold.get(self._number)
        if hold is not None:
            for place, (written, variant) in enumerate(self._outline.entries[self._number], 1):
                yield from self._kept(written, variant, value_is(hold, place))
        for written, rule in enumerate(self._surface.rules):
            yield from self._written(written, rule)

    # ------------------------------------------------------------------------------- the rules

    def _holdout(self, holdout: ir.Holdout) -> Iterator[Lowered]:
        default = self._surface.default
        missing = has(holdout.unit, negated=True)
        yield ir.Rule("", missing, ir.Show(default)), RuleRow(0, Standing.HOLDOUT_NO_UNIT)
        held = ir.Split(holdout.unit, holdout.salt, ((default, holdout.ranges),))
        yield ir.Rule("", TRUE, held), RuleRow(0, Standing.HOLDOUT)

    def _kept(self, written: int, variant: int, held: ir.Condition) -> Iterator[Lowered]:
        """The rule once more, for who is shown the variant already."""
        rule = self._surface.rules[written]
        block = self._machine.block[self._number, variant]
        # Cooling down keeps others from the variant, not those who are looking at it.
        free = any_of((has(block, negated=True), value_is(block, Block.COOLING_DOWN)))
        guards = Guards(self._stop(rule), self._suppress(variant), (free,))
        for lead, outcome in self._openings(rule.outcome, variant):
            lowered = self._lowered(rule, written, (held, *lead), guards, outcome)
            if lowered is not None:
                yield _standing(lowered, Standing.KEPT)

    def _openings(
        self, outcome: ir.Show | ir.Split, variant: int
    ) -> Iterator[tuple[Terms, ir.Show | ir.Split]]:
        """Each way to this variant alone, with who comes by it."""
        if isinstance(outcome, ir.Show):
            yield (), outcome
            return
        for way in self._ways(outcome):
            for arm in way.split.arms:
                if arm[0] == variant:
                    yield way.lead, replace(way.split, arms=(arm,))

    def _written(self, written: int, rule: ir.Rule) -> Iterator[Lowered]:
        before = tuple(self._live(rule, written))
        if before:
            yield from before
            return
        # Never true, for its condition or its guards: it keeps its place, and does nothing.
        shown = ir.Show(self._surface.default)
        paused = ir.Rule(rule.id, FALSE, shown, rule.source_text, owner=rule.owner, span=rule.span)
        yield paused, RuleRow(written)

    def _live(self, rule: ir.Rule, written: int) -> Iterator[Lowered]:
        stop = self._stop(rule)
        match rule.outcome:
            case ir.Show(variant):
                guards = Guards(stop, self._suppress(variant), *self._open(variant))
                lowered = self._lowered(rule, written, (), guards, rule.outcome)
                if lowered is not None:
                    yield lowered
            case ir.Split():
                for way in self._ways(rule.outcome):
                    yield from self._split(rule, written, way, stop)

    def _split(self, rule: ir.Rule, written: int, way: Way, stop: Terms) -> Iterator[Lowered]:
        for arm in way.split.arms:
            blocked = self._blocked(arm[0])
            if blocked == FALSE:
                continue
            guards = Guards(stop, block=_terms(blocked))
            single = replace(way.split, arms=(arm,))
            lowered = self._lowered(rule, written, way.lead, guards, single)
            if lowered is not None:
                held, row = _standing(lowered, Standing.BLOCKED)
                yield replace(held, because=()), row
        lowered = self._lowered(rule, written, way.lead, Guards(stop), way.split)
        if lowered is not None:
            yield lowered

    def _ways(self, split: ir.Split) -> Iterator[Way]:
        """Who has an arm of the experiment comes first, keeping it; buckets are for the others."""
        if split.experiment is None:
            yield Way((), split)
            return
        signal = self._machine.arm[split.experiment]
        names = self._outline.experiments[self._experiments[split.experiment]].arms
        for variant, _ in split.arms:
            place = names.index(self._surface.variants[variant].id) + 1
            kept = replace(split, arms=((variant, _EVERYBODY),))
            yield Way((value_is(signal, place),), kept)
        dealt = tuple(arm for arm in split.arms if arm[1])
        if dealt:
            yield Way((has(signal, negated=True),), replace(split, arms=dealt))

    def _lowered(
        self,
        rule: ir.Rule,
        written: int,
        lead: Terms,
        guards: Guards,
        outcome: ir.Show | ir.Split,
    ) -> Lowered | None:
        """The rule with guards in its condition; None when that is never true."""
        condition = all_of((*lead, self._truth.read(rule.condition), *guards.terms))
        if condition == FALSE:
            return None
        experiment = outcome.experiment if isinstance(outcome, ir.Split) else None
        row = RuleRow(
            written,
            experiment=None if experiment is None else self._experiments[experiment],
            stop_terms=len(guards.stop),
            suppress_terms=len(guards.suppress),
            block_term=bool(guards.block),
            theme_term=bool(guards.theme),
        )
        return replace(rule, condition=condition, outcome=outcome, stop=None, stop_text=""), row

    # ------------------------------------------------------------------------------ the guards

    def _stop(self, rule: ir.Rule) -> Terms:
        return () if rule.stop is None else _terms(self._truth.not_true(rule.stop))

    def _suppress(self, variant: int) -> Terms:
        return _terms(all_of(map(self._truth.not_true, self._suppressions(variant))))

    def _suppressions(self, variant: int) -> Iterator[ir.Condition]:
        """The conditions under which the variant is not shown; the default always may be."""
        guardrails = self._surface.guardrails
        if guardrails is not None and variant != self._surface.default:
            for suppress in guardrails.suppress:
                if suppress.variant == variant and suppress.when is not None:
                    yield suppress.when

    def _open(self, variant: int) -> tuple[Terms, Terms]:
        """Nothing blocks the variant, and no surface before it has set another theme."""
        block = self._machine.block.get((self._number, variant))
        theme = self._theme(variant)
        return (
            () if block is None else (has(block, negated=True),),
            () if theme is None else (any_of((has(theme[0], negated=True), value_is(*theme))),),
        )

    def _blocked(self, variant: int) -> ir.Condition:
        """Any guard that keeps the variant from being shown; false for the default."""
        block = self._machine.block.get((self._number, variant))
        theme = self._theme(variant)
        return any_of(
            (
                *(() if block is None else (has(block),)),
                *map(self._truth.read, self._suppressions(variant)),
                *(() if theme is None else (value_is(*theme, negated=True),)),
            )
        )

    def _theme(self, variant: int) -> tuple[int, int] | None:
        """The signal and the value it must have, if it has one, for the variant to be shown."""
        theme = self._themes.get(variant)
        signal = self._machine.theme.get(self._number)
        if theme is None or signal is None or variant == self._surface.default:
            return None
        return signal, theme

    def _themes_of_variants(self, program: ir.Program) -> dict[int, int]:
        """The theme, from 1, of each variant of the surface that has one in its group."""
        for row in self._outline.groups:
            at = 0
            for surface in row.surfaces:
                count = len(program.surfaces[surface].variants)
                if surface == self._number:
                    own = row.of_variants[at : at + count]
                    return {variant: theme for variant, theme in enumerate(own) if theme}
                at += count
        return {}


def _terms(condition: ir.Condition) -> Terms:
    """The terms that a condition adds to an `all`: none when it is true."""
    match condition:
        case ir.All(terms):
            return terms
        case ir.Constant(True):
            return ()
        case _:
            return (condition,)


def _standing(lowered: Lowered, standing: Standing) -> Lowered:
    rule, row = lowered
    return rule, replace(row, standing=standing)


def lower(
    program: ir.Program, found: Outline, machine: Machine
) -> tuple[tuple[ir.Segment, ...], tuple[ir.Surface, ...], tuple[RuleRow, ...]]:
    """Segments and surfaces with guards written out, and what each rule of the latter stands for.

    `program` already has the machine signals.
    """
    truth = Truth(program.segments, machine.stored)
    segments = tuple(
        replace(segment, condition=truth.read(segment.condition)) for segment in program.segments
    )
    surfaces, rows = [], list[RuleRow]()
    for number, surface in enumerate(program.surfaces):
        lowered = tuple(SurfaceRules(program, found, machine, truth, number).all())
        surfaces.append(replace(surface, rules=tuple(rule for rule, _ in lowered)))
        rows.extend(row for _, row in lowered)
    return segments, tuple(surfaces), tuple(rows)
