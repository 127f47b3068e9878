"""Diagnostics as text for people and as JSON for programs. Line and column are worked out here.

    error[E203]: unknown signal `user.teir`
      --> rules/checkout.yaml:14:13
       |
    14 |       when: user.teir == "gold"
       |             ^^^^^^^^^
       = help: did you mean `user.tier`?

Lines and columns count from 1; a column is a character of the line, not a byte.
"""

from __future__ import annotations

import bisect
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from tacit.compiler.diagnostics import Diagnostic, Severity, in_order
from tacit.compiler.spans import Span

MAX_SHOWN = 100
_MAX_WIDTH = 110  # columns of an excerpt; longer lines are cut around the underline
_TAB = "    "
_BREAK = re.compile(r"\r\n|\r|\n")
# Text of a project ends up in a terminal: no escape sequences, no right-to-left overrides.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


class Lines:
    """The line table of one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0, *(found.end() for found in _BREAK.finditer(text))]

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both from 1."""
        offset = min(max(offset, 0), len(self.text))
        line = bisect.bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of line `number` without its break."""
        found = _BREAK.search(self.text, self.starts[number - 1])
        return self.text[self.starts[number - 1] : found.start() if found else len(self.text)]


class _Tables:
    """Line tables by file, made when first asked for."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self.sources = sources
        self.made: dict[str, Lines] = {}

    def __call__(self, file: str) -> Lines | None:
        if file not in self.made and file in self.sources:
            self.made[file] = Lines(self.sources[file])
        return self.made.get(file)


def render_text(
    diagnostics: Iterable[Diagnostic],
    sources: Mapping[str, str],
    *,
    limit: int = MAX_SHOWN,
    root: str = "",
) -> str:
    """All diagnostics by position, at most `limit`, and how many more there are.

    `sources` maps file to text; `root` is put before the file names (a folder, with its slash).
    Returns an empty text for no diagnostics, else text that ends with a line break.
    """
    ordered = in_order(diagnostics)
    if not ordered:
        return ""
    tables = _Tables(sources)
    parts = [_one(item, tables, root) for item in ordered[:limit]]
    if len(ordered) > limit:
        parts.append(f"... and {len(ordered) - limit} more\n")
    parts.append(count_line(ordered) + "\n")
    return "\n".join(parts)


def render_json(
    diagnostics: Iterable[Diagnostic],
    sources: Mapping[str, str],
    *,
    limit: int = MAX_SHOWN,
    root: str = "",
) -> str:
    """`to_json` as one line of text."""
    value = to_json(diagnostics, sources, limit=limit, root=root)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def to_json(
    diagnostics: Iterable[Diagnostic],
    sources: Mapping[str, str],
    *,
    limit: int = MAX_SHOWN,
    root: str = "",
) -> dict[str, Any]:
    """A JSON value: `diagnostics` (at most `limit`) and counts: `errors`, `warnings`, `omitted`."""
    ordered = in_order(diagnostics)
    tables = _Tables(sources)
    return {
        "diagnostics": [_json_one(item, tables, root) for item in ordered[:limit]],
        "errors": sum(item.severity is Severity.ERROR for item in ordered),
        "warnings": sum(item.severity is Severity.WARNING for item in ordered),
        "omitted": max(len(ordered) - limit, 0),
    }


def count_line(diagnostics: Iterable[Diagnostic]) -> str:
    """`2 errors, 1 warning`."""
    items = list(diagnostics)
    counts = []
    for severity in Severity:
        number = sum(item.severity is severity for item in items)
        if number:
            counts.append(f"{number} {severity.value}{'s' if number > 1 else ''}")
    return ", ".join(counts) or "no errors"


def _json_one(item: Diagnostic, tables: _Tables, root: str) -> dict[str, Any]:
    value: dict[str, Any] = {
        "code": item.code,
        "severity": item.severity.value,
        "message": _visible(item.message),
        "path": item.path,
    }
    if item.span is not None:
        value.update(_json_span(item.span, tables, root))
    if item.label:
        value["label"] = _visible(item.label)
    if item.labels:
        value["labels"] = [
            {"label": _visible(label), **_json_span(span, tables, root)}
            for span, label in item.labels
        ]
    if item.help is not None:
        value["help"] = _visible(item.help)
    return value


