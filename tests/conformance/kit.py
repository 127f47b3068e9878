"""The vectors as values, and what any runtime needs to run them. The format is in README.md.

`python -m tests.conformance.kit` writes the bundles and the index anew, after a change of the
format or of a vector; read what it changes like code.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

VERSION = 1
VECTORS = Path(__file__).parent / "vectors"
PROJECT = "conformance"

Observe = Callable[[object, int], object]
"""Makes a value with its time of observation, in the way of the runtime under test."""


@dataclass(frozen=True)
class Vectors:
    """One file; `source` is a whole project, expressions written out as surfaces."""

    name: str
    about: str
    source: Mapping[str, Any]
    lock: str | None
    sections: tuple[int, ...] | None
    bundle: bytes
    next_source: Mapping[str, Any] | None
    next_bundle: bytes | None
    """A later version of the project, for `use`."""
    cases: tuple[Case, ...]


@dataclass(frozen=True)
class Case:
    """`signals` still hold the encodings of README.md; `decoded` gives the values."""

    name: str
    signals: Mapping[str, Any]
    now: int
    consent: tuple[str, ...] | None
    default: str | None
    expect: Mapping[str, Mapping[str, Any]]
    first_seen: int | None
    """None: the case decides without a state."""
    granted: tuple[str, ...]
    """The purposes that are granted while the history happens, until a record says otherwise."""
    history: tuple[Mapping[str, Any], ...]
    state: list[Any] | None

    def at(self, now: int, signals: Mapping[str, Any], consent: tuple[str, ...]) -> Case:
        """The same device at another time."""
        return replace(self, now=now, signals=signals, consent=consent)

    def decoded(self, observe: Observe) -> dict[str, object]:
        return {name: decoded(value, observe) for name, value in self.signals.items()}


def paths() -> list[Path]:
    """The files with a bundle and cases."""
    return sorted(path for path in VECTORS.rglob("*.json") if "bundle" in _json(path))


def load(path: Path) -> Vectors:
    data = _json(path)
    known = {"conformance", "about", "note", "source", "expressions", "lock", "sections"}
    known |= {"bundle", "cases", "next_source", "next_bundle"}
    assert data["conformance"] == VERSION
    assert set(data) <= known, f"{path.name} has unknown keys: {sorted(set(data) - known)}"
    return Vectors(
        name=path.relative_to(VECTORS).with_suffix("").as_posix(),
        about=data["about"],
        source=whole_source(data["source"], data.get("expressions", {})),
        lock=data.get("lock"),
        sections=tuple(data["sections"]) if "sections" in data else None,
        bundle=base64.b64decode(data["bundle"], validate=True),
        next_source={"project": PROJECT, **data["next_source"]} if "next_source" in data else None,
        next_bundle=base64.b64decode(data["next_bundle"], validate=True)
        if "next_bundle" in data
        else None,
        cases=tuple(_cases(data["cases"])),
    )


def _json(path: Path) -> dict[str, Any]:
    data = json.loads(path.read_text(encoding="utf-8"))
    assert isinstance(data, dict)
    return data


def _cases(rows: list[dict[str, Any]]) -> Iterator[Case]:
    known = {"name", "signals", "now", "consent", "default", "expect"}
    known |= {"first_seen", "granted", "history", "state"}
    for number, row in enumerate(rows):
        assert set(row) <= known, f"case {number} has unknown keys"
        yield Case(
            name=f"{number} {row.get('name', '')}".strip(),
            signals=row["signals"],
            now=row.get("now", 0),
            consent=tuple(row["consent"]) if "consent" in row else None,
            default=row.get("default"),
            expect={
                surface: {"variant": wanted} if isinstance(wanted, str) else wanted
                for surface, wanted in row["expect"].items()
            },
            first_seen=_first_seen(row),
            granted=tuple(row.get("granted", row.get("consent", ()))),
            history=tuple(row.get("history", ())),
            state=row.get("state"),
        )


def _first_seen(row: Mapping[str, Any]) -> int | None:
    history = row.get("history", ())
    found: int | None = row.get("first_seen", history[0]["at"] if history else None)
    assert found is not None or not {"history", "granted", "state"} & set(row)
    return found


def whole_source(source: Mapping[str, Any], expressions: Mapping[str, str]) -> dict[str, Any]:
    """The project; an expression becomes a surface that shows its truth."""
    surfaces = dict(source.get("surfaces", {}))
    for name, text in expressions.items():
        surfaces[name] = {
            "default": "unknown",
            "variants": {"true": None, "false": None, "unknown": None},
            "rules": [
                {"id": "is-true", "when": text, "show": "true"},
                {"id": "is-false", "when": f"!({text})", "show": "false"},
            ],
        }
    return {"project": PROJECT, **source, "surfaces": surfaces}


def decoded(value: Any, observe: Observe) -> object:
    """A value as a host would pass it; see README.md for the encodings."""
    if isinstance(value, list):
        return [decoded(item, observe) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((key, inner),) = value.items()
        if key == "$float":
            return float(inner)
        if key == "$int":
            return int(inner)
        if key == "$units":
            units = b"".join(unit.to_bytes(2, "little") for unit in inner)
            return units.decode("utf-16-le", "surrogatepass")
        if key == "$observed":
            return observe(decoded(inner["value"], observe), inner["at"])
        assert not key.startswith("$"), f"unknown encoding {key}"
    return {name: decoded(item, observe) for name, item in value.items()}


def compiled(vectors: Vectors) -> bytes:
    """The bundle of a file's source, made by the compiler."""
    return _compiled(vectors, vectors.source)


