"""Random busy histories on a device of an example project."""

from __future__ import annotations

import random
from collections.abc import Iterator

from tacit.runtime import DeviceState
from tacit.runtime._model import Program
from tacit.runtime.format import Type

from .projects import bundle, program

START = 1_793_577_600_000  # 2026-11-02T00:00Z
MINUTE, DAY = 60_000, 86_400_000
WORDS = ("shoes/trail", "running", "football", "hiking", "yoga", "politics", "sport", "film", "x")
LONG = "\U0001f45f"  # four bytes


def history(name: str, seed: int, days: int, records: int) -> Iterator[DeviceState]:
    """The state after each day. Every purpose is granted; the person says a lot."""
    chance = random.Random(f"{name} {seed}")
    found = program(name)
    state = DeviceState(bundle(name), START, consent=found.purposes)
    for signal in found.signals:
        if signal.type is Type.STRING_LIST:  # no matter, where it is not the person's to declare
            texts = [LONG * (signal.max_length - 1) + str(n % 10) for n in range(signal.max_items)]
            state.declare(signal.name, texts, START)
    for day in range(days):
        moments = sorted(chance.randrange(DAY) for _ in range(records))
        for moment in moments:
            _record(chance, state, found, START + day * DAY + moment)
        state.refresh({}, START + (day + 1) * DAY)
        yield state


def _record(chance: random.Random, state: DeviceState, found: Program, now: int) -> None:
    surface = chance.choice(found.surfaces)
    variant = chance.choice(surface.variants)
    nonce = f"{now} {chance.random()}"
    what = chance.random()
    assert found.memory is not None
    if what < 0.5:
        event = chance.choice(found.memory.events)
        fields = {
            field_name: _field(chance, found.signals[number].type, found.signals[number].max_length)
            for number, field_name in zip(event.fields, event.names, strict=True)
        }
        state.record_event(event.name, fields, now=now, nonce=nonce)
    elif what < 0.8:
        state.record_shown(surface.name, variant, now=now, nonce=nonce)
    elif what < 0.86:
        state.record_clicked(surface.name, variant, now=now, nonce=nonce)
    elif what < 0.92:
        state.record_dismissed(surface.name, variant, now=now, nonce=nonce)
    elif what < 0.96 and found.memory.topics:
        state.less_of(topic=chance.choice(found.memory.topics), now=now)
    else:
        state.not_interested(surface=surface.name, variant=variant, now=now)


def _field(chance: random.Random, kind: Type, most: int) -> object:
    if kind is Type.STRING:
        return chance.choice((*WORDS, LONG * most, LONG * (most - 1) + chance.choice(WORDS)[0]))
    return chance.choice((True, False)) if kind is Type.BOOL else chance.uniform(0, 60)
