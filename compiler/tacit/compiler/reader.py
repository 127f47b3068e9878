"""Reads YAML text into nodes with spans: YAML 1.2 core, by libyaml's events.

libyaml finds the structure; scalars are resolved here, so `NO` and `on` are text. Refused are
anchors, aliases, tags, second documents, duplicate keys and keys that are not text; depth and
number of nodes are bounded. Most mistakes do not end the reading of a file: one run reports all.
"""

from __future__ import annotations

import math
import re
from typing import Any

import yaml
from tacit.compiler import catalogue, yaml_errors
from tacit.compiler.diagnostics import Diagnostic
from tacit.compiler.nodes import Document, ListNode, MapNode, Node, Scalar
from tacit.compiler.spans import Span

MAX_DEPTH = 64
MAX_NODES = 1_000_000
MAX_NUMBER_TEXT = 400  # characters; no number a person writes is longer

# What YAML allows in a stream, less the characters that libyaml takes for line breaks and YAML 1.2
# does not (U+0085, U+2028, U+2029).
_FORBIDDEN = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
# A plain scalar that begins otherwise is text.
_RESOLVABLE = frozenset("-+.0123456789~nNtTfF")
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_BOOLS = {
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False
}  # fmt: skip
_INT = re.compile(r"[-+]?[0-9]+\Z")
_OCTAL = re.compile(r"0o[0-7]+\Z")
_HEX = re.compile(r"0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_INFINITY = re.compile(r"[-+]?\.(inf|Inf|INF)\Z")
_NANS = frozenset((".nan", ".NaN", ".NAN"))


class _NumberError(Exception):
    """A number outside of what a double or a Python integer holds."""


def resolve_plain(text: str) -> Any:
    """The value of a plain scalar by the core schema of YAML 1.2."""
    if text in _NULLS:
        return None
    if text in _BOOLS:
        return _BOOLS[text]
    if len(text) > MAX_NUMBER_TEXT:
        if _FLOAT.match(text) or _HEX.match(text) or _OCTAL.match(text):
            raise _NumberError
        return text
    if _INT.match(text):
        return int(text)
    if _FLOAT.match(text):
        number = float(text)
        if math.isinf(number):
            raise _NumberError
        return number
    if _OCTAL.match(text):
        return int(text[2:], 8)
    if _HEX.match(text):
        return int(text[2:], 16)
    if _INFINITY.match(text):
        return -math.inf if text[0] == "-" else math.inf
    return math.nan if text in _NANS else text


class _Frame:
    """A collection being read."""

    __slots__ = ("data", "key", "keys", "start", "values")

    def __init__(self, start: int, is_map: bool) -> None:
        self.start = start
        self.key: Scalar | None = None  # of a mapping: read, its value still to come
        self.keys: dict[str, Scalar] | None = {} if is_map else None
        self.values: Any = {} if is_map else []
        self.data: Any = {} if is_map else []


class _StopReadingError(Exception):
    """The rest of the file is not worth reading."""


class _Reader:
    """Turns the events of one file into nodes and diagnostics."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        self.diagnostics: list[Diagnostic] = []
        self.stack: list[_Frame] = []
        self.root: Node | None = None
        self.nodes = 0
        self.documents = 0

    def complain(self, code: str, start: int, end: int, **values: Any) -> None:
        self.diagnostics.append(catalogue.make(code, Span(self.file, start, end), **values))

    def run(self) -> None:
        """Read all events. A syntax error leaves `root` None."""
        parser = yaml.CSafeLoader(self.text)
        try:
            self._events(parser)
        except yaml.MarkedYAMLError as error:
            self.root = None
            problem = yaml_errors.syntax_error(self.file, self.text, error, MAX_DEPTH)
            self.diagnostics.append(problem)
        except _StopReadingError:
            self.root = None
        finally:
            parser.dispose()

    def _events(self, parser: Any) -> None:
        get_event = parser.get_event
        scalar_event, alias_event = yaml.ScalarEvent, yaml.AliasEvent
        map_start, list_start = yaml.MappingStartEvent, yaml.SequenceStartEvent
        map_end, list_end = yaml.MappingEndEvent, yaml.SequenceEndEvent
        while (event := get_event()) is not None:
            kind = type(event)
            if kind is scalar_event:
                self._scalar(event)
            elif kind is map_start or kind is list_start:
                self._begin(event, kind is map_start)
            elif kind is map_end or kind is list_end:
                self._finish(event)
            elif kind is alias_event:
                start, end = event.start_mark.index, event.end_mark.index
                self.complain("E108", start, end, advice=yaml_errors.alias(self.text[start:end]))
                self._add(Scalar(None, self.file, start, end, broken=True))
            elif kind is yaml.DocumentStartEvent:
                self._document(event)

    def _document(self, event: Any) -> None:
        self.documents += 1
        start, end = event.start_mark.index, event.end_mark.index
        if self.documents > 1:
            self.complain("E106", start, end)
            raise _StopReadingError
        if event.version is not None and tuple(event.version) != (1, 2):
            version = ".".join(str(part) for part in event.version)
            self.complain("E114", 0, end, version=version)

    def _check(self, event: Any, start: int) -> bool:
        """Complain of a tag or an anchor before a node; whether the node is spoilt by it."""
        if event.tag is None and event.anchor is None:
            return False
        begin = start
        if event.anchor is not None:
            end = begin + 1 + len(event.anchor)
            advice = yaml_errors.alias(self.text[begin:end])
            self.complain("E108", begin, end, advice=advice)
            return False
        written = re.compile(r"![^\s,\[\]{}]*").match(self.text, begin)
        end = written.end() if written else begin + 1
        rest = re.compile(r"[^\r\n]*").match(self.text, begin)
        advice = yaml_errors.tag(rest.group() if rest else "")
        self.complain("E109", begin, end, tag=self.text[begin:end], advice=advice)
        return True

    def _scalar(self, event: Any) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        broken = self._check(event, start)
        text = event.value
        style = event.style or ""
        stack = self.stack
        if stack and stack[-1].keys is not None and stack[-1].key is None:
            if text == "" and not style:
                self.complain("E112", start, end)
                broken = True
            stack[-1].key = Scalar(text, self.file, start, end, style, broken)
            return
        if style or (text and text[0] not in _RESOLVABLE):
            value = text
        else:
            try:
                value = resolve_plain(text)
            except _NumberError:
                shown = text if len(text) <= 40 else text[:37] + "..."
                self.complain("E113", start, end, number=shown)
                value, broken = 0, True
        self._add(Scalar(value, self.file, start, end, style, broken))

    def _begin(self, event: Any, is_map: bool) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        self._check(event, start)
        if len(self.stack) >= MAX_DEPTH:
            self.complain("E110", start, end, limit=MAX_DEPTH)
            raise _StopReadingError
        top = self.stack[-1] if self.stack else None
        if top is not None and top.keys is not None and top.key is None:
            self.complain("E112", start, max(end, start + 1))
            raise _StopReadingError
        self.stack.append(_Frame(start, is_map))

    def _finish(self, event: Any) -> None:
        frame = self.stack.pop()
        start, end = event.start_mark.index, event.end_mark.index
        if end == start:  # a block collection: libyaml says where the next token begins
            last = None
            if frame.values:
                last = (
                    frame.values[-1]
                    if frame.keys is None
                    else next(reversed(frame.values.values()))
                )
            end = last.end if last is not None else frame.start
        if frame.keys is None:
            self._add(ListNode(frame.data, tuple(frame.values), self.file, frame.start, end))
        else:
            self._add(MapNode(frame.data, frame.keys, frame.values, self.file, frame.start, end))

    def _add(self, node: Node) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self.complain("E111", node.start, node.end, limit=MAX_NODES)
            raise _StopReadingError
        if not self.stack:
            self.root = node
            return
        frame = self.stack[-1]
        if frame.keys is None:
            frame.values.append(node)
            frame.data.append(node.data)
            return
        key = frame.key
        if key is None:  # an alias as a key, complained of already
            frame.key = Scalar("", self.file, node.start, node.end, "", True)
            return
        frame.key = None
        if key.broken:
            return
        name = key.data
        earlier = frame.keys.get(name)
        if earlier is not None:
            first = Span(self.file, earlier.start, earlier.end)
            labels = ((first, "first given here"),)
            self.complain("E107", key.start, key.end, key=name, labels=labels)
            return
        frame.keys[name] = key
        frame.values[name] = node
        frame.data[name] = node.data


def read_text(text: str, file: str = "project.yaml") -> Document:
    """Read the text of one file. Never raises for bad text: the complaints are in the document."""
    text = text.removeprefix("\ufeff")
    bad = _FORBIDDEN.search(text)
    if bad is not None:
        problem = yaml_errors.forbidden_character(file, bad.start(), bad.group())
        return Document(file, text, None, (problem,), parsed=False)
    reader = _Reader(file, text)
    reader.run()
    parsed = reader.root is not None or not reader.diagnostics
    root = reader.root
    if isinstance(root, Scalar) and root.data is None and not root.broken:
        root = None  # nothing but comments, or `---` alone
    return Document(file, text, root, tuple(reader.diagnostics), parsed)


def read_bytes(data: bytes, file: str = "project.yaml") -> Document:
    """Read one file's bytes, which must be UTF-8 (a byte order mark is allowed)."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        # Show the lines before the bad byte as they are; nothing after it can be trusted.
        good = data[: error.start].decode("utf-8")
        place = len(good)
        problem = catalogue.make(
            "E102",
            Span(file, place, place + 1),
            byte=f"0x{data[error.start]:02X}",
            offset=error.start,
        )
        return Document(file, good + "\ufffd", None, (problem,), parsed=False)
    return read_text(text, file)
