"""The `tests:` section as typed values. Running them is the work of the command line."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar

from pydantic import TypeAdapter, ValidationError
from tacit.compiler import ir, models
from tacit.compiler.ir import JsonValue, SignalType
from tacit.compiler.nodes import Path, path_text
from tacit.compiler.quantities import instant
from tacit.compiler.resolve_context import Context, suggestion
from tacit.compiler.shape import describe
from tacit.compiler.spans import Span

_VERSION = re.compile(r"[0-9]{1,8}(\.[0-9]{1,8}){0,3}")
_VERSION_LIMIT = 2**26
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
class TestCase:
    """One test of the rules: signals, time (epoch milliseconds) and consent in, decisions out."""

    __test__: ClassVar[bool] = False  # not a test class of pytest

    name: str
    given: Mapping[str, Given]
    missing: tuple[str, ...]
    now: int | None
    consent: tuple[str, ...]
    expect: tuple[Expectation, ...]
    path: str = ""
    span: Span | None = None


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
    given = {
        name: _given(context, (*path, "given", name), name, value)
        for name, value in model.given.items()
    }
    for index, name in enumerate(model.missing):
        _signal_known(context, (*path, "missing", index), name)
        if name in model.given:
            labels = context.label((*path, "given", name), "given here")
            context.at_value("E344", (*path, "missing", index), name=name, labels=labels)
    purposes = {signal.purpose for _, signal in context.signals.values() if signal.purpose}
    for index, purpose in enumerate(model.consent):
        if purpose not in purposes and not context.faulty:
            advice = suggestion(purpose, "purposes", sorted(purposes))
            context.at_value("E343", (*path, "consent", index), name=purpose, advice=advice)
    expect = [
        _expectation(context, surfaces, (*path, "expect", name), name, item)
        for name, item in model.expect.items()
    ]
    if model.now is None:
        why = _needs_now(context, (surfaces[name] for name in model.expect if name in surfaces))
        if why is None and any(item.at is not None for item in given.values()):
            why = "a value says when it was observed"
        if why is not None:
            context.at_value("E345", (*path, "name"), why=why)
    return TestCase(
        name=model.name,
        given=given,
        missing=tuple(model.missing),
        now=_moment(model.now),
        consent=tuple(model.consent),
        expect=tuple(item for item in expect if item is not None),
        path=path_text(path),
        span=context.project.span((*path, "name")),
    )


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


def _signal_known(context: Context, path: Path, name: str, *, at_key: bool = False) -> bool:
    if name in context.signals or name in context.faulty:
        return True
    advice = suggestion(name, "signals", context.signals)
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
    if _signal_known(context, path, name, at_key=True) and name in context.signals:
        why = why_missing(context.signals[name][1], value)
        if why is not None:
            context.at_value("W340", path, name=name, why=why)
    return Given(value, at)


def why_missing(signal: ir.Signal, value: Any) -> str | None:
    """Why a runtime takes this value for missing; None if it does not."""
    if value is None:
        return "null is no value"
    match signal.type:
        case SignalType.BOOL:
            fits = isinstance(value, bool)
        case SignalType.INT | SignalType.DOUBLE:
            return _why_not_number(signal, value)
        case SignalType.STRING_LIST:
            return _why_not_list(signal, value)
        case _:
            fits = isinstance(value, str)
    if not fits:
        return f"it is of type {signal.type.value}, and {describe(value)} is not"
    if signal.type is SignalType.ENUM and value not in signal.values:
        return f"`{value}` is not one of its values"
    if signal.type is SignalType.STRING and len(value) > signal.max_length:
        return f"it has at most {signal.max_length} characters"
    if signal.type is SignalType.VERSION:
        parts = value.split(".") if _VERSION.fullmatch(value) else []
        if not parts or any(int(part) >= _VERSION_LIMIT for part in parts):
            return f"`{value}` is not a version"
    return None


def _why_not_number(signal: ir.Signal, value: Any) -> str | None:
    whole = signal.type is SignalType.INT
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"it is of type {signal.type.value}, and {describe(value)} is not"
    if isinstance(value, float) and not math.isfinite(value):
        return "only finite numbers count"
    if whole and value != int(value):
        return f"it is an int, and {value} is not whole"
    if (whole or isinstance(value, int)) and abs(value) > models.MAX_INT:
        return "whole numbers count up to 2^53 - 1"
    if signal.minimum is not None and value < signal.minimum:
        return f"it is at least {signal.minimum}"
    if signal.maximum is not None and value > signal.maximum:
        return f"it is at most {signal.maximum}"
    return None


def _why_not_list(signal: ir.Signal, value: Any) -> str | None:
    if not isinstance(value, list):
        return f"it is a list of texts, and {describe(value)} is not"
    if len(value) > signal.max_items:
        return f"it has at most {signal.max_items} elements"
    for item in value:
        if not isinstance(item, str):
            return f"its elements are texts, and {describe(item)} is not"
        if len(item) > signal.max_length:
            return f"its elements have at most {signal.max_length} characters"
    return None


# ------------------------------------------------------------------ expect


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
