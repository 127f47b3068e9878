"""Brings a project in: a file, a folder, a dictionary or a model. Only here are files read."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from pydantic import BaseModel
from tacit.compiler import catalogue, models
from tacit.compiler.diagnostics import Diagnostic
from tacit.compiler.nodes import Document, ListNode, MapNode, Node, Path, Scalar, path_text
from tacit.compiler.reader import MAX_DEPTH, MAX_NODES, read_bytes

MAX_FILE_BYTES = 4 * 1024 * 1024
MAX_PROJECT_BYTES = 16 * 1024 * 1024
MAX_FILES = 1_000
LOCK_NAME = "tacit.lock"
SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Source:
    """All that was read of a project: its documents, and the lock beside them if there is one.

    `diagnostics` holds what concerns no single document. `lock_file` is the lock's name in spans,
    `folder` where it stands or would stand; None for a dictionary.
    """

    documents: tuple[Document, ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    folder: FilePath | None = None
    lock_file: str = LOCK_NAME
    lock_text: str | None = None

    @property
    def lock_path(self) -> FilePath | None:
        """Where `tacit.lock` belongs."""
        return None if self.folder is None else self.folder / self.lock_file


def load(source: str | os.PathLike[str] | Mapping[str, Any] | models.ProjectModel) -> Source:
    """Read a path, or take a dictionary or model. Never raises for bad input."""
    if isinstance(source, Mapping | BaseModel):
        return from_data(source)
    return read_source(source)


def read_source(path: str | os.PathLike[str]) -> Source:
    """Read a file, or all YAML files of a folder in path order, and the lock beside them.

    Files and folders whose names begin with a dot are left out; links to folders are not followed.
    """
    given = FilePath(path)
    if given.is_dir():
        folder = given
        problems, names = _files(given)
    else:
        folder = given.parent
        problems, names = [], [given.name]
    documents: list[Document] = []
    total = 0
    for name in names:
        data, problem = _read(folder / name, name, MAX_FILE_BYTES)
        if problem is not None:
            problems.append(problem)
            continue
        total += len(data)
        if total > MAX_PROJECT_BYTES:
            problems.append(
                catalogue.make("E104", what="the project", size=total, limit=MAX_PROJECT_BYTES)
            )
            break
        documents.append(read_bytes(data, name))
    if not names and not problems:
        problems.append(catalogue.make("E105", what=f"the folder `{given}`"))
    lock_text = None
    if (folder / LOCK_NAME).exists():
        data, problem = _read(folder / LOCK_NAME, LOCK_NAME, MAX_FILE_BYTES)
        if problem is not None:
            problems.append(problem)
        else:
            lock_text = data.decode("utf-8", errors="replace")
    return Source(tuple(documents), tuple(problems), folder, LOCK_NAME, lock_text)


def _files(folder: FilePath) -> tuple[list[Diagnostic], list[str]]:
    """The YAML files under a folder as sorted relative paths with `/`."""
    names: list[str] = []
    problems: list[Diagnostic] = []

    def unreadable(error: OSError) -> None:
        what = f"the folder `{error.filename}`"
        problems.append(catalogue.make("E100", what=what, why=_why(error)))

    for current, folders, files in os.walk(folder, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        below = FilePath(current).relative_to(folder)
        names += [
            (below / name).as_posix()
            for name in files
            if name.endswith(SUFFIXES) and not name.startswith(".")
        ]
        if len(names) > MAX_FILES:
            problems.append(catalogue.make("E118", what=f"the folder `{folder}`", limit=MAX_FILES))
            return problems, []
    return problems, sorted(names)


def _read(path: FilePath, name: str, limit: int) -> tuple[bytes, Diagnostic | None]:
    """The bytes of a regular file of at most `limit` bytes."""
    try:
        # Pipes and devices are asked about before they are opened: opening one may wait for ever.
        if not stat.S_ISREG(path.stat().st_mode):
            return b"", catalogue.make("E100", what=f"`{name}`", why="it is not a file")
        with path.open("rb") as file:
            data = file.read(limit + 1)
            size = os.fstat(file.fileno()).st_size
    except (OSError, ValueError) as error:
        return b"", catalogue.make("E100", what=f"`{name}`", why=_why(error))
    if len(data) > limit:
        return b"", catalogue.make("E104", what=f"`{name}`", size=size, limit=limit)
    return data, None


def _why(error: Exception) -> str:
    text = error.strerror if isinstance(error, OSError) else str(error)
    return (text or type(error).__name__).lower()


# ------------------------------------------------------------------ dictionaries


def from_data(value: Mapping[str, Any] | BaseModel) -> Source:
    """A project given as a dictionary (or a `ProjectModel`): nodes without places."""
    builder = _Builder()
    root = builder.node(value, ())
    document = Document("", "", root, tuple(builder.diagnostics))
    return Source((document,))


class _Builder:
    """Makes nodes of plain Python values; what JSON could not hold is complained of."""

    def __init__(self) -> None:
        self.diagnostics: list[Diagnostic] = []
        self.nodes = 0

    def _bad(self, code: str, path: Path, **values: Any) -> Scalar:
        self.diagnostics.append(catalogue.make(code, path=path_text(path), **values))
        return Scalar(None, broken=True)

    def node(self, value: Any, path: Path) -> Node:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            if self.nodes == MAX_NODES + 1:
                self._bad("E111", (), limit=MAX_NODES)
            return Scalar(None, broken=True)
        if len(path) > MAX_DEPTH:
            return self._bad("E110", path[:8], limit=MAX_DEPTH)
        if value is None or isinstance(value, bool):
            return Scalar(value)
        if isinstance(value, str):
            return self._text(str.__str__(value), path)
        if isinstance(value, int):
            return Scalar(int(value))
        if isinstance(value, float):
            return Scalar(float(value))
        if isinstance(value, BaseModel):
            return self.node(_model_items(value), path)
        if isinstance(value, Mapping):
            return self._mapping(value, path)
        if isinstance(value, list | tuple):
            items = tuple(self.node(item, (*path, index)) for index, item in enumerate(value))
            return ListNode([item.data for item in items], items)
        return self._bad("E116", path, type=type(value).__name__)

    def _text(self, text: str, path: Path) -> Scalar:
        try:
            text.encode("utf-8")
        except UnicodeEncodeError as error:
            return self._bad("E117", path, point=ord(text[error.start]))
        return Scalar(text)

    def _mapping(self, value: Mapping[Any, Any], path: Path) -> Node:
        keys: dict[str, Scalar] = {}
        values: dict[str, Node] = {}
        for key, item in value.items():
            if not isinstance(key, str):
                self._bad("E112", path)
                continue
            name = self._text(str.__str__(key), path)
            if name.broken:
                continue
            keys[name.data] = name
            values[name.data] = self.node(item, (*path, name.data))
        return MapNode({key: item.data for key, item in values.items()}, keys, values)


def _model_items(model: BaseModel) -> dict[str, Any]:
    """The fields that were set, under the names of the source; None is as good as not set."""
    fields = type(model).model_fields
    return {
        fields[name].alias or name: value
        for name in fields
        if name in model.model_fields_set
        and ((value := getattr(model, name)) is not None or name in models.NULLABLE)
    }
