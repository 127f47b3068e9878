"""What `explain` gives: plain frozen values, each of them JSON once `plain` has walked over it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum, StrEnum
from typing import TypeAlias

from tacit.runtime._model import JsonValue, Range


class Truth(StrEnum):
    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"

    @staticmethod
    def of(value: bool | None) -> Truth:
        return Truth.UNKNOWN if value is None else Truth.TRUE if value else Truth.FALSE


class Outcome(StrEnum):
    """What became of a rule: it fired, why it was passed over, or that nobody asked it."""

    FIRED = "FIRED"
    FALSE = "FALSE"
    UNKNOWN = "UNKNOWN"
    OUT_OF_SCHEDULE = "OUT_OF_SCHEDULE"
    NOT_ENROLLED = "NOT_ENROLLED"
    NOT_REACHED = "NOT_REACHED"
    """An earlier rule or step decided; the truth of its condition is still given."""


@dataclass(frozen=True, slots=True)
class SignalView:
    """A signal as it was in this call: a value, or why it is missing."""

    name: str
    type: str
    value: JsonValue = None
    missing: str | None = None
    given: str | None = None
    """What came instead of a usable value, shortened."""
    hidden: bool = False
    """There is a value, or something given, that is not shown."""


@dataclass(frozen=True, slots=True)
class TestView:
    """One test: a signal against constants, a segment, or a constant."""

    truth: Truth
    text: str
    signal: SignalView | None = None
    segment: int | None = None
    element: str | None = None
    """The first element of the list for which the body holds."""


@dataclass(frozen=True, slots=True)
class GroupView:
    """`all` or `any` of the terms."""

    truth: Truth
    of: str
    terms: tuple[ConditionView, ...]


ConditionView: TypeAlias = TestView | GroupView


@dataclass(frozen=True, slots=True)
class SegmentView:
    number: int
    name: str | None
    expression: str | None
    owner: str | None
    truth: Truth
    condition: ConditionView


@dataclass(frozen=True, slots=True)
class ScheduleView:
    """`at` and the bounds are epoch ms; with `local`, of the wall clock there."""

    open: bool
    at: int | None
    start: int | None
    end: int | None
    local: bool


@dataclass(frozen=True, slots=True)
class ArmView:
    variant: str
    ranges: tuple[Range, ...]
    holds: bool


@dataclass(frozen=True, slots=True)
class BucketView:
    """A bucket against ranges: of a rule's traffic, or of the holdout."""

    unit: SignalView
    bucket: int | None
    ranges: tuple[Range, ...]
    inside: bool


@dataclass(frozen=True, slots=True)
class SplitView:
    unit: SignalView
    bucket: int | None
    experiment: str | None
    arms: tuple[ArmView, ...]


@dataclass(frozen=True, slots=True)
class RuleView:
    number: int
    id: str | None
    owner: str | None
    outcome: Outcome
    truth: Truth
    expression: str | None
    condition: ConditionView
    schedule: ScheduleView | None
    traffic: BucketView | None
    split: SplitView | None
    variant: str | None
    """What it shows, or would show; None for a split whose bucket no arm holds."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why `surface` shows `variant`. `reason` and `rule` are those of the decision."""

    project: str
    surface: str
    variant: str | None
    reason: str
    rule: str | int | None
    explanation: str | None
    unknown: tuple[str, ...]
    now: int
    consent: tuple[str, ...] | None
    """The purposes granted, of those that the bundle knows; None: it knows none."""
    forbidden: str | None
    """Why it is never personalized, where the bundle says so."""
    expires: int | None
    holdout: BucketView | None
    rules: tuple[RuleView, ...]
    segments: tuple[SegmentView, ...]
    """Those the rules use, directly or through others, in declared order."""
    signals: tuple[SignalView, ...]
    """Those the surface reads, in declared order."""

    def to_json(self) -> dict[str, JsonValue]:
        """Nothing but JSON; `None` fields are left out except in the decision itself."""
        whole = plain(self)
        assert isinstance(whole, dict)
        return {"variant": None, "rule": None, **whole}

    def text(self) -> str:
        """For people, in lines of any width."""
        from tacit.runtime._explain_text import render  # it needs these types

        return render(self)


def plain(value: object) -> JsonValue:
    if is_dataclass(value):
        found = {field.name: getattr(value, field.name) for field in fields(value)}
        return {name: plain(item) for name, item in found.items() if item is not None}
    if isinstance(value, Enum):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    assert value is None or isinstance(value, bool | int | float | str)
    return value
