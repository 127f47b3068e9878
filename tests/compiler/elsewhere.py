"""Codes whose cause is no text in a case file: files and folders, dictionaries, sheer size."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any
from unittest.mock import patch

from pydantic import AfterValidator, TypeAdapter
from tacit.compiler import reader
from tacit.compiler.diagnostics import Diagnostic
from tacit.compiler.nodes import MapNode
from tacit.compiler.rebalance import rebalance
from tacit.compiler.shape import validate
from tacit.compiler.source import MAX_FILE_BYTES, MAX_FILES, Source, load

from . import chunks


def _missing(folder: Path) -> tuple[Diagnostic, ...]:
    return load(folder / "nowhere.yaml").diagnostics


def _not_utf8(folder: Path) -> tuple[Diagnostic, ...]:
    (folder / "a.yaml").write_bytes(b"project: shop\nlanguage: \xe9n\n")
    return load(folder).documents[0].diagnostics


def _too_large(folder: Path) -> tuple[Diagnostic, ...]:
    with (folder / "a.yaml").open("wb") as file:
        os.truncate(file.fileno(), MAX_FILE_BYTES + 1)
    return load(folder).diagnostics


def _empty(folder: Path) -> tuple[Diagnostic, ...]:
    return load(folder).diagnostics


def _too_many_values(folder: Path) -> tuple[Diagnostic, ...]:
    with patch.object(reader, "MAX_NODES", 100):
        return reader.read_text("[" + "1," * 105 + "]").diagnostics


def _from_data(value: dict[str, Any]) -> tuple[Diagnostic, ...]:
    source: Source = load(value)
    return chunks.run(source)[1]


def _foreign(folder: Path) -> tuple[Diagnostic, ...]:
    return _from_data({"project": "a", "surfaces": {"s": {"default": "x", "variants": {"x": {1}}}}})


def _surrogate(folder: Path) -> tuple[Diagnostic, ...]:
    content = {"text": "a\ud800"}
    return _from_data(
        {"project": "a", "surfaces": {"s": {"default": "x", "variants": {"x": content}}}}
    )


def _too_many_files(folder: Path) -> tuple[Diagnostic, ...]:
    for index in range(MAX_FILES + 1):
        (folder / f"{index}.yaml").touch()
    return load(folder).diagnostics


def _new_kind_of_error(folder: Path) -> tuple[Diagnostic, ...]:
    def refuse(value: int) -> int:
        raise ValueError("odd")

    adapter = TypeAdapter(Annotated[int, AfterValidator(refuse)])
    return tuple(validate(adapter, None, MapNode({}, {}, {}), (), 1)[1])


def _too_many_signals(folder: Path) -> tuple[Diagnostic, ...]:
    fields = {f"f{number}": "int" for number in range(1_025)}
    events = {"seen": {"fields": fields}}
    return _from_data({"project": "a", "events": events, "surfaces": {}})


def _rename(old: str, new: str) -> Callable[[Path], tuple[Diagnostic, ...]]:
    def run(folder: Path) -> tuple[Diagnostic, ...]:
        experiments = {"e": {"arms": {"a": "100%"}}, "g": {"arms": {"a": "100%"}}}
        signals = {"id": {"type": "string", "source": "device"}}
        source = load(
            {"project": "p", "unit": "id", "signals": signals, "experiments": experiments}
        )
        text = rebalance(source).text
        return rebalance(replace(source, lock_text=text), {old: new}).diagnostics

    return run


def _other_project(folder: Path) -> tuple[Diagnostic, ...]:
    signals = {"id": {"type": "string", "source": "device"}}

    def one(project: str, experiment: str) -> dict[str, object]:
        experiments = {experiment: {"arms": {"a": "100%"}}}
        return {"project": project, "unit": "id", "signals": signals, "experiments": experiments}

    text = rebalance(load(one("p", "e"))).text
    assert rebalance(replace(load(one("renamed", "e")), lock_text=text)).text is not None
    both = replace(load(one("renamed", "f")), lock_text=text)
    assert rebalance(both, {"e": "f"}).text is not None
    other = replace(load(one("q", "f")), lock_text=text)
    assert rebalance(other, anew=True).text is not None
    return rebalance(other).diagnostics


CASES: dict[str, Callable[[Path], tuple[Diagnostic, ...]]] = {
    "E100": _missing,
    "E102": _not_utf8,
    "E104": _too_large,
    "E105": _empty,
    "E111": _too_many_values,
    "E116": _foreign,
    "E117": _surrogate,
    "E118": _too_many_files,
    "E136": _new_kind_of_error,
    "E285": _too_many_signals,
    "E325": _rename("f", "e"),
    "E326": _rename("e", "f"),
    "E327": _rename("e", "g"),
    "E328": _other_project,
}
