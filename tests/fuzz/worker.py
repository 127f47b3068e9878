"""Runs in the instrumented build.

`worker INPUTS SEED FILE` makes bundles, has them damaged, loads them and decides. The input that is
being tried is always in FILE, for when this process dies of it. Prints its tallies as JSON.
`worker replay FILE` tries the one input in FILE.

A fault ends the process: a sanitizer, an exception, or the watch over the time.
"""

from __future__ import annotations

import faulthandler
import json
import mmap
import random
import resource
import sys
import time
from pathlib import Path

import harness
import tacit.runtime

from tests.fuzz import judge
from tests.fuzz.starts import starts

BATCH = 100_000
"""Inputs from one pool of bundles."""
PATIENCE = 1_200
"""Seconds after which a batch is taken to hang."""
USED = 4
"""One bundle in so many that load decides. The loading is most of what can go wrong."""
REFUSED = 500
"""One refused input in so many is also given to `Bundle.load` and the reference."""
REPLAY_CALLS = 500


def fuzz(inputs: int, seed: int, shared: Path) -> None:
    with shared.open("r+b") as file:
        file.truncate(harness.SHARED)
        memory = mmap.mmap(file.fileno(), harness.SHARED)
    rng = random.Random(seed)
    fuzzer = harness.Fuzzer(seed, memory)
    use = judge.Use()
    begun = shown = time.monotonic()
    done = 0
    while done < inputs:
        faulthandler.dump_traceback_later(PATIENCE, exit=True)
        batch = min(BATCH, inputs - done)
        use.pool = starts(rng)
        pool = harness.Pool([start.sections for start in use.pool])
        fuzzer.run(pool, batch, use, USED, judge.is_refused, REFUSED)
        done += batch
        if time.monotonic() - shown > 30:
            shown = time.monotonic()
            rate = done / (shown - begun)
            print(f"  seed {seed}: {done:,} inputs, {rate:,.0f} a second", file=sys.stderr)
    tallies = {
        "by_code": fuzzer.by_code,
        "decided": use.count,
        "slowest": fuzzer.slowest,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }
    print(json.dumps(tallies))


def replay(data: bytes) -> None:
    code = harness.replay(data)
    if code:
        judge.is_refused(data, code)
        print(f"refused with R{code}, as it should be")
        return
    for call in judge.calls_for(data, REPLAY_CALLS):
        judge.decides_as_the_reference(data, call)
    print(f"loaded, and decided for {REPLAY_CALLS} visitors; no fault")


if __name__ == "__main__":
    assert "fuzz" in (tacit.runtime.__file__ or ""), "not the instrumented build"
    if sys.argv[1] == "replay":
        replay(Path(sys.argv[2]).read_bytes())
    else:
        fuzz(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
