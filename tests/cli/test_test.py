"""tacit test: results, why, coverage."""

from __future__ import annotations

from pathlib import Path

from .commands import SHOP, run

TESTS = """\
tests:
  - name: gold sees shoes
    given: {tier: gold, viewing: [shoes]}
    now: 2026-11-10
    expect: {hero: {variant: shoes, rule: shoe-fans, unknown: []}}
  - name: in Germany
    given: {country: DE, tier: gold, viewing: [shoes]}
    consent: [personalization]
    now: 2026-11-10
    expect: {hero: dach}
  - name: many items in November
    given: {items: 5, country: FR}
    now: 2026-11-10
    expect: {hero: {variant: dach, rule: winter}}
  - name: a member without an id
    given: {member: true, price: 2.0}
    expect: {banner: {variant: a, reason: SPLIT}}
  - name: the law
    given: {}
    expect: {legal: {variant: standard, reason: FORBIDDEN, rule: null, unknown: []}}
"""
GOOD = """\
tests:
  - name: in Austria
    given: {country: AT}
    now: 2026-11-10
    expect: {hero: dach}
"""


def with_tests(folder: Path, tests: str) -> Path:
    (folder / "tests.yaml").write_text(tests, encoding="utf-8")
    return folder


def test_failures_say_why(shop: Path) -> None:
    done = run("test", with_tests(shop, TESTS))
    assert done.code == 1
    blocks = done.out.split("\n\n")
    assert blocks[0].splitlines() == [
        f"FAILED  gold sees shoes  ({shop}/tests.yaml:2)",
        "  hero",
        "    variant: expected shoes, got classic",
        "    rule: expected shoe-fans, got none",
        "    unknown: expected [], got [country, viewing, items]",
        "      rule shoe-fans was passed over, its condition is unknown: shoe_lover",
        "        unknown: shoe_lover",
        '          unknown: "shoes" in viewing (viewing is missing: no consent)',
        "      country is missing: absent",
        "      viewing is missing: consent for personalization is not given "
        "(`consent: [personalization]` in the test gives it)",
        "      items is missing: absent",
    ]
    assert blocks[1].splitlines()[2:] == [
        "    variant: expected dach, got shoes",
        "      rules dach, winter were not asked: shoe-fans stands before and fired",
        "      rule shoe-fans fired and shows shoes: shoe_lover",
        "        true: shoe_lover",
        '          true: "shoes" in viewing (viewing is ["shoes"])',
        '          true: tier != "none" (tier is "gold")',
    ]
    assert "rule winter was passed over: out of its schedule" in blocks[2]
    assert "and it is 2026-11-10T00:00Z" in blocks[2]
    assert "rule half was passed over: not enrolled, install_id is missing: absent" in blocks[3]
    assert blocks[4].splitlines() == [
        "5 tests: 1 passed, 4 failed",
        "coverage of 6 rules: true 4 of 6, false 1 of 6, unknown 4 of 5; 4 never fired",
    ]


def test_results_as_json(shop: Path) -> None:
    done = run("test", with_tests(shop, TESTS), "--json")
    assert done.code == 1
    found = done.json
    assert (found["ok"], found["passed"], found["failed"], found["deselected"]) == (False, 1, 4, 0)
    last = found["tests"][-1]
    assert (last["name"], last["ok"]) == ("the law", True)
    assert found["tests"][1]["surfaces"]["hero"]["differences"] == [
        {"what": "variant", "expected": "dach", "actual": "shoes"}
    ]
    coverage = found["coverage"]
    assert coverage["rules"] == 6
    assert coverage["true"] == {"seen": 4, "of": 6}
    # `has(member)` is never unknown, and no rule but it was without an unknown test.
    assert coverage["unknown"]["of"] == 5
    known = coverage["detail"][-1]
    assert known == {
        "surface": "banner", "rule": "known", "possible": ["true", "false"],
        "true": 1, "false": 0, "unknown": 0, "fired": 1,
    }  # fmt: skip


def test_only_rules_that_were_asked_count(shop: Path) -> None:
    found = run("test", with_tests(shop, GOOD), "--json").json["coverage"]
    by_rule = {item["rule"]: item for item in found["detail"]}
    assert by_rule["shoe-fans"]["unknown"] == 1
    assert by_rule["dach"]["true"] == by_rule["dach"]["fired"] == 1
    assert by_rule["winter"]["unknown"] == 0  # dach fired before it
    assert found["surfaces_without_tests"] == ["banner"]


def test_selecting_and_the_table_of_coverage(shop: Path) -> None:
    done = run("test", with_tests(shop, TESTS), "-k", "LAW")
    assert done.code == 0
    assert done.out.splitlines() == ["1 test: 1 passed, 4 not selected"]
    table = run("test", with_tests(shop, GOOD), "--coverage")
    assert "banner   known" in table.out
    assert "surfaces without a test: banner" in table.out
    row = next(line for line in table.out.splitlines() if line.startswith("banner   known"))
    assert row.split() == ["banner", "known", "0", "0", "-", "0"]


def test_no_tests_warn_and_fail_under_strict_alone(shop: Path) -> None:
    done = run("test", shop)
    assert (done.code, done.out) == (0, "")
    assert f"no tests in {shop}" in done.err
    assert run("test", shop, "--strict").code == 1
    none = run("test", with_tests(shop, GOOD), "-k", "nothing like it")
    assert none.code == 0
    assert "none of 1 test matches" in none.err


def test_a_source_with_errors_is_shown(shop: Path) -> None:
    (shop / "shop.yaml").write_text(SHOP.replace("shoe_lover, show", "shoe_lovers, show"))
    done = run("test", shop)
    assert done.code == 1
    assert "shoe_lovers" in done.err
    assert run("test", shop, "--json").json["ok"] is False


def test_a_held_out_person_is_explained(shop: Path) -> None:
    text = SHOP + "holdout: {unit: install_id, share: 100%}\n"
    (shop / "shop.yaml").write_text(text)
    done = run(
        "test", with_tests(shop, GOOD.replace("{country: AT}", "{country: AT, install_id: x}"))
    )
    assert done.code == 1
    assert "`install_id` is held out (bucket " in done.out
    missing = run("test", with_tests(shop, GOOD))
    assert (
        "there is a holdout, and `install_id`, which tells who is in it, is missing" in missing.out
    )
