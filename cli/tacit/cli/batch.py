"""Decides for every row of a table and sums up. Memory does not grow with the number of rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tacit.cli.cells import Convert, Reading, converters, is_missing
from tacit.cli.columns import match
from tacit.cli.failures import CommandError
from tacit.cli.inputs import nearest
from tacit.cli.options import parse_time
from tacit.cli.rows import Row, Rows, Unreadable, each

if TYPE_CHECKING:
    from tacit.runtime import Bundle, Decision

ROW_NUMBER = "@row"
"""In place of a column: the number of the row, from 1. For tables without an id to bucket by."""
MAX_LISTED = 20
_MAX_SHOWN = 40  # characters of a cell in a summary
_MAX_LAYOUTS = 64  # JSON lines: sets of keys that are remembered

Write = Callable[[int, Mapping[str, Any], Mapping[str, "Decision"]], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do with each row. `chosen`: signal to column, as the person says."""

    types: Mapping[str, str]
    surfaces: tuple[str, ...]
    chosen: Mapping[str, str] = field(default_factory=dict)
    keep: tuple[str, ...] = ()
    now: int | None = None
    now_column: str | None = None
    consent: tuple[str, ...] = ()
    reading: Reading = field(default_factory=Reading)
    limit: int | None = None


@dataclass(slots=True)
class BadValues:
    """Cells of one signal that are no value of its type: how many, and the first."""

    count: int
    line: int
    value: str


