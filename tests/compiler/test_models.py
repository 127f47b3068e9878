"""The models: authoring in Python, equal to YAML and to dictionaries; quantities."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from tacit.compiler import compile_project, models, quantities
from tacit.compiler.ir import Program
from tacit.compiler.models import (
    AggregateModel,
    BudgetsModel,
    EventModel,
    ExpectModel,
    ExperimentModel,
    FieldModel,
    FunnelModel,
    GroupModel,
    GuardrailsModel,
    HoldoutModel,
    ProjectModel,
    RefreshOnModel,
    RuleModel,
    SegmentModel,
    SignalModel,
    StepModel,
    StepOfFunnelModel,
    SuppressModel,
    SurfaceModel,
    TestModel,
)
from tacit.compiler.project import parse
from tacit.compiler.reader import read_text
from tacit.compiler.resolve import Resolved, resolve
from tacit.compiler.source import Source, load

from .test_schema import FULL


def _resolved(source: Source) -> Resolved:
    return resolve(parse(source))


def without_places(value: Any) -> Any:
    """A program or case with every span taken out, for comparing sources of different kinds."""
    if isinstance(value, tuple):
        return tuple(without_places(item) for item in value)
    if hasattr(value, "__dataclass_fields__"):
        return type(value), tuple(
            (name, without_places(getattr(value, name)))
            for name in value.__dataclass_fields__
            if name != "span"
        )
    return value


AUTHORED = ProjectModel(
    project="storefront",
    unit="install_id",
    language="de",
    expires="2027-01-01T00:00:00+01:00",
    on_expired="defaults",
    budgets=BudgetsModel(bundle="18.5 KB", surface_cost=400),
    signals={
        "country": SignalModel(
            type="string", source="request", category="user.location", max_length=2
        ),
        "tier": SignalModel(
            type="enum", values=["none", "gold"], source="declared", sensitivity="none"
        ),
        "app": SignalModel(type="version", source="device", max_age="7d", description="of the app"),
        "viewing": SignalModel(
            type="string_list", max=64, source="session", purpose="personalization"
        ),
        "install_id": SignalModel(type="string", source="device"),
        "utc_offset_minutes": SignalModel(type="int", min=-900, max=900.0, source="device"),
        "score": SignalModel(type="double", min=0.5, source="device"),
        "member": SignalModel(type="bool", source="declared", purpose=None),
    },
    holdout=HoldoutModel(share="5%"),
    less_of="14d",
    events={
        "order_completed": EventModel(),
        "product_viewed": EventModel(
            fields={"category": "string", "price": FieldModel(type="double", min=0)}, purpose="ads"
        ),
    },
    aggregates={
        "shoes_7d": AggregateModel(
            count="product_viewed", where='category == "shoes"', within="7d", owner="crm"
        ),
        "since": AggregateModel(since="order_completed"),
        "stalled": AggregateModel(
            funnel=FunnelModel(
                reached=StepOfFunnelModel(event="product_viewed"),
                not_="order_completed",
                within="1d",
            )
        ),
        "taste": AggregateModel(affinity="product_viewed", by="category", half_life="14d", top=2),
    },
    groups={
        "promos": GroupModel(variants=["home_hero.comeback"], cap=["5 per 24h", 9]),
        "look": GroupModel(coherent=["home_hero", "banner"]),
    },
    segments={
        "gold": 'tier == "gold"',
        "always": True,
        "gold_de": SegmentModel(
            when='gold && country == "DE"',
            refresh=RefreshOnModel(on=["order_completed"]),
            owner="crm",
        ),
    },
    experiments={
        "winback-1": ExperimentModel(
            layer="offers", traffic="40.5%", sticky=True, arms={"comeback": "50%", "classic": "50%"}
        )
    },
    surfaces={
        "home_hero": SurfaceModel(
            place="device",
            owner="growth",
            goal="sell",
            default="classic",
            variants={"classic": {"title": "hi", "n": [1.0, None]}, "comeback": None},
            theme={"comeback": "winter"},
            topics={"comeback": ["offers"]},
            holdout=HoldoutModel(share="5%", unit="install_id"),
            guardrails=GuardrailsModel(
                cap={"comeback": "3 per 24h", "*": 10},
                cooldown={"comeback": "2h"},
                changes_per_session=1,
                stable_for="24h",
                suppress={"comeback": SuppressModel(when="member", dismissed=2)},
                without_state="allow",
            ),
            rules=[
                RuleModel(
                    id="a",
                    when="gold_de",
                    show="comeback",
                    stop_when='taste.exists(v, v == "x")',
                    because={"de": "darum"},
                    traffic="5%",
                    unit="country",
                ),
                RuleModel(
                    id="b",
                    split="winback-1",
                    from_="2026-11-01",
                    until="2026-12-01T10:00",
                    zone="local",
                ),
                RuleModel(id="c", split={"classic": "33.33%", "comeback": "66.67%"}, because="so"),
            ],
        ),
        "banner": SurfaceModel(
            default="a",
            variants={"a": 1, "b": 2},
            holdout="5%",
            guardrails=GuardrailsModel(cap=3, cooldown="1h"),
        ),
        "cookie_notice": SurfaceModel(personalize="never", reason="legal", default="standard"),
    },
    tests=[
        TestModel(
            name="one",
            given={"country": "DE", "app": {"value": "1.2.3", "at": "2026-11-10T12:00:00Z"}},
            missing=["score"],
            now=1794312000000,
            consent=["personalization"],
            expect={
                "cookie_notice": "standard",
                "home_hero": ExpectModel(rule=None, reason="DEFAULT", unknown=[]),
            },
            observed="30d",
            events=[
                {"product_viewed": {"category": "shoes"}, "at": "-2d", "times": 3},
                {"shown": "home_hero.comeback"},
            ],
            then=[StepModel(after="25h", given={"score": 3}, expect={"cookie_notice": "standard"})],
        )
    ],
)


def test_yaml_dictionary_and_models_are_one() -> None:
    """The same project three ways: the same program, the same tests, the same warnings."""
    document = read_text(FULL)
    assert document.root is not None
    ways = [
        _resolved(Source((document,))),
        _resolved(load(document.root.data)),
        _resolved(load(AUTHORED)),
    ]
    programs = [way.program for way in ways]
    assert isinstance(programs[0], Program)
    assert without_places(programs[0]) == without_places(programs[1]) == without_places(programs[2])
    cases = [without_places(way.cases) for way in ways]
    assert cases[0] == cases[1] == cases[2]
    assert [[item.code for item in way.diagnostics] for way in ways] == [["W320"]] * 3


def test_three_ways_give_the_same_bytes(tmp_path: Path) -> None:
    path = tmp_path / "storefront.yaml"
    path.write_text(FULL, encoding="utf-8")
    document = read_text(FULL)
    assert document.root is not None
    bundles = [compile_project(source) for source in (path, document.root.data, AUTHORED)]
    assert len({bundle.bytes for bundle in bundles}) == 1


def test_tuples_and_text_enums_are_taken() -> None:
    given = {"project": "a", "signals": {}, "surfaces": {}, "tests": ()}
    assert load(given).documents[0].root is not None
    assert _resolved(load(given)).diagnostics == ()


@pytest.mark.parametrize(
    ("value", "codes"),
    [
        ({1: "x"}, {"E112"}),
        ({"project": "a", "surfaces": b"x"}, {"E116"}),
        ({"project": "a\ud800"}, {"E117"}),
        ({"project": "a", "a\udfff": 1}, {"E117"}),
        ({"project": None}, {"E133"}),
        ({}, {"E137"}),
    ],
)
def test_dictionaries_that_are_no_project(value: dict[Any, Any], codes: set[str]) -> None:
    assert {
        item.code for item in _resolved(load(value)).diagnostics if item.code[0] == "E"
    } == codes


def test_a_dictionary_that_holds_itself() -> None:
    value: dict[str, Any] = {"project": "a"}
    value["surfaces"] = value
    assert "E110" in {item.code for item in _resolved(load(value)).diagnostics}


def test_models_refuse_by_themselves() -> None:
    for wrong in ({"typ": "int"}, {"type": "int", "source": "device", "max_age": "7 days"}):
        with pytest.raises(ValidationError):
            SignalModel(**wrong)  # type: ignore[arg-type]
    with pytest.raises(ValidationError):
        AUTHORED.project = "other"  # type: ignore[misc]


DURATIONS = {
    "500ms": 500, "90s": 90_000, "30m": 1_800_000, "24h": 86_400_000, "7d": 604_800_000,
    "10000d": quantities.MAX_DURATION_MS, "10001d": None, "0s": None, "1.5h": None, "-1s": None,
    "7": None, "7 d": None, "7D": None, "": None, "1h30m": None, "7d\n": None, "٧d": None,
}  # fmt: skip
SHARES = {
    "50%": 5000, "100%": 10_000, "0%": 0, "33.33%": 3333, "0.01%": 1, "99.9%": 9990, "05.5%": 550,
    "100.01%": None, "33.333%": None, "50": None, "50 %": None, "-1%": None, "1e1%": None,
}  # fmt: skip
SIZES = {
    "18 KB": 18_000, "18KB": 18_000, "18 KiB": 18_432, "1.5 KB": 1500, "1.5 KiB": 1536, "7 B": 7,
    "0.5 B": None, "0 KB": None, "18 kb": None, "18": None, "2 MB": 2_000_000, "2 MiB": 2_097_152,
}  # fmt: skip
DATES = {
    "1970-01-01": 0, "1969-12-31": None, "2026-11-01": 1793491200000,
    "2026-11-01T09:00": 1793523600000, "2026-11-01T09:00:30": 1793523630000,
    "2026-11-01T09:00:00Z": 1793523600000, "2026-11-01T09:00+01:00": 1793520000000,
    "2026-11-01T09:00-00:30": 1793525400000, "2026-02-29": None, "2028-02-29": 1835395200000,
    "2026-13-01": None, "2026-11-01T24:00": None, "2026-11-01T09:00:60": None,
    "2026-11-01T09:00+15:00": None, "2026-11-01T09:00+01:60": None, "2026-11-01 09:00": None,
    "2026-11-01Z": None, "26-11-01": None, "2026-11-1": None,
    "0000-01-01": None, "2026-11-01\n": None,
}  # fmt: skip


@pytest.mark.parametrize(("text", "value"), DURATIONS.items())
def test_durations(text: str, value: int | None) -> None:
    assert quantities.duration_ms(text) == value


@pytest.mark.parametrize(("text", "value"), SHARES.items())
def test_shares(text: str, value: int | None) -> None:
    assert quantities.share_points(text) == value


@settings(deadline=None)
@given(st.integers(0, quantities.BUCKETS))
def test_shares_as_written(points: int) -> None:
    assert quantities.share_points(quantities.show_share(points)) == points


CAPS = {
    "3 per 24h": (3, 86_400_000), "2": (2, None), "2 ever": (2, None), "0": (0, None),
    "3 per day": None, "3 per 0s": None, "-1": None, "3 / 24h": None, "1234567": None,
    "3 per 24h ever": None, "3  per 24h": None, "": None,
}  # fmt: skip


@pytest.mark.parametrize(("text", "value"), CAPS.items())
def test_caps(text: str, value: tuple[int, int | None] | None) -> None:
    found = quantities.cap(text)
    assert (None if found is None else (found.limit, found.within)) == value


@settings(deadline=None)
@given(st.integers(1, quantities.MAX_DURATION_MS))
def test_durations_as_written(ms: int) -> None:
    text = quantities.show_duration(ms)
    # Nine digits are as many as a duration has.
    assert quantities.duration_ms(text) == ms or len(text) > 11


@pytest.mark.parametrize(("text", "value"), SIZES.items())
def test_sizes(text: str, value: int | None) -> None:
    assert quantities.size_bytes(text) == value


@pytest.mark.parametrize(("text", "value"), DATES.items())
def test_dates(text: str, value: int | None) -> None:
    found = quantities.instant(text)
    assert (found.ms if found else None) == value


def test_reasons_are_the_closed_list() -> None:
    """The one list of DESIGN and of the runtime, in the schema of a test."""
    assert models.Reason.__args__ == (
        "RULE_MATCH", "SPLIT", "KEPT", "DEFAULT", "HOLDOUT", "HOLDOUT_NO_UNIT", "ARM_BLOCKED",
        "FORBIDDEN", "OPTED_OUT", "EXPIRED", "NO_SURFACE", "NO_BUNDLE",
    )  # fmt: skip
