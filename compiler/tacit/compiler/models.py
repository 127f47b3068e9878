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

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Strict, Tag
from pydantic.annotated_handlers import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema
from tacit.compiler import quantities

NAME = r"^[a-z_][a-z0-9_]*$"
ID = r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$"
CATEGORY = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$"
LANGUAGE = r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$"
MAX_NAME = 64
MAX_MEMBERS = 1_000  # of an enum
MAX_MEMBER_LENGTH = 256  # code points
MAX_LENGTH = 65_535  # code points of a string
MAX_ITEMS = 1_024  # elements of a string list
MAX_INT = 2**53 - 1
TAGS = frozenset({"<text>", "<map>", "<bool>", "<int>", "<float>"})
"""Of the unions below; they stand in the locations of pydantic's errors."""
NULLABLE = frozenset({"rule"})
"""Keys whose null means something: `rule: null` in a test expects that no rule decided."""


@dataclass(frozen=True)
class Checked:
    """Metadata of a text type: it fits `pattern`, and `check` finds a value in it; else `code`."""

    code: str
    pattern: str
    check: Callable[[str], object] | None = None
    longest: int = 64

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        fits = re.compile(self.pattern).fullmatch

        def validate(value: Any) -> Any:
            if isinstance(value, str):
                known = len(value) <= self.longest and fits(value) is not None
                if known and (self.check is None or self.check(value) is not None):
                    return value
            elif self.check is None or not isinstance(value, int | float):
                return value  # for the type's own complaint; a bare number lacks its unit
            raise PydanticCustomError(self.code, "{text}", {"text": str(value)[:80]})

        return core_schema.no_info_before_validator_function(validate, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "string", "pattern": self.pattern, "maxLength": self.longest}


Name: TypeAlias = Annotated[str, Checked("E124", NAME, longest=MAX_NAME)]
Id: TypeAlias = Annotated[str, Checked("E125", ID, longest=MAX_NAME)]
Category: TypeAlias = Annotated[str, Checked("E126", CATEGORY, longest=128)]
Language: TypeAlias = Annotated[str, Checked("E127", LANGUAGE, longest=35)]
Duration: TypeAlias = Annotated[str, Checked("E128", quantities.DURATION, quantities.duration_ms)]
Share: TypeAlias = Annotated[str, Checked("E129", quantities.SHARE, quantities.share_points)]
Date: TypeAlias = Annotated[str, Checked("E130", quantities.DATE, quantities.instant)]
Size: TypeAlias = Annotated[str, Checked("E131", quantities.SIZE, quantities.size_bytes)]

Number: TypeAlias = Annotated[
    Annotated[int, Strict(), Tag("<int>"), Field(ge=-MAX_INT, le=MAX_INT)]
    | Annotated[float, Strict(), Tag("<float>"), Field(allow_inf_nan=False)],
    Discriminator(lambda value: "<int>" if type(value) is int else "<float>"),
]
"""An int that a double holds exactly, or a finite double."""


def _is_map(value: Any) -> bool:
    return isinstance(value, dict | BaseModel)


def _either(text_tag: str, map_tag: str) -> Discriminator:
    """Choose between the short form (text) and the long one (a mapping)."""
    return Discriminator(lambda value: map_tag if _is_map(value) else text_tag)


class _Model(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        populate_by_name=True,
        ser_json_inf_nan="constants",
    )


def _field(description: str, default: Any = None, **more: Any) -> Any:
    return Field(default, description=description, **more)


