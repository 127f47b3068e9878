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
    KEPT = "KEPT"
    """It fired for somebody who sees its variant already."""
    ARM_BLOCKED = "ARM_BLOCKED"
    """It fired, but a guardrail blocks the arm: the default shows."""
    FALSE = "FALSE"
    UNKNOWN = "UNKNOWN"
    OUT_OF_SCHEDULE = "OUT_OF_SCHEDULE"
    STOPPED = "STOPPED"
    NOT_ENROLLED = "NOT_ENROLLED"
    SUPPRESSED = "SUPPRESSED"
    CAPPED = "CAPPED"
    """By a frequency cap, or by the changes that a session may have."""
    COOLING_DOWN = "COOLING_DOWN"
    OTHER_THEME = "OTHER_THEME"
    NO_STATE = "NO_STATE"
    NOT_REACHED = "NOT_REACHED"
    """An earlier rule or step decided; the truth of its condition is still given."""


DECIDED = frozenset({Outcome.FIRED, Outcome.KEPT, Outcome.ARM_BLOCKED})
"""Of the one rule that decided."""


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
    so_far: JsonValue = None
    """Of an aggregate that is not observed for its whole window yet: at least this."""


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
class StoredValue:
    """What the state holds of a segment; value and `since` None: nothing yet. Times are epoch ms;
    `due` None: it is evaluated anew on an event that has not come, or never again. `too_old` True:
    it does not count."""

    cadence: str
    value: bool | None
    since: int | None
    due: int | None
    too_old: bool | None = None


@dataclass(frozen=True, slots=True)
class SegmentView:
    number: int
    name: str | None
    expression: str | None
    owner: str | None
    truth: Truth
    condition: ConditionView
    stored: StoredValue | None = None
    """A value in it is what counts, unless it is too old; the condition is what it would be now."""


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
    stored: str | None = None
    """The arm that this device keeps, whatever the bucket."""
    forced: bool | None = None
    """That arm was forced, to try it out."""


@dataclass(frozen=True, slots=True)
class GuardrailView:
    """A guardrail on variants of the surface. `window` in ms, None: for ever, or there is none.
    `opens` in epoch ms: when the variants may show again, None: they may, or never will."""

    kind: str
    variants: tuple[str, ...]
    limit: int
    used: int
    left: int
    blocks: bool
    window: int | None
    opens: int | None


@dataclass(frozen=True, slots=True)
class HeldView:
    """What shows on the surface, and whether it is held: `why` has `stable_for`, `changes`, both
    or nothing. `until` (epoch ms) is when `stable_for` ends."""

    variant: str
    since: int
    held: bool
    why: tuple[str, ...]
    until: int | None
    changes: int
    """In this session."""
    budget: int | None


@dataclass(frozen=True, slots=True)
class RememberedView:
    """The device's state, as far as it matters to one surface."""

    first_seen: int
    session: int
    off: bool
    shows: HeldView | None


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
    blocked: Outcome | None = None
    """Of a blocked arm: what blocks it, as a rule would be passed over."""
    stopped: bool | None = None
    """Whether its `stop_when` is true; None: it has none."""
    suppressed: bool | None = None
    """Whether a condition suppresses the variant; None: there is none."""
    unwanted: bool | None = None
    """True: the person said "not interested" or "less of this"."""
    theme: str | None = None
    """The theme that a surface before has set, where it keeps this rule from firing."""
    guardrails: tuple[GuardrailView, ...] | None = None
    """Those on what it shows; None: there is none, or no state."""


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
    surface_holdout: BucketView | None = None
    """The holdout of this surface alone."""
    without_state: bool | None = None
    """The bundle remembers, and no state was given."""
    remembered: RememberedView | None = None

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
