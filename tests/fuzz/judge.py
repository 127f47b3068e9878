"""What must hold of an input that is loaded, and of one that is refused."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from tacit.runtime import Bundle, BundleError, DeviceState, reference
from tacit.runtime._model import Memory
from tacit.runtime._view import ViewHolder

from tests.fuzz.starts import Call, Start, call_of
from tests.runtime import builder, generate
from tests.runtime.generate_memory import State

FIELDS = (
    "surface",
    "variant",
    "content",
    "reason",
    "rule",
    "explanations",
    "unknown",
    "experiment",
    "arm",
    "forced",
)
SELDOM = 100
"""One bundle in so many is also given to the reference."""


def decides(data: bytes, call: Call) -> None:
    """Decides in every way there is, which must say the same; looks at all of what is said."""
    signals, now, consent, standing = call
    decides_with(Bundle.load(data), signals, now, consent, standing and State(standing))


def decides_with(
    bundle: Bundle, signals: dict[str, Any], now: int, consent: Any, state: ViewHolder | None
) -> dict[str, Any]:
    found = bundle.decide_all(signals, state, now=now, consent=consent)
    for surface in bundle.surfaces[:3]:
        alone = bundle.decide(surface, signals, state, now=now, consent=consent)
        assert alone == found[surface], f"{surface}: {alone} is not {found[surface]}"
        assert alone.explanation is None or isinstance(alone.explanation, str)
    return dict(found)


def decides_as_the_reference(data: bytes, call: Call) -> None:
    """With what a state might say, and with one that has lived."""
    signals, now, consent, standing = call
    bundle, program = Bundle.load(data), reference.decode(data)
    states: list[ViewHolder | None] = [standing and State(standing)]
    if program.memory is not None:
        states.append(lived(bundle, program.memory, signals, now, consent))
    for state in states:
        found = decides_with(bundle, signals, now, consent, state)
        wanted = reference.decide_all(program, signals, now=now, consent=consent, state=state)
        assert list(found) == list(wanted)
        for surface, result in wanted.items():
            for field in FIELDS:
                one, other = getattr(found[surface], field), getattr(result, field)
                assert one == other, f"{surface}.{field}: {one!r}, the reference says {other!r}"


def lived(
    bundle: Bundle, memory: Memory, signals: dict[str, Any], now: int, consent: Any
) -> DeviceState:
    """A state of the bundle to which something has happened, and which was stored since."""
    granted = () if consent is None else consent
    state = DeviceState(bundle, now, consent=granted)
    fields = {"kind": "a", "price": 2.5}
    for event in memory.events:
        for _ in range(3):
            state.record_event(event.name, fields, now=now)
    for decision in bundle.decide_all(signals, state, now=now, consent=consent).values():
        state.record_shown(decision, now=now)
        state.record_clicked(decision.surface, decision.variant, now=now)
        state.record_dismissed(decision.surface, decision.variant, now=now)
    state.refresh(signals, now)
    state.inspect(now)
    again = DeviceState.load(bundle, state.bytes, now, consent=granted)
    assert again.warning is None, again.warning
    assert again.bytes == state.bytes
    return again


class Use:
    """For what loads: decides for a visitor of the bundle that the input was made from."""

    def __init__(self) -> None:
        self.pool: list[Start] = []
        self.count = 0

    def __call__(self, data: bytes, start: int) -> None:
        self.count += 1
        calls = self.pool[start].calls
        call = calls[self.count % len(calls)]
        if self.count % SELDOM == 0:
            decides_as_the_reference(data, call)
        else:
            decides(data, call)


def is_refused(data: bytes, code: int) -> None:
    """By `Bundle.load` with this code, and by the reference. Of several faults in one input the
    reference may meet another first, so its code may differ."""
    found = refusal(Bundle.load, data)
    assert found == f"R{code}", f"Bundle.load says {found}, the loader R{code}"
    assert refusal(reference.decode, data), f"the reference takes it, the loader says R{code}"


def refusal(load: Callable[[bytes], object], data: bytes) -> str | None:
    try:
        load(data)
    except BundleError as error:
        return error.code
    return None


def calls_for(data: bytes, count: int) -> list[Call]:
    """Visitors for a bundle of which nothing but its bytes is known."""
    program = reference.decode(data)
    signals = [
        builder.Signal(s.name, s.type.name.lower(), purpose=s.purpose) for s in program.signals
    ]
    drawn = generate.Drawn(signals=signals)
    memory = program.memory
    if memory is not None:
        drawn.memory = builder.Memory(
            host=memory.host_signals,
            events=[("all", memory.field_signals)],
            declared=[number for number, declared in enumerate(memory.declared) if declared],
            derived=[(one.role.name, one.arguments) for one in memory.derived],
            experiments=[(one.key, one.sticky, list(one.arms)) for one in memory.experiments],
        )
    rng = random.Random(0)
    return [call_of(rng, drawn) for _ in range(count)]
