"""The typed IR: what the checker makes, the passes rewrite, the encoder writes.

A condition is a tree over *literals*. A literal is the smallest test, over one signal (or one
segment) and constants. Truth is strong Kleene: a literal over a missing signal is unknown, `Has`
alone never is. `Not` and `Choose` exist only before the pass `negation_to_leaves`; after it a
condition is `All`, `Any`, `Constant` and literals whose `negated` flag says the rest.

Every type here is frozen; signals, segments, surfaces and variants are referred to by index.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from tacit.compiler import ir_state
from tacit.compiler.spans import Span

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
Version: TypeAlias = tuple[int, int, int, int]
"""Four dotted parts; the ones not written are zero."""


class SignalType(StrEnum):
    BOOL = "bool"
    INT = "int"
    DOUBLE = "double"
    STRING = "string"
    ENUM = "enum"
    VERSION = "version"
    STRING_LIST = "string_list"


class Place(StrEnum):
    """Where a surface may be decided."""

    DEVICE = "device"
    EDGE = "edge"
    BOTH = "both"


class Zone(StrEnum):
    """The clock a schedule is read on."""

    UTC = "utc"
    LOCAL = "local"


# ---------------------------------------------------------------- conditions


class Relation(StrEnum):
    EQ = "=="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="


class Affix(StrEnum):
    """How a text is looked for in a string."""

    STARTS = "startsWith"
    ENDS = "endsWith"
    CONTAINS = "contains"


@dataclass(frozen=True, slots=True)
class Has:
    """The signal is present. Never unknown."""


@dataclass(frozen=True, slots=True)
class IsTrue:
    """A bool signal is true."""


@dataclass(frozen=True, slots=True)
class Compare:
    """A number or a version stands in `relation` to a constant.

    An int signal has int constants, a double signal floats, a version signal `Version`.
    """

    relation: Relation
    value: int | float | Version


@dataclass(frozen=True, slots=True)
class Among:
    """The value is one of `values` (distinct, sorted; numbers, strings, enum members or versions).

    `x == "a"` on a string or enum is `Among(("a",))`; `!=` is the same, negated.
    """

    values: tuple[int, ...] | tuple[float, ...] | tuple[str, ...] | tuple[Version, ...]


@dataclass(frozen=True, slots=True)
class TextMatch:
    """A string starts with, ends with or contains `text`."""

    affix: Affix
    text: str


@dataclass(frozen=True, slots=True)
class Size:
    """The size of a string (code points) or list (elements) stands in `relation` to `value`."""

    relation: Relation
    value: int


@dataclass(frozen=True, slots=True)
class Includes:
    """A string list includes `value`."""

    value: str


@dataclass(frozen=True, slots=True)
class Exists:
    """Some element of a string list satisfies `body`.

    `body` is a condition whose literals all test the element: their `signal` is the list's index,
    their tests are `Among`, `TextMatch` or `Size` as over a string. An element is never missing.
    `all(x, p)` is written as not exists(x, not p).
    """

    body: Condition


Test: TypeAlias = Has | IsTrue | Compare | Among | TextMatch | Size | Includes | Exists


@dataclass(frozen=True, slots=True)
class Constant:
    value: bool


@dataclass(frozen=True, slots=True)
class Literal:
    """`test` over signal number `signal`; if `negated`, its Kleene negation."""

    signal: int
    test: Test
    negated: bool = False


@dataclass(frozen=True, slots=True)
class SegmentIs:
    """Segment number `segment` is true; if `negated`, its Kleene negation."""

    segment: int
    negated: bool = False


@dataclass(frozen=True, slots=True)
class All:
    """Conjunction; two terms or more."""

    terms: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """Disjunction; two terms or more."""

    terms: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    term: Condition


@dataclass(frozen=True, slots=True)
class Choose:
    """`test ? then : otherwise`: (test&&then) || (!test&&otherwise) || (test&&!test)."""

    test: Condition
    then: Condition
    otherwise: Condition


Condition: TypeAlias = Constant | Literal | SegmentIs | All | Any | Not | Choose

# --------------------------------------------------------------- declarations


@dataclass(frozen=True, slots=True)
class Signal:
    """A typed input. `None` in a bound means the type's own default (see FORMAT.md)."""

    name: str
    type: SignalType
    source: str  # device | request | session | declared
    category: str | None = None
    sensitivity: str = "personal"  # none | personal | sensitive
    purpose: str | None = None  # None: necessary
    values: tuple[str, ...] = ()  # members of an enum, in declared order
    minimum: int | float | None = None
    maximum: int | float | None = None
    max_length: int = 256  # code points: a string, a list's element, enum or version
    max_items: int = 64  # elements of a list
    max_age_ms: int | None = None
    duration: bool = False  # an int in milliseconds that expressions compare with `duration(...)`
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    name: str
    condition: Condition
    source_text: str
    owner: str | None = None
    cadence: ir_state.Cadence = ir_state.Cadence.LIVE
    refresh_on: tuple[int, ...] = ()  # events, rising; of cadence EVENTS
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Variant:
    id: str
    content: JsonValue = None
    theme: str | None = None  # what the other surfaces of a coherence group must agree with
    topics: tuple[str, ...] = ()  # sorted; what a person may say "less of" to
    span: Span | None = None