@dataclass(slots=True)
class SurfaceCounts:
    variants: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Summary:
    """What came of a table. The counts are rows."""

    surfaces: dict[str, SurfaceCounts]
    rows: int = 0
    unreadable: int = 0
    listed: list[Unreadable] = field(default_factory=list)
    unknown: Counter[str] = field(default_factory=Counter)
    bad_values: dict[str, BadValues] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    unused_columns: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The summary as `tacit decide --rows --json` prints it."""
        return {
            "rows": self.rows,
            "unreadable": {
                "count": self.unreadable,
                "first": [{"line": item.line, "why": item.why} for item in self.listed],
            },
            "surfaces": {
                name: {
                    "variants": dict(counts.variants.most_common()),
                    "reasons": dict(counts.reasons.most_common()),
                    "rules": dict(counts.rules),
                }
                for name, counts in self.surfaces.items()
            },
            "unknown": dict(self.unknown.most_common()),
            "bad_values": {
                name: {"count": bad.count, "first_line": bad.line, "first": bad.value}
                for name, bad in self.bad_values.items()
            },
            "columns": self.columns,
            "unused_columns": list(self.unused_columns),
        }


class _Layout:
    """How the rows of one set of columns become signals."""

    def __init__(self, plan: Plan, columns: Sequence[str], convert: Mapping[str, Convert]) -> None:
        chosen = {name: column for name, column in plan.chosen.items() if column != ROW_NUMBER}
        self.columns = match(columns, plan.types, chosen)
        self.numbered = tuple(name for name, column in plan.chosen.items() if column == ROW_NUMBER)
        for name in self.numbered:
            self.columns.pop(name, None)
        self.items = [(name, column, convert[name]) for name, column in self.columns.items()]


class Batch:
    """One run over a table. `run` may be called once."""

    def __init__(
        self, bundle: Bundle, rows: Rows, plan: Plan, rules: Mapping[str, Sequence[str]]
    ) -> None:
        """`rules`: the ids of the rules of every surface, so that those that never fire show."""
        self.bundle = bundle
        self.rows = rows
        self.plan = plan
        self.convert = converters(plan.types, plan.reading)
        self.layouts: dict[tuple[str, ...], _Layout] = {}
        self.one_by_one = 2 * len(plan.surfaces) < len(tuple(bundle.surfaces))
        self.summary = Summary(
            {
                name: SurfaceCounts(rules=Counter(dict.fromkeys(rules[name], 0)))
                for name in plan.surfaces
            }
        )
        self._refuse_wrong_columns()

    def _refuse_wrong_columns(self) -> None:
        """What was said of columns must fit the table, where the table says what it has."""
        columns = self.rows.columns
        if columns is None:
            return
        named = [column for column in self.plan.chosen.values() if column != ROW_NUMBER]
        named += self.plan.keep
        if self.plan.now_column is not None:
            named.append(self.plan.now_column)
        for column in named:
            if column not in columns:
                raise CommandError(
                    f"the table has no column `{column}`", help=nearest(column, columns)
                )
        layout = self._layout(columns)
        if self.plan.types and not layout.columns and not layout.numbered:
            shown = ", ".join(f"`{name}`" for name in columns[:8])
            raise CommandError(
                f"no column of the table is a signal of the bundle; its columns are {shown}",
                help="--columns signal=Column,... says which column holds which signal",
            )
        self.summary.columns = dict(layout.columns) | dict.fromkeys(layout.numbered, ROW_NUMBER)
        used = {*layout.columns.values(), *named}
        self.summary.unused_columns = tuple(name for name in columns if name not in used)

    def _layout(self, columns: Sequence[str]) -> _Layout:
        key = tuple(columns)
        found = self.layouts.get(key)
        if found is None:
            if len(self.layouts) >= _MAX_LAYOUTS:
                self.layouts.clear()
            found = self.layouts[key] = _Layout(self.plan, key, self.convert)
        return found

    def run(self, write: Write | None) -> Iterator[int]:
        """Decide row by row; yields the number of rows met so far. `summary` holds the rest."""
        plan, summary = self.plan, self.summary
        for number, row in enumerate(each(self.rows, self.rows.path), 1):
            read = row if isinstance(row, Unreadable) else self._read(row, number)
            if isinstance(read, Unreadable):
                summary.unreadable += 1
                if len(summary.listed) < MAX_LISTED:
                    summary.listed.append(read)
            else:
                signals, now = read
                decisions = self._decide(signals, now)
                summary.rows += 1
                self._count(decisions)
                if write is not None and isinstance(row, Row):
                    kept = {name: row.values.get(name) for name in plan.keep}
                    write(number, kept, decisions)
            yield number
            if number == plan.limit:
                return

    def _read(self, row: Row, number: int) -> tuple[dict[str, Any], int | None] | Unreadable:
        """The signals and the time of a row."""
        plan = self.plan
        now = plan.now
        if plan.now_column is not None:
            found = moment(row.values.get(plan.now_column))
            if found is None:
                return Unreadable(row.line, f"no time in column `{plan.now_column}`")
            now = found
        layout = self._layout(tuple(row.values))
        if self.rows.columns is None:
            self.summary.columns |= layout.columns
        signals: dict[str, Any] = {}
        for name, column, convert in layout.items:
            value = row.values[column]
            if isinstance(value, str) and self.rows.texts:
                if is_missing(value, plan.reading):
                    continue
                try:
                    value = convert(value)
                except ValueError:
                    self._bad(name, row.line, value)
                    continue
            elif value is None:
                continue
            elif not fits(plan.types[name], value):
                value = usable(value)
                if not fits(plan.types[name], value):
                    self._bad(name, row.line, value)
                    continue
            signals[name] = value
        for name in layout.numbered:
            signals[name] = number if plan.types[name] == "int" else str(number)
        return signals, now

    def _bad(self, name: str, line: int, value: object) -> None:
        known = self.summary.bad_values.get(name)
        if known is None:
            text = value if isinstance(value, str) else repr(value)
            shown = text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 3] + "..."
            self.summary.bad_values[name] = BadValues(1, line, shown)
        else:
            known.count += 1

    def _decide(self, signals: Mapping[str, Any], now: int | None) -> Mapping[str, Decision]:
        plan = self.plan
        if self.one_by_one:
            return {
                name: self.bundle.decide(name, signals, now=now, consent=plan.consent)
                for name in plan.surfaces
            }
        found = self.bundle.decide_all(signals, now=now, consent=plan.consent)
        return {name: found[name] for name in plan.surfaces}

    def _count(self, decisions: Mapping[str, Decision]) -> None:
        unknown: set[str] = set()
        for name, decision in decisions.items():
            counts = self.summary.surfaces[name]
            assert decision.variant is not None  # only a surface that is not in the bundle has none
            counts.variants[decision.variant] += 1
            counts.reasons[decision.reason] += 1
            if decision.rule is not None:
                counts.rules[str(decision.rule)] += 1
            unknown.update(decision.unknown)
        self.summary.unknown.update(unknown)


def moment(value: object) -> int | None:
    """Epoch milliseconds of a cell: a number of them, an ISO text, or a date and time."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    try:
        return parse_time(value if isinstance(value, str) else _iso(value), "time")
    except CommandError:
        return None


def _iso(value: object) -> str:
    isoformat = getattr(value, "isoformat", None)
    return str(isoformat() if callable(isoformat) else value)


def fits(type_: str, value: object) -> bool:
    """Whether a value that came with a type of its own (JSON, Parquet) can be one of `type_`."""
    if type_ == "bool":
        return isinstance(value, bool)
    if type_ in ("int", "double"):
        return isinstance(value, int | float) and not isinstance(value, bool)
    if type_ == "string_list":
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return isinstance(value, str)


def usable(value: object) -> Any:
    """A decimal of a table as a double; everything else as it is."""
    import decimal

    return float(value) if isinstance(value, decimal.Decimal) else value
