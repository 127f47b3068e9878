"""pytest-benchmark cases for tacit's own hot paths; `make bench` runs them, not `make test`."""

from __future__ import annotations

from itertools import cycle
from typing import Any

import pytest

from bench.project import project
from bench.workload import by_name, contexts

pytest.importorskip("tacit.compiler", reason="the compiler's dependencies are not installed")

from tacit.compiler import compile_project
from tacit.runtime import Bundle

WORKLOADS = ("n10", "n1000", "n10000")


@pytest.fixture(scope="module", params=WORKLOADS)
def built(request: pytest.FixtureRequest) -> tuple[str, bytes]:
    return request.param, compile_project(project(by_name(request.param)), debug=False).bytes


@pytest.fixture(scope="module")
def bundle(built: tuple[str, bytes]) -> Any:
    return Bundle.load(built[1])


@pytest.mark.parametrize("missing", [False, True], ids=["complete", "missing"])
def test_decide(benchmark: Any, bundle: Any, missing: bool) -> None:
    people, surfaces = cycle(contexts(1000, missing)), cycle(bundle.surfaces)
    decide = bundle.decide

    def arguments() -> tuple[tuple[Any, ...], dict[str, Any]]:
        return (next(surfaces), next(people)), {}

    decision = benchmark.pedantic(decide, setup=arguments, rounds=20_000, warmup_rounds=100)
    assert decision.variant in "control a b c d"


@pytest.mark.parametrize("missing", [False, True], ids=["complete", "missing"])
def test_decide_all(benchmark: Any, bundle: Any, missing: bool) -> None:
    people = cycle(contexts(1000, missing))

    def arguments() -> tuple[tuple[Any, ...], dict[str, Any]]:
        return (next(people),), {}

    decisions = benchmark.pedantic(
        bundle.decide_all, setup=arguments, rounds=2000, warmup_rounds=20
    )
    assert len(decisions) == len(bundle.surfaces)


def test_load(benchmark: Any, built: tuple[str, bytes]) -> None:
    loaded = benchmark(Bundle.load, built[1])
    assert len(loaded.surfaces) == len(by_name(built[0]).surfaces)


@pytest.mark.parametrize("workload", ["n10", "n1000"])
def test_build(benchmark: Any, workload: str) -> None:
    source = project(by_name(workload))
    made = benchmark.pedantic(compile_project, args=(source,), kwargs={"debug": False}, rounds=3)
    assert made.bytes
