"""What the collector, finalizers and copies may do to bundles and decisions."""

from __future__ import annotations

import copy
import gc
import subprocess
import sys
import weakref

import pytest
from tacit.runtime import Bundle

from . import builder as b

FINALIZER = """
import gc
from tacit.runtime import Bundle
from tests.runtime import builder as b

count = 70
signals = [b.Signal(f"s{i}", "string") for i in range(count)]
every = ("all", [("HAS", i, None) for i in range(count)])
bundle = Bundle.load(b.build(b.Program(signals, [], [b.Surface("hero", rules=[b.Rule(every, 1)])])))
decide = bundle.decide


class Loop:
    def __init__(self):
        self.me = self

    def __del__(self):
        decide("hero", {"s9": "x"})


calls = [{f"s{i}": "x"} for i in range(3)]
wanted = [tuple(f"s{i}" for i in range(count) if i != left) for left in range(3)]
gc.set_threshold(1, 1, 1)
for i in range(600):
    gc.disable()
    loops = [Loop() for _ in range(3)]
    del loops
    call = calls[i // 7 % 3]
    gc.enable()
    # Nobody but the bundle's cache may hold the decision made before.
    assert decide("hero", call).unknown == wanted[i // 7 % 3], i
"""


def small() -> Bundle:
    rules = [b.Rule(("HAS", 0, None), 1, id="one")]
    return Bundle.load(
        b.build(b.Program([b.Signal("tags", "string_list")], [], [b.Surface("hero", rules=rules)]))
    )


class Node:
    """Something that can be part of a cycle and be watched."""


def test_a_bundle_in_a_cycle_is_collected() -> None:
    """The collector clears what is older first: the bundle before what holds it, and after."""
    watched: list[weakref.ref[object]] = []
    for turn in range(50):
        bundles = [small()]
        node = Node()
        bundles.append(small())
        members = vars(node)
        members["me"] = node
        members["bundles"] = bundles
        decisions = [bundle.decide_all({"tags": ["x"]}) for bundle in bundles]
        members["decisions"] = decisions
        if turn % 2:
            members["made"] = [each["hero"] for each in decisions]
            members["views"] = [iter(each.items()) for each in decisions]
        members["given"] = bundles[0].decide("gone", {}, default=node)
        watched += [weakref.ref(node), *map(weakref.ref, bundles)]
        del node, members, bundles, decisions
    gc.collect()
    assert all(each() is None for each in watched)


def test_a_finalizer_may_decide_on_the_same_bundle() -> None:
    """Making a decision allocates, so the collector may run in the middle of it. In a process of
    its own, with the system's malloc, which is what makes memory used after it was freed show."""
    run = subprocess.run(
        [sys.executable, "-c", FINALIZER],
        env={"PYTHONPATH": ":".join(filter(None, sys.path)), "PYTHONMALLOC": "malloc_debug"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2000:]


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_a_copy_of_a_bundle_decides_alike(copied: object) -> None:
    bundle = small()
    other = copied(bundle)  # type: ignore[operator]
    assert other.digest == bundle.digest
    assert other.decide("hero", {"tags": []}) == bundle.decide("hero", {"tags": []})
