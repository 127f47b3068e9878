"""What the parts of `resolve` share: the project, the complaints so far, and what is declared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from tacit.compiler import catalogue, expressions, ir
from tacit.compiler.diagnostics import Diagnostic
from tacit.compiler.nodes import Path, path_text
from tacit.compiler.project import Project
from tacit.compiler.shape import did_you_mean, one_of
from tacit.compiler.spans import Span

UNIT_TYPES = (ir.SignalType.STRING, ir.SignalType.INT, ir.SignalType.ENUM)


@dataclass(frozen=True, slots=True)
class Context:
    """`signals` maps name to (index, signal); `faulty` are names whose declaration is wrong."""

    project: Project
    diagnostics: list[Diagnostic] = field(default_factory=list)
    signals: dict[str, tuple[int, ir.Signal]] = field(default_factory=dict)
    faulty: set[str] = field(default_factory=set)

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
        """Check the expression at `path`; its complaints are kept."""
        checked = expressions.check(text, scope, partial(self.project.text_span, path))
        here = path_text(path) if checked.diagnostics else ""
        self.diagnostics.extend(replace(item, path=here) for item in checked.diagnostics)
        return checked

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
        if name not in self.signals:
            advice = suggestion(name, "signals", self.signals)
            self.at_value("E269", where, unit=name, advice=advice)
            return None
        index, signal = self.signals[name]
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
