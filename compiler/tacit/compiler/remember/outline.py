"""What a program says about its surfaces, counted once for all parts of the stage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from tacit.compiler import ir
from tacit.compiler.ir_state import ExperimentRow, Group, GroupRow
from tacit.compiler.passes.rewriting import FALSE
from tacit.compiler.remember.keys import key_of


@dataclass(frozen=True, slots=True)
class Outline:
    """`entries` are, per surface, (rule, variant) for all that its rules show beside the default.

    Surfaces that are forbidden have none, nor have rules that never fire.
    """

    first_variants: tuple[int, ...]  # per surface, the number of its first variant
    entries: tuple[tuple[tuple[int, int], ...], ...]
    experiments: tuple[ExperimentRow, ...]
    groups: tuple[GroupRow, ...]
    group_names: tuple[str, ...]  # beside `groups`

    def shown(self, surface: int) -> tuple[int, ...]:
        """The variants that its rules show beside the default, rising."""
        return tuple(sorted({variant for _, variant in self.entries[surface]}))

    def variant(self, surface: int, variant: int) -> int:
        """The number of a variant among those of all surfaces."""
        return self.first_variants[surface] + variant

    def variants(self, places: Sequence[tuple[int, int]]) -> tuple[int, ...]:
        """The numbers of these (surface, variant), rising, each once."""
        return tuple(sorted({self.variant(*place) for place in places}))

    def is_held(self, surface: int, program: ir.Program) -> bool:
        """Whether the surface keeps what it shows for a time, or for want of a budget."""
        guardrails = program.surfaces[surface].guardrails
        return (
            guardrails is not None
            and (guardrails.stable_for is not None or guardrails.changes_per_session is not None)
            and bool(self.entries[surface])
        )


def outline(program: ir.Program) -> Outline:
    counts = [len(surface.variants) for surface in program.surfaces]
    groups = [(group.name, row) for group in program.groups if (row := _group(group, program))]
    return Outline(
        first_variants=tuple(accumulate(counts[:-1], initial=0)) if counts else (),
        entries=tuple(map(_entries, program.surfaces)),
        experiments=_experiments(program),
        groups=tuple(row for _, row in groups),
        group_names=tuple(name for name, _ in groups),
    )


def _entries(surface: ir.Surface) -> tuple[tuple[int, int], ...]:
    return tuple(
        (number, variant)
        for number, rule in enumerate(surface.rules)
        if rule.condition != FALSE
        for variant in sorted(_shown(rule))
        if variant != surface.default
    )


def _shown(rule: ir.Rule) -> set[int]:
    match rule.outcome:
        case ir.Show(variant):
            return {variant}
        case ir.Split(_, _, arms):
            return {variant for variant, _ in arms}


def _experiments(program: ir.Program) -> tuple[ExperimentRow, ...]:
    """The experiments that rules use, in order of first use."""
    arms: dict[str, dict[str, None]] = {}
    sticky: dict[str, bool] = {}
    for surface, split in _splits(program):
        if (id_ := split.experiment) is not None:
            named = (surface.variants[variant].id for variant, _ in split.arms)
            arms.setdefault(id_, {}).update(dict.fromkeys(named))
            sticky[id_] = sticky.get(id_, False) or split.sticky
    return tuple(
        ExperimentRow(key_of((id_,)), sticky[id_], tuple(found), id_) for id_, found in arms.items()
    )


def _splits(program: ir.Program) -> Iterator[tuple[ir.Surface, ir.Split]]:
    for surface in program.surfaces:
        for rule in surface.rules:
            if isinstance(rule.outcome, ir.Split):
                yield surface, rule.outcome


def _group(group: Group, program: ir.Program) -> GroupRow | None:
    """None when nothing in the group has a theme: then it asks for nothing."""
    variants = [one for number in group.surfaces for one in program.surfaces[number].variants]
    themes = tuple(sorted({one.theme for one in variants if one.theme is not None}))
    if not themes:
        return None
    numbers = {theme: number for number, theme in enumerate(themes, 1)}
    of_variants = tuple(0 if one.theme is None else numbers[one.theme] for one in variants)
    return GroupRow(group.surfaces, themes, of_variants)
