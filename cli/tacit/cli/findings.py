"""Compiles a project for a command and shows what the compiler has to say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import typer
from tacit.cli import output
from tacit.cli.failures import FINDINGS, CommandError, needing, reading
from tacit.cli.progress import waiting

if TYPE_CHECKING:
    from tacit.compiler.compile import CompiledBundle
    from tacit.compiler.diagnostics import Diagnostic
    from tacit.compiler.render import Lines
    from tacit.compiler.spans import Span

SOURCES = (".yaml", ".yml")
_UNREADABLE, _EMPTY, _TWICE = "E100", "E105", "E138"


@dataclass(frozen=True, slots=True)
class Findings:
    """What the compiler says of a project. `root` goes before the names of files."""

    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, str]
    root: str

    def count(self, severity: str) -> int:
        return sum(item.severity.value == severity for item in self.diagnostics)

    @property
    def has_errors(self) -> bool:
        return self.count("error") > 0

    def failed(self, *, strict: bool) -> bool:
        """Whether the exit code is 1: for errors, and with `strict` for warnings too."""
        return self.has_errors or (strict and self.count("warning") > 0)

    def to_json(self) -> dict[str, Any]:
        """`diagnostics`, `errors`, `warnings`, `omitted`; see `tacit.compiler.render`."""
        from tacit.compiler.render import to_json

        return to_json(self.diagnostics, self.sources, root=self.root)

    def show(self, *, to_stdout: bool = False) -> None:
        """Print all of them for people, and how many there are."""
        from tacit.compiler.render import render_text

        text = render_text(self.diagnostics, self.sources, root=self.root)
        if text:
            output.print_diagnostics(text, to_stdout=to_stdout)


class Places:
    """File and line of spans."""

    def __init__(self, sources: Mapping[str, str], root: str) -> None:
        self.sources = sources
        self.root = root
        self.lines: dict[str, Lines] = {}

    def __call__(self, span: Span | None) -> str:
        """`surfaces/home.yaml:14`; the file alone if its text is not known; empty for None."""
        from tacit.compiler.render import Lines

        if span is None:
            return ""
        text = self.sources.get(span.file)
        if text is None:
            return f"{self.root}{span.file}"
        if span.file not in self.lines:
            self.lines[span.file] = Lines(text)
        return f"{self.root}{span.file}:{self.lines[span.file].place(span.start)[0]}"


def compile_source(
    path: Path, *, debug: bool = True, audit: bool = True
) -> tuple[CompiledBundle | None, Findings]:
    """Compile a project. There is no bundle if it has errors.

    Where there is no project to speak of (missing, empty, unreadable), raises `CommandError`.
    """
    with needing("cli", "compiling a project"):
        from tacit.compiler import CompileError, compile_project
    refuse_other_files(path)
    try:
        with waiting(f"compiling {path}"):
            bundle = compile_project(path, debug=debug, audit=audit)
    except CompileError as error:
        found = Findings(error.diagnostics, error.sources, root_of(path))
        refuse_no_project(found, path)
        return None, found
    return bundle, Findings(bundle.diagnostics, bundle.sources, root_of(path))


def compile_or_exit(path: Path, *, as_json: bool) -> CompiledBundle:
    """Compile a project for a command that is about something else than its diagnostics.

    Errors are shown and end the command with exit code 1; of warnings only the number is told.
    """
    bundle, found = compile_source(path)
    if bundle is None:
        if as_json:
            output.print_json({"ok": False, **found.to_json()})
        else:
            found.show()
        raise typer.Exit(FINDINGS)
    warnings = found.count("warning")
    if warnings:
        shown = output.count(warnings, "warning")
        output.note(f"note: {shown} about this project; `tacit check {path}` shows them", "yellow")
    return bundle


def root_of(path: Path) -> str:
    """What makes the files named in spans findable from here."""
    folder = path if path.is_dir() else path.parent
    return "" if str(folder) == "." else f"{folder}/"


def refuse_other_files(path: Path) -> None:
    """A `CommandError` for a path where nothing is, and for a file that is no YAML by its name."""
    with reading(path):
        path.stat()
    if path.is_file() and path.suffix.lower() not in SOURCES:
        raise CommandError(
            f"{path} is not a project: its name does not end in .yaml or .yml",
            help="a project is one YAML file, or a folder of them",
        )


def refuse_no_project(found: Findings, path: Path) -> None:
    """A project that cannot be read as a whole is a failure, not a finding in it."""
    errors = [item for item in found.diagnostics if item.severity.value == "error"]
    folders = _folders_of_projects(errors)
    below = [folder for folder in folders if folder != "."]  # where `path` itself is one, no help
    if len(folders) > 1:
        raise CommandError(
            f"{path} holds more than one project: {', '.join(folders)}",
            help=f"name one of them: {path / below[0]}",
        )
    for item in errors:
        if item.code == _UNREADABLE or (item.code == _EMPTY and len(errors) == 1):
            raise CommandError(f"{path}: {item.message}", item.help)


def _folders_of_projects(errors: Iterable[Diagnostic]) -> list[str]:
    """The folders in which `project` is given, where that is more than one."""
    folders: set[str] = set()
    for item in errors:
        if item.code == _TWICE and item.path == "project" and item.span is not None:
            spans = (item.span, *(span for span, _ in item.labels))
            folders.update(str(PurePosixPath(span.file).parent) for span in spans)
    return sorted(folders)
