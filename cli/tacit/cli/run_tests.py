"""`tacit test`: the tests of a project, on its compiled bundle."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from tacit.cli import output
from tacit.cli.failures import FINDINGS
from tacit.cli.findings import Places, compile_or_exit, root_of
from tacit.cli.inputs import load_bytes
from tacit.cli.options import Json, Project
from tacit.cli.progress import Counted, tracked
from tacit.cli.testing import CaseResult, Coverage, Difference, Runner, SurfaceResult, plain
from tacit.cli.why import moment


def run_tests(
    project: Project,
    match: Annotated[
        str | None,
        typer.Option(
            "-k", metavar="TEXT", help="Only tests with this in their name, whatever the case."
        ),
    ] = None,
    coverage: Annotated[
        bool, typer.Option("--coverage", help="Show for every rule what the tests saw.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="A project without tests fails (exit code 1).")
    ] = False,
    as_json: Json = False,
) -> None:
    """Run the `tests:` section of a project.

    Exits with 1 if a test fails. Without any tests it says so and exits with 0, or with --strict
    with 1; the same where -k matches none.
    """
    compiled = compile_or_exit(project, as_json=as_json)
    cases = compiled.cases
    chosen = [case for case in cases if match is None or match.lower() in case.name.lower()]
    places = Places(compiled.sources, root_of(project))
    runner = Runner(load_bytes(compiled.bytes, project), places)
    counted = Counted(len(chosen))
    results = [runner.run(case) for case in tracked(counted.over(chosen), counted, "tests")]
    seen = runner.coverage()
    failed = sum(not result.ok for result in results)
    ok = not failed and (bool(results) or not strict)
    if as_json:
        output.print_json(_as_json(ok, results, seen, len(cases)))
    else:
        _print(project, results, seen, len(cases), detail=coverage)
    if not ok:
        raise typer.Exit(FINDINGS)


def _as_json(ok: bool, results: list[CaseResult], seen: Coverage, declared: int) -> dict[str, Any]:
    return {
        "ok": ok,
        "passed": sum(result.ok for result in results),
        "failed": sum(not result.ok for result in results),
        "deselected": declared - len(results),
        "tests": [result.to_json() for result in results],
        "coverage": seen.to_json(),
    }


def _print(
    project: Path, results: list[CaseResult], seen: Coverage, declared: int, *, detail: bool
) -> None:
    if not results:
        what = f"none of {output.count(declared, 'test')} matches" if declared else "no tests"
        output.note(f"warning: {what} in {project}", style="yellow")
        return
    for result in results:
        if not result.ok:
            _print_failure(result)
    failed = sum(not result.ok for result in results)
    counts = f"{output.count(len(results), 'test')}: {len(results) - failed} passed"
    if failed:
        counts += f", {failed} failed"
    if declared > len(results):
        counts += f", {declared - len(results)} not selected"
    output.say(counts, style="bold red" if failed else "bold green")
    if declared == len(results) or detail:
        output.say(seen.line())
        if seen.untested:
            output.say(f"surfaces without a test: {', '.join(seen.untested)}")
    if detail:
        _print_coverage(seen)


def _print_failure(result: CaseResult) -> None:
    place = f"  ({result.place})" if result.place else ""
    output.say(f"FAILED  {result.case.name}{place}", style="bold red")
    _print_surfaces(result.surfaces)
    for step in result.then:
        if any(item.differences for item in step.surfaces):
            place = f"  ({step.place})" if step.place else ""
            output.say(f"  then, at {moment(step.now)}{place}")
            _print_surfaces(step.surfaces)
    output.say("")


def _print_surfaces(surfaces: tuple[SurfaceResult, ...]) -> None:
    for item in surfaces:
        if not item.differences:
            continue
        output.say(f"  {item.surface}")
        for found in item.differences:
            output.say(f"    {found.what}: {_wanted(found)}")
        for line in item.why:
            output.say(f"      {line}", style="dim")


def _wanted(found: Difference) -> str:
    return f"expected {_shown(found.expected)}, got {_shown(found.actual)}"


def _shown(value: object) -> str:
    value = plain(value)
    if value is None:
        return "none"
    if isinstance(value, list):
        return f"[{', '.join(map(str, value))}]"
    return str(value)


def _print_coverage(seen: Coverage) -> None:
    rows = []
    for rule in seen.rules:
        counts = [
            str(rule.truths[truth]) if truth in rule.possible else "-"
            for truth in ("true", "false", "unknown")
        ]
        rows.append((rule.surface, rule.rule, *counts, str(rule.fired)))
    output.say("")
    output.table("", ("surface", "rule", "true", "false", "unknown", "fired"), rows)
