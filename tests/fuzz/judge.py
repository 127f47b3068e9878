"""What must hold of an input that is loaded, and of one that is refused."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from tacit.runtime import Bundle, BundleError, reference

from tests.fuzz.starts import Call, Start, plain
from tests.runtime import builder, generate

FIELDS = ("surface", "variant", "content", "reason", "rule", "explanations", "unknown")
SELDOM = 100
"""One bundle in so many is also given to the reference."""


def decides(data: bytes, call: Call) -> dict[str, Any]:
    """Decides in every way there is, which must say the same; looks at all of what is said."""
    signals, now, consent = call
    bundle = Bundle.load(data)
    found = bundle.decide_all(signals, now=now, consent=consent)
    for surface in bundle.surfaces[:3]:
        alone = bundle.decide(surface, signals, now=now, consent=consent)
        assert alone == found[surface], f"{surface}: {alone} is not {found[surface]}"
        assert alone.explanation is None or isinstance(alone.explanation, str)
    return dict(found)


def decides_as_the_reference(data: bytes, call: Call) -> None:
    signals, now, consent = call
    found = decides(data, call)
    wanted = reference.decide_all(reference.decode(data), signals, now=now, consent=consent)
    assert list(found) == list(wanted)
    for surface, result in wanted.items():
        for field in FIELDS:
            one, other = getattr(found[surface], field), getattr(result, field)
            assert one == other, f"{surface}.{field}: {one!r}, the reference says {other!r}"


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
    signals = [builder.Signal(s.name, s.type) for s in Bundle.load(data).signals.values()]
    rng = random.Random(0)
    program = generate.Drawn(signals=signals)
    return [plain(generate.call(rng, program)) for _ in range(count)]
