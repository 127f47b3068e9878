"""The public CEL conformance suite: each expression agrees with it or is refused with a place.

The suite comes from npm (`@bufbuild/cel-spec`) and is not part of this repository. Its expressions
are checked in a scope made of their bindings. Those that give a number or a text are asked once
more as `(expression) == result`, so that constants of every spelling are compared too.
"""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tacit.compiler import ir
from tacit.compiler.expressions import Checked, Scope, check, quote
from tacit.compiler.spans import Span

from .kleene import Value, evaluate

HERE = Path(__file__).parent
Case = dict[str, Any]


@pytest.fixture(scope="module")
def suites() -> dict[str, list[Case]]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed, so the CEL conformance suite cannot be read")
    if not (HERE.parent / "node_modules" / "@bufbuild" / "cel-spec").is_dir():
        pytest.skip("@bufbuild/cel-spec is not installed: run `npm install` in tests/")
    run = subprocess.run(
        [node, str(HERE / "cel_spec.mjs")], capture_output=True, text=True, check=True, timeout=120
    )
    return json.loads(run.stdout)  # type: ignore[no-any-return]


# ------------------------------------------------------------------ bindings to a scope

_PRIMITIVES = {
    "BOOL": ir.SignalType.BOOL,
    "INT64": ir.SignalType.INT,
    "DOUBLE": ir.SignalType.DOUBLE,
    "STRING": ir.SignalType.STRING,
}


def declared(case: Case) -> dict[str, ir.SignalType]:
    """Variables of a type that signals have."""
    types: dict[str, ir.SignalType] = {}
    if any("." in entry["name"] for entry in case.get("typeEnv", [])):
        return types  # names inside a container: a plain name may mean one of them
    for entry in case.get("typeEnv", []):
        kind = entry.get("ident", {}).get("type", {})
        if kind.get("primitive") in _PRIMITIVES:
            types[entry["name"]] = _PRIMITIVES[kind["primitive"]]
        elif kind.get("listType", {}).get("elemType", {}).get("primitive") == "STRING":
            types[entry["name"]] = ir.SignalType.STRING_LIST
    return types


def value_of(wire: Case) -> Value | None:
    """A value as the suite writes it; None for kinds that signals do not have."""
    match wire:
        case {"boolValue": bool(value)} | {"stringValue": str(value)}:
            return value
        case {"int64Value": value}:
            return int(value)
        case {"doubleValue": value}:
            return float(value)
        case {"listValue": {"values": items}}:
            texts = [value_of(item) for item in items]
            return [text for text in texts if isinstance(text, str)]
    return None


def scope_and_values(case: Case) -> tuple[Scope, dict[int, Value]]:
    signals: dict[str, tuple[int, ir.Signal]] = {}
    values: dict[int, Value] = {}
    for index, (name, kind) in enumerate(declared(case).items()):
        signals[name] = (index, ir.Signal(name, kind, "request"))
        value = value_of(case.get("bindings", {}).get(name, {}).get("value", {}))
        if value is not None:
            values[index] = value
    return Scope(signals), values


# ------------------------------------------------------------------ agreement


def ask(text: str, scope: Scope) -> Checked:
    """Check `text`; a refusal must have a code and a place inside the text."""
    checked = check(text, scope, lambda start, end: Span("case", start, end))
    if checked.condition is None:
        assert checked.diagnostics, text
    for diagnostic in checked.diagnostics:
        assert "E200" <= diagnostic.code <= "E259" or diagnostic.code.startswith("W2"), diagnostic
        span = diagnostic.span
        assert span is not None
        assert 0 <= span.start <= span.end <= len(text), (text, diagnostic)
    return checked


def outcome(case: Case, suite: str) -> str:
    """`agrees` or `refused`; anything else fails."""
    scope, values = scope_and_values(case)
    checked = ask(case["expr"], scope)
    if checked.condition is None:
        return "refused"
    answer = evaluate(checked.condition, values)
    if suite != "conformance":  # made for parsers and checkers: no result, but a type
        assert "error" not in case, case
        assert case.get("type", "bool") == "bool", case
    elif "evalError" in case:
        assert answer is None, case
    else:
        result = case.get("typedResult", {}).get("result", {"boolValue": True})
        assert case.get("value", result) == {"boolValue": answer}, case
    return "agrees"


def result_text(case: Case) -> str | None:
    """The expected result as a constant, if it is a number or a text."""
    value = value_of(case.get("value", {}))
    if isinstance(value, str):
        return quote(value)
    if type(value) is int:
        return str(value)
    if isinstance(value, float) and math.isfinite(value):
        return repr(value)
    return None


@pytest.mark.parametrize(
    ("suite", "at_least_agree"),
    [("conformance", 95), ("parsing", 4), ("checking", 4), ("comprehension", 0)],
)
def test_every_case_agrees_or_is_refused(
    suites: dict[str, list[Case]], suite: str, at_least_agree: int
) -> None:
    outcomes = Counter(outcome(case, suite) for case in suites[suite])
    print(f"\n{suite}: {dict(outcomes)}")
    assert outcomes["agrees"] >= at_least_agree


def test_results_that_are_no_conditions_agree_in_a_comparison(
    suites: dict[str, list[Case]],
) -> None:
    outcomes: Counter[str] = Counter()
    for case in suites["conformance"]:
        expected = result_text(case)
        if expected is None:
            continue
        scope, values = scope_and_values(case)
        checked = ask(f"(\n{case['expr']}\n) == {expected}", scope)
        if checked.condition is None:
            outcomes["refused"] += 1
            continue
        assert evaluate(checked.condition, values) is True, case
        outcomes["agrees"] += 1
    print(f"\nas comparisons: {dict(outcomes)}")
    assert outcomes["agrees"] >= 100
