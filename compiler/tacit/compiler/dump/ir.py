"""The IR as text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

from tacit.compiler import ir, ir_state
from tacit.compiler.dump.memory import (
    memory_lines,
    rule_notes,
    segment_notes,
    surface_lines,
    variant_notes,
    written_lines,
)
from tacit.compiler.dump.notation import Names, condition_text


def dump_ir(program: ir.Program) -> str:
    """A program, after resolve or any later stage. Spans are left out; they are not its meaning."""
    return "\n".join(_lines(program)) + "\n"


def _lines(program: ir.Program) -> Iterator[str]:
    names = Names.of(program)
    yield f"project {program.project}"
    yield f"language {program.language}"
    if program.expires is not None:
        yield f"expires {_time(program.expires)}, then {program.on_expired}"
    if program.holdout is not None:
        unit, salt = names.signals[program.holdout.unit], program.holdout.salt
        yield f"holdout {_ranges(program.holdout.ranges)} of {unit}, salt {salt}"
    if program.bundle_budget is not None:
        yield f"budget {program.bundle_budget} bytes"
    if program.surface_cost_budget is not None:
        yield f"budget {program.surface_cost_budget} per surface"
    for signal in program.signals:
        yield f"signal {signal.name}: {', '.join(_signal(signal))}"
    yield from written_lines(program, names)
    for segment in program.segments:
        notes = _notes(owner=segment.owner, **segment_notes(segment, program))
        yield f"segment {segment.name}{notes} = {condition_text(segment.condition, names)}"
    rows = iter(program.memory.rules if program.memory is not None else ())
    for surface in program.surfaces:
        yield from _surface(surface, names, rows)
    yield from memory_lines(program, names)


def _signal(signal: ir.Signal) -> Iterator[str]:
    yield str(signal.type)
    yield signal.source
    yield signal.sensitivity
    if signal.category is not None:
        yield f"category {signal.category}"
    if signal.purpose is not None:
        yield f"purpose {signal.purpose}"
    if signal.values:
        yield f"one of {json.dumps(signal.values, ensure_ascii=False)}"
    if signal.minimum is not None:
        yield f"at least {signal.minimum!r}"
    if signal.maximum is not None:
        yield f"at most {signal.maximum!r}"
    if signal.type in (ir.SignalType.STRING, ir.SignalType.STRING_LIST):
        yield f"length {signal.max_length}"
    if signal.type is ir.SignalType.STRING_LIST:
        yield f"items {signal.max_items}"
    if signal.max_age_ms is not None:
        yield f"no older than {signal.max_age_ms} ms"


def _surface(surface: ir.Surface, names: Names, rows: Iterator[ir_state.RuleRow]) -> Iterator[str]:
    notes = _notes(owner=surface.owner, goal=surface.goal)
    yield f"surface {surface.name} at {surface.place}{notes}"
    if surface.forbidden is not None:
        yield f"  forbidden: {surface.forbidden}"
    for number, variant in enumerate(surface.variants):
        mark = " (default)" if number == surface.default else ""
        content = json.dumps(variant.content, ensure_ascii=False, sort_keys=True)
        yield f"  variant {variant.id}{mark}{variant_notes(variant)} {content}"
    for line in surface_lines(surface, names):
        yield f"  {line}"
    variants = [variant.id for variant in surface.variants]
    for rule in surface.rules:
        yield f"  rule {rule.id}{_notes(owner=rule.owner)}{rule_notes(next(rows, None))}"
        yield f"    when {condition_text(rule.condition, names)}"
        if rule.stop is not None:
            yield f"    stop when {condition_text(rule.stop, names)}"
        if rule.schedule is not None:
            yield f"    {_schedule(rule.schedule)}"
        if rule.traffic is not None:
            unit = names.signals[rule.traffic.unit]
            yield f"    traffic {_percent(rule.traffic.share)} of {unit}, salt {rule.traffic.salt}"
        yield from _outcome(rule.outcome, variants, names)
        for language, text in rule.because:
            yield f"    because {language} {json.dumps(text, ensure_ascii=False)}"


def _outcome(outcome: ir.Show | ir.Split, variants: list[str], names: Names) -> Iterator[str]:
    if isinstance(outcome, ir.Show):
        yield f"    show {variants[outcome.variant]}"
        return
    what = f"experiment {outcome.experiment}" if outcome.experiment is not None else "split"
    what = f"sticky {what}" if outcome.sticky else what
    yield f"    {what} by {names.signals[outcome.unit]}, salt {outcome.salt}"
    for variant, runs in outcome.arms:
        yield f"      {variants[variant]}: {_ranges(runs)}"


def _schedule(schedule: ir.Schedule) -> str:
    parts = [
        f"{word} {_time(bound)}"
        for word, bound in (("from", schedule.start), ("until", schedule.end))
        if bound is not None
    ]
    return f"{' '.join(parts)} {schedule.zone}"


def _notes(**notes: str | None) -> str:
    given = [f"{name} {value}" for name, value in notes.items() if value is not None]
    return f" ({', '.join(given)})" if given else ""


def _ranges(runs: tuple[ir.Range, ...]) -> str:
    return ", ".join(f"{start}..{end}" for start, end in runs)


def _percent(share: int) -> str:
    return f"{share / 100:g}%"


def _time(milliseconds: int) -> str:
    """UTC, or the wall clock of a local schedule; to the millisecond where it has any."""
    seconds, rest = divmod(milliseconds, 1000)
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{rest:03}" if rest else text
