"""The machine signals: what aggregates read, and those that lowered rules test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tacit.compiler import ir, ir_state
from tacit.compiler.ir_state import Cadence, Derived, Item, Role
from tacit.compiler.remember.items import Definitions
from tacit.compiler.remember.outline import Outline

Number = Callable[[Item], int]
"""The number of an item in the bundle."""


@dataclass(frozen=True, slots=True)
class Machine:
    """The signals that are added to the program, and where each of them stands.

    `block` is by (surface, variant), `hold` by surface, `theme` by surface (those that are not the
    first of their group), `arm` by experiment; `stored` has IN and OUT by segment.
    """

    signals: tuple[ir.Signal, ...]
    derived: tuple[Derived, ...]
    block: Mapping[tuple[int, int], int]
    hold: Mapping[int, int]
    theme: Mapping[int, int]
    arm: Mapping[str, int]
    stored: Mapping[int, tuple[int, int]]


@dataclass(slots=True)
class _Added:
    """Signals as they are added; a name that is taken gets a number."""

    first: int
    taken: set[str]
    signals: list[ir.Signal] = field(default_factory=list)
    derived: list[Derived] = field(default_factory=list)

    def add(
        self,
        name: str,
        type_: ir.SignalType,
        role: Role,
        *arguments: int,
        purpose: str | None = None,
    ) -> int:
        # An event may have the name of a surface, and a field that of what is derived from it.
        free, count = name, 1
        while free in self.taken:
            count += 1
            free = f"{name}.{count}"
        self.taken.add(free)
        self.signals.append(ir.Signal(free, type_, "device", purpose=purpose))
        self.derived.append(Derived(role, arguments))
        return self.first + len(self.signals) - 1


def machine_signals(
    program: ir.Program, found: Outline, definitions: Definitions, number: Number
) -> Machine:
    """The signals beyond those of the program, which already has one for each aggregate."""
    added = _Added(len(program.signals), {signal.name for signal in program.signals})
    integer = ir.SignalType.INT
    surfaces = program.surfaces
    block = {}
    for surface, declared in enumerate(surfaces):
        for variant in found.shown(surface):
            name = f"{declared.name}.{declared.variants[variant].id}.block"
            own = found.variant(surface, variant)
            block[surface, variant] = added.add(name, integer, Role.BLOCK, own)
    held = [surface for surface in range(len(surfaces)) if found.is_held(surface, program)]
    hold = {
        surface: added.add(f"{surfaces[surface].name}.hold", integer, Role.HOLD, place)
        for place, surface in enumerate(held)
    }
    theme = {}
    for place, (group_name, row) in enumerate(zip(found.group_names, found.groups, strict=True)):
        signal = added.add(f"{group_name}.theme", integer, Role.THEME, place)
        theme.update(dict.fromkeys(row.surfaces[1:], signal))
    arm = {
        row.id: added.add(f"{row.id}.arm", integer, Role.ARM, place)
        for place, row in enumerate(found.experiments)
    }
    stored = {}
    for place, segment in enumerate(program.segments):
        if segment.cadence is not Cadence.LIVE:
            kept = definitions.segment(place)
            item, boolean = number(kept), ir.SignalType.BOOL
            # Like what it was worked out from, the stored value counts only with consent.
            purpose = kept.purpose
            stored[place] = (
                added.add(f"{segment.name}.in", boolean, Role.IN, item, purpose=purpose),
                added.add(f"{segment.name}.out", boolean, Role.OUT, item, purpose=purpose),
            )
    aggregates = _of_aggregates(program, definitions, number)
    return Machine(
        tuple(added.signals), (*aggregates, *added.derived), block, hold, theme, arm, stored
    )


def _of_aggregates(
    program: ir.Program, definitions: Definitions, number: Number
) -> tuple[Derived, ...]:
    """What the signals of aggregates are worked out from, in the order of the signals."""
    found: dict[int, Derived] = {}
    for aggregate in program.aggregates:
        items = [number(item) for item in definitions.aggregate(aggregate)]
        found[aggregate.signal] = _derived(aggregate, items)
        if aggregate.least is not None:
            found[aggregate.least] = Derived(Role.LEAST, (items[0],))
    return tuple(found[signal] for signal in sorted(found))


def _derived(aggregate: ir_state.Aggregate, items: list[int]) -> Derived:
    zero = int(aggregate.zero)
    match aggregate.kind:
        case ir_state.Count() | ir_state.Sum() | ir_state.Distinct():
            return Derived(Role.EXACT, (items[0], zero))
        case ir_state.Since():
            return Derived(Role.SINCE, (items[0],))
        case ir_state.Affinity():
            return Derived(Role.TOP, (items[0], aggregate.kind.top))
        case ir_state.Funnel(_, _, after, within):
            return Derived(Role.FUNNEL, (*items, after, within, zero))
        case ir_state.FirstSeen():
            return Derived(Role.FIRST_SEEN, ())
        case ir_state.SessionNumber():
            return Derived(Role.SESSION, ())
