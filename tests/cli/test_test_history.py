"""tacit test on projects that remember: histories, later moments, coverage of rules as written."""

from __future__ import annotations

from pathlib import Path

import pytest

from .commands import run

PROJECT = """\
project: pals
unit: id
signals:
  id: {type: string, source: device}
  country: {type: string, source: request}
  tier: {type: enum, values: [none, silver, gold], source: declared}
events:
  viewed: {fields: {category: string, price: double}}
  bought: {purpose: taste}
aggregates:
  views_7d: {count: viewed, where: 'category == "shoes"', within: 7d}
  orders_30d: {count: bought, within: 30d, until_observed: zero}
  since_order: {since: bought}
segments:
  fan: {when: 'views_7d >= 3 && tier != "none"', refresh: hourly, owner: crm}
  converted: {when: 'orders_30d >= 1', refresh: {on: [bought]}}
experiments:
  winback: {sticky: true, arms: {comeback: 50%, classic: 50%}}
surfaces:
  hero:
    default: classic
    variants: {classic: {}, shoes: {topics: [shoes]}, comeback: {}, fresh: {}}
    rules:
      - {id: fans, when: fan, show: shoes, stop_when: converted}
      - {id: winback, when: 'since_order > duration("720h")', split: winback}
      - {id: new, when: 'country == "DE" && session_number < 9', show: fresh}
    guardrails:
      cap: {shoes: 3 per 24h, comeback: 1 per 24h}
      cooldown: {fresh: 1h}
      suppress: {fresh: {dismissed: 1}}
      stable_for: 2h
      changes_per_session: 1
"""
HISTORY = """\
tests:
  - name: a fan
    given: {tier: gold, id: u1, country: DE}
    now: 2026-11-10T12:00Z
    observed: 40d
    consent: [taste]
    events:
      - {viewed: {category: shoes}, at: -2d, times: 3}
      - {shown: hero.shoes, at: -1h}
    expect: {hero: {variant: shoes, reason: KEPT, rule: fans, unknown: [since_order]}}
    then:
      - after: 2h
        events: [{shown: hero.shoes, at: -100m, times: 2}]
        expect: {hero: {variant: fresh, reason: RULE_MATCH, rule: new}}
      - {after: 25h, given: {country: FR}, expect: {hero: shoes}}
      - {after: 1m, events: [{bought: {}}, {refresh: true}], expect: {hero: classic}}
      - {after: 31d, expect: {hero: {reason: SPLIT, rule: winback}}}
      - after: 1m
        consent: []
        events: [{refresh: true}]
        expect: {hero: {reason: DEFAULT, unknown: [orders_30d, since_order]}}
      - {after: 1m, given: {country: DE}, expect: {hero: fresh}}
      - {after: 1m, events: [{less_of: {variant: hero.fresh}}], expect: {hero: classic}}
      - {after: 1m, events: [{turn_off: true}], expect: {hero: {reason: OPTED_OUT}}}
      - {after: 1m, events: [{turn_on: true}], expect: {hero: fresh}}
      - {after: 1m, events: [{declare: {tier: silver}}], missing: [tier], expect: {hero: fresh}}
      - after: 1d
        events: [{viewed: {category: shoes}, at: -1m, times: 3}, {refresh: true}]
        expect: {hero: {variant: shoes, rule: fans}}
  - name: no state
    given: {tier: gold, country: DE}
    now: 2026-11-10
    state: none
    expect: {hero: {variant: classic, reason: DEFAULT}}
"""


def write(folder: Path, tests: str, project: str = PROJECT) -> Path:
    path = folder / "pals.yaml"
    path.write_text(project + tests, encoding="utf-8")
    return path


def one(history: str, expect: str, more: str = "") -> str:
    return f"""\
tests:
  - name: one
    given: {{tier: gold, id: u1, country: DE}}
    now: 2026-11-10T12:00Z
    observed: 40d
    consent: [taste]
    events: [{history}]
    expect: {{hero: {expect}}}
{more}"""


def test_a_blocked_arm_is_told_once(tmp_path: Path) -> None:
    history = (
        "{bought: {}, at: -39d}, {shown: hero.comeback, at: -1h}, {shown: hero.fresh, at: -1h}"
    )
    for unit in range(20):
        text = one(history, "comeback").replace("id: u1, country: DE", f"id: u{unit}")
        out = run("test", write(tmp_path, text)).out
        if "its arm comeback is blocked" in out:
            assert out.count("its arm comeback is blocked (CAPPED)") == 1
            assert out.count("cap: shown 1 of 1") == 1
            return
    raise AssertionError("nobody has the arm")


