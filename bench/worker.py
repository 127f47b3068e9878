"""One contender on one workload, in a process of its own: build, load or time. JSON on stdout.

python -m bench.worker build --contender eppo --workload n1000 --payload FILE
python -m bench.worker load  --contender eppo --workload n1000 --payload FILE
python -m bench.worker time  --contender eppo --workload n1000 --payload FILE --hand FILE
"""

from __future__ import annotations

import argparse
import gzip
import json
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import check, measure, remembering
from bench.check import as_a_host_writes_it
from bench.contenders import Contender, Evaluator, Loop, find
from bench.description import Workload
from bench.workload import SEED, Draw, by_name, contexts, digest

# ------------------------------------------------------------------- build


def build(contender: Contender, workload: Workload, path: Path, repeats: int) -> dict[str, Any]:
    """Write the payload; its sizes in bytes, and the seconds a compiler took where there is one."""
    import brotli

    payload = contender.payload(workload)
    path.write_bytes(payload)
    made: dict[str, Any] = {
        "workload": {
            "rules": workload.rule_count,
            "surfaces": len(workload.surfaces),
            "digest": digest(workload),
        },
        "payload": {
            "raw": len(payload),
            "gzip": len(gzip.compress(payload, 9, mtime=0)),
            "brotli": len(brotli.compress(payload, quality=11)),
        },
    }
    compiled = contender.compile_seconds(workload, repeats)
    if compiled:
        first, *later = compiled
        made["compile"] = {
            "first_s": measure.rounded(first),
            "median_s": measure.rounded(sorted(compiled)[len(compiled) // 2]) if later else None,
        }
    return made


# -------------------------------------------------------------------- load


def load(contender: Contender, payload: bytes, budget: float) -> dict[str, Any]:
    context = as_a_host_writes_it(contender, contexts(1)[0])

    def decide_once(evaluator: Evaluator) -> None:
        evaluator.variants(evaluator.all(context))

    return {"load": measure.loading(contender, payload, decide_once, 30, budget)}


# -------------------------------------------------------------------- time


class Side:
    """A contender ready to be timed: its evaluator, and contexts in its own shape."""

    def __init__(self, contender: Contender, payload: bytes, workload: Workload) -> None:
        contender.prepare()
        self.contender = contender
        self.payload = payload
        self.evaluator = contender.load(payload)
        draw = Draw(f"{SEED}: pairs")
        people = contexts(PEOPLE)
        order = [
            (draw.one(workload.surfaces).name, draw.between(0, PEOPLE - 1)) for _ in range(PAIRS)
        ]
        self._shaped = [as_a_host_writes_it(contender, context) for context in people]
        self._pairs = [(surface, self._shaped[index]) for surface, index in order]
        self._surfaces = [surface for surface, _ in order]
        self._texts: list[str] = []
        # Others came before, and not all had every signal: caches hold equal texts, not the same
        # objects, and no bytecode is specialised for complete visitors.
        for surface, other in zip(self._surfaces, contexts(PEOPLE, missing=True), strict=False):
            self.evaluator.one(surface, as_a_host_writes_it(contender, other))

    def one(self, count: int) -> Loop:
        """The same dicts over and over."""
        return self.evaluator.loop_one(self._pairs[:count])

    def one_fresh(self, count: int) -> Loop:
        """Every dict just parsed and used once: no cached hashes, cold objects."""
        if not self._texts:
            shape = self.contender.shape
            self._texts = [json.dumps(shape(context)) for context in contexts(FRESH)]
        fresh = [json.loads(text) for text in self._texts[:count]]
        return self.evaluator.loop_one(list(zip(self._surfaces, fresh, strict=False)))

    def all(self, count: int) -> Loop:
        return self.evaluator.loop_all(self._shaped[:count])

    def all_read(self, count: int) -> Loop:
        return self.evaluator.loop_all_read(self._shaped[:count])


PEOPLE = 1000
PAIRS = 5000
FRESH = 4000


def time(
    ours: Side, by_hand: Side, workload: Workload, *, rounds: int, block: float
) -> dict[str, Any]:
    contender = ours.contender
    result: dict[str, Any] = {}
    if contender.name != "empty":
        agreement = check.agreement(contender, ours.payload, ours.evaluator, workload)
        result["agreement"] = agreement
        if any(found["differ"] for found in agreement.values()):
            return result
    for name, most, fresh in (
        ("one", PAIRS, False),
        ("one_fresh", FRESH, True),
        ("all", PEOPLE, False),
        ("all_read", PEOPLE, False),
    ):
        our_loop, hand_loop = getattr(ours, name), getattr(by_hand, name)
        # Both do the same calls; the slower side says how many fit.
        count = measure.fitting(our_loop, most, 8 * block)
        count = min(count, measure.fitting(hand_loop, most, 8 * block))
        result[name] = measure.in_turns(
            lambda make=our_loop, count=count: make(count),  # type: ignore[misc]
            lambda make=hand_loop, count=count: make(count),  # type: ignore[misc]
            count,
            rounds,
            block,
            fresh=fresh,
        )
    ours.evaluator.close()
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.worker", description=__doc__)
    parser.add_argument("step", choices=("build", "load", "time", "remember"))
    parser.add_argument("--contender", default="tacit")
    parser.add_argument("--workload", required=True)
    parser.add_argument("--payload", type=Path, help="for all but `remember`")
    parser.add_argument("--hand", type=Path, help="payload of the hand-written chain, for `time`")
    parser.add_argument("--rounds", type=int, default=31)
    parser.add_argument("--block", type=float, default=0.02, help="seconds of one timed block")
    parser.add_argument("--repeats", type=int, default=3, help="compilations, for `build`")
    options = parser.parse_args(arguments)
    # Products warn about what the workload means to ask; writing that out would be timed too.
    logging.disable(logging.CRITICAL)
    if options.step == "remember":
        found = remembering.measured(options.workload, rounds=options.rounds, block=options.block)
        json.dump(found, sys.stdout)
        return 0
    if options.payload is None:
        parser.error(f"`{options.step}` wants --payload")
    contender = find(options.contender)
    workload = by_name(options.workload)
    match options.step:
        case "build":
            result = build(contender, workload, options.payload, options.repeats)
        case "load":
            result = load(contender, options.payload.read_bytes(), 50 * options.block)
        case _:
            if options.hand is None:
                parser.error("`time` wants --hand")
            ours = Side(contender, options.payload.read_bytes(), workload)
            by_hand = Side(find("hand"), options.hand.read_bytes(), workload)
            result = time(ours, by_hand, workload, rounds=options.rounds, block=options.block)
    json.dump(result, sys.stdout)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
