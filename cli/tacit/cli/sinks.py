"""Writes the decisions of many rows: JSON lines, CSV or Parquet.

JSON lines, one object a row:
    {"row": 2, "keep": {"id": "7"}, "decisions":
        {"home": {"variant": "a", "reason": "RULE_MATCH", "rule": "r", "unknown": []}}}
CSV and Parquet, one column each: `row`, the kept columns, and for every surface `home.variant`,
`home.reason`, `home.rule`, `home.unknown`. In CSV the unknown signals are joined by the list
separator, and nothing stands for null; in Parquet kept values are texts (else JSON).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from tacit.cli.failures import needing

if TYPE_CHECKING:
    from tacit.runtime import Decision

BATCH_ROWS = 4_096
FIELDS = ("variant", "reason", "rule", "unknown")


class Sink(Protocol):
    """Takes the decisions of one row after another."""

    def write(
        self, row: int, kept: Mapping[str, Any], decisions: Mapping[str, Decision]
    ) -> None: ...

    def finish(self) -> None:
        """Write what is still held back."""
        ...


def open_sink(
    kind: str, file: BinaryIO, surfaces: Sequence[str], keep: Sequence[str], separator: str
) -> Sink:
    """The writer for `csv`, `jsonl` or `parquet`."""
    if kind == "jsonl":
        return JsonSink(file)
    if kind == "csv":
        return CsvSink(file, surfaces, keep, separator)
    return ParquetSink(file, surfaces, keep)


class JsonSink:
    def __init__(self, file: BinaryIO) -> None:
        self.file = file

    def write(self, row: int, kept: Mapping[str, Any], decisions: Mapping[str, Decision]) -> None:
        value: dict[str, Any] = {"row": row}
        if kept:
            value["keep"] = kept
        value["decisions"] = {
            name: {
                "variant": item.variant,
                "reason": item.reason,
                "rule": item.rule,
                "unknown": item.unknown,
            }
            for name, item in decisions.items()
        }
        text = json.dumps(value, separators=(",", ":"), default=str)
        self.file.write(text.encode() + b"\n")

    def finish(self) -> None:
        self.file.flush()


class CsvSink:
    def __init__(
        self, file: BinaryIO, surfaces: Sequence[str], keep: Sequence[str], separator: str
    ) -> None:
        self.file = file
        self.text = io.StringIO(newline="")
        self.lines = csv.writer(self.text, lineterminator="\n")
        self.surfaces = surfaces
        self.keep = keep
        self.separator = separator
        names = [f"{surface}.{field}" for surface in surfaces for field in FIELDS]
        self.lines.writerow(["row", *keep, *names])

    def write(self, row: int, kept: Mapping[str, Any], decisions: Mapping[str, Decision]) -> None:
        cells: list[Any] = [row, *(kept.get(name) for name in self.keep)]
        for surface in self.surfaces:
            item = decisions[surface]
            cells += (item.variant, item.reason, item.rule, self.separator.join(item.unknown))
        self.lines.writerow(cells)
        if self.text.tell() > 65_536:
            self._drain()

    def _drain(self) -> None:
        self.file.write(self.text.getvalue().encode("utf-8", "surrogatepass"))
        self.text.seek(0)
        self.text.truncate()

    def finish(self) -> None:
        self._drain()
        self.file.flush()


class ParquetSink:
    def __init__(self, file: BinaryIO, surfaces: Sequence[str], keep: Sequence[str]) -> None:
        with needing("data", "writing Parquet"):
            import pyarrow as pa
            import pyarrow.parquet as pq
        text, texts = pa.string(), pa.list_(pa.string())
        types = [texts if field == "unknown" else text for field in FIELDS]
        names = [(f"{surface}.{field}", type_) for surface in surfaces
                 for field, type_ in zip(FIELDS, types, strict=True)]  # fmt: skip
        self.schema = pa.schema([("row", pa.int64()), *((name, text) for name in keep), *names])
        self.table_of = pa.Table.from_arrays
        self.array = pa.array
        self.writer = pq.ParquetWriter(file, self.schema)
        self.surfaces = surfaces
        self.keep = keep
        self.columns: list[list[Any]] = [[] for _ in self.schema]

    def write(self, row: int, kept: Mapping[str, Any], decisions: Mapping[str, Decision]) -> None:
        cells: list[Any] = [row, *(_text(kept.get(name)) for name in self.keep)]
        for surface in self.surfaces:
            item = decisions[surface]
            rule = None if item.rule is None else str(item.rule)
            cells += (item.variant, item.reason, rule, list(item.unknown))
        for column, cell in zip(self.columns, cells, strict=True):
            column.append(cell)
        if len(self.columns[0]) >= BATCH_ROWS:
            self._drain()

    def _drain(self) -> None:
        if self.columns[0]:
            arrays = [
                self.array(column, field.type)
                for column, field in zip(self.columns, self.schema, strict=True)
            ]
            self.writer.write_table(self.table_of(arrays, schema=self.schema))
            self.columns = [[] for _ in self.schema]

    def finish(self) -> None:
        self._drain()
        self.writer.close()


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, default=str)
