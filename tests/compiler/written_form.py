"""What a surface shows, worked out from the rules as written: STATE.md 4.5 to 4.9 word for word.

The slow twin of the stage `remember`. It knows nothing of lowered rules; of the memory it asks only
which signal says what.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tacit.compiler import ir
from tacit.compiler.ir_state import Memory, Role

from .kleene import both, either, literal, negate


@dataclass(frozen=True)
class Shown:
    variant: int
    reason: str
    rule: int | None = None  # as written
    arm: int | None = None


@dataclass(frozen=True)
class World:
    """One moment: values by signal, the bucket of the unit by salt, the time."""

    values: Mapping[int, Any]
    buckets: Mapping[str, int]
    now: int
    offset: int | None  # minutes, for local schedules


@dataclass(frozen=True)
class WrittenForm:
    """`program` is that before `remember`, `memory` what it made."""

    program: ir.Program
    memory: Memory

    def decide(self, number: int, world: World) -> Shown:
        surface = self.program.surfaces[number]
        default = surface.default
        if surface.forbidden is not None:
            return Shown(default, "FORBIDDEN")
        if (holdout := surface.holdout) is not None:
            if holdout.unit not in world.values:
                return Shown(default, "HOLDOUT_NO_UNIT")
            if inside(world.buckets[holdout.salt], holdout.ranges):
                return Shown(default, "HOLDOUT")
        if (held := self._held(number, world)) is not None:
            return held
        for written, rule in enumerate(surface.rules):
            if self._is_open(rule, world):
                shown = self._outcome(number, written, rule, world)
                if shown is not None:
                    return shown
        return Shown(default, "DEFAULT")

    def _held(self, number: int, world: World) -> Shown | None:
        for place, hold in enumerate(self.memory.holds):
            if self.memory.items[hold.item].arguments == (number,):
                value = self._machine(world, Role.HOLD, place)
                if value is None:
                    return None
                written, variant = hold.entries[value - 1]
                rule = self.program.surfaces[number].rules[written]
                block = self._block(number, variant, world)
                if not self._is_open(rule, world) or self._is_suppressed(number, variant, world):
                    return None
                if block not in (None, 3):
                    return None
                if isinstance(rule.outcome, ir.Show):
                    return Shown(variant, "KEPT", written)
                if self._arm(number, rule.outcome, world) == variant:
                    return Shown(variant, "KEPT", written, variant)
        return None

    def _outcome(self, number: int, written: int, rule: ir.Rule, world: World) -> Shown | None:
        default = self.program.surfaces[number].default
        if isinstance(rule.outcome, ir.Show):
            variant = rule.outcome.variant
            blocked = self._is_blocked(number, variant, world)
            return None if blocked else Shown(variant, "RULE_MATCH", written)
        arm = self._arm(number, rule.outcome, world)
        if arm is None:
            return None
        if self._is_blocked(number, arm, world):
            return Shown(default, "ARM_BLOCKED", written, arm)
        return Shown(arm, "SPLIT", written, arm)

    def _is_open(self, rule: ir.Rule, world: World) -> bool:
        """True, not stopped, in schedule, in its share of the traffic."""
        if self.truth(rule.condition, world) is not True:
            return False
        if rule.stop is not None and self.truth(rule.stop, world) is True:
            return False
        return is_scheduled(rule.schedule, world) and is_in_traffic(rule.traffic, world)

    def _arm(self, number: int, split: ir.Split, world: World) -> int | None:
        if split.unit not in world.values:
            return None
        if split.experiment is not None:
            ids = [row.id for row in self.memory.experiments]
            place = ids.index(split.experiment)
            stored = self._machine(world, Role.ARM, place)
            if stored is not None:
                name = self.memory.experiments[place].arms[stored - 1]
                variants = [one.id for one in self.program.surfaces[number].variants]
                return next((v for v, _ in split.arms if variants[v] == name), None)
        bucket = world.buckets[split.salt]
        return next((v for v, ranges in split.arms if inside(bucket, ranges)), None)

    def _is_blocked(self, number: int, variant: int, world: World) -> bool:
        surface = self.program.surfaces[number]
        if variant == surface.default:
            return False
        if self._is_suppressed(number, variant, world):
            return True
        if self._block(number, variant, world) is not None:
            return True
        theme = surface.variants[variant].theme
        for place, group in enumerate(self.memory.groups):
            if theme is not None and number in group.surfaces[1:]:
                set_before = self._machine(world, Role.THEME, place)
                return set_before is not None and group.themes[set_before - 1] != theme
        return False

    def _is_suppressed(self, number: int, variant: int, world: World) -> bool:
        guardrails = self.program.surfaces[number].guardrails
        return guardrails is not None and any(
            self.truth(one.when, world) is True
            for one in guardrails.suppress
            if one.variant == variant and one.when is not None
        )

    def _block(self, number: int, variant: int, world: World) -> int | None:
        before = sum(len(surface.variants) for surface in self.program.surfaces[:number])
        value = self._machine(world, Role.BLOCK, before + variant)
        assert value is None or isinstance(value, int)
        return value

    def _machine(self, world: World, role: Role, *arguments: int) -> Any:
        first = self.memory.host_signals + self.memory.field_signals
        for signal, derived in enumerate(self.memory.derived, first):
            if derived.role is role and derived.arguments == arguments:
                return world.values.get(signal)
        return None

    def truth(self, condition: ir.Condition, world: World) -> bool | None:
        """As `kleene.truth`, but a stored segment has the value that is stored."""
        match condition:
            case ir.Constant(value):
                return value
            case ir.Literal(signal, test, negated):
                found = literal(test, world.values.get(signal))
                return negate(found) if negated else found
            case ir.SegmentIs(segment, negated):
                found = self._segment(segment, world)
                return negate(found) if negated else found
            case ir.All(terms):
                return both([self.truth(term, world) for term in terms])
            case ir.Any(terms):
                return either([self.truth(term, world) for term in terms])
        raise AssertionError(condition)

    def _segment(self, segment: int, world: World) -> bool | None:
        for item, found in enumerate(self.memory.items):
            if found.kind.name == "SEGMENT" and found.arguments[0] == segment:
                if self._machine(world, Role.IN, item) is not None:
                    return True
                if self._machine(world, Role.OUT, item) is not None:
                    return False
        return self.truth(self.program.segments[segment].condition, world)


def inside(bucket: int, ranges: tuple[ir.Range, ...]) -> bool:
    return any(start <= bucket < end for start, end in ranges)


def is_scheduled(schedule: ir.Schedule | None, world: World) -> bool:
    if schedule is None or (schedule.start, schedule.end) == (None, None):
        return True
    now = world.now
    if schedule.zone is ir.Zone.LOCAL:
        if world.offset is None:
            return False
        now += world.offset * 60_000
    after = schedule.start is None or schedule.start <= now
    return after and (schedule.end is None or now < schedule.end)


def is_in_traffic(traffic: ir.Traffic | None, world: World) -> bool:
    if traffic is None:
        return True
    return traffic.unit in world.values and world.buckets[traffic.salt] < traffic.share