def compiled_next(vectors: Vectors) -> bytes | None:
    """That of the later version, if there is one."""
    return None if vectors.next_source is None else _compiled(vectors, vectors.next_source)


def _compiled(vectors: Vectors, source: Mapping[str, Any]) -> bytes:
    from tacit.compiler import compile_project
    from tacit.compiler.encode import strip

    data = compile_project(source, lock=vectors.lock).bytes
    return data if vectors.sections is None else strip(data, keep=vectors.sections)


REFUSED = VECTORS / "refused.json"
REFUSED_STATES = VECTORS / "state" / "refused.json"
LARGEST_REFUSED = 4096
"""Bytes; larger ones are in `refusals.py` alone."""


def refused_text() -> str:
    """The text of refused.json."""
    from . import refusals

    about = "Bundles with one fault each, and unusual ones without any."
    return _listed(about, {}, "bundle", refusals.refused(), refusals.accepted())


def refused_states_text() -> str:
    """The text of state/refused.json."""
    from . import states_by_hand as states

    about = (
        "States with one fault each, and unusual ones without any, for the bundle of bytes.json."
    )
    setting = {"of": "state/bytes.json", "now": states.NOW}
    return _listed(about, setting, "state", states.refused(), states.accepted())


def _listed(
    about: str,
    setting: Mapping[str, Any],
    what: str,
    bad: Iterable[tuple[str, str, bytes]],
    good: Iterable[tuple[str, bytes]],
) -> str:
    def row(data: bytes, **entries: str) -> str:
        return "    " + json.dumps({**entries, what: base64.b64encode(data).decode()})

    refused = [
        row(data, about=name, code=code) for name, code, data in bad if len(data) <= LARGEST_REFUSED
    ]
    accepted = [row(data, about=name) for name, data in good]
    return "\n".join(
        [
            "{",
            f'  "conformance": {VERSION},',
            f'  "about": {json.dumps(about)},',
            *(f'  "{key}": {json.dumps(value)},' for key, value in setting.items()),
            '  "refused": [',
            ",\n".join(refused),
            "  ],",
            '  "accepted": [',
            ",\n".join(accepted),
            "  ]",
            "}\n",
        ]
    )


def write_bundles() -> None:
    REFUSED.write_text(refused_text(), encoding="utf-8")
    REFUSED_STATES.write_text(refused_states_text(), encoding="utf-8")
    for path in paths():
        vectors = load(path)
        text = written = path.read_text(encoding="utf-8")
        for key, data in (("bundle", compiled(vectors)), ("next_bundle", compiled_next(vectors))):
            if data is not None:
                line = f'  "{key}": "{base64.b64encode(data).decode()}"'
                written = re.sub(rf'^  "{key}": "[^"]*"', line, written, flags=re.M)
        if written != text:
            path.write_text(written, encoding="utf-8")
            print("written:", vectors.name)


if __name__ == "__main__":
    from . import manifest

    write_bundles()
    manifest.write()
