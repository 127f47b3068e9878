"""The source language as pydantic models: the schema of a project, and a way to author one.

    ProjectModel(
        project="shop",
        signals={"country": SignalModel(type="string", source="request")},
        surfaces={"banner": SurfaceModel(default="plain", variants={"plain": None})},
    )

Durations, shares, dates and sizes stay text here. What one entry alone shows to be wrong is refused
here; whatever needs a second entry (names, sums, order) is the work of `resolve`. The type of a
custom error is the code of its diagnostic in `catalogue`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, Tag
from tacit.compiler.models_base import (
    MAX_INT,
    MAX_ITEMS,
    MAX_LENGTH,
    MAX_MEMBER_LENGTH,
    MAX_MEMBERS,
    NULLABLE,
    Category,
    Date,
    Duration,
    Id,
    Language,
    Model,
    Name,
    Number,
    Share,
    Size,
    When,
    either,
    key,
)
from tacit.compiler.models_state import (
    AGGREGATE_KINDS,
    AggregateModel,
    EventField,
    EventModel,
    FieldModel,
    FunnelModel,
    GroupModel,
    GuardrailsModel,
    StepOfFunnelModel,
    SuppressModel,
)
from tacit.compiler.models_tests import ExpectModel, Now, Reason, StepModel, TestModel

__all__ = [
    "AGGREGATE_KINDS",
    "MAX_INT",
    "MAX_ITEMS",
    "MAX_LENGTH",
    "MAX_MEMBERS",
    "MAX_MEMBER_LENGTH",
    "NULLABLE",
    "AggregateModel",
    "BudgetsModel",
    "Date",
    "Duration",
    "EventField",
    "EventModel",
    "ExpectModel",
    "ExperimentModel",
    "FieldModel",
    "FunnelModel",
    "GroupModel",
    "GuardrailsModel",
    "HoldoutModel",
    "Id",
    "Language",
    "Name",
    "Now",
    "ProjectModel",
    "Reason",
    "RefreshOnModel",
    "RuleModel",
    "Segment",
    "SegmentModel",
    "SignalModel",
    "StepModel",
    "StepOfFunnelModel",
    "SuppressModel",
    "SurfaceModel",
    "TestModel",
]


class SignalModel(Model):
    """A typed input that the host supplies; missing when absent or outside its domain."""

    type: Literal["bool", "int", "double", "string", "enum", "version", "string_list"] = key(
        "What values the signal has.", ...
    )
    source: Literal["device", "request", "session", "declared"] = key(
        "Where the value comes from: device, request, session, or declared by the person.",
        ...,
    )
    category: Category | None = key("What kind of data it is, dotted: `user.location`.")
    sensitivity: Literal["none", "personal", "sensitive"] = key(
        "How much it says about a person.", "personal"
    )
    purpose: Name | None = key(
        "The consent purpose without which the signal is missing; without one it is necessary."
    )
    values: list[str] | None = key(
        "The members of an enum, in order.", min_length=1, max_length=MAX_MEMBERS
    )
    min: Number | None = key("The least number that counts; below it the signal is missing.")
    max: Number | None = key(
        "The greatest number that counts; of a string_list the most elements (as `max_items`)."
    )
    max_length: int | None = key(
        "Most characters of a string or of a list's element (256).", ge=1, le=MAX_LENGTH
    )
    max_items: int | None = key("Most elements of a string_list (64).", ge=1, le=MAX_ITEMS)
    max_age: Duration | None = key(
        "A value observed longer ago is missing: `500ms`, `90s`, `30m`, `24h`, `7d`."
    )
    description: str | None = key("For people.")


class RefreshOnModel(Model):
    """Refresh when one of these events happens."""

    on: list[Name] = key("Names of events.", ..., min_length=1, max_length=64)


Refresh: TypeAlias = Annotated[
    Annotated[Literal["live", "hourly", "daily", "campaign"], Tag("<text>")]
    | Annotated[RefreshOnModel, Tag("<map>")],
    either("<text>", "<map>"),
]


class SegmentModel(Model):
    """A named condition."""

    when: When = key("The condition, as an expression.", ...)
    owner: str | None = key("The team that answers for it.")
    refresh: Refresh | None = key("How often it is evaluated anew (`live`).")
    description: str | None = key("For people.")


Because: TypeAlias = Annotated[
    Annotated[str, Tag("<text>")]
    | Annotated[dict[Language, str], Field(min_length=1), Tag("<map>")],
    either("<text>", "<map>"),
]
SplitField: TypeAlias = Annotated[
    Annotated[Id, Tag("<text>")] | Annotated[dict[Id, Share], Field(min_length=1), Tag("<map>")],
    either("<text>", "<map>"),
]


class RuleModel(Model):
    """A condition and what the surface shows when it is true. Rules are tried in order."""

    id: Id = key("Names the rule on its surface.", ...)
    when: When | None = key("The condition, as an expression; none: always.")
    show: Id | None = key("The variant to show.")
    split: SplitField | None = key(
        "Shares of variants that add up to 100 %, or the id of an experiment."
    )
    traffic: Share | None = key("Only for this share of units; the others try the next rule.")
    unit: Name | None = key("The signal that buckets, instead of the project's `unit`.")
    from_: Date | None = key("The first moment of the rule.", alias="from")
    until: Date | None = key("The first moment after the rule.")
    zone: Literal["utc", "local"] | None = key(
        "The clock of `from` and `until`: `utc`, or `local` by the signal `utc_offset_minutes`."
    )
    stop_when: When | None = key("The rule is passed over while this is true: `converted`.")
    because: Because | None = key("What the person may read; a text, or texts by language.")
    owner: str | None = key("The team that answers for it.")


class HoldoutModel(Model):
    """People kept on the default, to measure against."""

    unit: Name | None = key("The signal that buckets, instead of the project's `unit`.")
    share: Share = key("The share of units that is held out.", ...)


Holdout: TypeAlias = Annotated[
    Annotated[Share, Tag("<text>")] | Annotated[HoldoutModel, Tag("<map>")],
    either("<text>", "<map>"),
]


class SurfaceModel(Model):
    """A place in the product where one variant shows."""

    place: Literal["device", "edge", "both"] = key(
        "Where it may be decided; an `edge` surface reads request signals only.", "both"
    )
    owner: str | None = key("The team that answers for it.")
    goal: str | None = key("What it is to achieve.")
    default: Id = key("The variant that shows when no rule fires.", ...)
    variants: dict[Id, Any] | None = key("JSON content by variant id.", min_length=1)
    rules: list[RuleModel] = key("Tried in order; the first that is true decides.", [])
    theme: dict[Id, Id] | None = key(
        "Theme by variant id; the surfaces of a coherence group show one theme.", min_length=1
    )
    topics: dict[Id, list[Id]] | None = key(
        "What variants are about, by variant id; a person may want less of a topic.", min_length=1
    )
    guardrails: GuardrailsModel | None = key("What keeps the surface from being a nuisance.")
    holdout: Holdout | None = key(
        "People kept on the default of this surface: a share, or with a unit of its own."
    )
    personalize: Literal["never"] | None = key("`never`: always the default, by order.")
    reason: str | None = key("Why the surface is never personalized.", min_length=1)
    description: str | None = key("For people.")


class ExperimentModel(Model):
    """Arms between which units are divided; who is where is recorded in `tacit.lock`."""

    unit: Name | None = key("The signal that buckets, instead of the project's `unit`.")
    layer: Id | None = key("Experiments of one layer exclude one another.")
    traffic: Share | None = key("The share of the layer's, or of all, units (100 %).")
    sticky: bool = key("Who has an arm keeps it when shares change, as long as its state.", False)
    arms: dict[Id, Share] = key("Shares by variant id; together 100 %.", ..., min_length=1)
    owner: str | None = key("The team that answers for it.")
    description: str | None = key("For people.")


class BudgetsModel(Model):
    """The build fails above these."""

    bundle: Size | None = key("Most bytes of the bundle: `18 KB`, `18 KiB`.")
    surface_cost: int | None = key("Most cost of one surface's conditions.", ge=1)
    state: Size | None = key("Most bytes of what one device remembers.")


Segment: TypeAlias = Annotated[
    Annotated[When, Tag("<text>")] | Annotated[SegmentModel, Tag("<map>")],
    either("<text>", "<map>"),
]


class ProjectModel(Model):
    """A project: signals, segments, surfaces with their rules, experiments, tests."""

    project: Id = key("The project's id.", ...)
    unit: Name | None = key("The signal that buckets, where nothing nearer names another.")
    language: Language = key("Of explanations, when the host asks for none.", "en")
    expires: Date | None = key("When the bundle expires.")
    on_expired: Literal["serve", "defaults"] = key(
        "After that: go on, or show every surface's default.", "serve"
    )
    signals: dict[Name, SignalModel] = key("By name.", {})
    events: dict[Name, EventModel] = key("What happens on the device, by name.", {})
    aggregates: dict[Name, AggregateModel] = key("What the device keeps of events, by name.", {})
    segments: dict[Name, Segment] = key("By name; an expression, or with more keys.", {})
    experiments: dict[Id, ExperimentModel] = key("By id.", {})
    surfaces: dict[Id, SurfaceModel] = key("By id.", {})
    groups: dict[Id, GroupModel] = key("Variants counted together, surfaces that agree; by id.", {})
    less_of: Duration | None = key('How long a person\'s "less of this" lasts (30d).')
    holdout: HoldoutModel | None = key("People kept on the default everywhere.")
    budgets: BudgetsModel | None = key("The build fails above these.")
    tests: list[TestModel] = key("Run by `tacit test`.", [])
