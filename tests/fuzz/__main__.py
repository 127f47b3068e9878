"""Damaged bundles under AddressSanitizer and UndefinedBehaviorSanitizer.

    python -m tests.fuzz --inputs 200000
    python -m tests.fuzz --replay build/fuzz/crash-7.bin

Builds an instrumented copy of the runtime in build/fuzz and runs workers in it, each a process of
its own. When one dies, the input it died of is kept. The same seed, inputs and jobs give the same
inputs again.
"""

from __future__ import annotations

import argparse
import json
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.fuzz.instrumented import ROOT, build, environment

KEPT = ROOT / "build" / "fuzz"
WORKER = [sys.executable, "-m", "tests.fuzz.worker"]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--inputs", type=int, default=200_000, help="default 200,000")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="default: the time")
    parser.add_argument("--jobs", type=int, default=1, help="processes; default 1")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="try the one input in FILE")
    options = parser.parse_args()
    folder = build()
    if options.replay:
        command = [*WORKER, "replay", str(options.replay.resolve())]
        variables = environment(folder, whole_stacks=True)
        return int(subprocess.run(command, cwd=ROOT, env=variables, check=False).returncode != 0)
    return fuzz(folder, options.inputs, options.seed, options.jobs)


def fuzz(folder: Path, inputs: int, seed: int, jobs: int) -> int:
    print(f"{inputs:,} inputs, seed {seed}, jobs {jobs}", flush=True)
    shares = [inputs // jobs + (number < inputs % jobs) for number in range(jobs)]
    begun = time.monotonic()
    with ThreadPoolExecutor(jobs) as threads:
        found = list(threads.map(lambda n: work(folder, shares[n], seed + n), range(jobs)))
    tallies = [tally for tally in found if tally is not None]
    if len(tallies) < jobs:
        return 1
    report(tallies, time.monotonic() - begun)
    return 0


def work(folder: Path, inputs: int, seed: int) -> dict[str, Any] | None:
    """Runs a worker to its end. Its tallies; None if it died."""
    with tempfile.NamedTemporaryFile() as shared:
        done = subprocess.run(
            [*WORKER, str(inputs), str(seed), shared.name],
            cwd=ROOT,
            env=environment(folder),
            stdout=subprocess.PIPE,
            check=False,
        )
        if done.returncode == 0:
            tally: dict[str, Any] = json.loads(done.stdout)
            return tally
        data = shared.read()
    print(f"the worker with seed {seed} ended with {done.returncode}")
    keep(data, KEPT / f"crash-{seed}.bin")
    return None


def keep(shared: bytes, path: Path) -> None:
    """The input in shared memory (its layout: _harness.pyx) into a file; says how to replay it."""
    if not any(shared[:8]):
        print("before the first input")
        return
    begun, size = struct.unpack_from("=QQ", shared)
    path.write_bytes(shared[16 : 16 + size])
    name = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    print(f"in input {begun:,}, of {size:,} bytes, kept as {name}; once more, with whole stacks:")
    print(f"    python -m tests.fuzz --replay {name}", flush=True)


def report(tallies: list[dict[str, Any]], seconds: float) -> None:
    codes = sum((Counter(tally["by_code"]) for tally in tallies), Counter[str]())
    loaded = codes.pop("0", 0)
    refused = codes.total()
    inputs = loaded + refused
    decided = sum(tally["decided"] for tally in tallies)
    slowest = max(tally["slowest"] for tally in tallies) * 1000
    peak = max(tally["peak"] for tally in tallies) / 1024
    by_code = ", ".join(f"R{code} {count:,}" for code, count in sorted(codes.items()))
    print(f"refused by code: {by_code}")
    print(
        f"{inputs:,} inputs in {seconds:,.0f} s ({inputs / seconds:,.0f} a second): "
        f"{refused:,} refused, {loaded:,} loaded, {decided:,} of these decided; no fault found; "
        f"the slowest took {slowest:.1f} ms; peak memory {peak:.0f} MiB"
    )


if __name__ == "__main__":
    sys.exit(main())
