"""Renderings compared whole: text for people, JSON for programs.

Golden files are written anew with `--update-golden`; read the change like code.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tacit.compiler.diagnostics import Diagnostic, Severity
from tacit.compiler.reader import read_text
from tacit.compiler.render import Lines, count_line, render_json, render_text, to_json
from tacit.compiler.source import Source, load
from tacit.compiler.spans import Span

from . import chunks

GOLDEN = Path(__file__).parent / "golden"
Golden: TypeAlias = Callable[[Path, str], None]


def test_text_of_a_file(golden: Golden) -> None:
    source = GOLDEN / "one_file.yaml"
    document = read_text(source.read_text(encoding="utf-8"), "shop.yaml")
    project, diagnostics = chunks.run(Source((document,)))
    sources = project.sources(diagnostics)
    golden(GOLDEN / "one_file.txt", render_text(diagnostics, sources, root="bundles/"))
    value = to_json(diagnostics, sources, root="bundles/")
    golden(GOLDEN / "one_file.json", json.dumps(value, indent=1, ensure_ascii=False) + "\n")
    assert json.loads(render_json(diagnostics, sources, root="bundles/")) == value


def test_text_of_a_dictionary(golden: Golden) -> None:
    """Without files the path is the place, and an expression is its own excerpt."""
    project = {
        "project": "shop",
        "signals": {"age": {"type": "int", "source": "device", "mn": 3}},
        "segments": {"old": {"when": 'aeg > 60 && age != "7"'}, "older": "agee > 70"},
        "surfaces": {
            "banner": {
                "default": "b",
                "variants": {"a": {"n": float("nan")}, "c": {"n": object()}},
                "rules": [{"id": "r", "when": "agee > 3", "show": "a", "until": "tomorrow"}],
            }
        },
    }
    parsed, diagnostics = chunks.run(load(project))
    golden(GOLDEN / "dictionary.txt", render_text(diagnostics, parsed.sources(diagnostics)))


def _diagnostic(start: int, end: int, message: str = "wrong", **more: object) -> Diagnostic:
    return Diagnostic("E999", Severity.ERROR, message, Span("a.yaml", start, end), **more)  # type: ignore[arg-type]


def test_order_and_limit() -> None:
    text = "x\n" * 300
    items = [_diagnostic(2 * line, 2 * line + 1) for line in reversed(range(250))]
    shown = render_text(items, {"a.yaml": text})
    assert shown.count("error[E999]") == 100
    assert shown.index("a.yaml:1:1\n") < shown.index("a.yaml:2:1\n") < shown.index("a.yaml:100:1\n")
    assert shown.endswith("\n... and 150 more\n\n250 errors\n")
    value = to_json(items, {"a.yaml": text}, limit=3)
    assert (len(value["diagnostics"]), value["errors"], value["omitted"]) == (3, 250, 247)
    assert render_text([], {}) == ""


def test_same_diagnostic_twice_is_shown_once() -> None:
    assert render_text([_diagnostic(0, 1)] * 3, {"a.yaml": "x"}).count("E999") == 1


def test_nothing_steers_the_terminal() -> None:
    nasty = "\x1b[31m\u202e\x07"
    item = _diagnostic(0, 3, f"bad {nasty}", help=nasty, label=nasty)
    shown = render_text([item], {"a.yaml": nasty + "\x9b tail"}, root=nasty)
    assert not set(shown) & set("\x1b\u202e\x07\x9b")
    assert "\\x1b[31m\\u202e\\x07" in shown


def test_underline_keeps_its_place_under_wide_characters() -> None:
    text = "日本\tx: y\n"
    start = text.index("y")
    lines = render_text([_diagnostic(start, start + 1)], {"a.yaml": text}).splitlines()
    # Two columns for each wide character, four for the tab.
    assert lines[3] == "1 | 日本    x: y"
    assert lines[4] == "  | " + " " * (2 * 2 + 4 + 3) + "^"


def test_span_of_several_lines_is_cut_at_the_first() -> None:
    lines = render_text([_diagnostic(3, 12)], {"a.yaml": "ab cde\nfg hijk\n"}).splitlines()
    assert lines[3:5] == ["1 | ab cde", "  |    ^^^"]


def test_file_that_is_not_known() -> None:
    shown = render_text([_diagnostic(3, 12)], {})
    assert shown == "error[E999]: wrong\n --> a.yaml\n\n1 error\n"


def test_counts() -> None:
    warning = Diagnostic("W999", Severity.WARNING, "hm")
    assert count_line([]) == "no errors"
    assert count_line([warning, warning, _diagnostic(0, 0)]) == "1 error, 2 warnings"


@settings(deadline=None)
@given(st.text(alphabet="ab\r\n", max_size=30))
def test_lines_and_columns(text: str) -> None:
    """Against the plain definition: lines end at CRLF, CR or LF."""
    lines = Lines(text)
    line, column = 1, 1
    for offset, char in enumerate(text):
        assert lines.place(offset) == (line, column)
        inside_pair = char == "\r" and text[offset + 1 : offset + 2] == "\n"
        line, column = (line, column + 1) if char in "ab" or inside_pair else (line + 1, 1)
    assert lines.place(len(text)) == (line, column)
    assert lines.place(len(text) + 9) == (line, column)


@pytest.mark.parametrize("length", [200, 5000])
def test_long_lines_are_cut_around_the_underline(length: int) -> None:
    text = "a" * length + "BAD" + "c" * length
    lines = render_text([_diagnostic(length, length + 3)], {"a.yaml": text}).splitlines()
    assert len(lines[3]) < 130
    at = lines[4].index("^^^")
    assert lines[3][at : at + 3] == "BAD"
