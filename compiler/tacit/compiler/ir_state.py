"""The IR of what a device remembers, in two forms.

What people wrote: events, aggregates, guardrails, groups (part of the program that `resolve`
makes). What the stage `remember` makes of it: items of state, the machine signals derived from
them, and what each rule stands for (`Memory`; bundles/STATE.md explains every table).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from tacit.compiler.spans import Span
from tacit.runtime.format import Cadence, GuardKind, ItemKind, Role, Standing

if TYPE_CHECKING:
    from tacit.compiler.ir import Condition

__all__ = [
    "Affinity",
    "Aggregate",
    "AggregateKind",
    "Cadence",
    "Cap",
    "Cooldown",
    "Count",
    "Derived",
    "Distinct",
    "Event",
    "ExperimentRow",
    "FirstSeen",
    "Funnel",
    "Group",
    "GroupRow",
    "Guard",
    "GuardKind",
    "Guardrails",
    "Hold",
    "Item",
    "ItemKind",
    "Memory",
    "Occurrence",
    "Role",
    "RuleRow",
    "SessionNumber",
    "Since",
    "Standing",
    "Sum",
    "Suppress",
    "Window",
    "occurrences",
]

# ---------------------------------------------------------------- as written


@dataclass(frozen=True, slots=True)
class Window:
    """`slots` slots of `slot` milliseconds."""

    slot: int
    slots: int


@dataclass(frozen=True, slots=True)
class Event:
    """`fields` are the indexes of its field signals, whose names are `event.field`."""

    name: str
    fields: tuple[int, ...] = ()
    purpose: str | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An event that satisfies a condition on its fields; `where` None: every one."""

    event: int
    where: Condition | None = None
    where_text: str = ""


@dataclass(frozen=True, slots=True)
class Count:
    of: Occurrence
    window: Window


@dataclass(frozen=True, slots=True)
class Sum:
    of: Occurrence
    field: int
    window: Window


@dataclass(frozen=True, slots=True)
class Distinct:
    of: Occurrence
    field: int
    window: Window
    limit: int


@dataclass(frozen=True, slots=True)
class Since:
    of: Occurrence


@dataclass(frozen=True, slots=True)
class Affinity:
    """Scores per value of `field`, halved every `half_life`; read as the `top` best keys."""

    of: Occurrence
    field: int
    half_life: int  # ms, a multiple of 16
    keep: int
    top: int


@dataclass(frozen=True, slots=True)
class Funnel:
    reached: Occurrence
    not_: Occurrence
    after: int
    within: int


@dataclass(frozen=True, slots=True)
class FirstSeen:
    """Built in: `first_seen`, the time since the device was first seen."""


@dataclass(frozen=True, slots=True)
class SessionNumber:
    """Built in: `session_number`."""


AggregateKind: TypeAlias = (
    Count | Sum | Distinct | Since | Affinity | Funnel | FirstSeen | SessionNumber
)


def occurrences(kind: AggregateKind) -> tuple[Occurrence, ...]:
    """The events that an aggregate is made of."""
    match kind:
        case Funnel(reached, not_):
            return reached, not_
        case FirstSeen() | SessionNumber():
            return ()
        case counted:
            return (counted.of,)


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A number, text list or bool that the device keeps; `signal` is what expressions read.

    `least` is the signal `name.least`, the value so far, of an aggregate that is an interval until
    the device has been observed for its window; None: it is never an interval.
    """

    name: str
    kind: AggregateKind
    signal: int
    least: int | None = None
    zero: bool = False  # until_observed: zero
    purpose: str | None = None
    owner: str | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `limit` shows of any of `variants` in the window; None: ever.

    `variants` are (surface, variant) indexes; `whole`: all of a surface but its default, whatever
    these are.
    """

    variants: tuple[tuple[int, int], ...]
    limit: int
    window: Window | None
    without_state: bool = False  # allowed when there is no state
    span: Span | None = None
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Cooldown:
    """At least `length` milliseconds between two shows of any of `variants`."""

    variants: tuple[tuple[int, int], ...]
    length: int
    without_state: bool = False
    span: Span | None = None
    whole: bool = False  # as of a cap


@dataclass(frozen=True, slots=True)
class Suppress:
    """When a variant is not shown: a condition, after dismissals, after shows without a click."""

    variant: int
    when: Condition | None = None
    when_text: str = ""
    dismissed: int | None = None
    unclicked: int | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Guardrails:
    """What one surface declares beside its caps and cooldowns, which are the program's."""

    stable_for: int | None = None  # ms
    changes_per_session: int | None = None
    suppress: tuple[Suppress, ...] = ()
    without_state: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Surfaces (rising) that show one theme."""

    name: str
    surfaces: tuple[int, ...]
    span: Span | None = None


# ---------------------------------------------------------------- as remembered


@dataclass(frozen=True, slots=True)
class Item:
    """A row of STATE.md 2.2: `arguments` as there, in order; `name` is for people and dumps."""

    kind: ItemKind
    key: int
    purpose: str | None
    arguments: tuple[int, ...]
    variants: tuple[int, ...] = ()
    events: tuple[int, ...] = ()  # of a SEGMENT with cadence EVENTS
    name: str = ""


@dataclass(frozen=True, slots=True)
class Derived:
    """What a machine signal is worked out from, STATE.md 2.3."""

    role: Role
    arguments: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Guard:
    kind: GuardKind
    allow: bool
    item: int
    limit: int


@dataclass(frozen=True, slots=True)
class Hold:
    """`entries` are (written rule, variant), rising."""

    item: int
    stable_for: int
    changes: int | None
    allow: bool
    entries: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class ExperimentRow:
    key: int
    sticky: bool
    arms: tuple[str, ...]
    id: str = ""


@dataclass(frozen=True, slots=True)
class RuleRow:
    """STATE.md 2.7, for one rule of the program."""

    written: int
    standing: Standing = Standing.WRITTEN
    experiment: int | None = None
    stop_terms: int = 0
    suppress_terms: int = 0
    block_term: bool = False
    theme_term: bool = False


@dataclass(frozen=True, slots=True)
class GroupRow:
    """`of_variants`: per variant of these surfaces 0 for none, else its theme + 1."""

    surfaces: tuple[int, ...]
    themes: tuple[str, ...]
    of_variants: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Memory:
    """Section 6 of the bundle. `wheres` are conditions over field signals."""

    host_signals: int
    field_signals: int
    events: tuple[Event, ...]
    wheres: tuple[Condition, ...]
    items: tuple[Item, ...]
    declared: tuple[bool, ...]  # per host signal
    derived: tuple[Derived, ...]  # per machine signal
    guards: tuple[Guard, ...]
    holds: tuple[Hold, ...]
    experiments: tuple[ExperimentRow, ...]
    written: tuple[int, ...]  # rules as written, per surface
    rules: tuple[RuleRow, ...]  # per rule of the program
    rule_keys: tuple[int, ...]  # per written rule
    groups: tuple[GroupRow, ...]
    topics: tuple[str, ...]
    variant_topics: tuple[tuple[int, ...], ...]
    less_of: int  # ms
    retention: int  # ms
    largest: int  # bytes
