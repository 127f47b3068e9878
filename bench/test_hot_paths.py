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
from bench.remembering import HOUR, NAMES, Device, source
from bench.workload import SEED, Draw, by_name, contexts

pytest.importorskip("tacit.compiler", reason="the compiler's dependencies are not installed")

from tacit.compiler import compile_project
from tacit.runtime import Bundle, DeviceState

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


# ------------------------------------------------------------------- with a state


@pytest.fixture(scope="module", params=NAMES)
def device(request: pytest.FixtureRequest) -> Device:
    return Device(compile_project(source(request.param), debug=False).bytes)


@pytest.mark.parametrize("remembers", [True, False], ids=["state", "without"])
def test_decide_1000_times_remembering(benchmark: Any, device: Device, remembers: bool) -> None:
    state = device.state if remembers else None
    decide, pairs, now = device.bundle.decide, device.pairs(), device.now
    benchmark(lambda: [decide(surface, person, state, now) for surface, person in pairs])
    assert device.differing() == 0


@pytest.mark.parametrize("remembers", [True, False], ids=["state", "without"])
def test_decide_all_200_times_remembering(benchmark: Any, device: Device, remembers: bool) -> None:
    state = device.state if remembers else None
    decide_all, now = device.bundle.decide_all, device.now
    found = benchmark(lambda: [decide_all(person, state, now) for person in device.people])
    assert list(found[0]) == list(device.bundle.surfaces)


def test_record_event(benchmark: Any, device: Device) -> None:
    fields = {"category": "shoes", "price": 12.5}
    assert benchmark(device.state.record_event, "product_viewed", fields, now=device.now)


def test_record_shown(benchmark: Any, device: Device) -> None:
    surface = device.bundle.surfaces[0]
    decision = device.bundle.decide(surface, device.people[0], device.state, device.now)
    assert benchmark(device.state.record_shown, decision, now=device.now)


def test_first_decision_after_a_record(benchmark: Any, device: Device) -> None:
    """The record is timed with it: it is a hundredth of it."""
    surface = device.bundle.surfaces[0]

    def both() -> object:
        device.view("shoes", 12.5)
        return device.bundle.decide(surface, device.people[0], device.state, device.now)

    assert benchmark(both).surface == surface


def test_refresh(benchmark: Any, device: Device) -> None:
    """An hour later each time."""

    def later() -> object:
        device.now += HOUR
        return device.state.refresh(device.people[0], device.now)

    assert isinstance(benchmark(later), tuple)


def test_load_of_a_state(benchmark: Any, device: Device) -> None:
    data = device.state.bytes
    state = benchmark(DeviceState.load, device.bundle, data, device.now)
    assert state.warning is None
    assert state.bytes == data


def test_save_of_a_state(benchmark: Any, device: Device) -> None:
    assert len(benchmark(lambda: device.state.bytes)) > 1000
