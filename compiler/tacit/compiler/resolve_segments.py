"""Segments in an order in which each uses only earlier ones, and the signals they come to read."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass

from tacit.compiler import expressions, ir, ir_state, models
from tacit.compiler.nodes import Path
from tacit.compiler.resolve_context import Context
from tacit.compiler.resolve_signals import RESERVED_WORDS


@dataclass(frozen=True, slots=True)
class Segments:
    """`scope` is for the expressions of rules; `reads` maps a segment to all signals behind it."""

    ordered: tuple[ir.Segment, ...]
    scope: expressions.Scope
    reads: Mapping[str, frozenset[str]]


def resolve_segments(context: Context) -> Segments:
    """Check every segment's expression, circles included."""
    project = context.project
    names = list(project.segments)
    faulty = {name for name in names if _bad_name(context, name)}
    uses = {
        name: [used for used in _names(entry.when) if used in project.segments]
        for name, entry in project.segments.items()
    }
    order, circles = _sort(names, uses)
    for circle in circles:
        path: Path = ("segments", circle[0])
        shown = " -> ".join(f"`{name}`" for name in (*circle, circle[0]))
        context.at_key("E267", path, circle=shown)
        faulty.update(circle)
    faulty.update(name for name, entry in project.segments.items() if entry.when is None)

    kinds = (
        ("an experiment", project.experiments),
        ("a surface", project.surfaces),
        ("an event", project.events),
    )
    scope = expressions.Scope(
        signals=context.signals,
        segments={name: index for index, name in enumerate(order)},
        hints={
            name: f"`{name}` is {kind}; conditions read signals, aggregates and segments"
            for kind, declared in kinds
            for name in declared
        },
        faulty=frozenset(context.faulty | faulty),
        most=context.most,
    )
    reads: dict[str, frozenset[str]] = {}
    ordered = []
    for name in order:
        entry = project.segments[name]
        text = entry.when
        if text is None:
            continue
        at: Path = ("segments", name, "when")
        checked = context.expression(text, scope, at)
        through = (reads.get(used, frozenset()) for used in checked.segments_used)
        reads[name] = checked.signals_used.union(*through)
        cadence, refresh_on = _refresh(context, name, entry.model)
        ordered.append(
            ir.Segment(
                name=name,
                condition=checked.condition or ir.Constant(False),
                source_text=text,
                owner=entry.model.owner if entry.model else None,
                cadence=cadence,
                refresh_on=refresh_on,
                span=project.key_span(entry.path),
            )
        )
    context.faulty.update(faulty)
    return Segments(tuple(ordered), scope, reads)


def _bad_name(context: Context, name: str) -> bool:
    """Complain of a name that an expression could not use for the segment."""
    path = ("segments", name)
    if name in RESERVED_WORDS:
        context.at_key("E261", path, name=name, kind="segment")
        return True
    if name in context.project.signals:
        labels = context.label(("signals", name), "a signal here")
        context.at_key("E260", path, name=name, labels=labels)
        return True
    if name in context.project.aggregates:
        labels = context.label(("aggregates", name), "an aggregate here")
        context.at_key("E274", path, name=name, kind="a segment", labels=labels)
        return True
    return False


def _refresh(
    context: Context, name: str, model: models.SegmentModel | None
) -> tuple[ir_state.Cadence, tuple[int, ...]]:
    """How often the segment is evaluated anew, and the events that make it due."""
    refresh = model.refresh if model is not None else None
    if not isinstance(refresh, models.RefreshOnModel):
        return ir_state.Cadence[(refresh or "live").upper()], ()
    path: Path = ("segments", name, "refresh", "on")
    found = [context.event(event, (*path, at)) for at, event in enumerate(refresh.on)]
    indexes = sorted({event.index for event in found if event is not None})
    return ir_state.Cadence.EVENTS, tuple(indexes)


def _names(text: str | None) -> list[str]:
    return sorted(expressions.names(text)) if text is not None else []


def _sort(names: list[str], uses: Mapping[str, list[str]]) -> tuple[list[str], list[list[str]]]:
    """The names, each after those it uses and otherwise as declared; and the circles among them.

    A circle is cut open at its first name, so that the others still find an order.
    """
    place = {name: index for index, name in enumerate(names)}
    waits = {name: set(uses[name]) for name in names}
    used_by: dict[str, list[str]] = {name: [] for name in names}
    for name in names:
        for used in waits[name]:
            used_by[used].append(name)
    ready = [place[name] for name in names if not waits[name]]
    order: list[str] = []
    circles: list[list[str]] = []
    done: set[str] = set()
    while len(order) < len(names):
        if not ready:
            circle = _circle(names, waits, done)
            circles.append(circle)
            waits[circle[0]].clear()
            ready.append(place[circle[0]])
        name = names[heapq.heappop(ready)]
        if name in done:
            continue
        done.add(name)
        order.append(name)
        for user in used_by[name]:
            if name in waits[user]:
                waits[user].discard(name)
                if not waits[user]:
                    heapq.heappush(ready, place[user])
    return order, circles


def _circle(names: list[str], waits: Mapping[str, set[str]], done: set[str]) -> list[str]:
    """One circle among the names that still wait, from its first declared name on."""
    seen: dict[str, int] = {}
    path: list[str] = []
    name = next(name for name in names if name not in done)
    while name not in seen:
        seen[name] = len(path)
        path.append(name)
        name = min(waits[name])
    circle = path[seen[name] :]
    first = min(range(len(circle)), key=lambda index: names.index(circle[index]))
    return circle[first:] + circle[:first]
