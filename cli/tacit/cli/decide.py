"""`tacit decide`: what a bundle shows, for one set of signals or for every row of a table."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from tacit.cli import batch, output
from tacit.cli.cells import Reading
from tacit.cli.columns import parse_mapping
from tacit.cli.failures import FINDINGS, CommandError
from tacit.cli.files import whole_file
from tacit.cli.inputs import Opened, nearest, open_bundle, read_signals, surfaces_of
from tacit.cli.options import SIGNALS_HELP, AnyBundle, Consent, Json, Now, parse_names, parse_now
from tacit.cli.progress import tracked
from tacit.cli.remembered import Events, ObservedFor, State, clock, state_for
from tacit.cli.rows import Rows, format_of, open_rows
from tacit.cli.sinks import open_sink

if TYPE_CHECKING:
    from tacit.runtime import Decision, DeviceState

ROWS = "Many rows"


def decide(
    bundle: AnyBundle,
    *,
    signals: Annotated[
        str | None,
        typer.Option("--signals", "-s", metavar="FILE", help=SIGNALS_HELP, show_default=False),
    ] = None,
    surface: Annotated[
        list[str] | None,
        typer.Option("--surface", metavar="S", help="Only this surface; may be repeated."),
    ] = None,
    state: State = None,
    events: Events = None,
    observed: ObservedFor = None,
    save_state: Annotated[
        Path | None,
        typer.Option(
            "--save-state",
            metavar="FILE",
            help="Write the state there, after the events.",
            show_default=False,
        ),
    ] = None,
    now: Now = None,
    consent: Consent = None,
    content: Annotated[
        bool, typer.Option("--content", help="Show the content of the variants as well.")
    ] = False,
    as_json: Json = False,
    rows: Annotated[
        Path | None,
        typer.Option(
            "--rows",
            metavar="FILE",
            help="Decide for every row of a table: .csv, .tsv, .jsonl, .ndjson, .parquet.",
            rich_help_panel=ROWS,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where the decisions go: .jsonl, .csv or .parquet; `-` is JSON lines on stdout. "
            "Without it, only the summary is printed.",
            rich_help_panel=ROWS,
        ),
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--columns",
            metavar="SIGNAL=COLUMN,...",
            help="Which column holds which signal, or a JSON or YAML file that says so. Others are "
            f"found by name, whatever the case. `{batch.ROW_NUMBER}` is the row's number.",
            rich_help_panel=ROWS,
        ),
    ] = None,
    keep: Annotated[
        list[str] | None,
        typer.Option(
            "--keep", metavar="COLUMN,...", help="Copy these columns.", rich_help_panel=ROWS
        ),
    ] = None,
    now_column: Annotated[
        str | None,
        typer.Option(
            "--now-column", metavar="COLUMN", help="Each row's own time.", rich_help_panel=ROWS
        ),
    ] = None,
    separator: Annotated[
        str,
        typer.Option(
            "--separator", help="Between the items of a list in one cell.", rich_help_panel=ROWS
        ),
    ] = ";",
    delimiter: Annotated[
        str | None,
        typer.Option(
            "--delimiter", help="Between the cells of CSV; a comma.", rich_help_panel=ROWS
        ),
    ] = None,
    null: Annotated[
        list[str] | None,
        typer.Option(
            "--null",
            metavar="TEXT",
            help="A cell that holds this is missing, as an empty one is (NA, say).",
            rich_help_panel=ROWS,
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option("--limit", metavar="N", min=1, help="Stop there.", rich_help_panel=ROWS),
    ] = None,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict", help="Exit with 1 if any row cannot be read.", rich_help_panel=ROWS
        ),
    ] = False,
) -> None:
    """Decide which variant every surface shows, and say why.

    With --signals for one person; with --rows for every row of a table, with a summary.
    """
    if rows is not None and signals is not None:
        raise CommandError("--signals and --rows exclude one another")
    if rows is not None:
        _refuse({"--state": state, "--events": events, "--observed": observed,
                 "--save-state": save_state}, "--signals")  # fmt: skip
    else:
        _refuse(
            {"--output": out, "--columns": columns, "--keep": keep, "--now-column": now_column,
             "--delimiter": delimiter, "--null": null, "--limit": limit}, "--rows"
        )  # fmt: skip
        if signals is None:
            raise CommandError(
                "no signals given",
                help="--signals FILE.json, --signals - for stdin, or --rows FILE for a table",
            )
    at, granted = parse_now(now), parse_names(consent)
    opened = open_bundle(bundle, as_json=as_json)
    chosen = surfaces_of(opened.bundle, surface or ())
    note_purposes(opened, granted)
    if rows is None:
        assert signals is not None
        values = read_signals(signals, opened.signals)
        at = clock(at)
        remembered = state_for(
            opened, values, at, granted, state=state, events=events, observed=observed
        )
        if save_state is not None:
            _save(remembered, save_state)
        found = opened.bundle.decide_all(values, remembered, now=at, consent=granted)
        decisions = {name: found[name] for name in chosen}
        if as_json:
            shown = {name: as_value(item, content) for name, item in decisions.items()}
            output.print_json(shown)
        else:
            _print(decisions, content)
        return
    if out is not None and str(out) == "-" and as_json:
        raise CommandError(
            "--output - and --json both want stdout", help="write the decisions to a file"
        )
    plan = batch.Plan(
        types=opened.signals,
        surfaces=chosen,
        chosen=parse_mapping(columns or (), opened.signals),
        keep=parse_names(keep),
        now=at if at is not None or now_column is not None else time.time_ns() // 1_000_000,
        now_column=now_column,
        consent=granted,
        reading=Reading(_one_mark(separator, "--separator"), frozenset(null or ())),
        limit=limit,
    )
    summary = _run(opened, rows, out, plan, delimiter and _one_char(delimiter))
    _report(summary, plan, as_json=as_json, to_stdout=out is None or str(out) != "-")
    if summary.unreadable and (strict or not summary.rows):
        raise typer.Exit(FINDINGS)


def _refuse(options: dict[str, object], company: str) -> None:
    for name, value in options.items():
        if value:
            raise CommandError(f"{name} goes with {company}")


def _save(state: DeviceState | None, path: Path) -> None:
    if state is None:
        raise CommandError(
            "--save-state: there is no state", help="--state, --events or --observed make one"
        )
    with whole_file(path) as file:
        file.write(state.bytes)


def _one_mark(text: str, name: str) -> str:
    if not text:
        raise CommandError(f"{name} cannot be empty")
    return text


def _one_char(text: str) -> str:
    text = {"\\t": "\t", "tab": "\t"}.get(text, text)
    if len(text) != 1 or text in '"\r\n':
        raise CommandError(f"--delimiter is one character, not `{text}`")
    return text


def note_purposes(opened: Opened, granted: tuple[str, ...]) -> None:
    """Point out purposes that no signal has: a slip, mostly."""
    for name in granted:
        if name not in opened.purposes:
            advice = nearest(name, opened.purposes) or "the bundle has no purposes"
            output.note(f"note: no signal has the purpose `{name}`: {advice}", "yellow")


# ------------------------------------------------------------------ one person


def as_value(decision: Decision, content: bool) -> dict[str, Any]:
    """A decision as JSON, as `tacit decide --json` prints it."""
    value = {
        "variant": decision.variant,
        "reason": decision.reason,
        "rule": decision.rule,
        "unknown": list(decision.unknown),
        "explanation": decision.explanation,
        "experiment": decision.experiment,
        "arm": decision.arm,
        "forced": decision.forced,
    }
    return value | ({"content": decision.content} if content else {})


def _print(decisions: dict[str, Decision], content: bool) -> None:
    lines = [
        (
            name,
            item.variant,
            item.reason,
            _rule(item),
            f"unknown: {', '.join(item.unknown)}" if item.unknown else "",
        )
        for name, item in decisions.items()
    ]
    output.table("", ("surface", "variant", "reason", "", ""), lines)
    for name, item in decisions.items():
        if item.explanation is not None:
            output.say(f"{name}: {item.explanation}")
    if content:
        import json

        for name, item in decisions.items():
            output.say(f"{name}: {json.dumps(item.content, ensure_ascii=False)}")


def _rule(decision: Decision) -> str:
    if decision.rule is None:
        return ""
    return f"rule {decision.rule}{', forced' if decision.forced else ''}"


# ------------------------------------------------------------------ many rows


def _run(
    opened: Opened, path: Path, out: Path | None, plan: batch.Plan, delimiter: str | None
) -> batch.Summary:
    rules = {name: opened.rules(name) for name in plan.surfaces}
    with ExitStack() as stack:
        rows: Rows = open_rows(path, delimiter=delimiter)
        stack.callback(rows.close)
        run = batch.Batch(opened.bundle, rows, plan, rules)
        write: batch.Write | None = None
        sink = None
        if out is not None:
            to_stdout = str(out) == "-"
            kind = "jsonl" if to_stdout else format_of(out, "--output")
            if not to_stdout and out.exists() and out.samefile(path):
                raise CommandError("--output would overwrite --rows")
            file = sys.stdout.buffer if to_stdout else stack.enter_context(whole_file(out))
            sink = open_sink(kind, file, plan.surfaces, plan.keep, plan.reading.separator)
            write = sink.write
        for _ in tracked(run.run(write), rows, str(path)):
            pass
        if sink is not None:
            sink.finish()
    return run.summary


def _report(summary: batch.Summary, plan: batch.Plan, *, as_json: bool, to_stdout: bool) -> None:
    if as_json:
        output.print_json(summary.to_json())
        return
    say = output.say if to_stdout else output.note
    say(output.count(summary.rows, "row") + " decided")
    for name, counts in summary.surfaces.items():
        _report_surface(name, counts, summary.rows, to_stdout)
    if summary.unknown:
        say("")
        lines = [
            (name, f"{number:,}", _percent(number, summary.rows), _why_unknown(name, summary, plan))
            for name, number in summary.unknown.most_common()
        ]
        output.table("unknown signals", ("signal", "rows", "", ""), lines, to_stdout=to_stdout)
    for name, bad in summary.bad_values.items():
        output.note(
            f"warning: {output.count(bad.count, 'value')} of `{name}` cannot be read as "
            f"{plan.types[name]} and count as missing; the first: `{bad.value}` (line {bad.line})",
            "yellow",
        )
    guessed = {
        name: column
        for name, column in summary.columns.items()
        if name != column and name not in plan.chosen
    }
    if guessed:
        pairs = ", ".join(f"{name}={column}" for name, column in guessed.items())
        output.note(f"note: columns found by similar names: {pairs}")
    if summary.unreadable:
        output.note(f"warning: {output.count(summary.unreadable, 'row')} cannot be read:", "yellow")
        for item in summary.listed:
            output.note(f"  line {item.line}: {item.why}")
        if summary.unreadable > len(summary.listed):
            output.note(f"  and {summary.unreadable - len(summary.listed):,} more")


def _report_surface(name: str, counts: batch.SurfaceCounts, rows: int, to_stdout: bool) -> None:
    say = output.say if to_stdout else output.note
    say("")
    lines = [
        (variant, f"{number:,}", _percent(number, rows))
        for variant, number in counts.variants.most_common()
    ]
    output.table(name, ("variant", "rows", ""), lines, to_stdout=to_stdout)
    reasons = ", ".join(f"{reason} {number:,}" for reason, number in counts.reasons.most_common())
    say(f"reasons: {reasons}")
    fired = ", ".join(f"{rule} {number:,}" for rule, number in counts.rules.items() if number)
    never = ", ".join(rule for rule, number in counts.rules.items() if not number)
    if fired:
        say(f"rules: {fired}")
    if never:
        say(f"never fired: {never}")


def _why_unknown(name: str, summary: batch.Summary, plan: batch.Plan) -> str:
    if name not in summary.columns:
        return "no column"
    if name in summary.bad_values:
        return f"{summary.bad_values[name].count:,} cannot be read"
    return ""


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%" if whole else "-"
