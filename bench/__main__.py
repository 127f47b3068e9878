"""Runs the bench: `python -m bench`, or `make bench`. README.md says what is measured.

Every contender runs in processes of its own, one at a time; the result is written to
bench/results/NAME.json and printed as tables.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from bench import remembering, report
from bench.contenders import NAMES, find
from bench.targets import Result, judged
from bench.workload import SIZES, by_name

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench" / "results"
LOADS = 3
"""Processes that load, for the first load and the memory: each is a first time only once."""

EXTRA_SHAPES = ("long2000", "eight2000")


class Run:
    """One pass over workloads and contenders; keeps the payloads in a folder of its own."""

    def __init__(self, options: argparse.Namespace, folder: Path) -> None:
        self._options, self._folder = options, folder

    def _payload(self, contender: str, workload: str) -> Path:
        return self._folder / f"{contender}-{workload}"

    def _worker(self, step: str, contender: str, workload: str) -> dict[str, Any]:
        command = ["--contender", contender, "--workload", workload]
        command += ["--payload", str(self._payload(contender, workload))]
        command += ["--hand", str(self._payload("hand", workload))]
        command += ["--repeats", "1" if self._options.quick else "3"]
        return self._ran(step, command)

    def _ran(self, step: str, arguments: list[str]) -> dict[str, Any]:
        """A step in a process of its own."""
        options = self._options
        command = [sys.executable, "-m", "bench.worker", step, *arguments]
        command += ["--rounds", str(options.rounds), "--block", str(options.block)]
        # A fixed hash seed: the order of small sets would otherwise differ from run to run.
        environment = os.environ | {"PYTHONHASHSEED": "0"}
        done = subprocess.run(
            command, capture_output=True, text=True, env=environment, cwd=ROOT, check=False
        )
        if done.returncode:
            last = (done.stderr.strip() or "no message").splitlines()[-1]
            return {"failed": f"{step}: {last}"}
        found = json.loads(done.stdout)
        assert isinstance(found, dict)
        return found

    def contender(self, name: str, workload: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Facts about the workload, and what was measured."""
        made = self._worker("build", name, workload)
        facts = made.pop("workload", {})
        if "failed" in made:
            return facts, made
        loads = [self._worker("load", name, workload) for _ in range(LOADS)]
        timed = self._worker("time", name, workload)
        for step in (*loads, timed):
            if "failed" in step:
                return facts, made | step
        if name != "empty":
            made["load"] = {
                key: median(step["load"][key] for step in loads) for key in loads[0]["load"]
            }
        return facts, made | timed

    def workload(self, name: str) -> dict[str, Any]:
        # Built whether asked for or not: the chain by hand is the other half of each pair.
        self._worker("build", "hand", name)
        entry: dict[str, Any] = {"contenders": {}}
        for contender in self._options.contenders:
            print(f"{name}: {contender} ...", file=sys.stderr, flush=True)
            facts, measured = self.contender(contender, name)
            entry = facts | entry
            entry["contenders"][contender] = measured
        return entry

    def remembering(self, name: str) -> dict[str, Any]:
        """A project with memory, decided with a state and without."""
        print(f"{name} with a state ...", file=sys.stderr, flush=True)
        return self._ran("remember", ["--workload", name])


def cpu_model() -> str:
    """What the processor calls itself."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def versions(contenders: Sequence[str]) -> dict[str, str]:
    names = {package for name in contenders for package in find(name).packages}
    found = {}
    for package in sorted(names):
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found


def problems(result: Result) -> list[str]:
    """Contenders that failed or decided otherwise than the oracle."""
    lines = []
    for workload, entry in result["workloads"].items():
        for name, contender in entry["contenders"].items():
            if "failed" in contender:
                lines.append(f"{workload}: {name} failed: {contender['failed']}")
            for kind, found in contender.get("agreement", {}).items():
                if found["differ"]:
                    lines.append(
                        f"{workload}: {name} differs from the oracle in {found['differ']} of"
                        f" {found['decisions']} decisions ({kind} signals):"
                        f" {json.dumps(found['example'])}"
                    )
    for name, entry in result["remembering"].items():
        if "failed" in entry:
            lines.append(f"{name} with a state failed: {entry['failed']}")
        elif entry["differ"]:
            lines.append(
                f"{name} with a state: tacit differs from its reference in {entry['differ']}"
                " decisions"
            )
    return lines


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--sizes", default=",".join(map(str, SIZES)), help="numbers of rules (default %(default)s)"
    )
    parser.add_argument(
        "--shapes",
        default=",".join(EXTRA_SHAPES),
        help="other workloads, empty for none (default %(default)s)",
    )
    parser.add_argument(
        "--remembering",
        default=",".join(remembering.NAMES),
        help="projects decided with a state, empty for none (default %(default)s)",
    )
    parser.add_argument("--contenders", default=",".join(NAMES), help="default %(default)s")
    parser.add_argument("--rounds", type=int, default=31, help="of each pair (default %(default)s)")
    parser.add_argument(
        "--block", type=float, default=0.02, help="seconds of a timed block (default %(default)s)"
    )
    parser.add_argument("--quick", action="store_true", help="7 rounds, one compilation")
    parser.add_argument("--name", help="of the result file (default: date and Python version)")
    options = parser.parse_args(arguments)
    if options.quick:
        options.rounds = 7
    options.contenders = [name for name in options.contenders.split(",") if name]
    options.workloads = [f"n{size}" for size in options.sizes.split(",") if size]
    options.workloads += [shape for shape in options.shapes.split(",") if shape]
    options.remembering = [name for name in options.remembering.split(",") if name]
    try:
        for name in options.remembering:
            if name != "shop":
                by_name(name)
        for name in options.contenders:
            find(name)
        for name in options.workloads:
            if name not in EXTRA_SHAPES:
                by_name(name)
    except ValueError as problem:
        parser.error(str(problem))
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    options = parsed(arguments)
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        run = Run(options, Path(folder))
        workloads = {name: run.workload(name) for name in options.workloads}
        remembered = {name: run.remembering(name) for name in options.remembering}
    result: Result = {
        "format": 1,
        "date": now.strftime("%Y-%m-%d"),
        "machine": {
            "python": f"{platform.python_implementation()} {platform.python_version()}",
            "system": platform.system(),
            "cpu": cpu_model(),
            "cpus": os.cpu_count(),
        },
        "versions": versions(options.contenders),
        "settings": {"rounds": options.rounds, "block_s": options.block},
        "notes": {name: list(find(name).notes) for name in options.contenders},
        "workloads": workloads,
        "remembering": remembered,
    }
    result["targets"] = judged(result)
    for part in report.text(result):
        print(part)
    RESULTS.mkdir(exist_ok=True)
    default_name = f"{result['date']}-py{sys.version_info.major}{sys.version_info.minor}"
    path = RESULTS / f"{options.name or default_name}.json"
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(f"\nwritten to bench/results/{path.name}")
    found = problems(result)
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
