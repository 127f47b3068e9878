"""docs/EXPRESSIONS.md says what is so: its examples are accepted, its numbers are the limits."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tacit.compiler import ir
from tacit.compiler.expressions import Limits, Scope, check
from tacit.compiler.expressions.limits import MOST_INT
from tacit.compiler.expressions.messages import MOST_COMPLAINTS
from tacit.compiler.render import render_text
from tacit.compiler.spans import Span

PAGE = (Path(__file__).parents[2] / "docs" / "EXPRESSIONS.md").read_text("utf-8")
_KINDS = {
    "vip": "bool",
    "age": "int",
    "price": "double",
    "country": "string",
    "loyalty_tier": "enum",
    "app_version": "version",
    "viewing": "string_list",
    "since_order": "duration",
    "first_seen": "duration",
}
TIERS = ("none", "silver", "gold")


def _signal(name: str, kind: str) -> ir.Signal:
    if kind == "duration":
        return ir.Signal(name, ir.SignalType.INT, "device", duration=True)
    return ir.Signal(name, ir.SignalType(kind), "request", values=TIERS)


SCOPE = Scope(
    {name: (index, _signal(name, kind)) for index, (name, kind) in enumerate(_KINDS.items())},
    {"shoe_lover": 0, "a": 1, "b": 2, "c": 3},
)


def section(title: str) -> str:
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def examples() -> list[str]:
    spans = [
        span.replace("\\|", "|")
        for row in section("What can be written").splitlines()
        if row.startswith("| ") and not row.startswith("| to ask")
        for span in re.findall(r"`([^`]+)`", row)
    ]
    return [f"country{span}" if span.startswith(".") else span for span in spans]


def test_there_are_examples() -> None:
    assert len(examples()) > 25


@pytest.mark.parametrize("text", examples())
def test_an_example_is_accepted(text: str) -> None:
    checked = check(text, SCOPE, lambda start, end: None)
    assert checked.condition is not None, checked.diagnostics


def test_the_limits_are_those_of_the_code() -> None:
    limits = Limits()
    page = section("Limits")
    for number in (limits.text, limits.nodes, limits.depth, limits.items, MOST_COMPLAINTS):
        assert f"| {number:,} |" in page
    assert f"{MOST_INT:,}" in page


def test_the_error_shown_is_the_error_made() -> None:
    source = "\n" * 16 + "      when: 'vip && loyalty_tier == \"gld\"'\n"
    start = source.index("'") + 1
    text = source[start:].rstrip("'\n")
    checked = check(text, SCOPE, lambda a, b: Span("storefront.yaml", start + a, start + b))
    shown = render_text(checked.diagnostics, {"storefront.yaml": source}).rsplit("\n\n", 1)[0]
    indented = "\n".join(f"    {line}" for line in shown.splitlines())
    assert indented in PAGE, indented