class SignalModel(_Model):
    """A typed input that the host supplies; missing when absent or outside its domain."""

    type: Literal["bool", "int", "double", "string", "enum", "version", "string_list"] = _field(
        "What values the signal has.", ...
    )
    source: Literal["device", "request", "session", "declared"] = _field(
        "Where the value comes from: device, request, session, or declared by the person.",
        ...,
    )
    category: Category | None = _field("What kind of data it is, dotted: `user.location`.")
    sensitivity: Literal["none", "personal", "sensitive"] = _field(
        "How much it says about a person.", "personal"
    )
    purpose: Name | None = _field(
        "The consent purpose without which the signal is missing; without one it is necessary."
    )
    values: list[str] | None = _field(
        "The members of an enum, in order.", min_length=1, max_length=MAX_MEMBERS
    )
    min: Number | None = _field("The least number that counts; below it the signal is missing.")
    max: Number | None = _field(
        "The greatest number that counts; of a string_list the most elements (as `max_items`)."
    )
    max_length: int | None = _field(
        "Most characters of a string or of a list's element (256).", ge=1, le=MAX_LENGTH
    )
    max_items: int | None = _field("Most elements of a string_list (64).", ge=1, le=MAX_ITEMS)
    max_age: Duration | None = _field(
        "A value observed longer ago is missing: `500ms`, `90s`, `30m`, `24h`, `7d`."
    )
    description: str | None = _field("For people.")


class RefreshOnModel(_Model):
    """Refresh when one of these events happens."""

    on: list[Name] = _field("Names of events.", ..., min_length=1, max_length=64)


Refresh: TypeAlias = Annotated[
    Annotated[Literal["live", "hourly", "daily", "campaign"], Tag("<text>")]
    | Annotated[RefreshOnModel, Tag("<map>")],
    _either("<text>", "<map>"),
]
When: TypeAlias = Annotated[
    Annotated[str, Tag("<text>")] | Annotated[bool, Strict(), Tag("<bool>")],
    Discriminator(lambda value: "<bool>" if isinstance(value, bool) else "<text>"),
]


class SegmentModel(_Model):
    """A named condition."""

    when: When = _field("The condition, as an expression.", ...)
    owner: str | None = _field("The team that answers for it.")
    refresh: Refresh | None = _field("How often it is evaluated anew (`live`).")
    description: str | None = _field("For people.")


Because: TypeAlias = Annotated[
    Annotated[str, Tag("<text>")]
    | Annotated[dict[Language, str], Field(min_length=1), Tag("<map>")],
    _either("<text>", "<map>"),
]
SplitField: TypeAlias = Annotated[
    Annotated[Id, Tag("<text>")] | Annotated[dict[Id, Share], Field(min_length=1), Tag("<map>")],
    _either("<text>", "<map>"),
]


class RuleModel(_Model):
    """A condition and what the surface shows when it is true. Rules are tried in order."""

    id: Id = _field("Names the rule on its surface.", ...)
    when: When | None = _field("The condition, as an expression; none: always.")
    show: Id | None = _field("The variant to show.")
    split: SplitField | None = _field(
        "Shares of variants that add up to 100 %, or the id of an experiment."
    )
    traffic: Share | None = _field("Only for this share of units; the others try the next rule.")
    unit: Name | None = _field("The signal that buckets, instead of the project's `unit`.")
    from_: Date | None = _field("The first moment of the rule.", alias="from")
    until: Date | None = _field("The first moment after the rule.")
    zone: Literal["utc", "local"] | None = _field(
        "The clock of `from` and `until`: `utc`, or `local` by the signal `utc_offset_minutes`."
    )
    because: Because | None = _field("What the person may read; a text, or texts by language.")
    owner: str | None = _field("The team that answers for it.")


class SurfaceModel(_Model):
    """A place in the product where one variant shows."""

    place: Literal["device", "edge", "both"] = _field(
        "Where it may be decided; an `edge` surface reads request signals only.", "both"
    )
    owner: str | None = _field("The team that answers for it.")
    goal: str | None = _field("What it is to achieve.")
    default: Id = _field("The variant that shows when no rule fires.", ...)
    variants: dict[Id, Any] | None = _field("JSON content by variant id.", min_length=1)
    rules: list[RuleModel] = _field("Tried in order; the first that is true decides.", [])
    personalize: Literal["never"] | None = _field("`never`: always the default, by order.")
    reason: str | None = _field("Why the surface is never personalized.", min_length=1)
    description: str | None = _field("For people.")


