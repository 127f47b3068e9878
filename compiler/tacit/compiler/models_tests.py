"""The models of the section `tests`: what happened, what time it is, and what should show."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Discriminator, Field, Strict, Tag
from tacit.compiler.models_base import MAX_INT, Date, Duration, Id, Model, Name, either, key

Reason: TypeAlias = Literal[
    "RULE_MATCH", "SPLIT", "KEPT", "DEFAULT", "HOLDOUT", "HOLDOUT_NO_UNIT", "ARM_BLOCKED",
    "FORBIDDEN", "OPTED_OUT", "EXPIRED", "NO_SURFACE", "NO_BUNDLE",
]  # fmt: skip


class ExpectModel(Model):
    """What a test expects of one surface; what is not stated is not checked."""

    variant: Id | None = key("The variant.")
    reason: Reason | None = key("The reason code.")
    rule: Id | None = key("The rule that decided; null: none.")
    unknown: list[Name] | None = key("The signals that were missing, in any order.")


Expect: TypeAlias = Annotated[
    Annotated[Id, Tag("<text>")] | Annotated[ExpectModel, Tag("<map>")],
    either("<text>", "<map>"),
]
Now: TypeAlias = Annotated[
    Annotated[Date, Tag("<text>")]
    | Annotated[int, Strict(), Field(ge=0, le=MAX_INT), Tag("<int>")],
    Discriminator(lambda value: "<int>" if type(value) is int else "<text>"),
]


Record: TypeAlias = Annotated[dict[Name, Any], Field(min_length=1)]
"""What happened: an event of the project by name, or one of the words of `history`; and when."""


class StepModel(Model):
    """A later moment of a test."""

    after: Duration = key("How long after the moment before.", ...)
    events: list[Record] = key("What happened in between, each with a time: `at: -1h`.", [])
    given: dict[Name, Any] = key("Values of signals that are other than before.", {})
    missing: list[Name] = key("Signals that are missing from now on.", [])
    consent: list[Name] | None = key("The purposes granted from now on; those of before.")
    expect: dict[Id, Expect] = key("By surface, as in the test.", {})


class TestModel(Model):
    """One test of the rules: signals in, decisions out."""

    __test__ = False  # not a test class of pytest

    name: str = key("What is shown when it fails.", ..., min_length=1)
    given: dict[Name, Any] = key(
        "Values of signals; `{value: 3, at: 2026-11-10T11:00:00Z}` adds when it was observed.", {}
    )
    missing: list[Name] = key("Signals that are missing on purpose.", [])
    now: Now | None = key("The time, as a date or in epoch milliseconds.")
    consent: list[Name] = key("The purposes granted; none unless said.", [])
    observed: Duration | None = key("How long before `now` the device was first seen.")
    events: list[Record] = key("What has happened on the device, each with a time: `at: -2d`.", [])
    state: Literal["none"] | None = key("`none`: decide as a place that keeps no state.")
    expect: dict[Id, Expect] = key(
        "By surface: a variant, or variant, reason, rule and unknown signals.", ..., min_length=1
    )
    then: list[StepModel] = key("What is so later on, one moment after the other.", [])
