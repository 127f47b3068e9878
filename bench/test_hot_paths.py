"""pytest-benchmark cases for tacit's own hot paths; `make bench` runs them, not `make test`.

A call takes less than a microsecond, so each case of `decide` and `decide_all` times a series; the
number of calls is in its name.
"""

from __future__ import annotations

from typing import Any

import pytest

from bench.contenders import Evaluator
from bench.contenders.tacit import Tacit
from bench.project import project
from bench.workload import SEED, Draw, by_name, contexts

pytest.importorskip("tacit.compiler", reason="the compiler's dependencies are not installed")

from tacit.compiler import compile_project
from tacit.runtime import Bundle

CALLS = 1000
WORKLOADS = ("n10", "n1000", "n10000")


@pytest.fixture(scope="module", params=WORKLOADS)
def built(request: pytest.FixtureRequest) -> tuple[str, bytes]:
    return request.param, Tacit().payload(by_name(request.param))


@pytest.fixture(scope="module")
def loaded(built: tuple[str, bytes]) -> tuple[str, Evaluator]:
    return built[0], Tacit().load(built[1])


@pytest.mark.parametrize("missing", [False, True], ids=["complete", "missing"])
def test_decide_1000_times(benchmark: Any, loaded: tuple[str, Evaluator], missing: bool) -> None:
    workload, evaluator = loaded
    draw, surfaces = Draw(f"{SEED}: pairs"), by_name(workload).surfaces
    people = contexts(CALLS, missing)
    pairs = [(draw.one(surfaces).name, person) for person in people]
    benchmark(evaluator.loop_one(pairs))
    surface, person = pairs[0]
    assert evaluator.variant(evaluator.one(surface, person)) in surfaces[0].variants


@pytest.mark.parametrize("missing", [False, True], ids=["complete", "missing"])
def test_decide_all_100_times(benchmark: Any, loaded: tuple[str, Evaluator], missing: bool) -> None:
    workload, evaluator = loaded
    people = contexts(100, missing)
    benchmark(evaluator.loop_all(people))
    assert list(evaluator.all(people[0])) == [s.name for s in by_name(workload).surfaces]


def test_load(benchmark: Any, built: tuple[str, bytes]) -> None:
    bundle = benchmark(Bundle.load, built[1])
    assert len(bundle.surfaces) == len(by_name(built[0]).surfaces)


@pytest.mark.parametrize("workload", ["n10", "n1000"])
def test_build(benchmark: Any, workload: str) -> None:
    source = project(by_name(workload))
    made = benchmark.pedantic(compile_project, args=(source,), kwargs={"debug": False}, rounds=3)
    assert made.bytes == Tacit().payload(by_name(workload))
