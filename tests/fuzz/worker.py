"""Runs in the instrumented build: makes bundles, has them damaged, loads them, decides."""

from __future__ import annotations

import random
import sys
import time
from typing import Any

import harness
import tacit.runtime
from tacit.runtime import Bundle, BundleError

from tests.runtime import builder, generate

BATCH = 20_000
"""Inputs from one pool of bundles."""
POOL = 40
LARGEST = 3_000
"""Bytes of a bundle to start from, mostly."""
SLOW = 5.0
"""Seconds that no input may take."""

Sections = list[tuple[int, list[bytes]]]


def parts_of(program: builder.Program) -> Sections:
    sections = builder.sections(program)
    found: Sections = [(1, list(builder.parts(program).values()))]
    return found + [(number, [data]) for number, data in sections.items() if number > 1]


def program(rng: random.Random) -> builder.Program:
    made = generate.program(rng)
    made.explanations = rng.random() < 0.5
    made.debug = rng.random() < 0.5
    for surface in made.surfaces:
        if rng.random() < 0.5:
            surface.contents = [rng.choice(CONTENTS) for _ in surface.variants]
        for rule in surface.rules:
            if rng.random() < 0.3:
                rule.because = {"de": "weil", "en": "because"}
    return made


CONTENTS: list[Any] = [None, {"a": [1, 2, {"b": "é"}], "c": -300}, "text", 2.5, [], {}, 2**40, True]


def pool(rng: random.Random) -> list[Sections]:
    found: list[Sections] = []
    while len(found) < POOL:
        sections = parts_of(program(rng))
        size = sum(len(part) for _, parts in sections for part in parts)
        if size <= LARGEST or rng.random() < 0.02:
            found.append(sections)
    return found


SIGNALS: list[dict[str, Any]] = [
    {},
    {
        f"s{i}": value
        for i, value in enumerate(["a", 1, 0.3, "ab", True, ["a", "é"], "1.2", 2, "DE"])
    },
    {f"s{i}": value for i, value in enumerate([["a"], "é", "1.10", 3, "a𝒳", 2.5, False, "b", 1])},
]


class Use:
    """Decides from a bundle that still loads, and looks at everything that it says."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, data: bytes) -> None:
        bundle = Bundle.load(data)
        self.calls += 1
        signals = SIGNALS[self.calls % len(SIGNALS)]
        decisions = bundle.decide_all(signals, now=1_700_000_000_000, consent=["ads"])
        for surface in bundle.surfaces[:3]:
            alone = bundle.decide(surface, signals, now=1_700_000_000_000, consent=["ads"])
            assert alone == decisions[surface], data.hex()
            assert alone.explanation is None or isinstance(alone.explanation, str)


def main() -> int:
    inputs, seed = int(sys.argv[1]), int(sys.argv[2])
    rng = random.Random(seed)
    fuzzer = harness.Fuzzer(seed)
    use = Use()
    assert "fuzz" in (tacit.runtime.__file__ or ""), "not the instrumented build"
    print(f"seed {seed}, {inputs:,} inputs", flush=True)
    begun = shown = time.monotonic()
    done = 0
    while done < inputs:
        batch = min(BATCH, inputs - done)
        fuzzer.run(harness.Pool(pool(rng)), batch, use)
        done += batch
        if time.monotonic() - shown > 30:
            shown = time.monotonic()
            print(f"  {done:,} inputs, {done / (shown - begun):,.0f} a second", flush=True)
        if fuzzer.slowest > SLOW:
            print(f"an input took {fuzzer.slowest:.1f} s: {fuzzer.slowest_input.hex()}")
            return 1
    spent = time.monotonic() - begun
    print(
        f"{done:,} inputs in {spent:.0f} s: {fuzzer.refused:,} refused, {fuzzer.loaded:,} loaded"
        f" and decided; no fault found; the slowest took {fuzzer.slowest * 1000:.1f} ms"
    )
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BundleError as error:  # what the harness loads, Bundle.load must load
        print(f"Bundle.load refuses what the loader takes: {error}")
        sys.exit(1)
