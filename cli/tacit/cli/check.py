"""`tacit check`: every complaint about a project; nothing is written."""

from __future__ import annotations

import typer
from tacit.cli import output
from tacit.cli.failures import FINDINGS
from tacit.cli.findings import compile_source
from tacit.cli.options import Json, Project, Strict


def check(project: Project, strict: Strict = False, as_json: Json = False) -> None:
    """Look for mistakes in a project: file, line, column and advice for each.

    Exits with 1 if there are errors. Warnings alone do not fail, unless --strict is given.
    """
    _, found = compile_source(project)
    failed = found.failed(strict=strict)
    if as_json:
        output.print_json({"ok": not failed, **found.to_json()})
    elif found.diagnostics:
        found.show(to_stdout=True)
    else:
        output.say(f"{project}: no errors, no warnings")
    if failed:
        raise typer.Exit(FINDINGS)
