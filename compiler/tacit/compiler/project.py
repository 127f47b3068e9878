"""Documents -> Project: the sections of all files merged, each entry checked by its model.

Every entry is checked by itself, so that one mistake does not hide another: an entry whose shape is
wrong is kept by name, without a model, and its complaints are in `diagnostics`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel, TypeAdapter
from tacit.compiler import catalogue, habits, models, textmap
from tacit.compiler.diagnostics import Diagnostic, has_errors
from tacit.compiler.nodes import (
    ListNode,
    MapNode,
    Node,
    Path,
    Scalar,
    children,
    descend,
    path_text,
    span_of,
)
from tacit.compiler.shape import describe, did_you_mean, key_span, one_of, validate, value_span
from tacit.compiler.source import Source
from tacit.compiler.spans import Span

# Section -> (type of its keys, type of an entry, the entry's model, what an entry is called).
_SECTIONS: dict[str, tuple[Any, Any, type[BaseModel], str]] = {
    "signals": (models.Name, models.SignalModel, models.SignalModel, "signal"),
    "events": (models.Name, models.EventModel, models.EventModel, "event"),
    "aggregates": (models.Name, models.AggregateModel, models.AggregateModel, "aggregate"),
    "segments": (models.Name, models.Segment, models.SegmentModel, "segment"),
    "experiments": (models.Id, models.ExperimentModel, models.ExperimentModel, "experiment"),
    "surfaces": (models.Id, models.SurfaceModel, models.SurfaceModel, "surface"),
    "groups": (models.Id, models.GroupModel, models.GroupModel, "group"),
}
_SINGLES: dict[str, Any] = {
    "project": models.Id,
    "unit": models.Name,
    "language": models.Language,
    "expires": models.Date,
    "on_expired": models.ProjectModel.model_fields["on_expired"].annotation,
    "holdout": models.HoldoutModel,
    "budgets": models.BudgetsModel,
    "less_of": models.Duration,
}
_KEYS = (*_SINGLES, *_SECTIONS, "tests")


@dataclass(frozen=True, slots=True)
class RuleEntry:
    """A rule as written. `model` is None if its shape is wrong; `when` is kept where it is text."""

    path: Path
    model: models.RuleModel | None
    when: str | None


@dataclass(frozen=True, slots=True)
class SegmentEntry:
    """A segment as written; see `RuleEntry`."""

    path: Path
    model: models.SegmentModel | None
    when: str | None


@dataclass(frozen=True, slots=True)
class SurfaceEntry:
    """A surface without its rules, and the rules."""

    path: Path
    model: models.SurfaceModel | None
    rules: tuple[RuleEntry, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Project:
    """A whole project, typed entry by entry. None in place of a model: its shape is wrong.

    `complete` says that every file could be parsed; if not, what seems undeclared may stand there.
    """

    id: str | None
    root: MapNode
    texts: Mapping[str, str]  # of each file, for excerpts and spans
    signals: Mapping[str, models.SignalModel | None]
    events: Mapping[str, models.EventModel | None]
    aggregates: Mapping[str, models.AggregateModel | None]
    segments: Mapping[str, SegmentEntry]
    experiments: Mapping[str, models.ExperimentModel | None]
    surfaces: Mapping[str, SurfaceEntry]
    groups: Mapping[str, models.GroupModel | None]
    tests: tuple[models.TestModel | None, ...]
    holdout: models.HoldoutModel | None
    budgets: models.BudgetsModel | None
    unit: str | None
    language: str
    expires: str | None
    on_expired: str
    less_of: str | None
    diagnostics: tuple[Diagnostic, ...]
    complete: bool

    def span(self, path: Path) -> Span | None:
        """The place of the value at `path`; None for a project that was not read from files."""
        return value_span(self.root, path)

    def key_span(self, path: Path) -> Span | None:
        """The place of the key that ends `path`."""
        return key_span(self.root, path)

    def data(self, path: Path) -> Any:
        """The plain value at `path`, which must be there."""
        return descend(self.root, path)[0].data

    def text_span(self, path: Path, start: int, end: int) -> Span:
        """The place of characters `start`..`end` of the text at `path`.

        A text that was not read from a file is a source of its own, named by its path.
        """
        # Of an entry in its short form the text stands where its mapping would: `followed` is less.
        node, followed = descend(self.root, path)
        if isinstance(node, Scalar) and node.file is not None:
            found = textmap.read(node, self.texts[node.file])
            return found.span(start, end) if found else Span(node.file, node.start, node.end)
        return Span(path_text(path[:followed]), start, end)

    def sources(self, diagnostics: tuple[Diagnostic, ...]) -> dict[str, str]:
        """The texts that the spans of these diagnostics point into, by file."""
        found = dict(self.texts)
        spans = [span for item in diagnostics for span, _ in item.labels]
        spans += [item.span for item in diagnostics if item.span is not None]
        wanted = {span.file for span in spans} - found.keys()
        if wanted:
            pending: list[tuple[Path, Node]] = [((), self.root)]
            while pending:
                path, node = pending.pop()
                if isinstance(node, Scalar) and path_text(path) in wanted:
                    found[path_text(path)] = str(node.data)
                pending += [((*path, part), child) for part, child in children(node)]
        return found


def parse(source: Source) -> Project:
    """Merge the documents and check every entry. Never raises: complaints are in the result."""
    return _Parser(source).run()


@cache
def _adapter(annotation: Any) -> TypeAdapter[Any]:
    return TypeAdapter(annotation)


class _Parser:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.diagnostics: list[Diagnostic] = [*source.diagnostics]
        for document in source.documents:
            self.diagnostics += document.diagnostics
        self.root = MapNode({}, {}, {})

    def complain(self, code: str, path: Path, span: Span | None, **values: Any) -> None:
        self.diagnostics.append(catalogue.make(code, span, path_text(path), **values))

    def run(self) -> Project:
        source = self.source
        complete = not source.diagnostics and all(item.parsed for item in source.documents)
        self.root = self._merge()
        singles = {key: self._single(key) for key in _SINGLES}
        if all(item.root is None for item in source.documents) and complete:
            self.complain("E105", (), self._top(), what="the project")
        elif "project" not in self.root.values and complete and not self.diagnostics:
            self.complain("E137", (), self._top())
        return Project(
            id=singles["project"],
            root=self.root,
            texts=self._texts(),
            signals=self._entries("signals"),
            events=self._entries("events"),
            aggregates=self._entries("aggregates"),
            segments=self._segments(),
            experiments=self._entries("experiments"),
            surfaces=self._surfaces(),
            groups=self._entries("groups"),
            tests=self._tests(),
            holdout=singles["holdout"],
            budgets=singles["budgets"],
            unit=singles["unit"],
            language=singles["language"] or "en",
            expires=singles["expires"],
            on_expired=singles["on_expired"] or "serve",
            less_of=singles["less_of"],
            diagnostics=tuple(self.diagnostics),
            complete=complete,
        )

    def _texts(self) -> dict[str, str]:
        """The text of every file, the lock's included."""
        texts = {item.file: item.text for item in self.source.documents if item.file}
        if self.source.lock_text is not None:
            texts[self.source.lock_file] = self.source.lock_text
        return texts

    # ------------------------------------------------------------- merging

    def _merge(self) -> MapNode:
        """One mapping of all files: sections joined, tests in order, the rest given once."""
        keys: dict[str, Scalar] = {}
        values: dict[str, Node] = {}
        for document in self.source.documents:
            root = document.root
            if root is None:
                continue
            if not isinstance(root, MapNode):
                if not (isinstance(root, Scalar) and root.broken):
                    self.complain("E115", (), span_of(root), found=describe(root.data))
                continue
            for key, value in root.values.items():
                name = root.keys[key]
                if key not in _KEYS:
                    self._unknown(key, name)
                elif key not in values:
                    keys[key], values[key] = name, value
                elif key in _SECTIONS or key == "tests":
                    values[key] = self._join(key, values[key], value)
                else:
                    first = span_of(keys[key])
                    labels = ((first, "first given here"),) if first else ()
                    self.complain("E138", (key,), span_of(name), key=key, labels=labels)
        return MapNode({key: node.data for key, node in values.items()}, keys, values)

    def _unknown(self, key: str, node: Scalar) -> None:
        if node.broken:
            return
        meant = habits.key("ProjectModel", key)
        advice = f"write `{meant}`" if meant else did_you_mean(key, _KEYS)
        advice = advice or one_of("known keys", _KEYS)
        self.complain("E120", (key,), span_of(node), key=key, advice=advice)

    def _join(self, key: str, first: Node, second: Node) -> Node:
        """The same section of two files as one."""
        if isinstance(first, ListNode) and isinstance(second, ListNode):
            return ListNode([*first.data, *second.data], (*first.items, *second.items))
        if not (isinstance(first, MapNode) and isinstance(second, MapNode)):
            wrong = second if isinstance(first, MapNode | ListNode) else first
            expected = "a list" if key == "tests" else "a mapping"
            if not (isinstance(wrong, Scalar) and wrong.broken):
                found = describe(wrong.data)
                self.complain("E122", (key,), span_of(wrong), expected=expected, found=found)
            return first if wrong is second else second
        keys = dict(first.keys)
        values: dict[str, Node] = dict(first.values)
        data: dict[str, Any] = dict(first.data)
        for name, node in second.values.items():
            if name in values:
                earlier = span_of(keys[name])
                labels = ((earlier, "first declared here"),) if earlier else ()
                span = span_of(second.keys[name])
                kind = _SECTIONS[key][3]
                self.complain("E139", (key, name), span, kind=kind, name=name, labels=labels)
                continue
            keys[name], values[name], data[name] = second.keys[name], node, node.data
        return MapNode(data, keys, values)

    def _top(self) -> Span | None:
        """The first line of the first file."""
        files = [item.file for item in self.source.documents if item.file]
        return Span(files[0], 0, 0) if files else None

    # -------------------------------------------------------------- checking

    def _check(self, annotation: Any, model: type[BaseModel] | None, path: Path, value: Any) -> Any:
        found, problems = validate(_adapter(annotation), model, self.root, path, value)
        self.diagnostics += problems
        if found is None and not has_errors(self.diagnostics):
            # A net: what is left out of the bundle must have been complained of.
            span = value_span(self.root, path)
            self.complain("E136", path, span, why=f"it cannot be {describe(value)}")
        return found

    def _single(self, key: str) -> Any:
        node = self.root.values.get(key)
        if node is None or (isinstance(node, Scalar) and node.broken):
            return None
        if node.data is None:
            self.complain("E133", (key,), self._key(key), key=key)
            return None
        annotation = _SINGLES[key]
        model = annotation if isinstance(annotation, type) else None
        return self._check(annotation, model, (key,), node.data)

    def _key(self, key: str) -> Span | None:
        return span_of(self.root.keys[key])

    def _section(self, key: str) -> dict[str, Node]:
        """The entries of a section whose names are well-formed."""
        node = self.root.values.get(key)
        if node is None or (isinstance(node, Scalar) and node.broken):
            return {}
        if node.data is None:
            self.complain("E133", (key,), self._key(key), key=key)
            return {}
        if not isinstance(node, MapNode):
            advice = habits.form((key,), "a mapping", node.data)
            values = {"expected": "a mapping", "found": describe(node.data), "advice": advice}
            self.complain("E122", (key,), span_of(node) or self._key(key), **values)
            return {}
        names: Any = dict.__class_getitem__((_SECTIONS[key][0], Any))
        self._check(names, None, (key,), dict.fromkeys(node.values))
        return dict(node.values)

    def _entry(self, key: str, name: str, data: Any) -> Any:
        _, annotation, model, _ = _SECTIONS[key]
        path = (key, name)
        node, _ = descend(self.root, path)
        if isinstance(node, Scalar) and node.broken:
            return None
        if data is None:
            self.complain("E133", path, key_span(self.root, path), key=name)
            return None
        return self._check(annotation, model, path, data)

    def _entries(self, key: str) -> dict[str, Any]:
        return {
            name: self._entry(key, name, node.data) for name, node in self._section(key).items()
        }

    def _segments(self) -> dict[str, SegmentEntry]:
        found = {}
        for name, node in self._section("segments").items():
            model = self._entry("segments", name, node.data)
            if isinstance(model, str | bool):
                model = models.SegmentModel(when=model)
            when = node.values.get("when") if isinstance(node, MapNode) else node
            found[name] = SegmentEntry(("segments", name), model, _expression(when))
        return found

    def _surfaces(self) -> dict[str, SurfaceEntry]:
        found = {}
        for name, node in self._section("surfaces").items():
            path = ("surfaces", name)
            data = node.data
            rules: tuple[RuleEntry, ...] = ()
            if isinstance(node, MapNode):
                items = node.values.get("rules")
                if isinstance(items, ListNode):
                    rules = tuple(
                        self._rule((*path, "rules", index), child)
                        for index, child in enumerate(items.items)
                    )
                    data = {key: value for key, value in node.data.items() if key != "rules"}
            found[name] = SurfaceEntry(path, self._entry("surfaces", name, data), rules)
        return found

    def _rule(self, path: Path, node: Node) -> RuleEntry:
        if isinstance(node, Scalar) and node.broken:
            return RuleEntry(path, None, None)
        data = node.data
        model = self._check(models.RuleModel, models.RuleModel, path, data)
        when = node.values.get("when") if isinstance(node, MapNode) else None
        if isinstance(data, dict) and "from_" in data:
            # pydantic takes the field's own name too; a project does not.
            here = (*path, "from_")
            span = key_span(self.root, here)
            self.complain("E120", here, span, key="from_", advice="did you mean `from`?")
        return RuleEntry(path, model, _expression(when))

    def _tests(self) -> tuple[models.TestModel | None, ...]:
        node = self.root.values.get("tests")
        if node is None or (isinstance(node, Scalar) and node.broken):
            return ()
        if node.data is None:
            self.complain("E133", ("tests",), self._key("tests"), key="tests")
            return ()
        if not isinstance(node, ListNode):
            values = {"expected": "a list", "found": describe(node.data)}
            self.complain("E122", ("tests",), span_of(node) or self._key("tests"), **values)
            return ()
        return tuple(
            self._check(models.TestModel, models.TestModel, ("tests", index), item)
            for index, item in enumerate(node.data)
        )


def _expression(node: Node | None) -> str | None:
    """The text of a condition; a bare `true` or `false` is one."""
    if not isinstance(node, Scalar) or node.broken:
        return None
    if isinstance(node.data, bool):
        return "true" if node.data else "false"
    return node.data if isinstance(node.data, str) else None
