"""How things are timed: series of calls against the same series by hand, in turns.

Every function here returns plain numbers ready for JSON. Times are wall clock (`perf_counter_ns`),
the garbage collector is off while the clock runs, and nothing is subtracted for the loops.
"""

from __future__ import annotations

import gc
import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter_ns
from typing import TypeAlias

from bench.contenders import Contender, Loop

Numbers: TypeAlias = dict[str, float]

MakesLoop: TypeAlias = Callable[[], Loop]


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def seconds(loop: Loop, repeats: int = 1) -> float:
    """Seconds for `repeats` turns of the loop."""
    start = perf_counter_ns()
    for _ in range(repeats):
        loop()
    return (perf_counter_ns() - start) / 1e9


class _Timed:
    """One side of a pair: its loop, how often a block repeats it, and the times of the blocks."""

    def __init__(self, make: MakesLoop, block: float, *, fresh: bool) -> None:
        self._make, self._fresh = make, fresh
        self._loop = make()
        # The first turn warms caches up and tells how often to repeat.
        took = seconds(self._loop)
        self._repeats = 1 if fresh else max(1, round(block / max(took, 1e-9)))
        self.times: list[float] = []

    def run(self) -> None:
        if self._fresh:
            self._loop = self._make()
        self.times.append(seconds(self._loop, self._repeats) / self._repeats)


def in_turns(
    ours: MakesLoop, by_hand: MakesLoop, calls: int, rounds: int, block: float, *, fresh: bool
) -> Numbers:
    """Microseconds per call of both, and the ratio, as medians over `rounds`.

    A round times one block of each, the order changing from round to round. A block repeats its
    loop of `calls` calls until it lasts about `block` seconds. With `fresh` each block gets a new
    loop, made just before while the clock stands still, and runs it once.
    """
    with no_garbage_collection():
        first = _Timed(ours, block, fresh=fresh)
        second = _Timed(by_hand, block, fresh=fresh)
        for number in range(rounds):
            for side in (first, second) if number % 2 else (second, first):
                side.run()
    ratios = [mine / hand for mine, hand in zip(first.times, second.times, strict=True)]
    low, middle, high = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3
    return {
        "us": rounded(statistics.median(first.times) / calls * 1e6),
        "hand_us": rounded(statistics.median(second.times) / calls * 1e6),
        "ratio": rounded(middle),
        "ratio_quartile_1": rounded(low),
        "ratio_quartile_3": rounded(high),
    }


def fitting(loop_for: Callable[[int], Loop], most: int, budget: float) -> int:
    """How many calls, 3 to `most`, fit into `budget` seconds."""
    few = min(3, most)
    loop = loop_for(few)
    loop()
    each = seconds(loop) / few
    return max(few, min(most, int(budget / max(each, 1e-9))))


def resident() -> int:
    """Bytes of this process in memory."""
    import psutil

    return int(psutil.Process().memory_info().rss)


def loading(
    contender: Contender, payload: bytes, decide_once: Callable[..., None], most: int, budget: float
) -> Numbers:
    """First and median load in milliseconds; memory added by the first, in MB (10^6 bytes).

    The first load must be the first in its process. Memory is read after one decision on every
    surface, so that what a product builds on first use counts too.
    """
    contender.prepare()
    with no_garbage_collection():
        before = resident()
        start = perf_counter_ns()
        evaluator = contender.load(payload)
        first = perf_counter_ns() - start
        decide_once(evaluator)
        gc.collect()
        added = resident() - before
        evaluator.close()
        del evaluator
        times: list[int] = []
        while len(times) < most and sum(times) < budget * 1e9:
            gc.collect()
            start = perf_counter_ns()
            evaluator = contender.load(payload)
            times.append(perf_counter_ns() - start)
            evaluator.close()
            del evaluator
    return {
        "first_ms": rounded(first / 1e6),
        "median_ms": rounded(statistics.median(times) / 1e6),
        "loads": len(times),
        "memory_mb": rounded(added / 1e6),
    }


def rounded(value: float) -> float:
    """Four significant digits: more would be noise."""
    return float(f"{value:.4g}")
