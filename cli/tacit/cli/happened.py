"""`--events`: what has happened on a device, in the words of the tests of a project.

What a bundle knows by name is written as a project whose only test has these events, and the
compiler reads that: so both accept the same, and complain in the same words.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tacit.cli import output
from tacit.cli.failures import CommandError, needing
from tacit.cli.inputs import MAX_SIGNALS_BYTES, read_at_most

if TYPE_CHECKING:
    from tacit.compiler.cases import TestCase
    from tacit.runtime._model import Memory, Program, Signal, Surface

LINES = (".jsonl", ".ndjson")
_MOST = 5  # complaints that are shown


def read_case(
    program: Program, path: Path | None, now: int, observed: str | None
) -> TestCase | None:
    """The events of a file, as a test that is made of nothing else; raises `CommandError`.

    `observed` (`30d`): how long the device has been there; None: since the first event.
    """
    items = [] if path is None else _items(path)
    with needing("cli", "reading events"):
        from tacit.compiler.diagnostics import Severity
        from tacit.compiler.project import parse
        from tacit.compiler.resolve import resolve
        from tacit.compiler.source import load
    test: dict[str, Any] = {
        "name": "events",
        "now": now,
        "events": items,
        "expect": {surface.name: {} for surface in program.surfaces[:1]},
    }
    if observed is not None:
        test["observed"] = observed
    resolved = resolve(parse(load(_project(program) | {"tests": [test]})))
    wrong = []
    for found in resolved.diagnostics:
        if not found.path.startswith("tests[0]"):
            continue
        if found.severity is Severity.ERROR:
            wrong.append(found)
        elif found.path.startswith("tests[0].events"):
            output.note(f"warning: {_place(found.path)}: {found.message}", "yellow")
    if wrong:
        shown = "; ".join(f"{_place(one.path)}: {one.message}" for one in wrong[:_MOST])
        more = f"; and {len(wrong) - _MOST} more" if len(wrong) > _MOST else ""
        name = "--observed" if path is None else str(path)
        raise CommandError(f"{name}: {shown}{more}", help=wrong[0].help)
    if not resolved.cases:
        raise CommandError("events cannot be read for this bundle: it has names no project has")
    return resolved.cases[0]


def _place(path: str) -> str:
    """`tests[0].events[3].at` -> `item 4, at`."""
    rest = path.removeprefix("tests[0].")
    if not rest.startswith("events["):
        return rest
    number, _, key = rest.removeprefix("events[").partition("]")
    key = key.removeprefix(".")
    return f"item {int(number) + 1}" + (f", {key}" if key else "")


# ---------------------------------------------------------------- the file


def _items(path: Path) -> list[Any]:
    data = read_at_most(path, MAX_SIGNALS_BYTES + 1)
    if len(data) > MAX_SIGNALS_BYTES:
        raise CommandError(f"{path} is too large: more than {MAX_SIGNALS_BYTES:,} bytes")
    if path.suffix.lower() in LINES:
        return list(_lines(data, path))
    with needing("cli", "reading YAML"):
        from tacit.compiler.reader import read_bytes
    document = read_bytes(data, str(path))
    for problem in document.diagnostics:
        start = 0 if problem.span is None else problem.span.start
        line = document.text.count("\n", 0, start) + 1
        raise CommandError(f"{path}:{line}: {problem.message}", help=problem.help)
    found = None if document.root is None else document.root.data
    if not isinstance(found, list):
        raise CommandError(
            f"{path} holds no list of events", help="write `- {product_viewed: {}, at: -2d}`"
        )
    return found


def _lines(data: bytes, path: Path) -> Iterator[Any]:
    for number, line in enumerate(data.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            yield json.loads(line)
        except (ValueError, RecursionError) as error:
            raise CommandError(f"{path}:{number} is not JSON: {error}") from None


# ---------------------------------------------------------------- what the bundle knows


def _project(program: Program) -> dict[str, Any]:
    """The names that events may use, as a project."""
    memory = program.memory
    host = len(program.signals) if memory is None else memory.host_signals
    declared = (False,) * host if memory is None else memory.declared
    signals: dict[str, Any] = {}
    for signal, is_declared in zip(program.signals[:host], declared, strict=True):
        source = "declared" if is_declared else "device"
        signals[signal.name] = _values(signal) | {"source": source}
        if signal.values and signal.type.name == "ENUM":
            signals[signal.name]["values"] = list(signal.values)
    first = 0
    surfaces = {}
    for surface in program.surfaces:
        surfaces[surface.name] = _surface(surface, memory, first)
        first += len(surface.variants)
    return {
        "project": "events",
        "signals": signals,
        "events": {} if memory is None else _events(program, memory),
        "surfaces": surfaces,
    }


def _values(signal: Signal) -> dict[str, Any]:
    """Which values a signal or a field has, so that others are pointed out."""
    bounds = {
        "min": signal.minimum,
        "max": signal.maximum,
        "max_length": signal.max_length,
        "max_items": signal.max_items,
    }
    found = {key: bound for key, bound in bounds.items() if bound is not None}
    return {"type": signal.type.name.lower(), **found}


def _surface(surface: Surface, memory: Memory | None, first: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "default": surface.variants[surface.default],
        "variants": dict.fromkeys(surface.variants),
    }
    if memory is not None:
        own = memory.variant_topics[first : first + len(surface.variants)]
        topics = {
            variant: [memory.topics[number] for number in numbers]
            for variant, numbers in zip(surface.variants, own, strict=True)
            if numbers
        }
        found |= {"topics": topics} if topics else {}
    return found


def _events(program: Program, memory: Memory) -> dict[str, Any]:
    return {
        event.name: {
            "fields": {
                name: _values(program.signals[signal])
                for name, signal in zip(event.names, event.fields, strict=True)
            }
        }
        for event in memory.events
    }
