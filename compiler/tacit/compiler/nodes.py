"""What the reader makes: values with their places. Values from a dictionary have no place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from tacit.compiler.diagnostics import Diagnostic
from tacit.compiler.spans import Span

PathPart: TypeAlias = str | int
Path: TypeAlias = tuple[PathPart, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Scalar:
    """Text, number, bool or null. `style`: the quote or block mark it was written with, if any."""

    data: Any
    file: str | None = None
    start: int = -1
    end: int = -1
    style: str = ""
    broken: bool = False  # already complained about; stands for any value


@dataclass(frozen=True, slots=True, eq=False)
class ListNode:
    data: list[Any]
    items: tuple[Node, ...]
    file: str | None = None
    start: int = -1
    end: int = -1


@dataclass(frozen=True, slots=True, eq=False)
class MapNode:
    """`data` is the plain dictionary; `keys` and `values` hold the nodes, in written order."""

    data: dict[str, Any]
    keys: Mapping[str, Scalar]
    values: Mapping[str, Node]
    file: str | None = None
    start: int = -1
    end: int = -1


Node: TypeAlias = Scalar | ListNode | MapNode


def span_of(node: Node | None) -> Span | None:
    """The place of a node; None if it was not read from a file."""
    if node is None or node.file is None:
        return None
    return Span(node.file, node.start, node.end)


def children(node: Node) -> Iterator[tuple[PathPart, Node]]:
    """The parts of a list or mapping by index or key."""
    if isinstance(node, MapNode):
        yield from node.values.items()
    elif isinstance(node, ListNode):
        yield from enumerate(node.items)


def descend(node: Node, path: Sequence[PathPart]) -> tuple[Node, int]:
    """Follow `path` as far as it goes: the node reached and how many parts were followed."""
    for done, part in enumerate(path):
        following: Node | None = None
        if isinstance(node, MapNode) and isinstance(part, str):
            following = node.values.get(part)
        elif isinstance(node, ListNode) and isinstance(part, int) and part < len(node.items):
            following = node.items[part]
        if following is None:
            return node, done
        node = following
    return node, len(path)


def path_text(path: Sequence[PathPart]) -> str:
    """`surfaces.home_hero.rules[2].when`; a key with a dot stands in brackets and quotes."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif "." in part:
            text += f'["{part}"]'
        else:
            text += f".{part}" if text else part
    return text


@dataclass(frozen=True, slots=True)
class Document:
    """One file as read. `root` is None if it is empty or could not be parsed."""

    file: str
    text: str
    root: Node | None
    diagnostics: tuple[Diagnostic, ...] = ()
    parsed: bool = True
