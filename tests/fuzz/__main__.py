"""Damaged bundles under AddressSanitizer and UndefinedBehaviorSanitizer.

    python -m tests.fuzz --inputs 200000

Builds an instrumented copy of the runtime in build/fuzz, runs the worker in it, and passes on its
exit code: 0, or that of the first fault. The seed is printed; the same one gives the same inputs.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time

from tests.fuzz.instrumented import ROOT, build, environment


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=200_000, help="default 200,000")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="default: the time")
    options = parser.parse_args()
    folder = build()
    command = [sys.executable, "-m", "tests.fuzz.worker", str(options.inputs), str(options.seed)]
    return subprocess.run(command, cwd=ROOT, env=environment(folder), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
