"""What `tacit rebalance` does, without the writing: the new text of `tacit.lock` and who moves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tacit.compiler import catalogue
from tacit.compiler import lock as locks
from tacit.compiler.diagnostics import Diagnostic, has_errors, in_order
from tacit.compiler.project import Project, parse
from tacit.compiler.resolve_context import Context, suggestion
from tacit.compiler.resolve_experiments import Wants, find_wants
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
    diagnostics = in_order(
        (
            *project.diagnostics,
            *context.diagnostics,
            *problems,
            *_wrong_renames(renames or {}, old, wants),
            *(() if renames else _of_another(project.id, old, wants)),
        )
    )
    if has_errors(diagnostics) or not wants.sound or project.id is None:
        return Rebalanced(None, {}, diagnostics, project)
    new = locks.rebalance(old, project.id, wants.pools, renames)
    moved = locks.moved(old, new, renames) if old is not None else {}
    shown = {" ".join(key).rstrip(): number for key, number in moved.items()}
    return Rebalanced(locks.write(new), shown, diagnostics, project)


def _of_another(project: str | None, old: locks.Lock | None, wants: Wants) -> Iterator[Diagnostic]:
    """A second project in the folder must not take the lock of the first one's place.

    A project that was renamed still has some of its layers and experiments.
    """
    if old is None or project is None or old.project == project or not wants.sound:
        return
    named = {key for key in old.pools if key[1]}
    if named and named.isdisjoint(want.key for want in wants.pools):
        yield catalogue.make("E328", found=old.project, project=project)


def _wrong_renames(
    renames: Mapping[str, str], old: locks.Lock | None, wants: Wants
) -> Iterator[Diagnostic]:
    """A rename that would come to nothing loses whom it was to keep, so it is refused."""
    there = locks.names((key, pool.ranges) for key, pool in old.pools.items()) if old else []
    here = locks.names((want.key, dict(want.sizes)) for want in wants.pools)
    for name, new in renames.items():
        if name not in there:
            advice = suggestion(name, "names in it", there)
            yield catalogue.make("E325", name=name, advice=advice)
        elif new not in here and wants.sound:
            advice = suggestion(new, "names in the source", here)
            yield catalogue.make("E326", old=name, name=new, advice=advice)
    if old is not None and locks.collides(old, renames):
        yield catalogue.make("E327")
