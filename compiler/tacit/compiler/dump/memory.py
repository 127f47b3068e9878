"""What devices remember as text: as written, and as the stage `remember` makes of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tacit.compiler import ir, ir_state
from tacit.compiler.dump.notation import Names, condition_text
from tacit.compiler.ir_state import Cadence, Standing

# ---------------------------------------------------------------------------------- as written


def written_lines(program: ir.Program, names: Names) -> Iterator[str]:
    """Events, aggregates, and the guards that belong to no single surface."""
    for event in program.events:
        fields = ", ".join(names.signals[field] for field in event.fields)
        yield f"event {event.name}({fields}){_notes(_purpose(event.purpose))}"
    for aggregate in program.aggregates:
        notes = _notes(
            f"least {names.signals[aggregate.least]}" if aggregate.least is not None else "",
            "zero until observed" if aggregate.zero else "",
            _purpose(aggregate.purpose),
            f"owner {aggregate.owner}" if aggregate.owner is not None else "",
        )
        yield f"aggregate {aggregate.name}{notes} = {_aggregate(aggregate.kind, program, names)}"
    for cap in program.caps:
        window = "ever" if cap.window is None else _window(cap.window)
        notes = _notes(_allow(cap.without_state))
        yield f"cap {cap.limit} {window}: {_variants(cap.variants, program)}{notes}"
    for cooldown in program.cooldowns:
        notes = _notes(_allow(cooldown.without_state))
        yield f"cooldown {cooldown.length} ms: {_variants(cooldown.variants, program)}{notes}"
    for group in program.groups:
        surfaces = ", ".join(program.surfaces[number].name for number in group.surfaces)
        yield f"group {group.name}: {surfaces}"
    if program.state_budget is not None:
        yield f"budget {program.state_budget} bytes of state"


def _aggregate(kind: ir_state.AggregateKind, program: ir.Program, names: Names) -> str:
    def of(one: ir_state.Occurrence) -> str:
        event = program.events[one.event].name
        return event if one.where is None else f"{event}({condition_text(one.where, names)})"

    match kind:
        case ir_state.Count():
            return f"count {of(kind.of)} {_window(kind.window)}"
        case ir_state.Sum():
            return f"sum {names.signals[kind.field]} of {of(kind.of)} {_window(kind.window)}"
        case ir_state.Distinct():
            field, window = names.signals[kind.field], _window(kind.window)
            return f"distinct {field} of {of(kind.of)} {window}, at most {kind.limit}"
        case ir_state.Since():
            return f"since {of(kind.of)}"
        case ir_state.Affinity():
            field = names.signals[kind.field]
            rest = f"half-life {kind.half_life} ms, keep {kind.keep}, top {kind.top}"
            return f"affinity {field} of {of(kind.of)}, {rest}"
        case ir_state.Funnel():
            reached, not_ = of(kind.reached), of(kind.not_)
            return f"funnel {reached}, not {not_}, after {kind.after}, within {kind.within} ms"
        case ir_state.FirstSeen():
            return "first seen"
        case ir_state.SessionNumber():
            return "session number"


def segment_notes(segment: ir.Segment, program: ir.Program) -> dict[str, str | None]:
    if segment.cadence is Cadence.EVENTS:
        return {"refresh on": " ".join(program.events[event].name for event in segment.refresh_on)}
    stored = segment.cadence is not Cadence.LIVE
    return {"refresh": segment.cadence.name.lower() if stored else None}


def surface_lines(surface: ir.Surface, names: Names) -> Iterator[str]:
    """What a surface says beside its variants and rules."""
    if surface.holdout is not None:
        runs = ", ".join(f"{start}..{end}" for start, end in surface.holdout.ranges)
        unit = names.signals[surface.holdout.unit]
        yield f"holdout {runs} of {unit}, salt {surface.holdout.salt}"
    guardrails = surface.guardrails
    if guardrails is None:
        return
    if guardrails.stable_for is not None:
        yield f"stable for {guardrails.stable_for} ms{_notes(_allow(guardrails.without_state))}"
    if guardrails.changes_per_session is not None:
        notes = _notes(_allow(guardrails.without_state))
        yield f"changes per session {guardrails.changes_per_session}{notes}"
    for suppress in guardrails.suppress:
        parts = []
        if suppress.when is not None:
            parts.append(f"when {condition_text(suppress.when, names)}")
        if suppress.dismissed is not None:
            parts.append(f"dismissed {suppress.dismissed}")
        if suppress.unclicked is not None:
            parts.append(f"unclicked {suppress.unclicked}")
        yield f"suppress {surface.variants[suppress.variant].id} {', '.join(parts)}"


def variant_notes(variant: ir.Variant) -> str:
    theme = "" if variant.theme is None else f"theme {variant.theme}"
    topics = f"topics {' '.join(variant.topics)}" if variant.topics else ""
    return _notes(theme, topics)


# --------------------------------------------------------------------------------- as remembered


def rule_notes(row: ir_state.RuleRow | None) -> str:
    """What a rule stands for, and how many of its last terms are guards."""
    if row is None:
        return ""
    return _notes(
        row.standing.name,
        f"of {row.written}" if row.standing < Standing.HOLDOUT else "",
        f"stop {row.stop_terms}" if row.stop_terms else "",
        f"suppress {row.suppress_terms}" if row.suppress_terms else "",
        "block" if row.block_term else "",
        "theme" if row.theme_term else "",
    )


def memory_lines(program: ir.Program, names: Names) -> Iterator[str]:
    """The tables of the memory, if the program has one."""
    memory = program.memory
    if memory is None:
        return
    yield f"memory of {memory.largest} bytes at most, for {memory.retention} ms"
    for number, where in enumerate(memory.wheres):
        yield f"  where {number} {condition_text(where, names)}"
    for number, item in enumerate(memory.items):
        numbers = " ".join(map(str, (*item.variants, *item.arguments, *item.events)))
        yield f"  item {number} {item.kind.name} {numbers}, key {item.key:08x}: {item.name}"
    first = memory.host_signals + memory.field_signals
    for name, derived in zip(names.signals[first:], memory.derived, strict=True):
        yield f"  {name} = {' '.join((derived.role.name, *map(str, derived.arguments)))}"
    for guard in memory.guards:
        notes = _notes(_allow(guard.allow))
        yield f"  guard {guard.kind.name} of item {guard.item}, limit {guard.limit}{notes}"
    for hold in memory.holds:
        entries = ", ".join(f"{rule}:{variant}" for rule, variant in hold.entries)
        changes = "any" if hold.changes is None else hold.changes
        what = f"stable for {hold.stable_for} ms, {changes} changes"
        yield f"  hold of item {hold.item}, {what}{_notes(_allow(hold.allow))}: {entries}"
    for row in memory.experiments:
        sticky = "sticky, " if row.sticky else ""
        yield f"  experiment {row.id}, {sticky}key {row.key:08x}: {' '.join(row.arms)}"
    for group in memory.groups:
        themes = " ".join(map(str, group.of_variants))
        yield f"  group of {_numbers(group.surfaces)}: {' '.join(group.themes)}; {themes}"
    if memory.topics:
        of_variants = "; ".join(map(_numbers, memory.variant_topics))
        yield f"  topics {' '.join(memory.topics)}: {of_variants}"
    yield f"  less of this for {memory.less_of} ms"


def _numbers(numbers: Sequence[int]) -> str:
    return " ".join(map(str, numbers)) or "-"


def _variants(places: Sequence[tuple[int, int]], program: ir.Program) -> str:
    surfaces = program.surfaces
    return ", ".join(
        f"{surfaces[surface].name}/{surfaces[surface].variants[variant].id}"
        for surface, variant in places
    )


def _window(window: ir_state.Window) -> str:
    return f"in {window.slots} x {window.slot} ms"


def _purpose(purpose: str | None) -> str:
    return "" if purpose is None else f"purpose {purpose}"


def _allow(allow: bool) -> str:
    return "allowed without state" if allow else ""


def _notes(*notes: str) -> str:
    given = [note for note in notes if note]
    return f" ({', '.join(given)})" if given else ""