def _json_span(span: Span, tables: _Tables, root: str) -> dict[str, Any]:
    value: dict[str, Any] = {"file": root + span.file}
    lines = tables(span.file)
    if lines is not None:
        value["line"], value["column"] = lines.place(span.start)
        value["end_line"], value["end_column"] = lines.place(span.end)
    return value


def _one(item: Diagnostic, tables: _Tables, root: str) -> str:
    spans = [item.span, *(span for span, _ in item.labels)]
    numbers = [
        lines.place(span.start)[0]
        for span in spans
        if span is not None and (lines := tables(span.file)) is not None
    ]
    gutter = " " * len(str(max(numbers, default=1)))
    out = [f"{item.severity.value}[{item.code}]: {_visible(item.message)}"]
    if item.span is not None:
        out.append(f"{gutter}--> {_where(item.span, tables, root)}")
        out.extend(_excerpt(item.span, item.label, "^", tables, gutter))
    elif item.path:
        out.append(f"{gutter}--> {_visible(item.path)}")
    for span, label in item.labels:
        out.append(f"{gutter}::: {_where(span, tables, root)}")
        out.extend(_excerpt(span, label, "-", tables, gutter))
    if item.help is not None:
        first, *more = _visible(item.help, keep_breaks=True).split("\n")
        out.append(f"{gutter} = help: {first}")
        out.extend(f"{gutter}         {line}" for line in more)
    return "\n".join(line.rstrip() for line in out) + "\n"


def _where(span: Span, tables: _Tables, root: str) -> str:
    lines = tables(span.file)
    if lines is None:
        return _visible(root + span.file)
    line, column = lines.place(span.start)
    return f"{_visible(root + span.file)}:{line}:{column}"


def _excerpt(span: Span, label: str, mark: str, tables: _Tables, gutter: str) -> list[str]:
    """The line of the span's start, underlined; a span of several lines is cut at the first."""
    lines = tables(span.file)
    if lines is None:
        return []
    number, column = lines.place(span.start)
    text = lines.line(number)
    start = min(column - 1, len(text))
    end = min(max(start + span.end - span.start, start), len(text))
    before, marked, after = (_visible(part) for part in (text[:start], text[start:end], text[end:]))
    before, marked, after = _cut(before, marked, after)
    underline = " " * _width(before) + mark * max(_width(marked), 1)
    label_text = f" {_visible(label)}" if label else ""
    shown = f"{before}{marked}{after}"
    return [
        f"{gutter} |",
        f"{number:>{len(gutter)}} | {shown}",
        f"{gutter} | {underline}{label_text}",
    ]


def _cut(before: str, marked: str, after: str) -> tuple[str, str, str]:
    """Shorten a long line around what is marked."""
    if len(before) + len(marked) + len(after) <= _MAX_WIDTH:
        return before, marked, after
    if len(marked) > _MAX_WIDTH // 2:
        marked, after = marked[: _MAX_WIDTH // 2] + "...", ""
    room = _MAX_WIDTH - len(marked)
    if len(before) > room * 2 // 3:
        before = "..." + before[len(before) - room * 2 // 3 :]
    left = max(room - len(before), 0)
    return before, marked, after if len(after) <= left else after[:left] + "..."


def _visible(text: str, *, keep_breaks: bool = False) -> str:
    """The text with tabs as blanks and everything that would steer a terminal spelled out."""

    def spell(found: re.Match[str]) -> str:
        char = found.group()
        if char == "\t":
            return _TAB
        if char == "\n" and keep_breaks:
            return char
        return f"\\x{ord(char):02x}" if ord(char) < 256 else f"\\u{ord(char):04x}"

    return _UNPRINTABLE.sub(spell, text)


def _width(text: str) -> int:
    """Columns of a terminal that the text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )
