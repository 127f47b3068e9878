"""Runs the `tests:` of a project on its compiled bundle; says why a test fails and what was seen.

What a test says has happened is played on a device (`tacit.cli.device`), in order of time.

A rule counts as seen true, false or unknown by a test only where the test expects something of its
surface and the rule was asked: rules behind the one that fired did not influence the outcome.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tacit.cli import why
from tacit.cli.device import Device
from tacit.cli.inputs import Opened

if TYPE_CHECKING:
    from tacit.compiler.cases import Expectation, Given, Step, TestCase
    from tacit.compiler.spans import Span
    from tacit.runtime import Decision, DeviceState
    from tacit.runtime._model import Condition, Program
    from tacit.runtime.explain import Explanation, RuleView

TRUTHS = ("true", "false", "unknown")


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as expected: `variant`, `reason`, `rule` or `unknown`."""

    what: str
    expected: Any
    actual: Any


@dataclass(frozen=True, slots=True)
class SurfaceResult:
    """What became of one expectation. `why` explains the differences, line by line."""

    surface: str
    decision: Decision
    differences: tuple[Difference, ...] = ()
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StepResult:
    """What became of a later moment of a test; `after` is epoch ms."""

    now: int
    place: str
    surfaces: tuple[SurfaceResult, ...]

    def to_json(self) -> dict[str, Any]:
        return {"now": self.now, "place": self.place, "surfaces": surfaces_json(self.surfaces)}


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What became of one test. `place` is file and line, where it was read from a file."""

    case: TestCase
    place: str
    surfaces: tuple[SurfaceResult, ...]
    then: tuple[StepResult, ...] = ()

    @property
    def ok(self) -> bool:
        surfaces = (self.surfaces, *(step.surfaces for step in self.then))
        return not any(item.differences for found in surfaces for item in found)

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.case.name,
            "path": self.case.path,
            "place": self.place,
            "ok": self.ok,
            "surfaces": surfaces_json(self.surfaces),
            "then": [step.to_json() for step in self.then],
        }


def surfaces_json(surfaces: tuple[SurfaceResult, ...]) -> dict[str, Any]:
    return {
        item.surface: {
            "ok": not item.differences,
            "variant": item.decision.variant,
            "reason": item.decision.reason,
            "rule": item.decision.rule,
            "unknown": list(item.decision.unknown),
            "differences": [
                {
                    "what": found.what,
                    "expected": plain(found.expected),
                    "actual": plain(found.actual),
                }
                for found in item.differences
            ],
            "why": list(item.why),
        }
        for item in surfaces
    }


@dataclass(slots=True)
class RuleSeen:
    """How often a rule was asked, by the truth of its condition, and how often it fired.

    `possible` are the truths that its condition can have at all.
    """

    surface: str
    rule: str
    possible: frozenset[str]
    truths: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TRUTHS, 0))
    fired: int = 0


@dataclass(frozen=True, slots=True)
class Coverage:
    rules: tuple[RuleSeen, ...]
    untested: tuple[str, ...]
    """Surfaces with rules of which no test expects anything."""

    def seen(self, truth: str) -> tuple[int, int]:
        """Of how many rules this truth was seen, and of how many it could be."""
        able = [rule for rule in self.rules if truth in rule.possible]
        return sum(rule.truths[truth] > 0 for rule in able), len(able)

    @property
    def never_fired(self) -> list[RuleSeen]:
        return [rule for rule in self.rules if not rule.fired]

    def line(self) -> str:
        """`coverage of 24 rules: true 22 of 24, false 20 of 23, unknown 9 of 23`."""
        parts = [f"{truth} {seen} of {able}" for truth in TRUTHS
                 for seen, able in (self.seen(truth),)]  # fmt: skip
        silent = len(self.never_fired)
        tail = f"; {silent} never fired" if silent else "; every rule fired"
        return f"coverage of {len(self.rules)} rules: {', '.join(parts)}{tail}"

    def to_json(self) -> dict[str, Any]:
        counts = {truth: self.seen(truth) for truth in TRUTHS}
        return {
            "rules": len(self.rules),
            **{truth: {"seen": seen, "of": able} for truth, (seen, able) in counts.items()},
            "fired": {"seen": len(self.rules) - len(self.never_fired), "of": len(self.rules)},
            "surfaces_without_tests": list(self.untested),
            "detail": [
                {
                    "surface": rule.surface,
                    "rule": rule.rule,
                    "possible": [truth for truth in TRUTHS if truth in rule.possible],
                    **rule.truths,
                    "fired": rule.fired,
                }
                for rule in self.rules
            ],
        }


def plain(value: Any) -> Any:
    """A tuple as a list, for JSON."""
    return list(value) if isinstance(value, tuple) else value


class Runner:
    """Runs cases one after another and keeps count of what they see."""

    def __init__(self, opened: Opened, place_of: Callable[[Span | None], str]) -> None:
        """`place_of` makes file and line of a span."""
        from tacit.runtime._written import written

        self.opened = opened
        self.place_of = place_of
        program = opened.program
        self.seen = {
            surface.name: [
                RuleSeen(surface.name, id_, frozenset(possible_truths(program, ways[0].when)))
                for id_, ways in zip(
                    opened.rules(surface.name), written(program, number), strict=True
                )
            ]
            for number, surface in enumerate(program.surfaces)
        }
        self.tested: set[str] = set()

    def run(self, case: TestCase) -> CaseResult:
        """Decide for every surface of which the case expects something, and compare."""
        # The compiler refuses a case without a time whose outcome would depend on it.
        now = case.now if case.now is not None else 0
        device = self._device(case, now)
        if not case.without_state:
            device.play(case.records)
        state = None if case.without_state else device.state
        surfaces = tuple(self._surface(device, state, now, item) for item in case.expect)
        steps = []
        for step in case.then:
            steps.append(self._step(device, now, step))
            now = step.now
        return CaseResult(case, self.place_of(case.span), surfaces, tuple(steps))

    def _device(self, case: TestCase, now: int) -> Device:
        from tacit.runtime import DeviceState

        began = case.first_seen if case.first_seen is not None else now
        state = DeviceState(self.opened.bundle, began, consent=case.consent)
        return Device(self.opened.bundle, state, observed(case.given), case.consent)

    def _step(self, device: Device, before: int, step: Step) -> StepResult:
        """What is said anew of a step holds from the moment before it on."""
        device.signals = observed(step.given)
        device.grant(step.consent, before)
        device.play(step.records)
        surfaces = tuple(
            self._surface(device, device.state, step.now, item) for item in step.expect
        )
        return StepResult(step.now, self.place_of(step.span), surfaces)

    def coverage(self) -> Coverage:
        """Of all cases run so far."""
        rules = tuple(rule for rules in self.seen.values() for rule in rules)
        untested = tuple(
            name for name, rules in self.seen.items() if rules and name not in self.tested
        )
        return Coverage(rules, untested)

    def _surface(
        self, device: Device, state: DeviceState | None, now: int, expected: Expectation
    ) -> SurfaceResult:
        bundle = self.opened.bundle
        asked, consent = (expected.surface, device.signals, state, now), device.consent
        decision = bundle.decide(*asked, consent=consent)
        explanation = bundle.explain(*asked, consent=consent, reveal=True)
        self._count(explanation)
        differences = tuple(compare(expected, decision))
        because = tuple(reasons(self.opened.program, expected, explanation)) if differences else ()
        return SurfaceResult(expected.surface, decision, differences, because)

    def _count(self, explanation: Explanation) -> None:
        from tacit.runtime.explain import DECIDED

        self.tested.add(explanation.surface)
        for seen, view in zip(self.seen[explanation.surface], explanation.rules, strict=True):
            if view.outcome != "NOT_REACHED":
                seen.truths[view.truth.value] += 1
                seen.fired += view.outcome in DECIDED


def observed(given: Mapping[str, Given]) -> dict[str, Any]:
    """Signals as a host passes them."""
    from tacit.runtime import Observed

    return {
        name: item.value if item.at is None else Observed(item.value, item.at)
        for name, item in given.items()
    }


def possible_truths(program: Program, condition: Condition) -> Iterator[str]:
    """What a condition can be, roughly: `has` is never unknown, and a constant is what it is."""
    from tacit.runtime._model import Constant

    if isinstance(condition, Constant):
        yield "true" if condition.value else "false"
        return
    yield from ("true", "false")
    if can_be_unknown(program, condition):
        yield "unknown"


def can_be_unknown(program: Program, condition: Condition) -> bool:
    """Whether any test in it, through segments too, is unknown while its signal is missing."""
    from tacit.runtime._model import literals
    from tacit.runtime.format import Op

    for literal in literals(condition):
        if literal.op is Op.SEGMENT:
            assert isinstance(literal.argument, int)
            if can_be_unknown(program, program.segments[literal.argument]):
                return True
        elif literal.op is not Op.HAS:
            return True
    return False


def compare(expected: Expectation, decision: Decision) -> Iterator[Difference]:
    """What a decision has otherwise than a test says. What a test does not say is not compared."""
    from tacit.compiler.cases import Unstated

    if expected.variant is not None and expected.variant != decision.variant:
        yield Difference("variant", expected.variant, decision.variant)
    if expected.reason is not None and expected.reason != decision.reason:
        yield Difference("reason", expected.reason, str(decision.reason))
    if expected.rule is not Unstated.UNSTATED and expected.rule != decision.rule:
        yield Difference("rule", expected.rule, decision.rule)
    if expected.unknown is not None and set(expected.unknown) != set(decision.unknown):
        yield Difference("unknown", expected.unknown, tuple(decision.unknown))


# ---------------------------------------------------------------------- why


def reasons(program: Program, expected: Expectation, found: Explanation) -> Iterator[str]:
    """Why a surface shows something else than expected, in a few lines."""
    from tacit.runtime.explain import DECIDED

    yield from why.step(found)
    wanted = [
        view
        for view in found.rules
        if view.outcome not in ("FIRED", "KEPT") and _was_wanted(view, expected)
    ]
    yield from why.not_asked(wanted, found)
    for view in wanted:
        yield from why.passed_over(view, found)
    for view in found.rules:
        named = (view.id or view.number) == expected.rule
        if view.outcome in DECIDED and not named and view not in wanted:
            yield from why.fired(view, found)
    if isinstance(expected.rule, str) and expected.rule not in [view.id for view in found.rules]:
        yield f"rule {expected.rule} is not in the bundle: it can never fire"
    purposes = {item.name: item.purpose for item in program.signals}
    yield from why.missing_hints(found, expected.unknown, wanted, purposes)


def _was_wanted(view: RuleView, expected: Expectation) -> bool:
    """Whether a rule is the one expected, or where none is named, can show what is expected."""
    if isinstance(expected.rule, str):
        return view.id == expected.rule
    if expected.variant is None:
        return False
    arms = view.split.arms if view.split is not None else ()
    return expected.variant in (view.variant, *(arm.variant for arm in arms))
