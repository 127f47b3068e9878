"""Compares two results: `python -m bench.compare BEFORE.json AFTER.json`.

Times are compared as ratios to the chain by hand, which hold across machines; load, memory,
compile and size as they are. Exit code 1 when tacit got worse by more than the threshold, 2 when a
file is not a result.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.report import number, table
from bench.targets import Result

FIGURES: tuple[tuple[str, tuple[str, str]], ...] = (
    ("one, ratio", ("one", "ratio")),
    ("one fresh, ratio", ("one_fresh", "ratio")),
    ("all, ratio", ("all", "ratio")),
    ("all read, ratio", ("all_read", "ratio")),
    ("load, ms", ("load", "median_ms")),
    ("first load, ms", ("load", "first_ms")),
    ("memory, MB", ("load", "memory_mb")),
    ("compile, s", ("compile", "first_s")),
    ("raw, bytes", ("payload", "raw")),
    ("gzip, bytes", ("payload", "gzip")),
    ("brotli, bytes", ("payload", "brotli")),
)
"""What is compared, and where it stands in the entry of a contender. Less is better everywhere."""

STATE_FIGURES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("with a state, one, ratio", ("one", "ratio")),
    ("with a state, all, ratio", ("all", "ratio")),
    ("event, us", ("event_us",)),
    ("shown, us", ("shown_us",)),
    ("first decision, us", ("first_us",)),
    ("refresh, us", ("refresh_us",)),
    ("load of a state, us", ("load_us",)),
    ("save of a state, us", ("save_us",)),
)
"""The same for an entry of what remembers."""


class NotAResultError(Exception):
    """The file is not a result of this bench."""


@dataclass(frozen=True)
class Change:
    workload: str
    contender: str
    figure: str
    before: float
    after: float

    @property
    def factor(self) -> float:
        """After divided by before; 1 where both are zero."""
        if self.before == 0:
            return 1.0 if self.after == 0 else float("inf")
        return self.after / self.before


def read(path: Path) -> Result:
    """A result file; raises `NotAResultError` with a plain message."""
    try:
        result = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as problem:
        raise NotAResultError(f"{path.name}: {problem}") from problem
    if not isinstance(result, dict) or result.get("format") != 1 or "workloads" not in result:
        raise NotAResultError(f"{path.name}: not a result of this bench")
    return result


def changes(before: Result, after: Result) -> Iterator[Change]:
    """Every figure that both results have, in the order of the first."""
    for workload, entry in before["workloads"].items():
        others = after["workloads"].get(workload, {}).get("contenders", {})
        for contender, measured in entry["contenders"].items():
            for figure, (group, key) in FIGURES:
                old = measured.get(group, {}).get(key)
                new = others.get(contender, {}).get(group, {}).get(key)
                if old is not None and new is not None:
                    yield Change(workload, contender, figure, old, new)
    remembered = after.get("remembering", {})
    for name, entry in before.get("remembering", {}).items():
        for figure, keys in STATE_FIGURES:
            old, new = _at(entry, keys), _at(remembered.get(name, {}), keys)
            if old is not None and new is not None:
                yield Change(name, "tacit", figure, old, new)


def _at(entry: dict[str, Any], keys: tuple[str, ...]) -> float | None:
    found: Any = entry
    for key in keys:
        found = None if found is None else found.get(key)
    return None if found is None else float(found)


def warnings(before: Result, after: Result) -> Iterator[str]:
    """Why the two may not be comparable."""
    for workload, entry in before["workloads"].items():
        other = after["workloads"].get(workload)
        if other is not None and other.get("digest") != entry.get("digest"):
            yield f"{workload}: the two ran different rules"
    for key in ("python", "system", "cpu"):
        old, new = before["machine"].get(key), after["machine"].get(key)
        if old != new:
            yield f"{key}: {old} before, {new} after"


def verdict(change: Change, threshold: float) -> str:
    if change.factor > 1 + threshold:
        return "worse"
    return "better" if change.factor < 1 / (1 + threshold) else ""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.compare", description=__doc__)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument(
        "--threshold", type=float, default=10, help="per cent taken for noise (default %(default)g)"
    )
    parser.add_argument("--all", action="store_true", help="also what stayed the same")
    options = parser.parse_args(arguments)
    threshold = options.threshold / 100
    try:
        before, after = read(options.before), read(options.after)
    except NotAResultError as problem:
        print(problem, file=sys.stderr)
        return 2
    for line in warnings(before, after):
        print(f"note: {line}")
    found = list(changes(before, after))
    rows = [["workload, contender, figure", "before", "after", "after/before", ""]]
    for change in found:
        judged = verdict(change, threshold)
        if judged or options.all:
            name = f"{change.workload}, {change.contender}, {change.figure}"
            values = [number(change.before), number(change.after), f"{change.factor:.2f}"]
            rows.append([name, *values, judged])
    if len(rows) > 1:
        print(table(rows))
    print(f"{len(found)} figures compared, {len(rows) - 1} shown")
    worse = [
        change
        for change in found
        if change.contender == "tacit" and verdict(change, threshold) == "worse"
    ]
    return 1 if worse else 0


if __name__ == "__main__":
    raise SystemExit(main())
