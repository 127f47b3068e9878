"""All 12,330 real visits of the shoppers data: both runtimes, and a third count by hand."""

from __future__ import annotations

import csv
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from tacit.runtime import reference
from tacit.runtime.format import Type

from .projects import DATA, bundle, program

CSV = DATA / "online_shoppers_intention.csv"
VISITS = 12_330
ORDERS = 1_908  # as the data's own page says

Row = Mapping[str, str]


def column_to_signal(column: str) -> str:
    """`ProductRelated_Duration` is `product_related_duration`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column).lower()


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    if not CSV.exists():
        pytest.skip(f"the data is not here: no {CSV.name} in ../shared/data beside the repository")
    with CSV.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def visits(rows: list[Row]) -> list[dict[str, Any]]:
    """The rows as signals, by the declared types; `visit` counts the rows."""
    types = {signal.name: signal.type for signal in program("shoppers").signals}
    parse: dict[Type, Callable[[str], object]] = {
        Type.INT: int,
        Type.DOUBLE: float,
        Type.BOOL: {"TRUE": True, "FALSE": False}.__getitem__,
        Type.ENUM: str,
    }
    return [
        {column_to_signal(c): parse[types[column_to_signal(c)]](text) for c, text in row.items()}
        | {"visit": number}
        for number, row in enumerate(rows)
    ]


@pytest.fixture(scope="module")
def shown(visits: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Per surface, what each visit is shown."""
    decide_all = bundle("shoppers").decide_all
    found: dict[str, list[str]] = {surface: [] for surface in bundle("shoppers").surfaces}
    for visit in visits:
        for surface, decision in decide_all(visit, None, 0).items():
            found[surface].append(decision.variant)
    return found


def test_signals_are_the_columns(rows: list[Row]) -> None:
    columns = [column_to_signal(column) for column in rows[0]]
    assert [signal.name for signal in program("shoppers").signals] == [*columns, "visit"]
    assert len(rows) == VISITS


def test_both_runtimes_agree_on_every_visit(visits: list[dict[str, Any]]) -> None:
    for visit in visits:
        found = bundle("shoppers").decide_all(visit, None, 0)
        for surface, wanted in reference.decide_all(program("shoppers"), visit, 0).items():
            decision = found[surface]
            assert (decision.variant, decision.reason, decision.rule, decision.unknown) == (
                wanted.variant,
                wanted.reason,
                wanted.rule,
                wanted.unknown,
            ), (surface, visit)


def test_every_value_is_inside_its_domain(visits: list[dict[str, Any]]) -> None:
    for visit in visits:
        for decision in bundle("shoppers").decide_all(visit, None, 0).values():
            assert decision.unknown == ()


def side_panel(row: Row) -> str:
    """The rules of `side_panel` once more, over the text of the file."""
    leaving = float(row["BounceRates"]) >= 0.1 or float(row["ExitRates"]) >= 0.15
    if float(row["PageValues"]) > 10 and not leaving:
        return "cart"
    pages = int(row["ProductRelated"])
    deep = pages >= 30 and float(row["ProductRelated_Duration"]) >= 900
    if deep and float(row["PageValues"]) == 0 and float(row["ExitRates"]) >= 0.02:
        return "compare"
    if (float(row["SpecialDay"]) >= 0.6 or row["Month"] in ("Nov", "Dec")) and pages >= 10:
        return "gifts"
    if int(row["Informational"]) >= 2 or float(row["Informational_Duration"]) > 120:
        return "guide"
    if row["VisitorType"] == "New_Visitor" and pages < 10:
        return "start"
    return "plain"


def banner(row: Row) -> str:
    system, browser = int(row["OperatingSystems"]), int(row["Browser"])
    if 4 <= system <= 8 and browser > 2:
        return "light"
    if row["Month"] in ("Nov", "Dec"):
        return "winter"
    if row["Month"] == "May" and row["SpecialDay"] != "0":
        return "may"
    if row["Region"] == "1" and row["TrafficType"] in ("1", "2", "3"):
        return "local"
    return "none"


@pytest.mark.parametrize(("surface", "by_hand"), [("side_panel", side_panel), ("banner", banner)])
def test_each_visit_is_shown_what_plain_conditions_say(
    rows: list[Row], shown: dict[str, list[str]], surface: str, by_hand: Callable[[Row], str]
) -> None:
    expected = [by_hand(row) for row in rows]
    assert shown[surface] == expected
    # Every variant is shown to somebody: a count by hand of an empty set would prove nothing.
    variants = next(s.variants for s in program("shoppers").surfaces if s.name == surface)
    assert set(expected) == set(variants)


def test_counts_of_the_side_panel(shown: dict[str, list[str]]) -> None:
    assert Counter(shown["side_panel"]) == {
        "plain": 5697,
        "gifts": 2626,
        "cart": 1802,
        "compare": 1011,
        "guide": 677,
        "start": 517,
    }


def test_everybody_who_ordered_is_thanked_and_nobody_else(
    rows: list[Row], shown: dict[str, list[str]]
) -> None:
    counts = Counter(shown["good_bye"])
    new = sum(row["Revenue"] == "1" and row["VisitorType"] == "New_Visitor" for row in rows)
    assert counts["thanks_new"] == new > 0
    assert counts["thanks"] + counts["thanks_new"] == ORDERS


def test_shares_of_the_survey_are_near_what_is_written(
    rows: list[Row], shown: dict[str, list[str]]
) -> None:
    """Five standard deviations of a fair draw; the rows are fixed, so this holds or it does not."""

    def near(found: int, of: int, share: float) -> bool:
        return abs(found - of * share) <= 5 * math.sqrt(of * share * (1 - share))

    counts = Counter(shown["survey"])
    account = sum(
        float(row["Administrative_Duration"]) >= 300
        and float(row["BounceRates"]) < 0.1
        and float(row["ExitRates"]) < 0.15
        for row in rows
    )
    assert near(counts["account"], account, 0.10)
    asked_before = counts["account"] + counts["long"]
    assert near(counts["short"], VISITS - asked_before, 0.05)
    assert counts["none"] > 0.8 * VISITS
