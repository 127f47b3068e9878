"""Rules as explanations show them: one for each that somebody wrote, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator

from tacit.runtime import reference
from tacit.runtime._explain_scene import Scene, condition_view, signal_view, truth_of
from tacit.runtime._explain_state import guardrails, is_unwanted
from tacit.runtime._explain_types import (
    ArmView,
    BucketView,
    Outcome,
    RuleView,
    ScheduleView,
    SplitView,
    Truth,
)
from tacit.runtime._model import All, Range, Rule, Split, literals
from tacit.runtime._readings import within_times
from tacit.runtime._standing import arm_index
from tacit.runtime._written import Terms, Way, role_of, ways, written
from tacit.runtime.format import Block, Op, Role, Standing

OF_BLOCKS = {
    Block.SUPPRESSED: Outcome.SUPPRESSED,
    Block.CAPPED: Outcome.CAPPED,
    Block.COOLING_DOWN: Outcome.COOLING_DOWN,
    Block.CHANGES: Outcome.CAPPED,
    Block.NO_STATE: Outcome.NO_STATE,
}
OF_STANDINGS = {
    Standing.WRITTEN: Outcome.FIRED,
    Standing.KEPT: Outcome.KEPT,
    Standing.BLOCKED: Outcome.ARM_BLOCKED,
}


def rule_views(scene: Scene, surface: int, *, asked: bool) -> tuple[RuleView, ...]:
    """The rules of a surface; `asked` is false when an earlier step decided."""
    decided = next(
        (
            way
            for way in ways(scene.program, surface)
            if asked and reference.fires(scene.facts, way.rule) is not None
        ),
        None,
    )
    return tuple(
        _rule(scene, surface, own, _outcome(scene, own, decided) if asked else Outcome.NOT_REACHED,
              decided)
        for own in written(scene.program, surface)
    )  # fmt: skip


def _rule(
    scene: Scene, surface: int, own: tuple[Way, ...], outcome: Outcome, decided: Way | None
) -> RuleView:
    debug, audit = scene.program.debug, scene.program.audit
    variants = scene.program.surfaces[surface].variants
    main = _main(own)
    number = scene.program.first_rule(surface) + main.place
    split = _split(scene, surface, main)
    shown: int | None
    if decided is not None and decided in own:
        shown = reference.fires(scene.facts, decided.rule)
    elif isinstance(main.rule.outcome, int):
        shown = main.rule.outcome
    else:
        shown = _enrolled(split, variants)
    blocked = None if outcome is not Outcome.ARM_BLOCKED or decided is None else decided.block
    return RuleView(
        number=main.row.written,
        id=None if debug is None else debug.rules[number],
        owner=None if audit is None else audit.rule_owners[number] or None,
        outcome=outcome,
        truth=truth_of(scene, main.when),
        expression=None if debug is None else debug.rule_expressions[number] or None,
        condition=condition_view(scene, main.when),
        schedule=_schedule(scene, main.rule),
        traffic=_traffic(scene, main.rule),
        split=split,
        variant=None if shown is None else variants[shown],
        blocked=None if blocked is None else _why_blocked(scene, blocked),
        stopped=None if not main.stop else not _all_true(scene, main.stop),
        suppressed=None if not main.suppress else not _all_true(scene, main.suppress),
        unwanted=None if shown is None else is_unwanted(scene, surface, shown),
        theme=_theme(scene, own) if _keeps_off(outcome, scene, blocked) else None,
        guardrails=guardrails(scene, surface, _variants(main) if shown is None else [shown]),
    )


def _keeps_off(outcome: Outcome, scene: Scene, blocked: Terms | None) -> bool:
    """Whether it is the theme that keeps a rule, or the arm of its split, from showing."""
    if outcome is Outcome.OTHER_THEME:
        return True
    return blocked is not None and _why_blocked(scene, blocked) is Outcome.OTHER_THEME


def _main(own: tuple[Way, ...]) -> Way:
    """The way that is nearest to what was written: of a split, that of people without an arm."""
    plain = [way for way in own if way.row.standing is Standing.WRITTEN]
    return (plain or own)[-1]


def _variants(way: Way) -> list[int]:
    outcome = way.rule.outcome
    return [outcome] if isinstance(outcome, int) else [arm.variant for arm in outcome.arms]


def _all_true(scene: Scene, terms: Terms) -> bool:
    return reference.truth(scene.facts, All(terms)) is True


# ---------------------------------------------------------------- what became of it


def _outcome(scene: Scene, own: tuple[Way, ...], decided: Way | None) -> Outcome:
    if decided is not None and decided in own:
        return OF_STANDINGS[decided.row.standing]
    if decided is not None and decided.place < _main(own).place:
        return Outcome.NOT_REACHED
    tried = [way for way in own if way.row.standing is Standing.WRITTEN] or list(own)
    # Of several ways the one that came nearest says why: others are for other people.
    return max((_passed_over(scene, way) for way in tried), key=lambda found: found[0])[1]


def _passed_over(scene: Scene, way: Way) -> tuple[int, Outcome]:
    """The first thing that keeps a way from firing, and which of its steps that is."""
    if not _all_true(scene, way.leads):
        return 0, Outcome.FALSE
    for step, (outcome, passes) in enumerate(_steps(scene, way), start=1):
        if not passes:
            return step, outcome
    raise AssertionError("a rule that fires was passed over")


def _steps(scene: Scene, way: Way) -> Iterator[tuple[Outcome, bool]]:
    """What must hold, in the order in which it is told, and what a rule is called without it."""
    truth = truth_of(scene, way.when)
    yield Outcome.FALSE, truth is not Truth.FALSE
    yield Outcome.UNKNOWN, truth is not Truth.UNKNOWN
    yield Outcome.OUT_OF_SCHEDULE, reference.schedule_open(scene.facts, way.rule)
    yield Outcome.STOPPED, _all_true(scene, way.stop)
    yield Outcome.NOT_ENROLLED, _is_enrolled(scene, way.rule)
    yield Outcome.SUPPRESSED, _all_true(scene, way.suppress)
    yield _why_blocked(scene, way.block), _all_true(scene, way.block)
    yield Outcome.OTHER_THEME, _all_true(scene, way.theme)


def _is_enrolled(scene: Scene, rule: Rule) -> bool:
    traffic = _traffic(scene, rule)
    if traffic is not None and not traffic.inside:
        return False
    if isinstance(rule.outcome, int):
        return True
    position = reference.position_of(scene.facts, rule.outcome.unit, rule.outcome.salt)
    return position is not None and reference.arm_of(rule.outcome, position) is not None


def _why_blocked(scene: Scene, terms: Terms) -> Outcome:
    """What blocks a variant: its own signal says, or else the theme, or else a condition."""
    for literal in literals(All(terms)):
        if literal.op is Op.SEGMENT:
            continue
        reading = scene.facts.readings[literal.signal]
        role = role_of(scene.program, literal.signal)
        if role is Role.BLOCK and isinstance(reading, int):
            return OF_BLOCKS[Block(reading)]
        if role is Role.THEME and reference.truth(scene.facts, literal) is True:
            return Outcome.OTHER_THEME
    return Outcome.SUPPRESSED


def _theme(scene: Scene, own: tuple[Way, ...]) -> str | None:
    """The theme that a surface before this one in its group has set."""
    memory = scene.program.memory
    assert memory is not None
    for way in own:
        for literal in literals(All((*way.block, *way.theme))):
            if literal.op is Op.SEGMENT or role_of(scene.program, literal.signal) is not Role.THEME:
                continue
            group = memory.derived[literal.signal - memory.first_derived].arguments[0]
            reading = scene.facts.readings[literal.signal]
            return memory.groups[group].themes[reading - 1] if isinstance(reading, int) else None
    return None


# ---------------------------------------------------------------- schedules and buckets


def _schedule(scene: Scene, rule: Rule) -> ScheduleView | None:
    if rule.start is None and rule.end is None:
        return None
    at = reference.local_now(scene.facts) if rule.local else scene.facts.now
    return ScheduleView(
        reference.schedule_open(scene.facts, rule),
        None if at is None else within_times(at),
        rule.start,
        rule.end,
        rule.local,
    )


def holdout(scene: Scene) -> BucketView | None:
    found = scene.program.holdout
    return None if found is None else _bucket(scene, found.unit, found.salt, found.ranges)


def surface_holdout(scene: Scene, surface: int) -> BucketView | None:
    """The holdout that stands before the rules of a surface."""
    for way in ways(scene.program, surface):
        split = way.rule.outcome
        if way.row.standing is Standing.HOLDOUT and isinstance(split, Split):
            ranges = tuple(one for arm in split.arms for one in arm.ranges)
            return _bucket(scene, split.unit, split.salt, ranges)
    return None


def _traffic(scene: Scene, rule: Rule) -> BucketView | None:
    if rule.traffic is None:
        return None
    return _bucket(scene, rule.traffic.unit, rule.traffic.salt, ((0, rule.traffic.share),))


def _bucket(scene: Scene, unit: int, salt: str, ranges: tuple[Range, ...]) -> BucketView:
    position = reference.position_of(scene.facts, unit, salt)
    inside = position is not None and reference.within(position, ranges)
    return BucketView(signal_view(scene, unit), position, ranges, inside)


def _split(scene: Scene, surface: int, way: Way) -> SplitView | None:
    split = way.rule.outcome
    if not isinstance(split, Split):
        return None
    program = scene.program
    position = reference.position_of(scene.facts, split.unit, split.salt)
    variants = program.surfaces[surface].variants
    arms = tuple(
        ArmView(
            variants[arm.variant],
            arm.ranges,
            position is not None and reference.within(position, arm.ranges),
        )
        for arm in split.arms
        if way.deals
    )
    number = program.first_rule(surface) + way.place
    experiment = reference.experiment_of(program, number, way.row.experiment)
    stored, forced = _arm(scene, way.row.experiment)
    return SplitView(signal_view(scene, split.unit), position, experiment, arms, stored, forced)


def _arm(scene: Scene, experiment: int | None) -> tuple[str | None, bool | None]:
    """The arm that this device has for an experiment, and whether it was forced."""
    memory, standing = scene.program.memory, scene.facts.standing
    if experiment is None or memory is None or scene.data is None or scene.data.off:
        return None, None
    index = arm_index(memory, scene.data, experiment)
    if index is None:
        return None, None
    forced = standing is not None and experiment in standing.forced
    return memory.experiments[experiment].arms[index - 1], True if forced else None


def _enrolled(split: SplitView | None, variants: tuple[str, ...]) -> int | None:
    """The variant whose arm a person is in."""
    if split is None or split.bucket is None:
        return None
    arm = split.stored or next((one.variant for one in split.arms if one.holds), None)
    return variants.index(arm) if arm in variants else None