def test_a_history_with_later_moments(tmp_path: Path) -> None:
    done = run("test", write(tmp_path, HISTORY), "--json")
    assert done.code == 0, done.out
    first, second = done.json["tests"]
    assert [step["surfaces"]["hero"]["variant"] for step in first["then"]][:3] == [
        "fresh", "shoes", "classic",
    ]  # fmt: skip
    assert len(first["then"]) == 11
    assert first["then"][0]["now"] == 1_794_312_000_000 + 2 * 3_600_000
    assert first["then"][0]["place"].endswith(":44")
    assert second["then"] == []


def test_coverage_counts_rules_as_written(tmp_path: Path) -> None:
    found = run("test", write(tmp_path, HISTORY), "--json").json["coverage"]
    assert found["rules"] == 3
    detail = {row["rule"]: row for row in found["detail"]}
    assert list(detail) == ["fans", "winback", "new"]
    # fans: kept at first, then again, and at last; a rule that is kept has fired.
    assert detail["fans"]["fired"] == 3
    assert detail["winback"]["fired"] == 1
    assert detail["winback"]["unknown"] > 0


@pytest.mark.parametrize(
    ("history", "expect", "why"),
    [
        (
            "{viewed: {category: shoes}, at: -2d, times: 3}, "
            "{shown: hero.shoes, at: -3h, times: 3}",
            "shoes",
            "rule fans was passed over: cap: shown 3 of 3 in 1d, 0 left, opens 2026-11-11T10:00Z "
            "(shoes)",
        ),
        (
            "{viewed: {category: shoes}, at: -1d, times: 2}, {viewed: {category: hats}, at: -1d}",
            "shoes",
            "false: views_7d >= 3 (views_7d is 2)",
        ),
        (
            "{viewed: {category: shoes}, at: -1d, times: 3}, {bought: {}, at: -1h}",
            "shoes",
            "rule fans was passed over: its `stop_when` is true",
        ),
        ("{shown: hero.fresh, at: -30m}, {shown: hero.classic, at: -20m}", "fresh",
         "rule new was passed over: cooldown of 1h: until 2026-11-10T12:30Z (fresh)"),
        ("{shown: hero.fresh, at: -3h}, {dismissed: hero.fresh, at: -2h}", "fresh",
         "rule new was passed over: dismissed 1 of 1 (fresh)"),
        ("{not_interested: {variant: hero.fresh}, at: -2h}", "fresh",
         "rule new was passed over: what the person said suppresses fresh"),
        ("{viewed: {category: shoes}, at: -1d, times: 3}, {shown: hero.shoes, at: -1h}", "fresh",
         "rule fans is kept and shows shoes, as before: fan"),
        (
            "{viewed: {category: shoes}, at: -1d, times: 3}, {refresh: true, at: -1h}",
            "fresh",
            "true: fan, stored since 2026-11-10T11:00Z",
        ),
        (  # hours ago: what was stored does not count
            "{viewed: {category: shoes}, at: -1d, times: 3}, {refresh: true, at: -1d}",
            "fresh",
            "true: views_7d >= 3 (views_7d is 3)",
        ),
        ("{turn_off: true}", "fresh", "the person has switched personalization off"),
    ],
)  # fmt: skip
def test_why_a_history_gave_something_else(
    tmp_path: Path, history: str, expect: str, why: str
) -> None:
    done = run("test", write(tmp_path, one(history, expect)))
    assert done.code == 1
    assert why in [line.strip() for line in done.out.splitlines()], done.out


def test_a_later_moment_that_fails_is_shown_with_its_place(tmp_path: Path) -> None:
    later = "    then:\n      - {after: 1h, expect: {hero: shoes}}\n"
    done = run("test", write(tmp_path, one("", "fresh", later)))
    assert done.code == 1
    assert f"  then, at 2026-11-10T13:00Z  ({tmp_path / 'pals.yaml'}:42)" in done.out
    assert "variant: expected shoes, got fresh" in done.out


def test_a_session_that_begins_gives_its_changes_back(tmp_path: Path) -> None:
    shown = "{shown: hero.shoes, at: -12m}, {shown: hero.fresh, at: -11m}"
    waited = PROJECT
    for line in ("cooldown: {fresh: 1h}", "suppress: {fresh: {dismissed: 1}}", "stable_for: 2h"):
        waited = waited.replace(f"      {line}\n", "")
    views = "{viewed: {category: shoes}, at: -2m, times: 3}"
    spent = write(tmp_path, one(f"{shown}, {views}", "fresh"), waited)
    assert run("test", spent).code == 0
    begun = write(tmp_path, one(f"{shown}, {views}, {{session: start, at: -1m}}", "shoes"), waited)
    assert run("test", begun).code == 0
