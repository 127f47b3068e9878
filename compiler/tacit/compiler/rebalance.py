"""What `tacit rebalance` does, without the writing: the new text of `tacit.lock` and who moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tacit.compiler import catalogue
from tacit.compiler import lock as locks
from tacit.compiler.diagnostics import Diagnostic, has_errors, in_order
from tacit.compiler.project import Project, parse
from tacit.compiler.resolve_context import Context, suggestion
from tacit.compiler.resolve_experiments import find_wants
from tacit.compiler.resolve_signals import resolve_signals
from tacit.compiler.source import Source


@dataclass(frozen=True, slots=True)
class Rebalanced:
    """`text` is the new lock, or None if the source or the old lock has errors.

    `moved` says how many of a pool's 10,000 positions change hands, by the pool's name; it is empty
    if there was no lock. `project` gives the texts for showing the diagnostics.
    """

    text: str | None
    moved: Mapping[str, int]
    diagnostics: tuple[Diagnostic, ...]
    project: Project


def rebalance(
    source: Source, renames: Mapping[str, str] | None = None, *, anew: bool = False
) -> Rebalanced:
    """The lock that fits the source, moving as few people as possible.

    `renames` maps old to new ids (`experiment`, `layer`, or `experiment/arm`), so that whoever was
    in an arm stays. `anew` deals everybody again and does not look at the old lock.
    """
    project = parse(source)
    context = Context(project)
    resolve_signals(context)
    wants = find_wants(context)
    old: locks.Lock | None = None
    problems: tuple[Diagnostic, ...] = ()
    if source.lock_text is not None and not anew:
        old, problems = locks.read(source.lock_text, source.lock_file)
    known = _names(old) if old is not None else []
    unknown = [name for name in renames or {} if name not in known]
    diagnostics = in_order(
        (
            *project.diagnostics,
            *context.diagnostics,
            *problems,
            *(
                catalogue.make("E325", name=name, advice=suggestion(name, "names in it", known))
                for name in unknown
            ),
        )
    )
    if has_errors(diagnostics) or not wants.sound or project.id is None:
        return Rebalanced(None, {}, diagnostics, project)
    new = locks.rebalance(old, project.id, wants.pools, renames)
    moved = locks.moved(old, new, renames) if old is not None else {}
    shown = {" ".join(key).rstrip(): number for key, number in moved.items()}
    return Rebalanced(locks.write(new), shown, diagnostics, project)


def _names(lock: locks.Lock) -> list[str]:
    """What of a lock can be renamed: layers, experiments, and arms as `experiment/arm`."""
    names = {name for _, name in lock.pools if name}
    for pool in lock.pools.values():
        for experiment, arm in pool.ranges:
            if experiment:
                names |= {experiment, f"{experiment}/{arm}"}
    return sorted(names)
