"""The `tests:` section as typed values. Running them is the work of the command line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar

from pydantic import TypeAdapter, ValidationError
from tacit.compiler import ir, models
from tacit.compiler.cases_history import Moment, Record, history
from tacit.compiler.ir import JsonValue
from tacit.compiler.nodes import Path, path_text
from tacit.compiler.quantities import duration_ms, instant
from tacit.compiler.resolve_context import Context, suggestion
from tacit.compiler.spans import Span
from tacit.compiler.values import why_missing

_NOW: TypeAdapter[str | int] = TypeAdapter(models.Now)


class Unstated(Enum):
    """The one value that says: the test does not say."""

    UNSTATED = "unstated"


@dataclass(frozen=True, slots=True)
class Given:
    """A signal's value, and when it was observed (epoch milliseconds) if the test says so."""

    value: JsonValue
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Expectation:
    """What one surface is expected to show. None (of `rule`: UNSTATED) is not checked.

    `unknown` are the missing signals, in declared order.
    """

    surface: str
    variant: str | None = None
    reason: str | None = None
    rule: str | Unstated | None = Unstated.UNSTATED
    unknown: tuple[str, ...] | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A later moment of a test; what is not said anew is as before."""

    now: int
    given: Mapping[str, Given]
    missing: tuple[str, ...]
    consent: tuple[str, ...]
    records: tuple[Record, ...]  # since the moment before
    expect: tuple[Expectation, ...]
    path: str = ""
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class TestCase:
    """One test of the rules: signals, time (epoch milliseconds) and consent in, decisions out.

    `records` is what happened before `now`, in order; the device was first seen at `first_seen`.
    """

    __test__: ClassVar[bool] = False  # not a test class of pytest

    name: str
    given: Mapping[str, Given]
    missing: tuple[str, ...]
    now: int | None
    consent: tuple[str, ...]
    expect: tuple[Expectation, ...]
    without_state: bool = False
    observed: int | None = None  # milliseconds before `now`, if the test says so
    records: tuple[Record, ...] = ()
    then: tuple[Step, ...] = ()
    path: str = ""
    span: Span | None = None

    @property
    def first_seen(self) -> int | None:
        """As the test says, or else when the first thing happened; None without `now`."""
        if self.now is None:
            return None
        if self.observed is not None:
            return self.now - self.observed
        return min((record.at for record in self.records), default=self.now)


def resolve_cases(context: Context, surfaces: Mapping[str, ir.Surface]) -> tuple[TestCase, ...]:
    """Check the tests against what the project declares; `surfaces` are the ones that are sound."""
    project = context.project
    cases = []
    first: dict[str, Path] = {}
    for index, model in enumerate(project.tests):
        if model is None:
            continue
        path: Path = ("tests", index)
        if model.name in first:
            labels = context.label((*first[model.name], "name"), "first here")
            context.at_value("W341", (*path, "name"), name=model.name, labels=labels)
        first.setdefault(model.name, path)
        cases.append(_case(context, surfaces, path, model))
    return tuple(cases)


def _case(
    context: Context, surfaces: Mapping[str, ir.Surface], path: Path, model: models.TestModel
) -> TestCase:
    given = _all_given(context, path, model.given, model.missing)
    _purposes_known(context, path, model.consent)
    if model.now is None:
        why = _needs_now(context, (surfaces[name] for name in model.expect if name in surfaces))
        if why is None and any(item.at is not None for item in given.values()):
            why = "a value says when it was observed"
        relative = ("events", "observed", "then")
        why = why or next((f"it has `{key}`" for key in relative if getattr(model, key)), None)
        if why is not None:
            context.at_value("E345", (*path, "name"), why=why)
    if model.state is not None:
        for key in ("events", "observed", "then"):
            if getattr(model, key):
                context.at_key("E375", (*path, key), key=key)
    now = _moment(model.now)
    observed = duration_ms(model.observed) if model.observed is not None else None
    records: tuple[Record, ...] = ()
    steps: tuple[Step, ...] = ()
    if now is not None:
        since = now - observed if observed is not None else None
        moment = Moment(now, since, first=True)
        records = history(context, surfaces, (*path, "events"), model.events, moment)
        start = Step(now, given, tuple(model.missing), tuple(model.consent), (), ())
        steps = _steps(context, surfaces, (*path, "then"), model.then, start)
    return TestCase(
        name=model.name,
        given=given,
        missing=tuple(model.missing),
        now=now,
        consent=tuple(model.consent),
        expect=_expectations(context, surfaces, path, model.expect),
        without_state=model.state is not None,
        observed=observed,
        records=records,
        then=steps,
        path=path_text(path),
        span=context.project.span((*path, "name")),
    )


def _steps(
    context: Context,
    surfaces: Mapping[str, ir.Surface],
    path: Path,
    found: list[models.StepModel],
    before: Step,
) -> tuple[Step, ...]:
    """The steps at `path`, each going on from the one before."""
    steps = []
    for number, model in enumerate(found):
        here = (*path, number)
        now = before.now + (duration_ms(model.after) or 0)
        given = _all_given(context, here, model.given, model.missing)
        kept = {name: item for name, item in before.given.items() if name not in model.missing}
        stated = [name for name in before.missing if name not in model.given]
        consent = before.consent
        if model.consent is not None:
            _purposes_known(context, here, model.consent)
            consent = tuple(model.consent)
        moment = Moment(now, before.now, first=False)
        before = Step(
            now=now,
            given={**kept, **given},
            missing=tuple(dict.fromkeys((*stated, *model.missing))),
            consent=consent,
            records=history(context, surfaces, (*here, "events"), model.events, moment),
            expect=_expectations(context, surfaces, here, model.expect),
            path=path_text(here),
            span=context.project.key_span((*here, "after")),
        )
        steps.append(before)
    return tuple(steps)


def _purposes_known(context: Context, path: Path, consent: list[str]) -> None:
    declared = [signal.purpose for _, signal in context.signals.values()]
    declared += [event.purpose for event in context.events.values()]
    purposes = {purpose for purpose in declared if purpose is not None}
    for index, purpose in enumerate(consent):
        if purpose not in purposes and not context.faulty and not context.faulty_events:
            advice = suggestion(purpose, "purposes", sorted(purposes))
            context.at_value("E343", (*path, "consent", index), name=purpose, advice=advice)


def _moment(now: str | int | None) -> int | None:
    if not isinstance(now, str):
        return now
    found = instant(now)
    return found.ms if found is not None else None


def _needs_now(context: Context, surfaces: Iterable[ir.Surface]) -> str | None:
    """Why the outcome of these surfaces depends on the time, if it does."""
    project = context.project
    if project.expires is not None and project.on_expired == "defaults":
        return "the bundle expires"
    for surface in surfaces:
        for rule in surface.rules:
            if rule.schedule is not None:
                return f"the rule `{rule.id}` of the surface `{surface.name}` has a schedule"
    return None


# ------------------------------------------------------------------- given


def _all_given(
    context: Context, path: Path, given: Mapping[str, Any], missing: list[str]
) -> dict[str, Given]:
    """The values given at `path`, and a look at the names of what is missing."""
    for index, name in enumerate(missing):
        _signal_known(context, (*path, "missing", index), name)
        if name in given:
            labels = context.label((*path, "given", name), "given here")
            context.at_value("E344", (*path, "missing", index), name=name, labels=labels)
    return {
        name: _given(context, (*path, "given", name), name, value) for name, value in given.items()
    }


def _signal_known(context: Context, path: Path, name: str, *, at_key: bool = False) -> bool:
    """Whether the host can give a signal of this name; complains if it is not declared."""
    if context.host(name) is not None or name in context.faulty:
        return True
    advice = suggestion(name, "signals", context.host_names())
    if name in context.aggregates:
        advice = "aggregates come of what happened: write it under `events`"
    complain = context.at_key if at_key else context.at_value
    complain("E340", path, name=name, advice=advice)
    return False


def _given(context: Context, path: Path, name: str, value: Any) -> Given:
    at: int | None = None
    if isinstance(value, dict):
        if set(value) != {"value", "at"} or isinstance(value["value"], dict):
            context.at_value("E346", path)
            return Given(None)
        try:
            at = _moment(_NOW.validate_python(value["at"]))
        except ValidationError:
            context.at_value("E130", (*path, "at"), text=value["at"])
        value = value["value"]
    known = _signal_known(context, path, name, at_key=True)
    signal = context.host(name)
    if known and signal is not None:
        why = why_missing(signal[1], value)
        if why is not None:
            context.at_value("W340", path, name=name, why=why)
    return Given(value, at)


# ------------------------------------------------------------------ expect


def _expectations(
    context: Context,
    surfaces: Mapping[str, ir.Surface],
    path: Path,
    expect: Mapping[str, str | models.ExpectModel],
) -> tuple[Expectation, ...]:
    found = (
        _expectation(context, surfaces, (*path, "expect", name), name, item)
        for name, item in expect.items()
    )
    return tuple(item for item in found if item is not None)


def _expectation(
    context: Context,
    surfaces: Mapping[str, ir.Surface],
    path: Path,
    name: str,
    item: str | models.ExpectModel,
) -> Expectation | None:
    if name not in context.project.surfaces:
        advice = suggestion(name, "surfaces", context.project.surfaces)
        context.at_key("E341", path, name=name, advice=advice)
        return None
    surface = surfaces.get(name)
    if surface is None:
        return None
    short = isinstance(item, str)
    model = models.ExpectModel(variant=item) if isinstance(item, str) else item
    variants = [variant.id for variant in surface.variants]
    if model.variant is not None and model.variant not in variants:
        where = path if short else (*path, "variant")
        advice = suggestion(model.variant, "variants", variants)
        values = {"name": model.variant, "surface": name, "advice": advice}
        context.at_value("E301", where, **values)
    rules = [rule.id for rule in surface.rules]
    if model.rule is not None and model.rule not in rules:
        advice = suggestion(model.rule, "rules", rules)
        values = {"name": model.rule, "surface": name, "advice": advice}
        context.at_value("E342", (*path, "rule"), **values)
    unknown = None
    if model.unknown is not None:
        for index, signal in enumerate(model.unknown):
            if signal not in context.aggregates:
                _signal_known(context, (*path, "unknown", index), signal)
        unknown = tuple(signal for signal in context.signals if signal in model.unknown)
    return Expectation(
        surface=name,
        variant=model.variant,
        reason=model.reason,
        rule=model.rule if "rule" in model.model_fields_set else Unstated.UNSTATED,
        unknown=unknown,
        span=context.project.key_span(path),
    )
