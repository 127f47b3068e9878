"""The lock: dealt the same each time, strictly read, changed with as few moves as can be."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tacit.compiler import lock
from tacit.compiler.buckets import allot, count, join, redistribute, salt
from tacit.compiler.lock import Lock, Pool, Want
from tacit.compiler.quantities import BUCKETS
from tacit.compiler.rebalance import rebalance
from tacit.compiler.source import load

SMALL = 7  # positions in the brute-force tests


def _owners(ranges: dict[str, tuple[tuple[int, int], ...]], buckets: int) -> list[str]:
    owners = [""] * buckets
    for name, runs in ranges.items():
        for start, end in runs:
            for at in range(start, end):
                assert owners[at] == "", "given twice"
                owners[at] = name
    return owners


def _ranges(owners: list[str]) -> dict[str, tuple[tuple[int, int], ...]]:
    found: dict[str, list[tuple[int, int]]] = {}
    for at, name in enumerate(owners):
        if name:
            found.setdefault(name, []).append((at, at + 1))
    return {name: join(runs) for name, runs in found.items()}


@st.composite
def _sizes(draw: st.DrawFn, buckets: int) -> dict[str, int]:
    left, sizes = buckets, {}
    for name in draw(st.permutations("abcd")):
        if draw(st.booleans()):
            sizes[name] = draw(st.integers(0, left))
            left -= sizes[name]
    return sizes


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(["", "a", "b", "c", "d"]), min_size=SMALL, max_size=SMALL),
    _sizes(SMALL),
)
def test_fewest_moves_by_brute_force(before: list[str], sizes: dict[str, int]) -> None:
    """No assignment with these sizes changes fewer positions than ours."""
    after = _owners(redistribute(_ranges(before), sizes, SMALL), SMALL)
    for name in "abcd":
        assert after.count(name) == sizes.get(name, 0)
    names = [name for name, size in sizes.items() for _ in range(size)]
    names += [""] * (SMALL - len(names))
    best = min(
        sum(old != new for old, new in zip(before, other, strict=True))
        for other in set(itertools.permutations(names))
    )
    assert sum(old != new for old, new in zip(before, after, strict=True)) == best


@settings(max_examples=100, deadline=None)
@given(st.lists(_sizes(BUCKETS), min_size=2, max_size=6))
def test_fewest_moves_over_a_life(steps: list[dict[str, int]]) -> None:
    """At full size, after any history: the moves are the least that the sizes allow."""
    ranges: dict[str, tuple[tuple[int, int], ...]] = {}
    for sizes in steps:
        before, ranges = ranges, redistribute(ranges, sizes)
        old, new = _owners(before, BUCKETS), _owners(ranges, BUCKETS)
        assert {name: count(runs) for name, runs in ranges.items()} == sizes
        assert all(runs == join(runs) for runs in ranges.values())
        given_up = sum(max(0, old.count(name) - sizes.get(name, 0)) for name in "abcd")
        taken = sum(max(0, sizes.get(name, 0) - old.count(name)) for name in "abcd")
        moves = sum(first != second for first, second in zip(old, new, strict=True))
        assert moves == max(given_up, taken)


@settings(deadline=None)
@given(
    st.integers(0, BUCKETS),
    st.lists(st.integers(0, 4000), min_size=1, max_size=5).filter(
        lambda item: sum(item) <= BUCKETS
    ),
)
def test_allot(total: int, parts: list[int]) -> None:
    """Whole positions that add up; nobody is off by a whole one; the order does not matter."""
    shares = {f"arm{index}": part for index, part in enumerate([*parts, BUCKETS - sum(parts)])}
    sizes = allot(total, shares)
    assert sum(sizes.values()) == total
    for name, share in shares.items():
        assert abs(sizes[name] * BUCKETS - total * share) < BUCKETS
    assert allot(total, dict(reversed(shares.items()))) == sizes


def test_salts() -> None:
    # Recorded: a change here would move everybody of every project.
    assert salt(7, "layer", "offers") == "QBwBhVr"
    assert salt(3, "traffic", "home_hero", "win-back") == "Mfm"
    many = {salt(7, "experiment", str(number)) for number in range(2000)}
    assert len(many) == 2000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{7}", item) for item in many)
    assert salt(3, "split", "a", "b") != salt(3, "traffic", "a", "b")
    assert salt(7, "a", "bc") != salt(7, "ab", "c")


WANTS = (
    Want(("layer", "offers"), "id", ((("e", "a"), 2000), (("e", "b"), 2000), (("f", "a"), 0))),
    Want(("experiment", "solo"), "id", ((("solo", "x"), 10_000),)),
    Want(("holdout", ""), "id", ((("", "held"), 500),)),
)


def test_deal_is_in_declared_order() -> None:
    dealt = lock.deal("shop", WANTS)
    assert dealt.pools[("layer", "offers")].ranges == {
        ("e", "a"): ((0, 2000),),
        ("e", "b"): ((2000, 4000),),
        ("f", "a"): (),
    }
    assert dealt.pools[("holdout", "")].ranges == {("", "held"): ((0, 500),)}
    assert dealt == lock.deal("shop", WANTS)
    assert len({pool.salt for pool in dealt.pools.values()}) == 3


def test_text_comes_back() -> None:
    dealt = lock.deal("shop", WANTS)
    text = lock.write(dealt)
    assert lock.read(text) == (dealt, ())
    assert lock.read(text.replace("\n", "\r\n")) == (dealt, ())
    assert lock.write(lock.deal("shop", reversed(WANTS))) == text
    assert lock.mismatches(dealt, WANTS) == []
    assert text == (
        '{\n  "lock": 1,\n  "project": "shop",\n  "pools": {\n'
        '    "experiment solo": {"unit": "id", "salt": "fOfs6pv", "ranges": {\n'
        '        "solo/x": [[0, 10000]]\n    }},\n'
        '    "holdout": {"unit": "id", "salt": "-0_Jkwj", "ranges": {\n'
        '        "held": [[0, 500]]\n    }},\n'
        '    "layer offers": {"unit": "id", "salt": "QBwBhVr", "ranges": {\n'
        '        "e/a": [[0, 2000]],\n        "e/b": [[2000, 4000]],\n        "f/a": []\n    }}\n'
        '  },\n  "checksum": "' + json.loads(text)["checksum"] + '"\n}\n'
    )


def test_empty_lock() -> None:
    assert lock.read(lock.write(Lock("p", {}))) == (Lock("p", {}), ())


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_damage_is_noticed(data: st.DataObject) -> None:
    """One changed, lost or added character: refused, or the same lock (layout alone)."""
    dealt = lock.deal("shop", WANTS)
    text = lock.write(dealt)
    at = data.draw(st.integers(0, len(text) - 1))
    char = data.draw(st.sampled_from(["", " ", "0", "9", '"', "a", "{", "]", ",", "\x00", "é"]))
    found, problems = lock.read(text[:at] + char + text[at + data.draw(st.integers(0, 1)) :])
    assert (found is None) == bool(problems)
    assert found in (None, dealt)


@settings(deadline=None)
@given(st.text(max_size=60))
def test_no_text_makes_the_reader_raise(text: str) -> None:
    found, problems = lock.read(text)
    assert found is None
    assert problems[0].code in ("E320", "E321")


@pytest.mark.parametrize(
    "text", ["[]", "1", "null", '{"lock": 1}', "[" * 100_000, "NaN", '{"lock": ' + "9" * 5000 + "}"]
)
def test_json_that_is_no_lock(text: str) -> None:
    assert lock.read(text)[1][0].code == "E320"


def test_growing_keeps_everybody() -> None:
    old = lock.deal("shop", WANTS)
    grown = Want(
        ("layer", "offers"), "id", ((("e", "a"), 3000), (("e", "b"), 2500), (("g", "x"), 99))
    )
    new = lock.rebalance(old, "shop", (grown, *WANTS[1:]))
    before, after = (item.pools[("layer", "offers")].ranges for item in (old, new))
    for arm in (("e", "a"), ("e", "b")):
        assert set(_positions(before[arm])) <= set(_positions(after[arm]))
    assert lock.moved(old, new) == {
        ("experiment", "solo"): 0,
        ("holdout", ""): 0,
        ("layer", "offers"): 1599,
    }


def _positions(runs: tuple[tuple[int, int], ...]) -> list[int]:
    return [at for start, end in runs for at in range(start, end)]


def test_renames_keep_people() -> None:
    old = lock.deal("shop", WANTS)
    wants = (
        Want(("layer", "promos"), "id", ((("e2", "a"), 2000), (("e2", "beta"), 2000))),
        Want(("experiment", "alone"), "id", ((("alone", "x"), 10_000),)),
        WANTS[2],
    )
    renames = {"offers": "promos", "e": "e2", "e/b": "e2/beta", "solo": "alone"}
    new = lock.rebalance(old, "renamed-shop", wants, renames)
    assert set(lock.moved(old, new, renames).values()) == {0}
    assert new.pools[("layer", "promos")].salt == old.pools[("layer", "offers")].salt
    assert lock.rebalance(old, "shop", wants).pools[("layer", "promos")].salt != "QBwBhVr"


def test_another_unit_deals_anew() -> None:
    pool = Pool("id", "abcdefg", {("e", "a"): ((4000, 6000),)})
    old = Lock("shop", {("experiment", "e"): pool})
    new = lock.rebalance(old, "shop", [Want(("experiment", "e"), "other", ((("e", "a"), 2000),))])
    assert new.pools[("experiment", "e")].ranges == {("e", "a"): ((0, 2000),)}
    assert lock.moved(old, new) == {("experiment", "e"): 2000}


def test_a_source_from_no_lock_to_a_changed_one() -> None:
    """The whole way of `tacit rebalance`, twice."""
    arms = {"a": "50%", "b": "50%"}
    project = {
        "project": "shop",
        "unit": "id",
        "signals": {"id": {"type": "string", "source": "request"}},
        "holdout": {"share": "5%"},
        "experiments": {"e": {"traffic": "40%", "arms": arms}},
    }
    first = rebalance(load(project))
    assert first.diagnostics == ()
    assert first.moved == {}
    assert first.text is not None
    project["experiments"] = {"e": {"traffic": "50%", "arms": arms}}
    second = rebalance(replace(load(project), lock_text=first.text))
    assert second.moved == {"experiment e": 1000, "holdout": 0}
    assert second.text is not None
    third = rebalance(replace(load(project), lock_text=second.text))
    assert (third.text, third.moved) == (second.text, {"experiment e": 0, "holdout": 0})
    damaged = replace(load(project), lock_text=second.text.replace("shop", "shap"))
    assert [item.code for item in rebalance(damaged).diagnostics] == ["E321"]
    assert rebalance(damaged).text is None
    assert rebalance(damaged, anew=True).text is not None
