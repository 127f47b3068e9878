"""Project (and lock) -> ir.Program: names looked up, types checked, buckets dealt.

In the order of what needs what: signals, events, aggregates, segments, experiments and holdouts
with the lock, surfaces with their rules and guardrails, groups, tests. Every part goes on past its
mistakes; without any a program comes out.
"""

from __future__ import annotations

from dataclasses import dataclass

from tacit.compiler import ir
from tacit.compiler import lock as locks
from tacit.compiler.cases import TestCase, resolve_cases
from tacit.compiler.diagnostics import Diagnostic, has_errors, in_order
from tacit.compiler.project import Project
from tacit.compiler.quantities import duration_ms, instant, size_bytes
from tacit.compiler.resolve_aggregates import resolve_aggregates
from tacit.compiler.resolve_context import Context
from tacit.compiler.resolve_events import resolve_events
from tacit.compiler.resolve_experiments import find_wants, fit_lock, resolved
from tacit.compiler.resolve_groups import resolve_groups
from tacit.compiler.resolve_segments import resolve_segments
from tacit.compiler.resolve_signals import resolve_signals
from tacit.compiler.resolve_surfaces import Parts, SurfaceResolver, unused_experiments

LESS_OF = 30 * 86_400_000
"""Milliseconds that "less of this" lasts, unless said."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """The program, or None if the project has errors; everything there is to say, in order.

    `lock` is the lock that the program was made with: the given one, or a new deal.
    """

    program: ir.Program | None
    lock: locks.Lock | None
    cases: tuple[TestCase, ...]
    diagnostics: tuple[Diagnostic, ...]


def resolve(
    project: Project,
    lock: locks.Lock | None = None,
    lock_problems: tuple[Diagnostic, ...] = (),
) -> Resolved:
    """Resolve a project. Never raises for what a project holds: look at `diagnostics`.

    `lock` and `lock_problems` are what `lock.read` made of the lock's text; without a text, None
    and nothing, and the buckets are dealt anew.
    """
    if not project.complete:
        # What a file that could not be parsed declares would seem undeclared.
        return Resolved(None, None, (), in_order((*project.diagnostics, *lock_problems)))
    context = Context(project, diagnostics=[*lock_problems])
    resolve_signals(context)
    host_signals = len(context.numbered)
    events = resolve_events(context)
    aggregates = resolve_aggregates(context)
    segments = resolve_segments(context)
    wants = find_wants(context)
    fitting = None
    if wants.sound and not lock_problems:
        fitting = fit_lock(context, wants, lock)
    experiments, holdouts = resolved(context, wants, fitting) if fitting else ({}, {})
    parts = Parts(segments, experiments, holdouts)
    surfaces = {
        name: surface
        for name, entry in project.surfaces.items()
        if (surface := SurfaceResolver(context, parts, name, entry).run()) is not None
    }
    groups = resolve_groups(context, surfaces, parts.guards)
    unused_experiments(context)
    _check_top(context)
    cases = resolve_cases(context, surfaces)
    diagnostics = in_order((*project.diagnostics, *context.diagnostics))
    if has_errors(diagnostics) or project.id is None:
        return Resolved(None, fitting, cases, diagnostics)
    expires = instant(project.expires) if project.expires is not None else None
    budgets = project.budgets
    program = ir.Program(
        project=project.id,
        signals=tuple(context.numbered),
        segments=segments.ordered,
        surfaces=tuple(surfaces.values()),
        holdout=holdouts.get(""),
        language=project.language,
        expires=expires.ms if expires is not None else None,
        on_expired=project.on_expired,
        bundle_budget=size_bytes(budgets.bundle) if budgets and budgets.bundle else None,
        surface_cost_budget=budgets.surface_cost if budgets else None,
        state_budget=size_bytes(budgets.state) if budgets and budgets.state else None,
        host_signals=host_signals if host_signals < len(context.numbered) else None,
        events=events,
        aggregates=aggregates,
        caps=tuple(parts.guards.caps),
        cooldowns=tuple(parts.guards.cooldowns),
        groups=groups,
        less_of=_less_of(project),
    )
    return Resolved(program, fitting, cases, diagnostics)


def _less_of(project: Project) -> int:
    found = duration_ms(project.less_of) if project.less_of is not None else None
    return LESS_OF if found is None else found


def _check_top(context: Context) -> None:
    """What concerns the project as a whole."""
    project = context.project
    if "surfaces" not in project.root.values and not has_errors(project.diagnostics):
        context.at_span("W300", project.key_span(("project",)), ())
    if "on_expired" in project.root.values and "expires" not in project.root.values:
        context.at_key("W305", ("on_expired",))
    if project.unit is not None and project.unit not in context.faulty:
        context.unit(None, ("unit",), ("unit",))
