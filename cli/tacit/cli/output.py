"""What people and programs see: text through rich, JSON plainly, messages on stderr."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

# Names and texts of a project or of data end up in a terminal: nothing in them may steer it.
_STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


WIDEST = 100_000
"""Columns of a table; wider than any, as names have at most 64 characters."""


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Rich would exit with 1, which says "findings" here. Called while the error is handled."""
        raise  # noqa: PLE0704


def out() -> Console:
    """The console of results (stdout). Made anew, as tests and pipes exchange `sys.stdout`."""
    return _Console(file=sys.stdout, soft_wrap=True, highlight=False, markup=False, emoji=False)


def err() -> Console:
    """The console of messages and progress (stderr)."""
    return _Console(file=sys.stderr, soft_wrap=True, highlight=False, markup=False, emoji=False)


def plain(text: object) -> str:
    """`text` with everything that would steer a terminal spelled out."""
    return _STEERING.sub(lambda found: f"\\u{ord(found.group()):04x}", str(text))


def say(text: str = "", style: str | None = None) -> None:
    """One line or block of the result on stdout."""
    out().print(Text(plain(text), style=style or ""))


def note(text: str, style: str | None = None) -> None:
    """One line or block beside the result, on stderr."""
    err().print(Text(plain(text), style=style or ""))


def complain(message: str, help_text: str | None = None) -> None:
    """A failure in one line on stderr, and if there is help, a second one."""
    text = Text("tacit: ", style="bold red")
    text.append(plain(message), style="not bold default")
    err().print(text)
    if help_text:
        note(f"  help: {help_text}")


def print_json(value: Any, *, compact: bool = False) -> None:
    """`value` as JSON on stdout, for programs; nothing else goes there under `--json`."""
    layout: dict[str, Any] = {"separators": (",", ":")} if compact else {"indent": 2}
    sys.stdout.write(json.dumps(value, ensure_ascii=True, allow_nan=False, **layout) + "\n")


_HEADS = {"error": "bold red", "warning": "bold yellow", "note": "bold cyan"}


def print_diagnostics(text: str, *, to_stdout: bool) -> None:
    """Rendered diagnostics, with the codes and underlines in colour on a terminal."""
    console = out() if to_stdout else err()
    for line in text.rstrip("\n").split("\n"):
        shown = Text(line)
        head, bracket, _ = line.partition("[")
        if bracket and head in _HEADS:
            shown.stylize(_HEADS[head], 0, line.find(":"))
        elif line.lstrip().startswith(("-->", ":::")):
            shown.stylize("blue")
        elif re.match(r"\s*\| +[\^-]+", line):
            shown.stylize("red" if "^" in line else "blue", line.find("|") + 1)
        elif line.lstrip().startswith("= help:"):
            shown.stylize("cyan")
        console.print(shown)


def table(
    title: str, columns: Iterable[str], rows: Iterable[Iterable[object]], *, to_stdout: bool = True
) -> None:
    """A small table without frames; the first column is left, numbers go right."""
    body = [[plain(cell) for cell in row] for row in rows]
    shown = Table(title=plain(title) or None, box=None, title_justify="left", pad_edge=False)
    for index, column in enumerate(columns):
        numeric = bool(body) and all(re.fullmatch(r"[\d,.%+-]+", row[index]) for row in body)
        shown.add_column(column, justify="right" if numeric else "left", no_wrap=True)
    for row in body:
        shown.add_row(*(Text(cell) for cell in row))
    console = out() if to_stdout else err()
    # Wider than the terminal rather than cut: names are what people copy from here.
    wide = console.options.update(max_width=WIDEST)
    console.width = max(console.width, console.measure(shown, options=wide).maximum)
    console.print(shown)


def count(number: int, noun: str, plural: str | None = None) -> str:
    """`1 rule`, `12,330 rows`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
