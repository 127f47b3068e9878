"""Which column of a table holds which signal."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from tacit.cli.failures import CommandError, needing, reading
from tacit.cli.inputs import closest, nearest, parse_object


def parse_mapping(texts: Iterable[str], signals: Collection[str]) -> dict[str, str]:
    """Signal to column, from `signal=Column,...` texts or files (JSON or YAML) that map so.

    Raises `CommandError` for anything that is not a declared signal on the left.
    """
    chosen: dict[str, str] = {}
    for text in texts:
        chosen |= _from_text(text) if "=" in text else _from_file(Path(text))
    for signal, column in chosen.items():
        if signal not in signals:
            turned = column in signals and closest(signal, signals) is None
            raise CommandError(
                f"--columns: the bundle has no signal `{signal}`",
                help=f"the signal stands first: {column}={signal}"
                if turned
                else nearest(signal, signals),
            )
    return chosen


def _from_text(text: str) -> dict[str, str]:
    chosen = {}
    for part in text.split(","):
        signal, equals, column = part.partition("=")
        if not (equals and signal.strip() and column.strip()):
            raise CommandError(f"--columns: `{part}` is not of the form signal=Column")
        chosen[signal.strip()] = column.strip()
    return chosen


def _from_file(path: Path) -> dict[str, str]:
    with reading(path):
        data = path.read_bytes()
    if path.suffix.lower() in (".yaml", ".yml"):
        with needing("cli", "reading YAML"):
            from tacit.compiler.reader import read_bytes
        root = read_bytes(data, str(path)).root
        value: Any = root.data if root is not None else None
    else:
        value = parse_object(data, str(path))
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise CommandError(
            f"{path} does not map signals to columns", help='write {"signal": "Column"}'
        )
    return value


def _bare(name: str) -> str:
    """A name without case and marks: `Exit_Rates` -> `exitrates`."""
    return re.sub(r"[\W_]+", "", name).lower()


def match(
    columns: Collection[str], signals: Iterable[str], chosen: Mapping[str, str]
) -> dict[str, str]:
    """Signal to column: as chosen, else by name, else by name but for case and marks where only one
    column and one signal answer to it. Signals without a column are left out.
    """
    wanted = list(signals)
    found = {signal: column for signal, column in chosen.items() if column in columns}
    found |= {name: name for name in wanted if name not in chosen and name in columns}
    taken = set(found.values())
    free: dict[str, list[str]] = {}
    for column in columns:
        if column not in taken:
            free.setdefault(_bare(column), []).append(column)
    open_signals: dict[str, list[str]] = {}
    for signal in wanted:
        if signal not in found and signal not in chosen:
            open_signals.setdefault(_bare(signal), []).append(signal)
    for bare, names in open_signals.items():
        if len(names) == 1 and len(free.get(bare, ())) == 1:
            found[names[0]] = free[bare][0]
    return found
