"""Devices that have been through something: random records, controls and times, for any bundle."""

from __future__ import annotations

import random
from typing import Any

from tacit.runtime import Bundle, DeviceState, reference
from tacit.runtime._model import Program, Signal
from tacit.runtime.format import Type

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
STEPS = (0, 1_000, MINUTE, 10 * MINUTE, 31 * MINUTE, HOUR, 5 * HOUR, DAY, 3 * DAY, 9 * DAY)
KINDS = ("event",) * 6 + ("decided",) * 6 + ("shown", "clicked", "dismissed", "refresh", "control")
RARE = ("undo", "force", "declare", "off", "trust", "session", "back")


def lived(
    rng: random.Random, bundle: Bundle, other: Bundle, now: int
) -> tuple[DeviceState, int, list[str]]:
    """A state of `bundle`, some of it lived with `other`; the time it has come to, and what was
    granted."""
    program = reference.decode(bundle.bytes)
    granted = [purpose for purpose in program.purposes if rng.random() < 0.8]
    state = DeviceState(other, now, consent=granted)
    steps = rng.choice(STEPS[2:])
    for number in range(rng.choice((0, 3, 12, 40))):
        if number == 8:
            state.use(bundle, now)
        now = max(0, now + rng.choice((steps, steps, rng.choice(STEPS))))
        kind = rng.choice(RARE) if rng.random() < 0.06 else rng.choice(KINDS)
        if kind == "back":
            now = max(0, now - rng.choice(STEPS))
        else:
            happens(rng, kind, state, program, now)
    state.use(bundle, now)
    return state, now, granted


def happens(rng: random.Random, kind: str, state: DeviceState, program: Program, now: int) -> None:
    memory = program.memory
    surface = rng.choice(program.surfaces)
    variant = rng.choice(surface.variants)
    signals = signals_of(rng, program)
    match kind:
        case "event" if memory is not None and memory.events:
            event = rng.choice(memory.events)
            fields = {
                name: value
                for number, name in zip(event.fields, event.names, strict=True)
                if (value := value_of(rng, program.signals[number])) is not None
            }
            state.record_event(event.name, fields, now=now)
        case "decided":
            for _ in range(rng.choice((1, 1, 4))):
                found = state.bundle.decide(  # type: ignore[attr-defined]
                    surface.name, signals, state, now, program.purposes
                )
                if found.variant is not None:
                    state.record_shown(found, now=now)
        case "shown":
            state.record_shown(surface.name, variant, now=now)
        case "clicked":
            state.record_clicked(surface.name, now=now)
        case "dismissed":
            state.record_dismissed(surface.name, variant, now=now)
        case "refresh":
            state.refresh(signals, now)
        case "control":
            say = rng.choice((state.less_of, state.not_interested))
            topics = () if memory is None else memory.topics
            if topics and rng.random() < 0.4:
                say(topic=rng.choice(topics), now=now)
            elif rng.random() < 0.2:
                say(surface=surface.name, now=now)
            else:
                say(surface=surface.name, variant=variant, now=now)
        case "undo" if state.controls:
            state.undo(rng.choice(state.controls), now)
        case "force" if memory is not None and program.debug is not None:
            known = [name for name in program.debug.experiments if name]
            for name in rng.sample(known, min(1, len(known))):
                force(rng, state, name, program)
        case "declare" if memory is not None:
            for signal, declared in zip(program.signals, memory.declared, strict=False):
                if declared:
                    state.declare(signal.name, value_of(rng, signal), now)
        case "off":
            state.turn_off(now)
            if rng.random() < 0.7:
                state.turn_on(now)
        case "trust":
            state.trust(now + rng.choice((0, 0, HOUR, 40 * HOUR)))
        case "session":
            state.record_session(f"session {rng.randrange(3)}", now=now)


def force(rng: random.Random, state: DeviceState, experiment: str, program: Program) -> None:
    arms = sorted({variant for surface in program.surfaces for variant in surface.variants})
    for arm in rng.sample(arms, len(arms)):
        try:
            state.force(experiment, arm)
        except ValueError:
            continue
        return


# ---------------------------------------------------------------- signals


def signals_of(rng: random.Random, program: Program) -> dict[str, Any]:
    """Mostly such as the tests of the bundle can tell apart."""
    host = len(program.signals) if program.memory is None else program.memory.host_signals
    found: dict[str, Any] = {}
    for signal in program.signals[:host]:
        value = value_of(rng, signal)
        if value is not None:
            found[signal.name] = value
    return found


def value_of(rng: random.Random, signal: Signal) -> Any:
    if rng.random() < 0.1:
        return rng.choice((None, None, "?", 1.5))
    known: list[Any] = list(signal.values)
    match signal.type:
        case Type.BOOL:
            return rng.random() < 0.6
        case Type.INT | Type.DOUBLE:
            near = rng.choice([*known, 0, 7]) + rng.choice((-1, 0, 0, 1))
            return int(near) if float(near).is_integer() else near
        case Type.VERSION:
            version = rng.choice([*known, (1, 2, 0, 0)])
            return ".".join(map(str, version))
        case Type.STRING_LIST:
            texts = [*known, "other", "shoes/trail"]
            return [rng.choice(texts) for _ in range(rng.randrange(4))]
        case _:
            return rng.choice([*known, *known, "u" + str(rng.randrange(50))])


def consent_of(rng: random.Random, program: Program) -> list[str] | None:
    found = [purpose for purpose in program.purposes if rng.random() < 0.8]
    return found if found or rng.random() < 0.5 else None
