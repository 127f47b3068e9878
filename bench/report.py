"""A result as tables in plain text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bench.targets import Result


def table(rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell; the first to the left, the others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        first, *others = (
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        lines.append("  ".join([first, *others]).rstrip())
    return "\n".join(lines)


def number(value: Any) -> str:
    """Three digits, without an exponent; `-` for what was not measured."""
    if value is None:
        return "-"
    if value == 0:
        return "0"
    digits = max(0, 2 - len(str(int(abs(value)))) + 1) if abs(value) >= 1 else 3
    if abs(value) < 0.1:
        digits = 4
    return f"{value:.{digits}f}"


def _kilobytes(payload: dict[str, int] | None) -> str:
    if payload is None:
        return "-"
    return " / ".join(number(payload[kind] / 1000) for kind in ("raw", "gzip", "brotli"))


def _with_ratio(measured: dict[str, float] | None) -> str:
    if measured is None:
        return "-"
    return f"{number(measured['us'])} ({number(measured['ratio'])})"


def _decisions(contender: dict[str, Any]) -> str:
    agreement = contender.get("agreement")
    if agreement is None:
        return "-"
    differ = sum(found["differ"] for found in agreement.values())
    compared = sum(found["decisions"] for found in agreement.values())
    return f"{compared}" if differ == 0 else f"{differ} of {compared} DIFFER"


COLUMNS = (
    "contender",
    "one us (ratio)",
    "one, fresh",
    "all us (ratio)",
    "all, read",
    "load ms",
    "first",
    "memory MB",
    "raw / gzip / brotli KB",
    "checked",
)


def workload_table(entry: dict[str, Any]) -> str:
    rows = [list(COLUMNS)]
    for name, contender in entry["contenders"].items():
        load = contender.get("load", {})
        rows.append(
            [
                name,
                *(
                    _with_ratio(contender.get(key))
                    for key in ("one", "one_fresh", "all", "all_read")
                ),
                number(load.get("median_ms")),
                number(load.get("first_ms")),
                number(load.get("memory_mb")),
                _kilobytes(contender.get("payload")),
                _decisions(contender),
            ]
        )
    return table(rows)


STATE_COLUMNS = (
    "with a state",
    "one us (ratio)",
    "all us (ratio)",
    "event us",
    "shown",
    "first",
    "refresh",
    "load",
    "save",
    "state KB",
    "checked",
)
WRITING = ("event_us", "shown_us", "first_us", "refresh_us", "load_us", "save_us")


def remembering_table(result: Result) -> str:
    """Microseconds; the ratio is that to deciding without a state."""
    rows = [list(STATE_COLUMNS)]
    for name, entry in result["remembering"].items():
        size, differ = entry.get("state_bytes"), entry.get("differ")
        rows.append(
            [
                name,
                *(_with_ratio(entry.get(key)) for key in ("one", "all")),
                *(number(entry.get(key)) for key in WRITING),
                number(None if size is None else size / 1000),
                "-" if differ is None else f"{differ} DIFFER" if differ else "yes",
            ]
        )
    return table(rows)


def targets_table(result: Result) -> str:
    verdicts = {True: "met", False: "NOT MET", None: "not measured"}
    rows = [["target", "at most", "is", ""]]
    for row in result["targets"]:
        unit = f" {row['unit']}" if row["unit"] else ""
        rows.append(
            [
                row["target"],
                f"{row['limit']:g}{unit}",
                f"{number(row['value'])}{unit}" if row["value"] is not None else "-",
                verdicts[row["met"]],
            ]
        )
    return table(rows)


def text(result: Result) -> Iterator[str]:
    """The whole report, part by part."""
    machine = result["machine"]
    yield (
        f"{result['date']}  {machine['python']}  {machine['system']}  {machine['cpu']}"
        f"  (ratio: time by this contender / time by hand in the same run)"
    )
    for name, entry in result["workloads"].items():
        yield f"\n{name}: {entry['rules']} rules, {entry['surfaces']} surfaces"
        yield workload_table(entry)
        compiled = entry["contenders"].get("tacit", {}).get("compile")
        if compiled:
            yield f"tacit compiles it in {number(compiled['first_s'])} s"
    if result["remembering"]:
        yield ""
        yield remembering_table(result)
    yield ""
    yield targets_table(result)
