"""Events and their fields, which conditions on an event read by plain name."""

from __future__ import annotations

from tacit.compiler import expressions, ir, ir_state, models
from tacit.compiler.ir import SignalType
from tacit.compiler.nodes import Path
from tacit.compiler.resolve_context import Context, DeclaredEvent, suggestion, written
from tacit.compiler.resolve_signals import RESERVED_WORDS, bound, check

FIELD_LENGTH = 64  # code points of a string, unless said
HISTORY_WORDS = frozenset(
    {
        *("at", "times", "event", "fields", "shown", "clicked", "dismissed", "not_interested"),
        *("less_of", "declare", "refresh", "session", "turn_off", "turn_on"),
    }
)
"""Words of the history of a test, where events stand by name."""


def resolve_events(context: Context) -> tuple[ir_state.Event, ...]:
    """The events, sorted by name; their fields are the signals after those of the host."""
    events: list[ir_state.Event] = []
    for name in sorted(context.project.events):
        model = context.project.events[name]
        path: Path = ("events", name)
        before = len(context.diagnostics)
        if name in HISTORY_WORDS:
            context.at_key("E282", path, name=name)
        if model is not None:
            for field in model.fields:
                _check_field(context, (*path, "fields", field), field, model.fields[field])
        if model is None or len(context.diagnostics) > before:
            context.faulty_events.add(name)
            continue
        fields = {}
        for field, kind in model.fields.items():
            signal = _field(context, name, field, kind)
            fields[field] = (context.number(signal), signal)
        context.events[name] = DeclaredEvent(len(events), fields, model.purpose)
        indexes = tuple(index for index, _ in fields.values())
        span = context.project.key_span(path)
        events.append(ir_state.Event(name, indexes, model.purpose, span))
    return tuple(events)


def _check_field(context: Context, path: Path, name: str, kind: models.EventField) -> None:
    if name in RESERVED_WORDS:
        context.at_key("E261", path, name=name, kind="field")
    if isinstance(kind, models.FieldModel):
        check(context, path, kind)


def _field(context: Context, event: str, name: str, kind: models.EventField) -> ir.Signal:
    model = kind if isinstance(kind, models.FieldModel) else models.FieldModel(type=kind)
    type_ = SignalType(model.type)
    return ir.Signal(
        name=f"{event}.{name}",
        type=type_,
        source="device",
        category=model.category,
        sensitivity=model.sensitivity,
        minimum=bound(type_, model.min),
        maximum=bound(type_, model.max),
        max_length=FIELD_LENGTH if model.max_length is None else model.max_length,
        span=context.project.key_span(("events", event, "fields", name)),
    )


def occurrence(
    context: Context, name: str, path: Path, where: str | bool | None, where_path: Path
) -> ir_state.Occurrence | None:
    """The event that `path` names, if it satisfies the condition at `where_path`."""
    event = context.event(name, path)
    if event is None:
        return None
    if where is None:
        return ir_state.Occurrence(event.index)
    text = written(where)
    declared = {*context.project.signals, *context.project.segments, *context.project.aggregates}
    hint = f"`where` reads the fields of `{name}` alone"
    if event.fields:
        hint += ": " + ", ".join(f"`{field}`" for field in event.fields)
    scope = expressions.Scope(event.fields, hints=dict.fromkeys(declared - set(event.fields), hint))
    condition = context.expression(text, scope, where_path).condition
    if condition == ir.Constant(False):
        context.at_value("W261", where_path)
    if condition is None or condition == ir.Constant(True):
        condition = None
    return ir_state.Occurrence(event.index, condition, text if condition is not None else "")


def field_of(context: Context, event: str, name: str, path: Path) -> tuple[int, ir.Signal] | None:
    """The field that `path` names; complains of one that the event does not have."""
    declared = context.events.get(event)
    if declared is None:
        return None
    found = declared.fields.get(name)
    if found is None:
        advice = suggestion(name, "its fields", declared.fields) or "the event has no fields"
        context.at_value("E280", path, name=name, event=event, advice=advice)
    return found