Range: TypeAlias = tuple[int, int]
"""A half-open run of bucket positions, 0 <= start < end <= 10000."""


@dataclass(frozen=True, slots=True)
class Show:
    """Outcome: one variant (index on its surface)."""

    variant: int


@dataclass(frozen=True, slots=True)
class Split:
    """Outcome: the variant whose arm holds the unit's bucket; none: not enrolled.

    `arms` are (variant index on the surface, ranges). `experiment` is None for a rule's own split.
    """

    unit: int
    salt: str
    arms: tuple[tuple[int, tuple[Range, ...]], ...]
    experiment: str | None = None
    sticky: bool = False  # who has an arm keeps it when shares change


@dataclass(frozen=True, slots=True)
class Traffic:
    """The rule is for units whose bucket lies below `share` (basis points)."""

    unit: int
    salt: str
    share: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """Open from `start` (inclusive) until `end` (exclusive), epoch milliseconds; None: no bound.

    In zone LOCAL the bounds are wall-clock times written as if UTC, compared with
    now + utc_offset_minutes * 60000.
    """

    start: int | None = None
    end: int | None = None
    zone: Zone = Zone.UTC


@dataclass(frozen=True, slots=True)
class Rule:
    id: str
    condition: Condition
    outcome: Show | Split
    source_text: str = ""  # the expression as written; empty when the rule has no `when`
    traffic: Traffic | None = None
    schedule: Schedule | None = None
    because: tuple[tuple[str, str], ...] = ()  # (language, text), sorted by language
    owner: str | None = None
    stop: Condition | None = None  # `stop_when`: the rule is passed over while this is true
    stop_text: str = ""
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Surface:
    name: str
    place: Place
    variants: tuple[Variant, ...]
    default: int
    rules: tuple[Rule, ...] = ()
    forbidden: str | None = None  # the reason given beside `personalize: never`
    goal: str | None = None
    owner: str | None = None
    guardrails: ir_state.Guardrails | None = None
    holdout: Holdout | None = None  # of this surface alone
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Holdout:
    """Units whose bucket lies in `ranges` are kept on the default of every surface."""

    unit: int
    salt: str
    ranges: tuple[Range, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """A whole project, typed. Segments refer only to segments before them."""

    project: str
    signals: tuple[Signal, ...]
    segments: tuple[Segment, ...]
    surfaces: tuple[Surface, ...]
    holdout: Holdout | None = None
    language: str = "en"  # of explanations, when the host asks for none
    expires: int | None = None  # epoch milliseconds
    on_expired: str = "serve"  # serve | defaults
    bundle_budget: int | None = None  # bytes
    surface_cost_budget: int | None = None
    state_budget: int | None = None  # bytes
    # What devices remember. Signals are those of the host, then fields of events, then aggregates.
    host_signals: int | None = None  # None: all of them
    events: tuple[ir_state.Event, ...] = ()  # sorted by name
    aggregates: tuple[ir_state.Aggregate, ...] = ()  # in the order of their signals
    caps: tuple[ir_state.Cap, ...] = ()
    cooldowns: tuple[ir_state.Cooldown, ...] = ()
    groups: tuple[ir_state.Group, ...] = ()
    less_of: int = 30 * 86_400_000  # ms: how long "less of this" lasts
    memory: ir_state.Memory | None = None  # made by `remember`, after the passes
