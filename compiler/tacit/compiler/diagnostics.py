"""A diagnostic is data: what is wrong, where, and what to try. Its words live in the catalogues.

Stages collect diagnostics and go on as far as they can; `CompileError` carries all of a run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from tacit.compiler.spans import Span


class Severity(StrEnum):
    """Errors stop the build and cannot be turned off; warnings and notes do not stop it."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One complaint.

    `message` is lower-case and stands alone; `label` is the short text beside the underline of
    `span`; `labels` point at further places that matter. `path` says where in the project the
    complaint belongs (`surfaces.home_hero.rules[2].when`); it is the only position a project given
    as a dictionary has.
    """

    code: str
    severity: Severity
    message: str
    span: Span | None = None
    label: str = ""
    labels: tuple[tuple[Span, str], ...] = ()
    help: str | None = None
    path: str = ""


class CompileError(Exception):
    """The source has errors, so there is no bundle. Nothing was written.

    `sources` maps each file (as named in the spans) to its text, so that the excerpts can be shown.
    """

    def __init__(
        self, diagnostics: Iterable[Diagnostic], sources: Mapping[str, str] | None = None
    ) -> None:
        self.diagnostics: tuple[Diagnostic, ...] = in_order(diagnostics)
        self.sources: Mapping[str, str] = dict(sources or {})
        super().__init__(summary(self.diagnostics))


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The distinct diagnostics, sorted by position; the ones without a place come first."""

    def key(item: Diagnostic) -> tuple[str, int, int, str, str, str]:
        span = item.span
        place = (span.file, span.start, span.end) if span else ("", -1, -1)
        return (*place, item.path, item.code, item.message)

    return tuple(sorted(dict.fromkeys(diagnostics), key=key))


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether any of them stops the build."""
    return any(item.severity is Severity.ERROR for item in diagnostics)


def summary(diagnostics: Iterable[Diagnostic]) -> str:
    """One line for logs and tracebacks: the first error's text and how many more there are."""
    errors = [item for item in diagnostics if item.severity is Severity.ERROR]
    if not errors:
        return "no errors"
    first = errors[0]
    where = first.path or (first.span.file if first.span else "")
    line = f"{first.code}: {first.message}" + (f" ({where})" if where else "")
    return line if len(errors) == 1 else f"{line}; {len(errors) - 1} more"
