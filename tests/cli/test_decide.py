"""decide and explain, for one person."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .commands import run

Write = Callable[..., Path]


NO_ARM = {"experiment": None, "arm": None, "forced": False}


def test_the_keys_for_every_surface(bundle: Path, signals: Write) -> None:
    path = signals(country="DE", member=True)
    assert run("decide", bundle, "--signals", path, "--json").json == {
        "hero": {
            "variant": "dach",
            "reason": "RULE_MATCH",
            "rule": "dach",
            "unknown": ["tier", "viewing", "items"],
            "explanation": None,
            **NO_ARM,
        },
        "banner": {
            "variant": "b",
            "reason": "RULE_MATCH",
            "rule": "known",
            "unknown": ["price", "income", "install_id"],
            "explanation": None,
            **NO_ARM,
        },
        "legal": {
            "variant": "standard",
            "reason": "FORBIDDEN",
            "rule": None,
            "unknown": [],
            "explanation": None,
            **NO_ARM,
        },
    }


def test_a_project_is_compiled_on_the_fly(bundle: Path, shop: Path, signals: Write) -> None:
    path = signals(country="DE")
    wanted = run("decide", bundle, "-s", path, "--json").out
    assert run("decide", shop, "-s", path, "--json").out == wanted
    assert run("decide", shop / "shop.yaml", "-s", path, "--json").out == wanted


def test_consent_content_and_one_surface(bundle: Path, signals: Write) -> None:
    path = signals(viewing=["shoes"], tier="gold")
    without = run("decide", bundle, "-s", path, "--surface", "hero", "--json").json
    assert list(without) == ["hero"]
    assert without["hero"]["variant"] == "classic"
    given = run(
        "decide", bundle, "-s", path, "--surface", "hero", "--consent", "ads,personalization",
        "--content", "--json",
    )  # fmt: skip
    assert given.json["hero"]["variant"] == "shoes"
    assert given.json["hero"]["content"] == {"title": "Shoes"}
    assert given.json["hero"]["explanation"] == "Picked for you"
    assert "no signal has the purpose `ads`" in given.err


@pytest.mark.parametrize(
    ("now", "variant"),
    [
        ("2026-12-01", "dach"),
        ("2026-11-30T23:59:59.999", "classic"),
        ("2026-12-01T00:30+01:00", "classic"),
        ("2026-12-19T23:59:59Z", "dach"),
        ("2026-12-20T00:00Z", "classic"),
        ("1796083200000", "dach"),
        ("1796083199999", "classic"),
    ],
)
def test_now_is_epoch_milliseconds_or_iso(
    bundle: Path, signals: Write, now: str, variant: str
) -> None:
    done = run("decide", bundle, "-s", signals(items=5), "--now", now, "--json")
    assert done.json["hero"]["variant"] == variant


@pytest.mark.parametrize(
    ("now", "why"),
    [
        ("yesterday", "is not a time"),
        ("1796083200", "for epoch seconds, write 1796083200000"),
        ("-5", "is not a time"),
        ("1969-12-31", "before 1970"),
        ("2026-13-01", "is not a time"),
    ],
)
def test_a_time_that_is_none(bundle: Path, signals: Write, now: str, why: str) -> None:
    done = run("decide", bundle, "-s", signals(), f"--now={now}")
    assert done.code == 2
    assert why in done.err


def test_signals_from_stdin_and_with_a_time_of_observation(bundle: Path) -> None:
    text = json.dumps({"country": {"value": "CH", "at": "2026-11-10T12:00Z"}})
    done = run("decide", bundle, "-s", "-", "--json", stdin=text)
    assert done.json["hero"]["variant"] == "dach"


def test_wrong_values_are_missing_and_listed(bundle: Path, signals: Write) -> None:
    path = signals(items="5", tier="platinum", country=7, member=None, price=[1])
    done = run("decide", bundle, "-s", path, "--json")
    assert done.code == 0
    assert done.json["hero"]["unknown"] == ["country", "tier", "viewing", "items"]
    assert done.json["banner"]["unknown"] == ["price", "member", "income", "install_id"]


def test_names_that_are_no_signals_are_pointed_out(bundle: Path, signals: Write) -> None:
    done = run("decide", bundle, "-s", signals(contry="DE"), "--json")
    assert done.code == 0
    assert "`contry` is not a signal of this bundle: did you mean `country`?" in done.err


def test_signals_can_be_written_on_the_spot(bundle: Path) -> None:
    done = run("decide", bundle, "-s", '{"country": "AT"}', "--json")
    assert done.json["hero"]["variant"] == "dach"
    assert "--signals is not JSON" in run("decide", bundle, "-s", "{country: AT}").err


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is not JSON"),
        ("{", "line 1, column 2"),
        ("[1]", "a JSON object is wanted, and this is a list"),
        ('{"a": 1, "a": 2}', "the key `a` is given twice"),
        ("[" * 100_000, "is not JSON that can be used"),
        ("\udcff", "not UTF-8"),
    ],
)
def test_files_that_hold_no_signals(bundle: Path, tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "s.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    done = run("decide", bundle, "-s", path)
    assert done.code == 2
    assert why in done.err
    assert str(path) in done.err


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--surface", "heroo"], "did you mean `hero`?"),
        (["--output", "x.csv"], "--output goes with --rows"),
        (["--rows", "x.csv"], "exclude one another"),
    ],
)
def test_wrong_usage(bundle: Path, signals: Write, arguments: list[str], why: str) -> None:
    done = run("decide", bundle, "-s", signals(), *arguments)
    assert done.code == 2
    assert why in done.err
    assert done.out == ""
    as_json = run("decide", bundle, "-s", signals(), *arguments, "--json")
    assert why in json.dumps(as_json.json)


def test_without_debug_names_rules_are_numbers(shop: Path, tmp_path: Path, signals: Write) -> None:
    target = tmp_path / "public.tacit"
    assert run("build", shop, "-o", target, "--no-debug", "--no-audit").code == 0
    found = run("decide", target, "-s", signals(country="DE"), "--json").json
    assert found["hero"]["rule"] == 1


def test_the_text_says_variant_reason_rule_and_what_is_unknown(
    bundle: Path, signals: Write
) -> None:
    done = run("decide", bundle, "-s", signals(country="DE"), "--surface", "hero", "--content")
    assert done.out.splitlines()[1:] == [
        "hero     dach     RULE_MATCH  rule dach  unknown: tier, viewing, items",
        "hero: null",
    ]


# ------------------------------------------------------------------- explain


def test_explain_as_text_and_json(bundle: Path, signals: Write) -> None:
    path = signals(country="DE", items=9)
    text = run("explain", bundle, "hero", "-s", path, "--now", "2026-11-10")
    assert text.code == 0
    assert "hero shows dach: RULE_MATCH by rule dach" in text.out
    assert "no consent" in text.out
    found: dict[str, Any] = run("explain", bundle, "hero", "-s", path, "--json").json
    assert (found["variant"], found["reason"], found["rule"]) == ("dach", "RULE_MATCH", "dach")
    assert [rule["outcome"] for rule in found["rules"]] == ["UNKNOWN", "FIRED", "NOT_REACHED"]


def test_sensitive_values_are_hidden_unless_asked_for(bundle: Path, signals: Write) -> None:
    path = signals(income=123456)
    assert "123456" not in run("explain", bundle, "banner", "-s", path).out
    assert "123456" not in run("explain", bundle, "banner", "-s", path, "--json").out
    assert "123456" in run("explain", bundle, "banner", "-s", path, "--reveal").out


def test_explain_of_a_surface_that_is_not_there(bundle: Path, signals: Write) -> None:
    done = run("explain", bundle, "banter", "-s", signals())
    assert done.code == 2
    assert "did you mean `banner`?" in done.err
