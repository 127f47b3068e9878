"""Reads what commands are given: bundles and projects, and files with signals."""

from __future__ import annotations

import difflib
import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from tacit.cli import output
from tacit.cli.failures import FINDINGS, Failure, needing, reading
from tacit.cli.options import parse_time

if TYPE_CHECKING:
    from tacit.compiler.compile import CompiledBundle
    from tacit.compiler.diagnostics import CompileError
    from tacit.runtime import Bundle

MAX_SIGNALS_BYTES = 16 * 1024 * 1024
# Diagnostics that mean "there is no project to speak of": wrong usage rather than a finding in it.
NO_PROJECT = frozenset(("E100", "E105"))
_SOURCES = (".yaml", ".yml")


def compile_source(path: Path, *, debug: bool = True) -> CompiledBundle:
    """Compile a project. Raises `CompileError` for findings and `Failure` where there is none."""
    with needing("cli", "compiling a project"):
        from tacit.compiler import CompileError, compile_project
    require_project(path)
    try:
        with reading(path):
            return compile_project(path, debug=debug)
    except CompileError as error:
        raise_if_no_project(error)
        raise


def require_project(path: Path) -> None:
    """Refuse at once what cannot be a project; what is in it is the compiler's business."""
    with reading(path):
        path.stat()
    if path.is_file() and path.suffix.lower() not in _SOURCES:
        raise Failure(
            f"{path} is not a project: its name does not end in .yaml or .yml",
            help="a project is one YAML file, or a folder of them",
        )


def raise_if_no_project(error: CompileError) -> None:
    """A project that is missing, empty or unreadable as a whole is a failure, not a finding."""
    errors = [item for item in error.diagnostics if item.severity.value == "error"]
    if errors and all(item.code in NO_PROJECT for item in errors):
        raise Failure(errors[0].message, errors[0].help) from error


def show_compile_error(error: CompileError, *, as_json: bool, to_stdout: bool = False) -> typer.Exit:
    """Print the diagnostics of a source with errors; returns what to raise."""
    from tacit.compiler.render import render_text, to_json

    if as_json:
        output.print_json({"ok": False, **to_json(error.diagnostics, error.sources)})
    else:
        text = render_text(error.diagnostics, error.sources)
        output.print_diagnostics(text, to_stdout=to_stdout)
    return typer.Exit(FINDINGS)


def open_bundle(path: Path, *, as_json: bool) -> Bundle:
    """Load a bundle, or compile a project on the fly (its warnings go to stderr).

    A source with errors is shown and exits with 1; bytes that are no bundle are a `Failure`.
    """
    with reading(path):
        path.stat()
    if path.is_dir() or path.suffix.lower() in _SOURCES:
        return load_bytes(compile_or_exit(path, as_json=as_json).bytes, path)
    with reading(path), path.open("rb") as file:
        # One byte more than any bundle has: enough for the loader to say that it is too large.
        data = file.read(16 * 1024 * 1024 + 1)
    return load_bytes(data, path)


def compile_or_exit(path: Path, *, as_json: bool) -> CompiledBundle:
    """Compile a project for a command whose subject is something else than its diagnostics."""
    with needing("cli", "compiling a project"):
        from tacit.compiler import CompileError
    try:
        return compile_source(path)
    except CompileError as error:
        raise show_compile_error(error, as_json=as_json) from None


def load_bytes(data: bytes, path: Path) -> Bundle:
    """`Bundle.load`; its typed error becomes a `Failure` that names the file."""
    from tacit.runtime import Bundle
    from tacit.runtime.errors import BundleError

    try:
        return Bundle.load(data)
    except BundleError as error:
        raise Failure(
            f"{path} is not a bundle that can be used: {error}",
            help="`tacit build PROJECT -o FILE.tacit` makes one" if not data[:7] == _MAGIC else None,
        ) from error


_MAGIC = b"\x94\xa5tacit"


@dataclass(frozen=True, slots=True)
class Declared:
    """What the command line needs to know about a signal of a bundle."""

    name: str
    type: str


def declared(bundle: Bundle) -> dict[str, Declared]:
    """The signals of a bundle by name, in declared order."""
    return {item.name: Declared(item.name, str(item.type)) for item in bundle.signals}


def surfaces_of(bundle: Bundle, wanted: Iterable[str]) -> tuple[str, ...]:
    """The wanted surfaces, or all of them for none. An unknown one is a `Failure` with advice."""
    names = tuple(bundle.surfaces)
    chosen = tuple(wanted)
    for name in chosen:
        if name not in names:
            raise Failure(f"the bundle has no surface `{name}`", help=nearest(name, names))
    return chosen or names


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Advice that names the nearest one, or all where they are few."""
    known = list(names)
    found = difflib.get_close_matches(name.lower(), [item.lower() for item in known], 1, 0.6)
    if found:
        best = next(item for item in known if item.lower() == found[0])
        return f"did you mean `{best}`?"
    if not known:
        return None
    shown = ", ".join(f"`{item}`" for item in known[:12])
    return f"there is {shown}" + (f" and {len(known) - 12} more" if len(known) > 12 else "")


def read_signals(path: str, known: Mapping[str, Declared]) -> dict[str, Any]:
    """Signals from a JSON file (`-`: stdin): one object, name to value.

    `{"value": v, "at": time}` is a value with its time of observation. Names that the bundle does
    not declare are pointed out on stderr and have no effect.
    """
    shown = "stdin" if path == "-" else path
    with reading(shown):
        if path == "-":
            data = sys.stdin.buffer.read(MAX_SIGNALS_BYTES + 1)
        else:
            with Path(path).open("rb") as file:
                data = file.read(MAX_SIGNALS_BYTES + 1)
    if len(data) > MAX_SIGNALS_BYTES:
        raise Failure(f"{shown} is too large: more than {MAX_SIGNALS_BYTES:,} bytes")
    value = parse_object(data, shown)
    unknown = [name for name in value if name not in known]
    for name in unknown[:10]:
        advice = nearest(name, known) or "the bundle declares no signals"
        output.note(f"note: `{name}` is not a signal of this bundle: {advice}", style="yellow")
    if len(unknown) > 10:
        output.note(f"note: and {len(unknown) - 10} more names that it does not declare", "yellow")
    return {name: with_time(item, name) for name, item in value.items()}


def parse_object(data: bytes, shown: str) -> dict[str, Any]:
    """A JSON object with distinct keys, or a `Failure` that says where it goes wrong."""
    try:
        value = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_distinct)
    except UnicodeDecodeError as error:
        raise Failure(f"{shown} is not UTF-8 text (at byte {error.start})") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise Failure(f"{shown} is not JSON: {error.msg.lower()} ({place})") from None
    except (ValueError, RecursionError) as error:
        raise Failure(f"{shown} is not JSON that can be used: {error}") from None
    if not isinstance(value, dict):
        raise Failure(
            f"{shown} does not hold signals: a JSON object is wanted, "
            f"and this is {_JSON_NAMES.get(type(value), 'something else')}",
            help='write {"country": "DE", "loyalty_tier": "gold"}',
        )
    return value


_JSON_NAMES = {list: "a list", str: "text", int: "a number", float: "a number", bool: "a bool", type(None): "null"}  # fmt: skip


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
