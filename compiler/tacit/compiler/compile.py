"""The pipeline: source -> bundle. Every stage in order, one type between each two.

load      text or dictionary -> Source          files are read, YAML gets its spans
parse     Source -> Project                     typed models, entry by entry
resolve   Project and lock -> ir.Program        names, types, buckets
optimise  ir.Program -> ir.Program              the passes
remember  ir.Program -> ir.Program              what devices keep, guards as conditions
lay_out   ir.Program -> Tables                  conditions taken apart
write     Tables -> bytes
analyse   programs -> diagnostics               what never happens, what costs too much
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from tacit.compiler import ir, limits
from tacit.compiler import lock as locks
from tacit.compiler.analyse import analyse, bundle_budget
from tacit.compiler.cases import TestCase
from tacit.compiler.collector import collection_paused
from tacit.compiler.diagnostics import CompileError, Diagnostic, has_errors, in_order
from tacit.compiler.encode import lay_out, write
from tacit.compiler.models import ProjectModel
from tacit.compiler.passes import optimise
from tacit.compiler.project import Project, parse
from tacit.compiler.remember import remember
from tacit.compiler.resolve import Resolved, resolve
from tacit.compiler.source import Source, load


@dataclass(frozen=True, slots=True)
class CompiledBundle:
    """A bundle and what is known of how it came about.

    `diagnostics` holds warnings and notes only, in order; `sources` the texts their spans point
    into. `checked` is the program as written, `program` the same after the passes and `remember`:
    what the bytes hold. `lock` is the lock it was made with: the given one, or a new deal.
    """

    bytes: bytes
    digest: str  # sha256 of the bytes, in hex
    diagnostics: tuple[Diagnostic, ...]
    program: ir.Program
    checked: ir.Program
    cases: tuple[TestCase, ...]
    lock: locks.Lock | None
    sources: Mapping[str, str] = field(repr=False)


@collection_paused()
def compile_project(
    source: str | os.PathLike[str] | Mapping[str, Any] | ProjectModel,
    *,
    lock: str | None = None,
    debug: bool = True,
    audit: bool = True,
) -> CompiledBundle:
    """Compile a project: a file, a folder, a dictionary, or a model.

    `lock` is the text of a lock; without it, `tacit.lock` beside the source is used, if there is
    one. `debug` and `audit` keep the sections of that name. Raises `CompileError`, with everything
    that is wrong, when there is no bundle to be had.
    """
    read = load(source)
    project = parse(read)
    resolved = resolve(project, *_lock(read, lock))
    checked = _program(project, resolved)
    _stop_if_wrong(project, resolved.diagnostics, limits.expansion(checked))

    optimised = optimise(checked)
    program = remember(optimised)
    tables = lay_out(program)
    over = (*limits.tables(tables), *limits.memory(program))
    findings = (*analyse(checked, optimised), *limits.texts(optimised), *over)
    if over:  # not to be written at all; whatever else is wrong can wait for the sizes
        _stop_if_wrong(project, resolved.diagnostics, findings)

    data = write(tables, debug=debug, audit=audit)
    bare = len(write(tables, debug=False, audit=False))
    sizes = (*limits.bundle_size(data), *bundle_budget(program, bare))
    found = _stop_if_wrong(project, resolved.diagnostics, (*findings, *sizes))
    return CompiledBundle(
        bytes=data,
        digest=sha256(data).hexdigest(),
        diagnostics=found,
        program=program,
        checked=checked,
        cases=resolved.cases,
        lock=resolved.lock,
        sources=project.sources(found),
    )


def _lock(read: Source, given: str | None) -> tuple[locks.Lock | None, tuple[Diagnostic, ...]]:
    text = given if given is not None else read.lock_text
    return (None, ()) if text is None else locks.read(text, read.lock_file)


def _program(project: Project, resolved: Resolved) -> ir.Program:
    if resolved.program is None:
        raise CompileError(resolved.diagnostics, project.sources(resolved.diagnostics))
    return resolved.program


def _stop_if_wrong(
    project: Project, before: tuple[Diagnostic, ...], found: Iterable[Diagnostic]
) -> tuple[Diagnostic, ...]:
    """All diagnostics in order, when there is no error among them."""
    everything = in_order((*before, *found))
    if has_errors(everything):
        raise CompileError(everything, project.sources(everything))
    return everything