class ExperimentModel(_Model):
    """Arms between which units are divided; who is where is recorded in `tacit.lock`."""

    unit: Name | None = _field("The signal that buckets, instead of the project's `unit`.")
    layer: Id | None = _field("Experiments of one layer exclude one another.")
    traffic: Share | None = _field("The share of the layer's, or of all, units (100 %).")
    arms: dict[Id, Share] = _field("Shares by variant id; together 100 %.", ..., min_length=1)
    owner: str | None = _field("The team that answers for it.")
    description: str | None = _field("For people.")


class HoldoutModel(_Model):
    """People kept on the default everywhere, to measure against."""

    unit: Name | None = _field("The signal that buckets, instead of the project's `unit`.")
    share: Share = _field("The share of units that is held out.", ...)


class BudgetsModel(_Model):
    """The build fails above these."""

    bundle: Size | None = _field("Most bytes of the bundle: `18 KB`, `18 KiB`.")
    surface_cost: int | None = _field("Most cost of one surface's conditions.", ge=1)


Reason: TypeAlias = Literal[
    "RULE_MATCH", "SPLIT", "KEPT", "DEFAULT", "HOLDOUT", "HOLDOUT_NO_UNIT", "ARM_BLOCKED",
    "FORBIDDEN", "OPTED_OUT", "EXPIRED", "NO_SURFACE", "NO_BUNDLE",
]  # fmt: skip


class ExpectModel(_Model):
    """What a test expects of one surface; what is not stated is not checked."""

    variant: Id | None = _field("The variant.")
    reason: Reason | None = _field("The reason code.")
    rule: Id | None = _field("The rule that decided; null: none.")
    unknown: list[Name] | None = _field("The signals that were missing, in any order.")


Expect: TypeAlias = Annotated[
    Annotated[Id, Tag("<text>")] | Annotated[ExpectModel, Tag("<map>")],
    _either("<text>", "<map>"),
]
Now: TypeAlias = Annotated[
    Annotated[Date, Tag("<text>")]
    | Annotated[int, Strict(), Field(ge=0, le=MAX_INT), Tag("<int>")],
    Discriminator(lambda value: "<int>" if type(value) is int else "<text>"),
]


class TestModel(_Model):
    """One test of the rules: signals in, decisions out."""

    __test__ = False  # not a test class of pytest

    name: str = _field("What is shown when it fails.", ..., min_length=1)
    given: dict[Name, Any] = _field(
        "Values of signals; `{value: 3, at: 2026-11-10T11:00:00Z}` adds when it was observed.", {}
    )
    missing: list[Name] = _field("Signals that are missing on purpose.", [])
    now: Now | None = _field("The time, as a date or in epoch milliseconds.")
    consent: list[Name] = _field("The purposes granted; none unless said.", [])
    expect: dict[Id, Expect] = _field(
        "By surface: a variant, or variant, reason, rule and unknown signals.", ..., min_length=1
    )


Segment: TypeAlias = Annotated[
    Annotated[When, Tag("<text>")] | Annotated[SegmentModel, Tag("<map>")],
    _either("<text>", "<map>"),
]


class ProjectModel(_Model):
    """A project: signals, segments, surfaces with their rules, experiments, tests."""

    project: Id = _field("The project's id.", ...)
    unit: Name | None = _field("The signal that buckets, where nothing nearer names another.")
    language: Language = _field("Of explanations, when the host asks for none.", "en")
    expires: Date | None = _field("When the bundle expires.")
    on_expired: Literal["serve", "defaults"] = _field(
        "After that: go on, or show every surface's default.", "serve"
    )
    signals: dict[Name, SignalModel] = _field("By name.", {})
    segments: dict[Name, Segment] = _field("By name; an expression, or with more keys.", {})
    experiments: dict[Id, ExperimentModel] = _field("By id.", {})
    surfaces: dict[Id, SurfaceModel] = _field("By id.", {})
    holdout: HoldoutModel | None = _field("People kept on the default everywhere.")
    budgets: BudgetsModel | None = _field("The build fails above these.")
    tests: list[TestModel] = _field("Run by `tacit test`.", [])
