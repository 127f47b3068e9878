"""Diagnostics as data: order, sameness, the exception, and the catalogue's texts."""

from __future__ import annotations

import re
import string

import pytest
from tacit.compiler import catalogue
from tacit.compiler.diagnostics import CompileError, Diagnostic, Severity, in_order, summary
from tacit.compiler.nearest import distance, nearest
from tacit.compiler.spans import Span


def _at(file: str, start: int, code: str = "E1") -> Diagnostic:
    return Diagnostic(code, Severity.ERROR, "m", Span(file, start, start + 1))


def test_order_is_by_place() -> None:
    nowhere = Diagnostic("E0", Severity.ERROR, "m")
    items = [_at("b", 1), _at("a", 9), _at("a", 2, "E2"), _at("a", 2), nowhere, _at("a", 9)]
    assert in_order(items) == (nowhere, _at("a", 2), _at("a", 2, "E2"), _at("a", 9), _at("b", 1))


def test_exception() -> None:
    error = CompileError([_at("b", 1), _at("a", 9)], {"a": "text"})
    assert [item.span.file for item in error.diagnostics if item.span] == ["a", "b"]
    assert error.sources == {"a": "text"}
    assert str(error) == "E1: m (a); 1 more"
    assert summary([Diagnostic("W1", Severity.WARNING, "m")]) == "no errors"


@pytest.mark.parametrize("code", sorted(catalogue.TEXTS))
def test_texts(code: str) -> None:
    text = catalogue.TEXTS[code]
    assert re.fullmatch(r"[EW][123]\d\d", code)
    fields = {name for _, name, _, _ in string.Formatter().parse(text.message) if name}
    values = dict.fromkeys(fields, 1)
    for part in (text.message, text.label, text.help or ""):
        assert part == part.strip()
        assert not part.endswith(".")
    if text.help and text.help != "{advice}":
        help_fields = {name for _, name, _, _ in string.Formatter().parse(text.help) if name}
        values |= dict.fromkeys(help_fields, 1)
    made = catalogue.make(code, **values)
    assert "{" not in made.message
    assert made.severity is (Severity.WARNING if code[0] == "W" else Severity.ERROR)


def test_given_advice_wins() -> None:
    assert catalogue.make("E112", advice="other").help == "other"
    assert catalogue.make("E112").help == "put quotes around it"
    assert catalogue.make("E120", key="x").help is None


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [
        ("contry", ["country", "county"], "country"),
        ("countyr", ["country", "currency"], "country"),
        ("home-hero", ["banner", "home_hero"], "home_hero"),
        ("Tier", ["tier"], "tier"),
        ("x", ["y", "z"], None),
        ("abc", ["xyz"], None),
        ("tier", [], None),
        ("aaaaaa", ["aaaa", "aaaaab"], "aaaaab"),
    ],
)
def test_nearest(name: str, known: list[str], expected: str | None) -> None:
    assert nearest(name, known) == expected


def test_distance() -> None:
    for left, right, slips in (
        ("", "", 0),
        ("a", "", 1),
        ("ab", "ba", 1),
        ("kitten", "sitting", 3),
    ):
        assert distance(left, right, 9) == distance(right, left, 9) == slips
    assert distance("abcdef", "uvwxyz", 2) == 3
