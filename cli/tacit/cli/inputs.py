"""Reads what commands are given: bundles and projects, and files with signals."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tacit.cli import output
from tacit.cli.failures import CommandError, reading
from tacit.cli.findings import SOURCES, compile_or_exit
from tacit.cli.options import parse_time
from tacit.runtime.format import MAX_BUNDLE_BYTES

if TYPE_CHECKING:
    from tacit.runtime import Bundle
    from tacit.runtime._model import Program

MAX_SIGNALS_BYTES = 16 * 1024 * 1024
_BEGINNING = b"\x94\xa5tacit"  # of every bundle, whatever its version


@dataclass(frozen=True)
class Opened:
    """A bundle in use, and what the command line must know of it beside deciding."""

    bundle: Bundle
    data: bytes

    @cached_property
    def program(self) -> Program:
        """Everything that the bundle holds, decoded plainly."""
        from tacit.runtime.reference import decode

        return decode(self.data)

    @property
    def signals(self) -> dict[str, str]:
        """Name of a signal that the host gives to its type, in declared order."""
        memory = self.program.memory
        given = self.program.signals[: None if memory is None else memory.host_signals]
        return {item.name: item.type.name.lower() for item in given}

    @property
    def purposes(self) -> tuple[str, ...]:
        return self.program.purposes

    def rules(self, surface: str) -> list[str]:
        """The ids of a surface's rules, or their numbers where the bundle has no names."""
        from tacit.runtime._written import written

        number = self.program.surface_number(surface)
        assert number is not None
        found = written(self.program, number)
        if self.program.debug is None:
            return [str(ways[0].row.written) for ways in found]
        first = self.program.first_rule(number)
        return [self.program.debug.rules[first + ways[0].place] for ways in found]


def open_bundle(path: Path, *, as_json: bool) -> Opened:
    """Load a bundle, or compile a project on the fly.

    A source with errors is shown and exits with 1; bytes that are no bundle are a `CommandError`.
    """
    with reading(path):
        path.stat()
    if path.is_dir() or path.suffix.lower() in SOURCES:
        return load_bytes(compile_or_exit(path, as_json=as_json).bytes, path)
    # One byte more than any bundle has: enough for the loader to say that it is too large.
    return load_bytes(read_at_most(path, MAX_BUNDLE_BYTES + 1), path)


def read_at_most(path: Path, limit: int) -> bytes:
    """The first `limit` bytes of a file, without room for more than there are."""
    with reading(path), path.open("rb") as file:
        info = os.fstat(file.fileno())
        if stat.S_ISREG(info.st_mode):
            limit = min(limit, info.st_size + 1)
        return file.read(limit)


def load_bytes(data: bytes, path: Path) -> Opened:
    """`Bundle.load`; its typed error becomes a `CommandError` that names the file."""
    from tacit.runtime import Bundle
    from tacit.runtime.errors import BundleError

    try:
        return Opened(Bundle.load(data), data)
    except BundleError as error:
        looks_right = data.startswith(_BEGINNING)
        raise CommandError(
            f"{path} is not a bundle that can be used: {error}",
            help=None if looks_right else "`tacit build PROJECT -o FILE.tacit` makes one",
        ) from error


def surfaces_of(bundle: Bundle, wanted: Iterable[str]) -> tuple[str, ...]:
    """The wanted surfaces, or all for none. An unknown one is a `CommandError` with advice."""
    names = tuple(bundle.surfaces)
    chosen = tuple(wanted)
    for name in chosen:
        if name not in names:
            raise CommandError(f"the bundle has no surface `{name}`", help=nearest(name, names))
    return chosen or names


def closest(name: str, names: Iterable[str]) -> str | None:
    """The one of `names` that `name` was probably meant to be, if any."""
    from tacit.compiler import nearest as names_near

    return names_near.nearest(name, names)


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Advice that names the closest one, or else the first few."""
    known = list(names)
    best = closest(name, known)
    if best is not None:
        return f"did you mean `{best}`?"
    if not known:
        return None
    shown = ", ".join(f"`{item}`" for item in known[:12])
    return f"there is {shown}" + (f" and {len(known) - 12} more" if len(known) > 12 else "")


def read_signals(path: str, known: Collection[str]) -> dict[str, Any]:
    """Signals from a JSON file (`-`: stdin; or the JSON itself): one object, name to value.

    `{"value": v, "at": time}` is a value with its time of observation. Names that the bundle does
    not declare are pointed out on stderr and have no effect.
    """
    shown = "stdin" if path == "-" else path
    if path.lstrip().startswith("{"):
        shown, data = "--signals", path.encode("utf-8", "surrogateescape")
    elif path == "-":
        with reading(shown):
            data = sys.stdin.buffer.read(MAX_SIGNALS_BYTES + 1)
    else:
        data = read_at_most(Path(path), MAX_SIGNALS_BYTES + 1)
    if len(data) > MAX_SIGNALS_BYTES:
        raise CommandError(f"{shown} is too large: more than {MAX_SIGNALS_BYTES:,} bytes")
    value = parse_object(data, shown)
    unknown = [name for name in value if name not in known]
    for name in unknown[:10]:
        advice = nearest(name, known) or "the bundle declares no signals"
        output.note(f"note: `{name}` is not a signal of this bundle: {advice}", style="yellow")
    if len(unknown) > 10:
        output.note(f"note: and {len(unknown) - 10} more names that it does not declare", "yellow")
    return {name: with_time(item, name) for name, item in value.items()}


def parse_object(data: bytes, shown: str) -> dict[str, Any]:
    """A JSON object with distinct keys, or a `CommandError` that says where it goes wrong."""
    try:
        value = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_distinct)
    except UnicodeDecodeError as error:
        raise CommandError(f"{shown} is not UTF-8 text (at byte {error.start})") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise CommandError(f"{shown} is not JSON: {error.msg.lower()} ({place})") from None
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{shown} is not JSON that can be used: {error}") from None
    if not isinstance(value, dict):
        raise CommandError(
            f"{shown} does not hold signals: a JSON object is wanted, "
            f"and this is {_JSON_NAMES.get(type(value), 'something else')}",
            help='write {"country": "DE", "loyalty_tier": "gold"}',
        )
    return value


_JSON_NAMES = {list: "a list", str: "text", int: "a number", float: "a number", bool: "a bool",
               type(None): "null"}  # fmt: skip


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key `{twice}` is given twice")
    return value


def with_time(value: Any, name: str) -> Any:
    """`{"value": v, "at": t}` as the runtime's `Observed`; any other value as it is."""
    if not (isinstance(value, dict) and set(value) == {"value", "at"}):
        return value
    from tacit.runtime import Observed

    return Observed(value["value"], parse_time(str(value["at"]), f"the time of `{name}`"))
