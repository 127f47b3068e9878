"""Reads tables row by row: CSV, JSON lines, Parquet. Memory is bounded whatever the file holds.

A row that cannot be read does not end the reading: it comes out as `Unreadable`, with its line.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from tacit.cli.failures import CommandError, needing, reading
from tacit.cli.output import count

MAX_LINE_BYTES = 1024 * 1024  # of one JSON line
MAX_FIELD_CHARS = 131_072  # of one CSV field; the limit of the csv module
BATCH_ROWS = 4_096  # rows of a Parquet file held at once
FORMATS = {".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl",
           ".parquet": "parquet", ".pq": "parquet"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """`line`: of the file, from 1 (Parquet: the row). `values`: by column."""

    line: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Unreadable:
    line: int
    why: str


class Rows(Protocol):
    """A table being read."""

    path: Path

    columns: tuple[str, ...] | None
    """Names of the columns; None where every row names its own."""
    texts: bool
    """Whether all values are texts, still to be converted."""
    total: int
    """How much there is to read, in the unit of `done`."""

    @property
    def done(self) -> int:
        """How much has been read."""
        ...

    def __iter__(self) -> Iterator[Row | Unreadable]: ...

    def close(self) -> None: ...


def format_of(path: Path, what: str) -> str:
    """`csv`, `jsonl` or `parquet`, by the ending of the name."""
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        raise CommandError(
            f"{what} {path}: the format is not clear from the ending `{path.suffix}`",
            help="a file of one JSON list becomes JSON lines with: jq -c '.[]' FILE.json"
            if path.suffix.lower() == ".json"
            else "name it .csv, .tsv, .jsonl, .ndjson or .parquet",
        )
    return kind


def each(rows: Rows, path: Path) -> Iterator[Row | Unreadable]:
    """The rows; a failing disk becomes a `CommandError` that names the table."""
    with reading(path):
        yield from rows


def open_rows(path: Path, *, delimiter: str | None = None) -> Rows:
    """Open a table. `delimiter`: of CSV; by the file's ending if None. Raises `CommandError`."""
    kind = format_of(path, "--rows")
    with reading(path):
        if path.is_dir():
            raise IsADirectoryError(21, "is a directory", str(path))
        if kind == "parquet":
            return ParquetRows(path)
        file = path.open("rb")
        try:
            if kind == "jsonl":
                return JsonRows(path, file)
            return CsvRows(path, file, delimiter or ("\t" if path.suffix == ".tsv" else ","))
        except BaseException:
            file.close()
            raise


