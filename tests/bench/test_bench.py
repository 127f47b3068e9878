"""The bench itself: one workload for everybody, a judge to be trusted, a comparison that works."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tacit.compiler import compile_project
from tacit.runtime import reference

from bench import compare, oracle, remembering, report
from bench.check import with_oracle
from bench.contenders import NAMES, Evaluator, find
from bench.contenders.hand import Hand
from bench.description import All, Atom, Kind, Op, Rule, Signal, Surface, clauses_of
from bench.description import Any as Either
from bench.measure import in_turns
from bench.project import project
from bench.targets import TARGETS, judged
from bench.workload import by_name, contexts, digest

GOLDEN_N100 = "f874bf49c7966b4d21081e580d898e4dcbad5f9db94b5077f117d950a798e3d7"


def test_the_workload_is_the_same_everywhere() -> None:
    assert digest(by_name("n100")) == GOLDEN_N100


def test_a_smaller_workload_begins_a_larger_one() -> None:
    assert by_name("n100").surfaces == by_name("n1000").surfaces[:10]


def test_rollouts_have_the_salts_that_the_compiler_deals() -> None:
    described = by_name("n100")
    compiled = compile_project(project(described), debug=False).program
    dealt = {
        rule.id: rule.traffic.salt
        for surface in compiled.surfaces
        for rule in surface.rules
        if rule.traffic is not None
    }
    expected = {
        rule.id: rule.salt
        for surface in described.surfaces
        for rule in surface.rules
        if rule.share is not None
    }
    assert dealt == expected


def test_the_workload_is_as_described() -> None:
    rules = [rule for surface in by_name("n10000").surfaces for rule in surface.rules]
    with_or = sum(len(clauses_of(rule.condition)) > 1 for rule in rules) / len(rules)
    with_rollout = sum(rule.share is not None for rule in rules) / len(rules)
    assert with_or == pytest.approx(0.3, abs=0.02)
    assert with_rollout == pytest.approx(0.4, abs=0.02)
    plain = {len(clauses_of(r.condition)[0]) for r in rules if len(clauses_of(r.condition)) == 1}
    assert plain == {2, 3, 4}
    eight = by_name("eight2000").surfaces[0].rules
    assert len(eight) == 2000
    assert all(len(clauses_of(rule.condition)[0]) == 8 for rule in eight)


def test_contexts_miss_signals_only_when_asked() -> None:
    names = {signal.name for signal in by_name("n10").signals} | {"install_id"}
    assert all(set(context) == names for context in contexts(50))
    some = contexts(500, missing=True)
    share = 1 - sum(len(context) for context in some) / (500 * len(names))
    assert share == pytest.approx(0.3, abs=0.03)


@pytest.mark.parametrize("workload", ["n100", "long2000"])
@pytest.mark.parametrize("missing", [False, True])
def test_the_chain_by_hand_decides_as_the_oracle(
    workload: str, missing: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The bench's own packages are not there in tests; any murmur3 will do.
    hashing = SimpleNamespace(mmh3_32_uintdigest=oracle.murmur3_32)
    monkeypatch.setitem(sys.modules, "mmh3", hashing)
    described = by_name(workload)
    evaluator = Hand().load(Hand().payload(described))
    seen = set()
    for context in contexts(40, missing):
        decisions = evaluator.all(context)
        for surface in described.surfaces:
            expected, rule = oracle.decide(surface, described.unit.name, context)
            seen.add(rule)
            assert decisions[surface.name] == expected
            assert evaluator.one(surface.name, context) == expected
    assert len(seen) > 5  # many rules fire, not always the same


def test_a_contender_that_decides_otherwise_is_found() -> None:
    class Careless(Hand):
        def position(self, salt: str, unit: str) -> float:
            return 0  # takes everybody into every rollout

    described = by_name("n10")
    careless = Careless()

    def decide(surface: str, context: Any) -> str:
        unit = described.unit.name
        return oracle.decide(described.surfaces[0], unit, context, careless.position)[0]

    evaluator = Evaluator(one=decide, all=lambda context: {"s0000": decide("s0000", context)})
    assert with_oracle(careless, evaluator, described, missing=False)["differ"] == 0
    found = with_oracle(Hand(), evaluator, described, missing=False)
    assert 0 < found["differ"] < found["decisions"]
    assert found["example"]["got"] != found["example"]["expected"]


A = Signal("a", Kind.INT)
B = Signal("b", Kind.VERSION)
SMALL, LARGE = Atom(A, Op.BELOW, (3,)), Atom(A, Op.AT_LEAST, (3,))
NEW = Atom(B, Op.AT_LEAST, ("2.10.0",))


@pytest.mark.parametrize(
    ("condition", "context", "expected"),
    [
        (SMALL, {"a": 2}, True),
        (SMALL, {}, None),
        (Either((SMALL, LARGE)), {}, None),  # no excluded middle
        (Either((SMALL, NEW)), {"b": "2.11.0"}, True),
        (All((SMALL, NEW)), {"b": "2.9.0"}, False),
        (All((SMALL, NEW)), {"b": "2.11.0"}, None),
    ],
)
def test_the_oracle_knows_three_values(condition: Any, context: Any, expected: bool | None) -> None:
    assert oracle.truth(condition, context) is expected


def test_the_oracle_hashes_as_published() -> None:
    # Values of the reference implementation, seed 0.
    assert oracle.murmur3_32(b"") == 0
    assert oracle.murmur3_32(b"hello") == 0x248BFA47
    assert oracle.murmur3_32(b"hello, world") == 0x149BBB7F
    assert oracle.murmur3_32(b"The quick brown fox jumps over the lazy dog") == 0x2E4FF723


def test_a_rollout_without_a_unit_is_passed_over() -> None:
    rules = (Rule("r0", "salt", SMALL, 9500, "x"), Rule("r1", "salt", SMALL, None, "y"))
    surface = Surface("s", "z", ("x", "y", "z"), rules)
    assert oracle.decide(surface, "unit", {"a": 1}) == ("y", 1)
    assert oracle.decide(surface, "unit", {"a": 1, "unit": "u1"}) == ("x", 0)


def test_every_contender_writes_its_payload_without_its_product() -> None:
    described = by_name("n10")
    for name in NAMES:
        if name != "tacit":
            assert isinstance(find(name).payload(described), bytes)


def test_pairs_are_timed_in_turns() -> None:
    turns: list[str] = []

    def loop(name: str) -> Any:
        return lambda: lambda: turns.append(name)

    measured = in_turns(loop("a"), loop("b"), calls=1, rounds=4, block=0, fresh=False)
    assert turns == list("abbaabbaab")
    assert measured["us"] > 0
    assert measured["ratio_quartile_1"] <= measured["ratio"] <= measured["ratio_quartile_3"]


def _result(ratio: float, contender: str = "tacit") -> dict[str, Any]:
    measured = {"one": {"us": 1.0, "ratio": ratio}, "payload": {"raw": 100, "gzip": 50}}
    return {
        "format": 1,
        "machine": {"python": "CPython 3.11", "system": "Linux", "cpu": "one"},
        "workloads": {"n10": {"digest": "d", "contenders": {contender: measured}}},
    }


def _written(folder: Path, name: str, result: Any) -> str:
    path = folder / name
    path.write_text(result if isinstance(result, str) else json.dumps(result))
    return str(path)


def test_compare_shows_what_got_worse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = _written(tmp_path, "before.json", _result(0.4))
    after = _written(tmp_path, "after.json", _result(0.5))
    assert compare.main([before, after]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "workload, contender, figure  before  after  after/before",
        "n10, tacit, one, ratio        0.400  0.500          1.25  worse",
        "3 figures compared, 1 shown",
    ]
    assert compare.main([after, before]) == 0
    assert "better" in capsys.readouterr().out
    assert compare.main([before, after, "--threshold", "30"]) == 0


def test_compare_does_not_fail_for_a_peer(tmp_path: Path) -> None:
    before = _written(tmp_path, "before.json", _result(2, "eppo"))
    after = _written(tmp_path, "after.json", _result(3, "eppo"))
    assert compare.main([before, after]) == 0


def test_compare_says_when_the_rules_differ(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = _result(0.4)
    other["workloads"]["n10"]["digest"] = "e"
    other["machine"]["cpu"] = "two"
    before = _written(tmp_path, "before.json", _result(0.4))
    assert compare.main([before, _written(tmp_path, "after.json", other)]) == 0
    out = capsys.readouterr().out
    assert "n10: the two ran different rules" in out
    assert "cpu: one before, two after" in out


@pytest.mark.parametrize("text", ["[]", "{", '{"format": 2, "workloads": {}}'])
def test_compare_refuses_other_files(
    tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    good = _written(tmp_path, "good.json", _result(0.4))
    assert compare.main([good, _written(tmp_path, "bad.json", text)]) == 2
    assert capsys.readouterr().err.startswith("bad.json: ")


def test_a_target_not_measured_is_neither_met_nor_missed() -> None:
    rows = judged(_result(0.4))
    assert len(rows) == len(TARGETS)
    assert [(row["value"], row["met"]) for row in rows[:2]] == [(0.4, True), (None, None)]
    assert judged(_result(0.6))[0]["met"] is False


def _remembering(ratio: float, differ: int = 0) -> dict[str, Any]:
    entry = {
        "differ": differ,
        "state_bytes": 2000,
        "event_us": 3.0,
        "one": {"us": 0.2, "without_us": 0.1, "ratio": ratio},
    }
    return _result(0.4) | {"remembering": {"shop": entry}}


@pytest.mark.parametrize("name", ["shop", "n10"])
def test_projects_that_remember_are_decided_as_by_the_reference(name: str) -> None:
    found = remembering.measured(name, rounds=1, block=0.001, series=3)
    assert found["differ"] == 0
    assert found["state_bytes"] > 300
    for figure in ("event_us", "shown_us", "first_us", "refresh_us", "load_us", "save_us"):
        assert found[figure] > 0
    assert {"us", "without_us", "ratio"} <= found["one"].keys() & found["all"].keys()


def test_a_device_that_decides_otherwise_than_the_reference_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = compile_project(remembering.source("shop"), debug=False).bytes
    device = remembering.Device(data)
    assert device.differing() == 0
    monkeypatch.setattr(reference, "standing_of", lambda program, state, now: None)
    assert device.differing() > 0


def test_targets_with_a_state() -> None:
    def met(result: Any) -> dict[str, Any]:
        return {row["target"]: row["met"] for row in judged(result)}

    assert met(_remembering(1.4))["shop, one, with a state to without"] is True
    assert met(_remembering(1.6))["shop, one, with a state to without"] is False
    assert met(_remembering(1.6))["shop, recording an event"] is True
    assert met(_remembering(1.6))["n1000, recording an event"] is None
    assert met(_result(0.4))["shop, recording an event"] is None


def test_the_table_of_what_remembers() -> None:
    assert report.remembering_table(_remembering(1.25)).split("\n")[1].split() == (
        ["shop", "0.200", "(1.25)", "-", "3.00", "-", "-", "-", "-", "-", "2.00", "yes"]
    )
    assert report.remembering_table(_remembering(1.25, differ=3)).endswith("3 DIFFER")


def test_compare_shows_what_a_state_costs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = _written(tmp_path, "before.json", _remembering(1.0))
    after = _written(tmp_path, "after.json", _remembering(1.3))
    assert compare.main([before, after]) == 1
    assert "shop, tacit, with a state, one, ratio" in capsys.readouterr().out
    assert compare.main([_written(tmp_path, "old.json", _result(0.4)), after]) == 0
