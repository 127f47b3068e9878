"""What people write who know another tool: the help says how it is written here."""

from __future__ import annotations

from typing import Any

import pytest
from tacit.compiler import CompileError, compile_project

SIGNAL = {"type": "string", "source": "device"}
SURFACE: dict[str, Any] = {"default": "a", "variants": {"a": None, "b": None}}


def rule(**keys: Any) -> dict[str, Any]:
    return {"surfaces": {"s": SURFACE | {"rules": [{"id": "r", "show": "b"} | keys]}}}


@pytest.mark.parametrize(
    ("section", "code", "wanted"),
    [
        ({"signals": {"country": "string"}}, "E122", "write `country: {type: string, source: "),
        ({"signals": {"age": "integer"}}, "E122", "write `age: {type: int, source: "),
        ({"signals": {"n": SIGNAL | {"type": "float"}}}, "E123", "did you mean `double`? choices"),
        ({"signals": {"n": SIGNAL | {"source": "user"}}}, "E123", "did you mean `declared`?"),
        ({"signals": {"n": {"type": "int"}}}, "E121", "choices: `device`, `request`,"),
        ({"signals": {"Age": SIGNAL}}, "E124", "write `age`; a name"),
        ({"signals": [{"n": SIGNAL}]}, "E122", "write the name as the key"),
        ({"surfaces": {"s": SURFACE | {"variants": ["a", "b"]}}}, "E122", "variants: {a: {title:"),
        ({"surfaces": {"s": SURFACE | {"rules": {"r": {"show": "b"}}}}}, "E122", "`- id: its-id`"),
        ({"surfaces": {"s": SURFACE | {"place": "server"}}}, "E123", "did you mean `edge`?"),
        ({"surfaces": {"s": SURFACE | {"personalize": False}}}, "E122", "choices: `never`"),
        ({"signals": {"country": {"type": "x"}}} | rule(when="countri == 'DE'"), "E203", "country"),
        (rule(condition="true"), "E120", "write `when`"),
        ({"holdout": "5%"}, "E122", "write `holdout: {share: 5%}`"),
        (rule(when=["n == 'a'", "n == 'b'"]), "E122", "join its parts with `&&` or `||`"),
        (rule(when={"all": ["n == 'a'"]}), "E122", "join its parts with `&&` or `||`"),
        (rule(show=["a", "b"]), "E122", "`split: {a: 50%, b: 50%}`"),
        (rule(traffic=50), "E129", "write `50%`"),
        (rule(traffic="0.5"), "E129", "write `50%`; or `0.5%`"),
        (rule(id="Two words"), "E125", "write `two-words`; an id"),
        (
            {"segments": {"s": {"when": "true", "refresh": "weekly"}}},
            "E123",
            "`campaign`, or events: `{on: [event]}`",
        ),
        (
            {"segments": {"s": {"when": "true", "refresh": ["bought"]}}},
            "E122",
            "`campaign`, or events: `{on: [event]}`",
        ),
        (
            {"tests": [{"name": "t", "events": ["bought"], "expect": {"s": "a"}}]},
            "E122",
            "write `- bought: {}`",
        ),
        (
            {"tests": [{"name": "t", "events": ["refresh"], "expect": {"s": "a"}}]},
            "E122",
            "write `- refresh: true`",
        ),
        (
            {
                "events": {"e": {}},
                "aggregates": {"a": {"count": "e", "within": "7d", "slot": "1m"}},
            },
            "E284",
            "`slot: 30m`",
        ),
        (rule(when="'x' in top(taste)"), "E226", "an affinity is the list of its best keys"),
        (
            {"tests": [{"name": "t", "missing": "n", "expect": {"s": "a"}}]},
            "E122",
            "`missing: [n]`",
        ),
    ],
)
def test_help(section: dict[str, Any], code: str, wanted: str) -> None:
    with pytest.raises(CompileError) as caught:
        compile_project({"project": "shop"} | section)
    helps = {found.code: found.help or "" for found in caught.value.diagnostics}
    assert wanted in helps[code]
