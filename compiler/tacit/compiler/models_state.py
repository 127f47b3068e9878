"""The models of what devices remember: events, aggregates, guardrails, groups."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Discriminator, Field, Strict, Tag
from tacit.compiler.models_base import (
    MAX_LENGTH,
    CapText,
    Category,
    Duration,
    Id,
    Model,
    Name,
    Number,
    VariantKey,
    When,
    either,
    key,
)
from tacit.runtime.format import MAX_DISTINCT, MAX_KEEP

MOST_TIMES = 1_000_000
"""Of anything that a guardrail counts."""


class FieldModel(Model):
    """A value that comes with an event."""

    type: Literal["bool", "int", "double", "string"] = key("What values the field has.", ...)
    category: Category | None = key("What kind of data it is, dotted: `user.interest`.")
    sensitivity: Literal["none", "personal", "sensitive"] = key(
        "How much it says about a person.", "personal"
    )
    min: Number | None = key("The least number that counts; below it the field is missing.")
    max: Number | None = key("The greatest number that counts.")
    max_length: int | None = key("Most characters of a string (64).", ge=1, le=MAX_LENGTH)
    description: str | None = key("For people.")


EventField: TypeAlias = Annotated[
    Annotated[Literal["bool", "int", "double", "string"], Tag("<text>")]
    | Annotated[FieldModel, Tag("<map>")],
    either("<text>", "<map>"),
]


class EventModel(Model):
    """Something that happens on the device; the host records it."""

    fields: dict[Name, EventField] = key("By name; a type, or with more keys.", {})
    purpose: Name | None = key("The consent purpose of what is kept of it; none: necessary.")
    description: str | None = key("For people.")


class StepOfFunnelModel(Model):
    """An event, or only those that satisfy a condition."""

    event: Name = key("The event.", ...)
    where: When | None = key("A condition on its fields.")


StepOfFunnel: TypeAlias = Annotated[
    Annotated[Name, Tag("<text>")] | Annotated[StepOfFunnelModel, Tag("<map>")],
    either("<text>", "<map>"),
]


class FunnelModel(Model):
    """One event came, and another did not follow."""

    reached: StepOfFunnel = key("The event that came.", ...)
    not_: StepOfFunnel = key("The event that did not follow.", ..., alias="not")
    after: Duration | None = key("How long one waits for it; none: true at once.")
    within: Duration = key("How long it stays true.", ...)


class AggregateModel(Model):
    """What the device keeps of events; read like a signal. It is one of the first six."""

    count: Name | None = key("How often the event came.")
    sum: Name | None = key("The sum of a field of the event.")
    distinct: Name | None = key("How many different values a field of the event had.")
    since: Name | None = key("The time since the event came last, compared with `duration(...)`.")
    affinity: Name | None = key("The values of a field that came most, newer ones counting more.")
    funnel: FunnelModel | None = key("One event came, and another did not follow.")
    where: When | None = key("Only events whose fields satisfy this.")
    field: Name | None = key("The field of `sum` and `distinct`.")
    within: Duration | None = key("The window of `count`, `sum` and `distinct`.")
    slot: Duration | None = key("How finely the window moves on; it divides the window.")
    limit: int | None = key("Most different values kept (64).", ge=1, le=MAX_DISTINCT)
    by: Name | None = key("The field of `affinity`, a string.")
    half_life: Duration | None = key("After this, an event counts half in `affinity`.")
    keep: int | None = key("Most values scored by `affinity` (16).", ge=1, le=MAX_KEEP)
    top: int | None = key("How many of them are read (3).", ge=1, le=MAX_KEEP)
    until_observed: Literal["unknown", "zero"] | None = key(
        "Before the device was observed for the window: `unknown`, or `zero`, as if nothing came."
    )
    purpose: Name | None = key("The consent purpose; that of its event unless said.")
    owner: str | None = key("The team that answers for it.")
    description: str | None = key("For people.")


AGGREGATE_KINDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "count": (("within",), ("where", "slot", "until_observed")),
    "sum": (("field", "within"), ("where", "slot", "until_observed")),
    "distinct": (("field", "within"), ("where", "slot", "limit", "until_observed")),
    "since": ((), ("where",)),
    "affinity": (("by", "half_life"), ("where", "keep", "top")),
    "funnel": ((), ("until_observed",)),
}
"""Kind -> (keys it needs, keys it may have)."""


def _cap_form(*wholes: str) -> Discriminator:
    """A number or a text; of other forms only the `wholes`, and a text is wanted for the rest."""

    def form(value: Any) -> str:
        if type(value) is int:
            return "<int>"
        found = "<map>" if isinstance(value, dict) else "<list>" if isinstance(value, list) else ""
        return found if found in wholes else "<text>"

    return Discriminator(form)


_Times: TypeAlias = Annotated[int, Strict(), Field(ge=0, le=MOST_TIMES), Tag("<int>")]
_Cap: TypeAlias = Annotated[Annotated[CapText, Tag("<text>")] | _Times, _cap_form()]
_CapList: TypeAlias = Annotated[list[_Cap], Field(min_length=1), Tag("<list>")]
Caps: TypeAlias = Annotated[
    Annotated[CapText, Tag("<text>")] | _Times | _CapList, _cap_form("<list>")
]
"""`3 per 24h`; `2`, which is for ever; or a list of these."""
SurfaceCaps: TypeAlias = Annotated[
    Annotated[CapText, Tag("<text>")]
    | _Times
    | _CapList
    | Annotated[dict[VariantKey, Caps], Field(min_length=1), Tag("<map>")],
    _cap_form("<list>", "<map>"),
]
SurfaceCooldowns: TypeAlias = Annotated[
    Annotated[Duration, Tag("<text>")]
    | Annotated[dict[VariantKey, Duration], Field(min_length=1), Tag("<map>")],
    either("<text>", "<map>"),
]
WithoutState: TypeAlias = Literal["allow", "pass_over"]


class SuppressModel(Model):
    """When a variant does not show."""

    when: When | None = key("While this condition is true.")
    dismissed: int | None = key("Once it was dismissed so often.", ge=1, le=MOST_TIMES)
    shown_without_click: int | None = key(
        "Once it was shown so often without a click.", ge=1, le=MOST_TIMES
    )


class GuardrailsModel(Model):
    """What keeps a surface from being a nuisance."""

    cap: SurfaceCaps | None = key(
        "Most shows by variant: `{shoes: 3 per 24h}`; `*` or a cap alone: of all but the default."
    )
    cooldown: SurfaceCooldowns | None = key(
        "The least time between two shows, by variant, or of all but the default together."
    )
    changes_per_session: int | None = key(
        "How often one session may see it change.", ge=0, le=MOST_TIMES
    )
    stable_for: Duration | None = key("How long it keeps what it shows, while that is right.")
    suppress: dict[Id, SuppressModel] | None = key(
        "When a variant does not show, by variant.", min_length=1
    )
    without_state: WithoutState | None = key(
        "What a place without state does with guarded variants: `pass_over` (unless said), `allow`."
    )


class GroupModel(Model):
    """Variants that are counted together, or surfaces that show one theme."""

    variants: list[str] | None = key("Variants, as `surface.variant`.", min_length=1)
    cap: Caps | None = key("Most shows of all of them: `5 per 24h`.")
    cooldown: Duration | None = key("The least time between two shows of any of them.")
    without_state: WithoutState | None = key(
        "What a place without state does with them: `pass_over` (unless said) or `allow`."
    )
    coherent: list[Id] | None = key("Surfaces that show one theme.", min_length=1)
    description: str | None = key("For people.")
