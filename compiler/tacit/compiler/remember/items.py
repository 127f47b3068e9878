"""The items of state that a program needs: pure definitions, each from what asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from tacit.compiler import ir, ir_state
from tacit.compiler.conditions import signals_of, with_segments_below
from tacit.compiler.dump.notation import Names, condition_text
from tacit.compiler.ir_state import Cadence, Item, ItemKind, Occurrence, Window
from tacit.compiler.passes.rewriting import TRUE
from tacit.compiler.remember.keys import key_of
from tacit.compiler.remember.outline import Outline
from tacit.runtime import format as fmt

ANY = "*"
"""Instead of its variants: all of a surface but the default. One more starts no count anew."""


class Definitions:
    """Gives the item for each thing that needs one; equal needs give equal items, but for limits.

    Numbers in an item are those of the bundle, words in its key are names.
    """

    def __init__(self, program: ir.Program, found: Outline) -> None:
        self._program = program
        self._outline = found
        self._names = Names.of(program)
        self.wheres = _wheres(program.aggregates)

    def all(self) -> tuple[Item, ...]:
        """Every item of the program, each once, by (kind, key)."""
        merged: dict[tuple[int, str], Item] = {}
        for item in self._needed():
            known = merged.setdefault(identity(item), item)
            if known.arguments != item.arguments:
                # They differ in a limit alone, which is the last argument: the larger holds both.
                arguments = max(known.arguments, item.arguments)
                merged[identity(item)] = replace(known, arguments=arguments)
        return tuple(sorted(merged.values(), key=lambda item: (item.kind, item.key, item.name)))

    def _needed(self) -> Iterator[Item]:
        program = self._program
        for aggregate in program.aggregates:
            yield from self.aggregate(aggregate)
        for cap in program.caps:
            yield self.cap(cap)
        for cooldown in program.cooldowns:
            yield self.cooldown(cooldown)
        for number, surface in enumerate(program.surfaces):
            if self.is_watched(number):
                yield self.surface(number)
            if surface.guardrails is not None and surface.forbidden is None:
                for suppress in surface.guardrails.suppress:
                    yield from self.suppress(number, suppress)
        for number, experiment in enumerate(self._outline.experiments):
            if experiment.sticky:
                yield self._item(ItemKind.ARM, (number,), (experiment.id,))
        for number, segment in enumerate(program.segments):
            if segment.cadence is not Cadence.LIVE:
                yield self.segment(number)

    def is_watched(self, surface: int) -> bool:
        """Whether what shows on the surface is kept: for its guards and for health.

        Without `guardrails` it is not: a history is some 130 bytes of every state.
        """
        found = self._program.surfaces[surface]
        return found.forbidden is None and bool(found.rules) and found.guardrails is not None

    # ------------------------------------------------------------------------------ aggregates

    def aggregate(self, aggregate: ir_state.Aggregate) -> tuple[Item, ...]:
        """The items behind an aggregate: none, one, or the two of a funnel."""
        purpose = aggregate.purpose
        match aggregate.kind:
            case ir_state.Count(of, window):
                return (self._counted(ItemKind.COUNT, of, purpose, None, window),)
            case ir_state.Sum(of, field, window):
                return (self._counted(ItemKind.SUM, of, purpose, field, window),)
            case ir_state.Distinct(of, field, window, limit):
                return (self._counted(ItemKind.DISTINCT, of, purpose, field, window, limit),)
            case ir_state.Since(of):
                return (self._last(of, purpose),)
            case ir_state.Affinity(of, field, half_life, keep):
                step = half_life // len(fmt.DECAY)
                own = self._of_event(of, (field, step, keep), (self._names.signals[field], step))
                return (self._event_item(ItemKind.SCORES, of, purpose, own),)
            case ir_state.Funnel(reached, not_):
                return self._last(reached, purpose), self._last(not_, purpose)
            case ir_state.FirstSeen() | ir_state.SessionNumber():
                return ()

    def _counted(
        self,
        kind: ItemKind,
        of: Occurrence,
        purpose: str | None,
        field: int | None,
        window: Window,
        *limit: int,
    ) -> Item:
        fields = () if field is None else (field,)
        names = [self._names.signals[number] for number in fields]
        numbers = (*fields, window.slot, window.slots, *limit)
        own = self._of_event(of, numbers, (*names, window.slot, window.slots))
        return self._event_item(kind, of, purpose, own)

    def _last(self, of: Occurrence, purpose: str | None) -> Item:
        return self._event_item(ItemKind.LAST, of, purpose, self._of_event(of, (), ()))

    def _of_event(
        self, of: Occurrence, numbers: tuple[int, ...], words: tuple[str | int, ...]
    ) -> tuple[tuple[int, ...], tuple[str | int, ...]]:
        """Arguments and words, beginning with the event and what must be true of it."""
        where = condition_of(of)
        number = 0 if where is None else self.wheres.index(where) + 1
        text = "" if where is None else condition_text(where, self._names)
        event = self._program.events[of.event].name
        return (of.event, number, *numbers), (event, text, *words)

    def _event_item(
        self,
        kind: ItemKind,
        of: Occurrence,
        purpose: str | None,
        own: tuple[tuple[int, ...], tuple[str | int, ...]],
    ) -> Item:
        arguments, words = own
        if purpose is None:
            purpose = self._program.events[of.event].purpose
        return self._item(kind, arguments, words, purpose)

    # --------------------------------------------------------------------------------- guards

    def cap(self, cap: ir_state.Cap) -> Item:
        window = cap.window or Window(0, 0)
        own = (window.slot, window.slots)
        return self._of_variants(ItemKind.SHOWN, cap.variants, own, whole=cap.whole)

    def cooldown(self, cooldown: ir_state.Cooldown) -> Item:
        return self._of_variants(ItemKind.LAST_SHOWN, cooldown.variants, whole=cooldown.whole)

    def suppress(self, surface: int, suppress: ir_state.Suppress) -> Iterator[Item]:
        """Those of `dismissed` and `unclicked`, as far as they are asked for."""
        if suppress.dismissed is not None:
            yield self.dismissed(surface, suppress.variant)
        if suppress.unclicked is not None:
            yield self.unclicked(surface, suppress.variant)

    def dismissed(self, surface: int, variant: int) -> Item:
        return self._of_variants(ItemKind.DISMISSED, ((surface, variant),))

    def unclicked(self, surface: int, variant: int) -> Item:
        return self._of_variants(ItemKind.UNCLICKED, ((surface, variant),))

    def _of_variants(
        self,
        kind: ItemKind,
        places: tuple[tuple[int, int], ...],
        own: tuple[int, ...] = (),
        *,
        whole: bool = False,
    ) -> Item:
        surfaces = self._program.surfaces
        names = {
            (surfaces[surface].name, ANY if whole else surfaces[surface].variants[variant].id)
            for surface, variant in places
        }
        named = [word for name in sorted(names) for word in name]  # in whatever order declared
        item = self._item(kind, own, (*own, *named))
        return replace(item, variants=self._outline.variants(places))

    def surface(self, surface: int) -> Item:
        return self._item(ItemKind.SURFACE, (surface,), (self._program.surfaces[surface].name,))

    # -------------------------------------------------------------------------------- segments

    def segment(self, number: int) -> Item:
        program = self._program
        segment = program.segments[number]
        events = segment.refresh_on if segment.cadence is Cadence.EVENTS else ()
        purposes = purposes_of(program, number)
        words: list[str | int] = [segment.name, segment.cadence.name.lower()]
        words += [condition_text(segment.condition, self._names), len(events)]
        words += [program.events[event].name for event in events]
        below = with_segments_below(program, (number,))
        for other in sorted((program.segments[i] for i in below - {number}), key=_name):
            words += [other.name, condition_text(other.condition, self._names)]
        read = frozenset[int]().union(*(signals_of(program.segments[i].condition) for i in below))
        for aggregate in sorted(program.aggregates, key=_name):
            if read & {aggregate.signal, aggregate.least}:
                words += [aggregate.name, int(aggregate.zero), *_beside_items(aggregate.kind)]
                words += [item.name for item in self.aggregate(aggregate)]
        # Several purposes are refused by `limits`; there is no bundle then.
        item = self._item(
            ItemKind.SEGMENT,
            (number, int(segment.cadence)),
            words,
            purposes[0] if purposes else None,
        )
        return replace(item, events=events)

    def _item(
        self,
        kind: ItemKind,
        arguments: tuple[int, ...],
        words: Iterable[str | int],
        purpose: str | None = None,
    ) -> Item:
        texts = [kind.name.lower(), purpose or "", *map(str, words)]
        name = " ".join(text for text in texts if text)
        return Item(kind, key_of(texts), purpose, arguments, name=name)


def _name(one: ir.Segment | ir_state.Aggregate) -> str:
    return one.name


def _beside_items(kind: ir_state.AggregateKind) -> tuple[int, ...]:
    """What the value of an aggregate depends on besides its items."""
    match kind:
        case ir_state.Funnel(_, _, after, within):
            return after, within
        case ir_state.Affinity():
            return (kind.top,)
        case _:
            return ()


def identity(item: Item) -> tuple[int, str]:
    """What tells items apart even where their keys should collide."""
    return item.key, item.name


def condition_of(of: Occurrence) -> ir.Condition | None:
    """What must be true of the event's fields; None where nothing must."""
    return None if of.where == TRUE else of.where


def _wheres(aggregates: tuple[ir_state.Aggregate, ...]) -> tuple[ir.Condition, ...]:
    found = (
        condition_of(of) for aggregate in aggregates for of in ir_state.occurrences(aggregate.kind)
    )
    return tuple(dict.fromkeys(where for where in found if where is not None))


def purposes_of(program: ir.Program, segment: int) -> tuple[str, ...]:
    """The purposes of all that a segment reads, itself and through others, sorted."""
    below = with_segments_below(program, (segment,))
    read = frozenset[int]().union(*(signals_of(program.segments[i].condition) for i in below))
    found = {program.signals[signal].purpose for signal in read}
    for aggregate in program.aggregates:
        if read & {aggregate.signal, aggregate.least}:
            found.add(aggregate.purpose)
            found |= {
                program.events[of.event].purpose for of in ir_state.occurrences(aggregate.kind)
            }
    return tuple(sorted(purpose for purpose in found if purpose is not None))
