"""Aggregates: what the device keeps of events, and the signals that conditions read of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tacit.compiler import expressions, ir, ir_state, models
from tacit.compiler.ir import SignalType
from tacit.compiler.nodes import Path
from tacit.compiler.quantities import duration_ms, show_duration
from tacit.compiler.resolve_context import Context, written
from tacit.compiler.resolve_events import field_of, occurrence
from tacit.compiler.resolve_signals import RESERVED_WORDS
from tacit.compiler.windows import near, slot_for, slot_of, window
from tacit.runtime.format import MAX_SIGNALS, MAX_SLOTS

_KINDS = models.AGGREGATE_KINDS
_ALL_KEYS = dict.fromkeys(key for needed, more in _KINDS.values() for key in (*needed, *more))
_NUMBERS = (SignalType.INT, SignalType.DOUBLE)
FIRST_SEEN, SESSION_NUMBER = "first_seen", "session_number"
DECAY_STEPS = 16
LIMIT, KEEP, TOP = 64, 16, 3


def resolve_aggregates(context: Context) -> tuple[ir_state.Aggregate, ...]:
    """All aggregates in declared order, then the built-in ones that some condition reads."""
    for name, model in context.project.aggregates.items():
        _Resolver(context, name, model).run()
    used = _names_used(context)
    for name in (FIRST_SEEN, SESSION_NUMBER):
        if name in used and not _declared(context, name):
            _built_in(context, name)
    count = len(context.numbered)
    if count > MAX_SIGNALS and (context.events or context.aggregates):
        key = "aggregates" if context.project.aggregates else "events"
        context.at_key("E285", (key,), count=count, limit=MAX_SIGNALS)
    return tuple(context.aggregates.values())


class _Resolver:
    """Resolves one aggregate."""

    def __init__(self, context: Context, name: str, model: models.AggregateModel | None) -> None:
        self.context = context
        self.name = name
        self.model = model
        self.path: Path = ("aggregates", name)

    def run(self) -> None:
        """Enter the aggregate, or its name as faulty."""
        before = len(self.context.diagnostics)
        self._check_name()
        named = len(self.context.diagnostics) == before
        if not named or self.model is None or self._aggregate(self.model) is None:
            self.context.faulty.add(self.name)

    def _check_name(self) -> None:
        if self.name in RESERVED_WORDS:
            self.context.at_key("E261", self.path, name=self.name, kind="aggregate")
        if self.name in self.context.project.signals:
            labels = self.context.label(("signals", self.name), "a signal here")
            values = {"name": self.name, "kind": "a signal"}
            self.context.at_key("E274", self.path, labels=labels, **values)

    def _aggregate(self, model: models.AggregateModel) -> ir_state.Aggregate | None:
        given = [kind for kind in _KINDS if getattr(model, kind) is not None]
        if len(given) != 1:
            found = " and ".join(f"`{kind}`" for kind in given) or "none"
            self.context.at_key("E275", self.path, found=found)
            return None
        kind = given[0]
        needed, optional = _KINDS[kind]
        for key in _ALL_KEYS:
            if getattr(model, key) is not None and key not in (*needed, *optional):
                self.context.at_key("E276", (*self.path, key), kind=kind, key=key)
        missing = [key for key in needed if getattr(model, key) is None]
        for key in missing:
            self.context.at_key("E277", (*self.path, kind), kind=kind, key=key)
        if model.until_observed == "zero":
            self.context.at_value("W260", (*self.path, "until_observed"), name=self.name)
        if model.funnel is not None:
            return self._funnel(model, model.funnel)
        of = self._occurrence(model, kind)
        if of is None or missing:
            return None
        return self._of_event(model, kind, getattr(model, kind), of)

    def _occurrence(self, model: models.AggregateModel, kind: str) -> ir_state.Occurrence | None:
        event = getattr(model, kind)
        where = (*self.path, "where")
        return occurrence(self.context, event, (*self.path, kind), model.where, where)

    def _of_event(
        self, model: models.AggregateModel, kind: str, event: str, of: ir_state.Occurrence
    ) -> ir_state.Aggregate | None:
        purpose = model.purpose or self.context.events[event].purpose
        if kind == "since":
            duration = replace(self._signal(SignalType.INT, purpose), duration=True)
            return self._enter(ir_state.Since(of), duration)
        if kind == "affinity":
            return self._affinity(model, event, of, purpose)
        window = self._window(model)
        number = replace(self._signal(SignalType.INT, purpose), minimum=0)
        if kind == "count":
            counted = ir_state.Count(of, window) if window is not None else None
            return self._enter(counted, number, rises=True) if counted else None
        wanted = _NUMBERS if kind == "sum" else tuple(SignalType)
        field = self._field(event, model.field or "", kind, "field", wanted)
        if window is None or field is None:
            return None
        if kind == "sum":
            # A sum that may fall again is no interval: what it is so far says nothing of later.
            rises = field[1].minimum is not None and field[1].minimum >= 0
            signal = self._signal(SignalType.DOUBLE, purpose)
            return self._enter(ir_state.Sum(of, field[0], window), signal, rises=rises)
        limit = LIMIT if model.limit is None else model.limit
        self.context.most[self.name] = limit
        distinct = ir_state.Distinct(of, field[0], window, limit)
        return self._enter(distinct, number, rises=True)

    def _field(
        self, event: str, name: str, kind: str, key: str, wanted: tuple[SignalType, ...]
    ) -> tuple[int, ir.Signal] | None:
        path = (*self.path, key)
        found = field_of(self.context, event, name, path)
        if found is None or found[1].type in wanted:
            return found
        types = " or ".join(type_.value for type_ in wanted)
        labels = self.context.label(("events", event, "fields", name), "declared here")
        values = {"kind": kind, "wanted": types, "name": name, "type": found[1].type.value}
        self.context.at_value("E281", path, labels=labels, **values)
        return None

    def _window(self, model: models.AggregateModel) -> ir_state.Window | None:
        within = duration_ms(model.within or "") or 0
        slot = duration_ms(model.slot) if model.slot is not None else slot_of(within)
        if slot is None:
            return None
        return fit_window(self.context, within, slot, (*self.path, "within"), own_slot=True)

    def _affinity(
        self,
        model: models.AggregateModel,
        event: str,
        of: ir_state.Occurrence,
        purpose: str | None,
    ) -> ir_state.Aggregate | None:
        field = self._field(event, model.by or "", "affinity", "by", (SignalType.STRING,))
        half_life = duration_ms(model.half_life or "") or 0
        if half_life % DECAY_STEPS:
            path = (*self.path, "half_life")
            self.context.at_value("E288", path, half_life=model.half_life, steps=DECAY_STEPS)
        keep = KEEP if model.keep is None else model.keep
        top = min(TOP, keep) if model.top is None else model.top
        if top > keep:
            self.context.at_value("E289", (*self.path, "top"), top=top, keep=keep)
        if field is None:
            return None
        index, by = field
        listed = self._signal(SignalType.STRING_LIST, purpose)
        signal = replace(listed, max_items=top, max_length=by.max_length)
        return self._enter(ir_state.Affinity(of, index, half_life, keep, top), signal)

    def _funnel(
        self, model: models.AggregateModel, funnel: models.FunnelModel
    ) -> ir_state.Aggregate | None:
        reached = self._step("reached", funnel.reached)
        not_ = self._step("not", funnel.not_)
        written = self.context.project.data((*self.path, "funnel"))
        if "not_" in written:  # pydantic takes the field's own name too; a project does not
            path = (*self.path, "funnel", "not_")
            self.context.at_key("E120", path, key="not_", advice="did you mean `not`?")
        after = duration_ms(funnel.after) or 0 if funnel.after is not None else 0
        within = duration_ms(funnel.within) or 0
        if after >= within:
            self.context.at_value("E286", (*self.path, "funnel", "after"))
        if reached is None or not_ is None:
            return None
        purpose = model.purpose or self._purpose_of_both(funnel)
        kind = ir_state.Funnel(reached, not_, after, within)
        return self._enter(kind, self._signal(SignalType.BOOL, purpose))

    def _step(self, key: str, step: str | models.StepOfFunnelModel) -> ir_state.Occurrence | None:
        path = (*self.path, "funnel", key)
        if isinstance(step, str):
            return occurrence(self.context, step, path, None, path)
        where = (*path, "where")
        return occurrence(self.context, step.event, (*path, "event"), step.where, where)

    def _purpose_of_both(self, funnel: models.FunnelModel) -> str | None:
        """The purpose of its events; what two purposes guard needs one of its own."""
        events = [
            step if isinstance(step, str) else step.event for step in (funnel.reached, funnel.not_)
        ]
        one, other = (self.context.events[event].purpose for event in events)
        if one is not None and other is not None and one != other:
            path = (*self.path, "funnel")
            self.context.at_key("E278", path, one=one, other=other)
        return one if one is not None else other

    def _signal(self, type_: SignalType, purpose: str | None) -> ir.Signal:
        span = self.context.project.key_span(self.path)
        return ir.Signal(self.name, type_, "device", purpose=purpose, span=span)

    def _enter(
        self, kind: ir_state.AggregateKind, signal: ir.Signal, *, rises: bool = False
    ) -> ir_state.Aggregate:
        """`rises`: until the window has been observed, it is what it is so far or more."""
        model = self.model
        assert model is not None
        zero = model.until_observed == "zero"
        interval = rises and not zero
        return _enter(self.context, kind, signal, interval=interval, zero=zero, owner=model.owner)


def _enter(
    context: Context,
    kind: ir_state.AggregateKind,
    signal: ir.Signal,
    *,
    interval: bool = False,
    zero: bool = False,
    owner: str | None = None,
) -> ir_state.Aggregate:
    """Number the signals of an aggregate: its own, and of an interval that of its least."""
    index = context.number(signal)
    least = None
    if interval:
        least = context.number(replace(signal, name=f"{signal.name}.least"))
        context.least[index] = least
    aggregate = ir_state.Aggregate(
        name=signal.name,
        kind=kind,
        signal=index,
        least=least,
        zero=zero,
        purpose=signal.purpose,
        owner=owner,
        span=signal.span,
    )
    context.signals[signal.name] = (index, signal)
    context.aggregates[signal.name] = aggregate
    return aggregate


def fit_window(
    context: Context, within: int, slot: int, path: Path, *, own_slot: bool
) -> ir_state.Window | None:
    """`within` in slots; complains of the text at `path` where they do not fit.

    `own_slot`: a `slot` can be given there.
    """
    found = window(within, slot)
    if found is not None:
        return found
    slots = within // slot
    code = "E283" if within % slot else "E284"
    advice = f"use {near(within, slot)}"
    enough = slot_for(within)
    if own_slot and code == "E284" and enough is not None:
        advice = f"give it longer slots: `slot: {show_duration(enough)}`"
    elif own_slot:
        advice += ", or give a `slot` that divides it"
    shown = {"within": show_duration(within), "slot": show_duration(slot)}
    context.at_value(code, path, slots=slots, most=MAX_SLOTS, advice=advice, **shown)
    return None


# ---------------------------------------------------------------- built in


def _declared(context: Context, name: str) -> bool:
    project = context.project
    return any(name in names for names in (project.signals, project.segments, project.aggregates))


def _built_in(context: Context, name: str) -> None:
    if name == FIRST_SEEN:
        signal = ir.Signal(name, SignalType.INT, "device", duration=True)
        _enter(context, ir_state.FirstSeen(), signal)
    else:
        signal = ir.Signal(name, SignalType.INT, "device", minimum=0)
        _enter(context, ir_state.SessionNumber(), signal)


def _names_used(context: Context) -> frozenset[str]:
    """The built-in names that some condition of the project uses."""
    wanted = (FIRST_SEEN, SESSION_NUMBER)
    texts = [text for text in _texts(context) if any(name in text for name in wanted)]
    return frozenset().union(*map(expressions.names, texts))


def _texts(context: Context) -> Iterator[str]:
    """Every condition that reads signals."""
    for segment in context.project.segments.values():
        if segment.when is not None:
            yield segment.when
    for surface in context.project.surfaces.values():
        for rule in surface.rules:
            if rule.when is not None:
                yield rule.when
            if rule.model is not None and rule.model.stop_when is not None:
                yield written(rule.model.stop_when)
        guardrails = surface.model.guardrails if surface.model is not None else None
        suppressed = guardrails.suppress if guardrails is not None else None
        for item in (suppressed or {}).values():
            if item.when is not None:
                yield written(item.when)
