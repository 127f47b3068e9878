"""What the parts of `resolve` share: the project, the complaints so far, and what is declared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from tacit.compiler import catalogue, expressions, ir, ir_state
from tacit.compiler.diagnostics import Diagnostic
from tacit.compiler.intervals import as_intervals
from tacit.compiler.nodes import Path, path_text
from tacit.compiler.project import Project
from tacit.compiler.shape import did_you_mean, one_of
from tacit.compiler.spans import Span

UNIT_TYPES = (ir.SignalType.STRING, ir.SignalType.INT, ir.SignalType.ENUM)


@dataclass(frozen=True, slots=True)
class DeclaredEvent:
    """An event that is sound. `fields` maps name to (index, signal)."""

    index: int
    fields: dict[str, tuple[int, ir.Signal]]
    purpose: str | None


@dataclass(frozen=True, slots=True)
class Context:
    """What is declared so far.

    `numbered` are all signals; `signals` maps the names that conditions may use, those of the host
    and of aggregates, to (index, signal). `faulty` are names whose declaration is wrong. `least`
    maps an aggregate's signal to that of the least it can be; `most` bounds aggregates by name.
    """

    project: Project
    diagnostics: list[Diagnostic] = field(default_factory=list)
    numbered: list[ir.Signal] = field(default_factory=list)
    signals: dict[str, tuple[int, ir.Signal]] = field(default_factory=dict)
    faulty: set[str] = field(default_factory=set)
    events: dict[str, DeclaredEvent] = field(default_factory=dict)
    faulty_events: set[str] = field(default_factory=set)
    aggregates: dict[str, ir_state.Aggregate] = field(default_factory=dict)
    least: dict[int, int] = field(default_factory=dict)
    most: dict[str, int] = field(default_factory=dict)

    def number(self, signal: ir.Signal) -> int:
        """Give a signal the next index."""
        self.numbered.append(signal)
        return len(self.numbered) - 1

    def host(self, name: str) -> tuple[int, ir.Signal] | None:
        """The signal of the host of that name, if there is one."""
        return self.signals.get(name) if name not in self.aggregates else None

    def host_names(self) -> list[str]:
        return [name for name in self.signals if name not in self.aggregates]

    def event(self, name: str, path: Path) -> DeclaredEvent | None:
        """The event that `path` names; complains of one that is not declared."""
        found = self.events.get(name)
        if found is None and name not in self.faulty_events:
            advice = suggestion(name, "events", self.project.events)
            self.at_value("E279", path, name=name, advice=advice)
        return found

    def at_value(self, code: str, path: Path, **values: Any) -> None:
        """Complain of the value at `path`."""
        self._add(code, self.project.span(path), path, values)

    def at_key(self, code: str, path: Path, **values: Any) -> None:
        """Complain of the key that ends `path`."""
        self._add(code, self.project.key_span(path), path, values)

    def at_span(self, code: str, span: Span | None, path: Path, **values: Any) -> None:
        """Complain of a place of its own in what stands at `path`."""
        self._add(code, span, path, values)

    def _add(self, code: str, span: Span | None, path: Path, values: dict[str, Any]) -> None:
        self.diagnostics.append(catalogue.make(code, span, path_text(path), **values))

    def expression(self, text: str, scope: expressions.Scope, path: Path) -> expressions.Checked:
        """Check the expression at `path`; its complaints are kept.

        Where the condition asks an aggregate that is an interval, it asks both ends.
        """
        checked = expressions.check(text, scope, partial(self.project.text_span, path))
        here = path_text(path) if checked.diagnostics else ""
        self.diagnostics.extend(replace(item, path=here) for item in checked.diagnostics)
        if checked.condition is None or not self.least:
            return checked
        return replace(checked, condition=as_intervals(checked.condition, self.least))

    def label(self, path: Path, text: str) -> tuple[tuple[Span, str], ...]:
        """A second place for a complaint: the key that ends `path`; none without places."""
        span = self.project.key_span(path)
        return ((span, text),) if span is not None else ()

    def unit(self, own: str | None, path: Path, holder: Path) -> int | None:
        """The index of the signal that buckets: `own`, given at `path`, or the project's.

        None where there is none that could; then a complaint has been made, of `holder` if nobody
        names a unit.
        """
        name = own if own is not None else self.project.unit
        if name is None:
            if not self.is_broken("unit"):
                self.at_key("E268", holder)
            return None
        where = path if own is not None else ("unit",)
        if name in self.faulty:
            return None
        found = self.host(name)
        if found is None:
            advice = suggestion(name, "signals", self.host_names())
            self.at_value("E269", where, unit=name, advice=advice)
            return None
        index, signal = found
        if signal.type not in UNIT_TYPES:
            self.at_value("E270", where, unit=name, type=signal.type.value)
            return None
        return index

    def is_broken(self, key: str) -> bool:
        """The project has this key, and nothing could be made of its value."""
        return key in self.project.root.values and getattr(self.project, key) is None


def suggestion(name: str, what: str, known: Iterable[str]) -> str | None:
    """Help for a name that is not known: the nearest one, or those there are."""
    names = list(known)
    return did_you_mean(name, names) or one_of(what, names)


def written(when: str | bool) -> str:
    """A condition as text; a bare `true` or `false` is one."""
    return when if isinstance(when, str) else str(when).lower()
