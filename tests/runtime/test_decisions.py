"""The mapping that decide_all gives, and sharing a bundle between threads."""

from __future__ import annotations

import gc
import random
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tacit.runtime import Bundle, Decisions

from . import generate
from .builder import Program, Rule, Signal, Surface, build


def bundle_of(surfaces: int) -> Bundle:
    made = Program(
        signals=[Signal("n", "int"), Signal("text", "string"), Signal("tags", "string_list")],
        surfaces=[
            Surface(
                f"s{i}",
                rules=[
                    Rule(("all", [("GE", 0, i), ("INCLUDES", 2, "a")]), 1),
                    Rule(("IS", 1, f"text {i}"), 1, traffic=(1, 5_000, f"{i:03}")),
                ],
            )
            for i in range(surfaces)
        ],
    )
    return Bundle.load(build(made))


def test_it_is_a_mapping() -> None:
    bundle = bundle_of(5)
    given = {"n": 2, "tags": ["a"], "text": "x"}
    decisions = bundle.decide_all(given)
    assert isinstance(decisions, Mapping)
    assert isinstance(decisions, Decisions)
    assert len(decisions) == 5
    assert list(decisions) == list(decisions.keys()) == [f"s{i}" for i in range(5)]
    assert list(reversed(decisions)) == [f"s{i}" for i in reversed(range(5))]
    assert [d.variant for d in decisions.values()] == ["other"] * 3 + ["control"] * 2
    assert list(decisions.items()) == [(name, decisions[name]) for name in decisions]
    assert len(decisions.values()) == len(decisions.items()) == len(decisions.keys()) == 5
    assert "s3" in decisions
    assert "s5" not in decisions
    assert 3 not in decisions  # type: ignore[comparison-overlap]
    assert "s3" in decisions.keys()  # noqa: SIM118  (the view is what is tested)
    assert ("s3", decisions["s3"]) in decisions.items()
    assert decisions["s3"] in decisions.values()
    assert decisions.get("s1") == decisions["s1"]
    assert decisions.get("nowhere") is None
    assert decisions.get("nowhere", 3) == 3  # type: ignore[call-overload]
    for missing in ("nowhere", 3, None):
        with pytest.raises(KeyError):
            decisions[missing]  # type: ignore[index]
    assert decisions == bundle.decide_all(given)
    assert decisions == dict(decisions)
    assert decisions != bundle.decide_all({})
    assert decisions != 3
    assert repr(decisions).startswith("Decisions({'s0': Decision(surface='s0', variant='other'")
    with pytest.raises(TypeError):
        hash(decisions)
    with pytest.raises(TypeError):
        Decisions()
    assert {name: d.variant for name, d in decisions.items()} == {
        name: bundle.decide(name, given).variant for name in bundle.surfaces
    }


def test_it_does_not_change_with_the_signals() -> None:
    bundle = bundle_of(3)
    given: dict[str, Any] = {"n": 2, "tags": ["a"], "text": "x"}
    decisions = bundle.decide_all(given)
    given.clear()
    assert decisions["s1"].variant == "other"
    assert decisions["s1"].unknown == ()
    other = bundle.decide_all({})
    assert other["s1"].unknown == ("n", "text", "tags")
    assert decisions["s1"].unknown == ()


def test_it_outlives_its_bundle() -> None:
    bundle = bundle_of(3)
    decisions = bundle.decide_all({"n": 9, "tags": ["a"]})
    decision = decisions["s0"]
    del bundle
    gc.collect()
    assert decisions["s2"].variant == "other"
    del decisions
    gc.collect()
    assert (decision.variant, decision.rule, decision.unknown) == ("other", 0, ("text",))


def test_threads_share_a_bundle() -> None:
    """Different signals in every thread, and every answer is the one it would be alone."""
    rng = random.Random(5)
    programs = [generate.program(rng) for _ in range(6)]
    bundles = [Bundle.load(build(program)) for program in programs]
    jobs = []
    for number in range(600):
        at = number % len(programs)
        signals, now, consent = generate.call(rng, programs[at])
        wanted = dict(bundles[at].decide_all(signals, now=now, consent=consent))
        jobs.append((bundles[at], signals, now, consent, wanted))
    start = threading.Barrier(8)

    def work(first: int) -> int:
        start.wait()
        done = 0
        for bundle, signals, now, consent, wanted in jobs[first::8] * 20:
            assert dict(bundle.decide_all(signals, now=now, consent=consent)) == wanted
            for name, decision in wanted.items():
                assert bundle.decide(name, signals, now=now, consent=consent) == decision
            done += 1
        return done

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(work, range(8))) == 600 * 20
    finally:
        sys.setswitchinterval(interval)


def test_another_thread_changes_the_dict() -> None:
    """It may say either, but nothing else, and never crash."""
    bundle = bundle_of(2)
    given: dict[str, Any] = {}
    stop = threading.Event()

    def change() -> None:
        while not stop.is_set():
            given["tags"] = ["a" * (1 + i % 2) for i in range(20)]
            given["n"] = 5
            given["tags"] = None
            given.clear()

    thread = threading.Thread(target=change)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    thread.start()
    try:
        for _ in range(20_000):
            assert bundle.decide("s0", given).variant in ("control", "other")
            assert bundle.decide_all(given)["s1"].variant in ("control", "other")
    finally:
        stop.set()
        thread.join()
        sys.setswitchinterval(interval)
