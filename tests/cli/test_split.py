"""`tacit split`: realised shares against a library-free oracle and known tables."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from tacit.cli.split import Divided, chi_square_tail

from .commands import run

PROJECT = """
project: splits
unit: id
signals: {id: {type: string, source: device}}
holdout: {share: 5%}
experiments: {try: {traffic: 50%, arms: {b: 50%, c: 50%}}}
surfaces:
  home:
    default: a
    variants: {a: null, b: null, c: null}
    rules:
      - {id: tried, split: try}
      - {id: rest, split: {a: 20%, b: 80%}}
"""


# Percentage points of the chi-square distribution (Abramowitz and Stegun, table 26.8).
@pytest.mark.parametrize(
    ("value", "degrees", "chance"),
    [
        (3.84146, 1, 0.05), (6.63490, 1, 0.01), (5.99146, 2, 0.05), (7.81473, 3, 0.05),
        (11.3449, 3, 0.01), (9.48773, 4, 0.05), (18.3070, 10, 0.05), (24.9958, 15, 0.05),
        (0.0, 4, 1.0), (0.0, 5, 1.0), (7.0, 0, 1.0),
    ],
)  # fmt: skip
def test_tail_of_the_distribution(value: float, degrees: int, chance: float) -> None:
    assert chi_square_tail(value, degrees) == pytest.approx(chance, rel=2e-5)


def test_statistic() -> None:
    one = Divided("x", ("a", "b", "c"), (5_000, 5_000, 0), (520, 480, 0))
    assert one.chi_square == pytest.approx(20**2 / 500 * 2)
    assert one.degrees == 1
    assert one.chance == pytest.approx(math.erfc(math.sqrt(1.6 / 2)))


def test_made_up_units_are_even(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(PROJECT, encoding="utf-8")
    done = run("split", tmp_path / "p.yaml", "--units", "20000", "--json")
    assert done.code == 0, done.err
    found = {item["split"]: item for item in json.loads(done.out)["splits"]}
    assert list(found) == ["experiment try", "home/rest", "holdout"]
    assert [part["part"] for part in found["experiment try"]["parts"]] == ["b", "c", "not enrolled"]
    assert [part["share"] for part in found["experiment try"]["parts"]] == [25, 25, 50]
    for item in found.values():
        assert sum(part["units"] for part in item["parts"]) == item["units"] == 20_000
        assert item["chance"] > 0.001


def test_units_that_are_all_one_are_uneven(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(PROJECT, encoding="utf-8")
    (tmp_path / "units.txt").write_text("ada\n" * 1_000, encoding="utf-8")
    done = run("split", tmp_path / "p.yaml", "--units-from", tmp_path / "units.txt")
    assert done.code == 1
    assert "uneven" in done.out


def test_an_empty_file_of_units(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(PROJECT, encoding="utf-8")
    (tmp_path / "units.txt").write_text("\n", encoding="utf-8")
    done = run("split", tmp_path / "p.yaml", "--units-from", tmp_path / "units.txt")
    assert done.code == 2
    assert "no units" in done.err


REMEMBERING = """
project: kept
unit: id
signals: {id: {type: string, source: device}}
events: {seen: {}}
aggregates: {visits: {count: seen, within: 7d}}
holdout: {share: 10%}
experiments:
  one: {sticky: true, traffic: 50%, arms: {b: 100%, c: 0%}}
  two: {sticky: true, arms: {b: 25%, c: 75%}}
surfaces:
  home:
    default: a
    holdout: 20%
    variants: {a: null, b: null, c: null}
    rules:
      - {id: tried, when: visits > 3, split: one}
      - {id: again, split: two, stop_when: visits > 9}
      - {id: own, split: {b: 40%, c: 60%}}
    guardrails: {cap: {b: 3 per 24h, c: 2}, stable_for: 1h, changes_per_session: 1}
"""


@pytest.mark.parametrize("debug", ["--debug", "--no-debug"])
def test_arms_that_are_kept_and_blocked_do_not_count_twice(tmp_path: Path, debug: str) -> None:
    (tmp_path / "p.yaml").write_text(REMEMBERING, encoding="utf-8")
    built = tmp_path / "p.tacit"
    assert run("build", tmp_path / "p.yaml", "-o", built, debug).code == 0
    done = run("split", built, "--units", "20000", "--json")
    assert done.code == 0, done.err
    found = [
        (item["split"], [(part["part"], part["share"]) for part in item["parts"]])
        for item in json.loads(done.out)["splits"]
    ]
    names = ["experiment one", "experiment two", "home/own"]
    if debug == "--no-debug":
        names = ["home/0", "home/1", "home/2"]
    assert found == [
        ("holdout of home", [("held out", 20), ("not enrolled", 80)]),
        (names[0], [("b", 50), ("not enrolled", 50)]),
        (names[1], [("b", 25), ("c", 75)]),
        (names[2], [("b", 40), ("c", 60)]),
        ("holdout", [("held out", 10), ("not enrolled", 90)]),
    ]