class _Stream:
    """What files that are read from first byte to last have in common."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path = path
        self.file = file
        self.total = path.stat().st_size

    @property
    def done(self) -> int:
        return self.file.tell()

    def close(self) -> None:
        self.file.close()


class CsvRows(_Stream):
    """CSV with a header, UTF-8, quoted as RFC 4180 says."""

    texts = True

    def __init__(self, path: Path, file: BinaryIO, delimiter: str) -> None:
        super().__init__(path, file)
        # Bytes that are no UTF-8 come as lone surrogates, so that only their own row is lost.
        text = io.TextIOWrapper(file, "utf-8-sig", errors="surrogateescape", newline="")
        self.lines = csv.reader(text, delimiter=delimiter, strict=True)
        self.columns: tuple[str, ...] | None = self._header(delimiter)

    def _header(self, delimiter: str) -> tuple[str, ...]:
        try:
            header = next(self.lines, [])
        except csv.Error as error:
            raise CommandError(
                f"{self.path}: the first line is not a CSV header: {error}"
            ) from None
        names = tuple(name.strip() for name in header)
        if not any(names):
            raise CommandError(f"{self.path} has no header: the first line names the columns")
        if any(_broken(name) for name in names):
            raise CommandError(f"{self.path}: the header is not UTF-8 text")
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise CommandError(f"{self.path}: the column `{twice}` is there twice")
        if len(names) == 1:
            other = next((mark for mark in ";\t|," if mark in names[0] and mark != delimiter), None)
            if other is not None:
                shown = "$'\\t'" if other == "\t" else f"'{other}'"
                raise CommandError(
                    f"{self.path} has a single column, `{names[0][:60]}`",
                    help=f"--delimiter {shown}",
                )
        return names

    def __iter__(self) -> Iterator[Row | Unreadable]:
        columns = self.columns or ()
        width = len(columns)
        while True:
            line = self.lines.line_num + 1
            try:
                cells = next(self.lines, None)
            except csv.Error as error:
                yield Unreadable(line, self._why(error, line))
                continue
            if cells is None:
                return
            if not cells:
                continue
            if len(cells) != width:
                why = f"{count(len(cells), 'field')}, and the header has {width}"
                yield Unreadable(line, why)
            elif any(_broken(cell) for cell in cells):
                yield Unreadable(line, "not UTF-8 text")
            else:
                yield Row(line, dict(zip(columns, cells, strict=True)))

    def _why(self, error: csv.Error, line: int) -> str:
        text = str(error)
        if "field limit" in text:
            return (
                f"a field of more than {MAX_FIELD_CHARS:,} characters: perhaps a quote that is not "
                f"closed; lines {line} to {self.lines.line_num} are left out"
            )
        if "end of data" in text:
            return f"a quote is not closed; lines {line} to {self.lines.line_num} are left out"
        if "expected after" in text:
            return "text after a closing quote"
        return text


class JsonRows(_Stream):
    """JSON lines: one object a line, UTF-8."""

    texts = False
    columns: tuple[str, ...] | None = None

    def __iter__(self) -> Iterator[Row | Unreadable]:
        line = 0
        while data := self.file.readline(MAX_LINE_BYTES + 1):
            line += 1
            if len(data) > MAX_LINE_BYTES:
                while data and not data.endswith(b"\n"):
                    data = self.file.readline(MAX_LINE_BYTES)
                yield Unreadable(line, f"longer than {MAX_LINE_BYTES:,} bytes")
                continue
            if line == 1:
                data = data.removeprefix(b"\xef\xbb\xbf")
            if data.strip():
                yield self._row(line, data)

    def _row(self, line: int, data: bytes) -> Row | Unreadable:
        try:
            value = json.loads(data.decode())
        except UnicodeDecodeError:
            return Unreadable(line, "not UTF-8 text")
        except json.JSONDecodeError as error:
            return Unreadable(line, f"not JSON: {error.msg.lower()} (column {error.colno})")
        except (ValueError, RecursionError):
            return Unreadable(
                line, "not JSON that can be used: a number too long or too many levels"
            )
        if not isinstance(value, dict):
            return Unreadable(line, "not a JSON object")
        return Row(line, value)


class ParquetRows:
    """Parquet by pyarrow, a few thousand rows at a time."""

    texts = False

    def __init__(self, path: Path) -> None:
        with needing("data", "reading Parquet"):
            import pyarrow as pa
            import pyarrow.parquet as pq
        self._errors = (pa.ArrowException, OSError)
        self.path = path
        self.done = 0
        try:
            self.file = pq.ParquetFile(path)
        except pa.ArrowException as error:
            raise CommandError(f"{path} is not a Parquet file: {_first_line(error)}") from None
        self.columns: tuple[str, ...] | None = tuple(self.file.schema_arrow.names)
        self.total: int = self.file.metadata.num_rows

    def __iter__(self) -> Iterator[Row | Unreadable]:
        try:
            for batch in self.file.iter_batches(batch_size=BATCH_ROWS):
                for values in batch.to_pylist():
                    self.done += 1
                    yield Row(self.done, values)
        except self._errors as error:
            raise CommandError(
                f"{self.path}: cannot be read after row {self.done}: {_first_line(error)}"
            ) from None

    def close(self) -> None:
        self.file.close()


def _broken(text: str) -> bool:
    return not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text)


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0][:200]
