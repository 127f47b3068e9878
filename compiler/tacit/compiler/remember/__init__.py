"""What devices are to remember: ir.Program -> ir.Program, with `memory`; bundles/STATE.md.

outline      what surfaces show, which experiments and groups there are
items        what is kept, each with its key (keys)
machine      the signals through which memory reaches the rules
rules        each rule as the rules that stand for it (truth: conditions for that)
size         how long and how large
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tacit.compiler import ir
from tacit.compiler.ir_state import Guard, GuardKind, Hold, Item, Memory
from tacit.compiler.remember.items import Definitions, identity, purposes_of
from tacit.compiler.remember.keys import key_of
from tacit.compiler.remember.machine import Number, machine_signals
from tacit.compiler.remember.outline import Outline, outline
from tacit.compiler.remember.rules import lower
from tacit.compiler.remember.size import largest, retention
from tacit.compiler.stateful import needs_memory
from tacit.compiler.wellformed import check

__all__ = ["purposes_of", "remember"]


def remember(program: ir.Program) -> ir.Program:
    """The program with its memory, and its guards as conditions of its rules.

    For a program after the passes. One that needs no memory is returned as it is.
    """
    if program.memory is not None or not needs_memory(program):
        return program
    found = outline(program)
    definitions = Definitions(program, found)
    items = definitions.all()
    numbers = {identity(item): number for number, item in enumerate(items)}

    def number(item: Item) -> int:
        return numbers[identity(item)]

    machine = machine_signals(program, found, definitions, number)
    with_signals = replace(program, signals=(*program.signals, *machine.signals))
    segments, surfaces, rows = lower(with_signals, found, machine)

    host = len(program.signals) if program.host_signals is None else program.host_signals
    topics = tuple(
        sorted({topic for s in program.surfaces for v in s.variants for topic in v.topics})
    )
    memory = Memory(
        host_signals=host,
        field_signals=sum(len(event.fields) for event in program.events),
        events=program.events,
        wheres=definitions.wheres,
        items=items,
        declared=tuple(signal.source == "declared" for signal in program.signals[:host]),
        derived=machine.derived,
        guards=tuple(_guards(program, found, definitions, number)),
        holds=tuple(_holds(program, found, definitions, number)),
        experiments=found.experiments,
        written=tuple(len(surface.rules) for surface in program.surfaces),
        rules=rows,
        rule_keys=tuple(
            key_of((surface.name, rule.id))
            for surface in program.surfaces
            for rule in surface.rules
        ),
        groups=found.groups,
        topics=topics,
        variant_topics=tuple(
            tuple(sorted(map(topics.index, set(variant.topics))))
            for surface in program.surfaces
            for variant in surface.variants
        ),
        less_of=program.less_of,
        retention=retention(program, items),
        largest=0,
    )
    memory = replace(memory, largest=largest(program, memory))
    remembered = replace(with_signals, segments=segments, surfaces=surfaces, memory=memory)
    check(remembered, after="remember")
    return remembered


def _guards(
    program: ir.Program, found: Outline, definitions: Definitions, number: Number
) -> Iterator[Guard]:
    for cap in program.caps:
        yield Guard(GuardKind.CAP, cap.without_state, number(definitions.cap(cap)), cap.limit)
    for cooldown in program.cooldowns:
        item = number(definitions.cooldown(cooldown))
        yield Guard(GuardKind.COOLDOWN, cooldown.without_state, item, cooldown.length)
    for place, surface in enumerate(program.surfaces):
        guardrails = surface.guardrails
        if guardrails is None or surface.forbidden is not None:
            continue
        for suppress in guardrails.suppress:
            if suppress.dismissed is not None:
                item = number(definitions.dismissed(place, suppress.variant))
                yield Guard(GuardKind.DISMISSED, True, item, suppress.dismissed)
            if suppress.unclicked is not None:
                item = number(definitions.unclicked(place, suppress.variant))
                yield Guard(GuardKind.UNCLICKED, True, item, suppress.unclicked)
        changes = guardrails.changes_per_session
        if changes is not None and found.is_held(place, program):
            item = number(definitions.surface(place))
            yield Guard(GuardKind.CHANGES, guardrails.without_state, item, changes)


def _holds(
    program: ir.Program, found: Outline, definitions: Definitions, number: Number
) -> Iterator[Hold]:
    for place, surface in enumerate(program.surfaces):
        guardrails = surface.guardrails
        if guardrails is not None and found.is_held(place, program):
            yield Hold(
                item=number(definitions.surface(place)),
                stable_for=guardrails.stable_for or 0,
                changes=guardrails.changes_per_session,
                allow=guardrails.without_state,
                entries=found.entries[place],
            )
