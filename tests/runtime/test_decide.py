"""Deciding: arguments, the order of steps, what a decision says."""

from __future__ import annotations

import collections
from collections.abc import Mapping
from typing import Any

import pytest
from tacit.runtime import (
    ArgumentError,
    Bundle,
    CallError,
    Decision,
    Reason,
    TacitError,
    TimeError,
    UnknownSurfaceError,
    no_bundle,
)
from tacit.runtime.errors import CODES

from .builder import Program, Rule, Signal, Split, Surface, build
from .generate import Level, Text
from .one_surface import BOOL, STRING, bundle_of, signals

# ---------------------------------------------------------------- arguments


def test_errors_divide_by_who_is_at_fault() -> None:
    bundle = bundle_of(True)
    cases: list[tuple[str, type[Exception], Any]] = [
        ("R201", ArgumentError, lambda: bundle.decide("s", None)),  # type: ignore[arg-type]
        ("R201", ArgumentError, lambda: bundle.decide("s", [("a", 1)])),  # type: ignore[arg-type]
        ("R201", ArgumentError, lambda: bundle.decide_all("x")),  # type: ignore[arg-type]
        ("R202", ArgumentError, lambda: bundle.decide("s", {}, now=True)),
        ("R202", ArgumentError, lambda: bundle.decide("s", {}, now=1.5)),  # type: ignore[arg-type]
        ("R202", ArgumentError, lambda: bundle.decide("s", {}, now=float("nan"))),  # type: ignore[arg-type]
        ("R202", ArgumentError, lambda: bundle.decide_all({}, now="1")),  # type: ignore[arg-type]
        ("R202", TimeError, lambda: bundle.decide("s", {}, now=2**53)),
        ("R202", TimeError, lambda: bundle.decide("s", {}, now=-(2**70))),
        ("R203", ArgumentError, lambda: bundle.decide("s", {}, consent="ads")),
        ("R203", ArgumentError, lambda: bundle.decide("s", {}, consent=b"ads")),  # type: ignore[arg-type]
        ("R203", ArgumentError, lambda: bundle.decide("s", {}, consent=3)),  # type: ignore[arg-type]
        ("R203", ArgumentError, lambda: bundle.decide_all({}, consent=["ads", 1])),  # type: ignore[list-item]
        ("R204", ArgumentError, lambda: bundle.decide("s", {}, {})),  # type: ignore[arg-type]
        ("R204", ArgumentError, lambda: bundle.decide_all({}, state=1)),  # type: ignore[arg-type]
        ("R204", ArgumentError, lambda: bundle.explain("s", {}, state=1)),  # type: ignore[arg-type]
        ("R205", ArgumentError, lambda: bundle.decide(None, {})),  # type: ignore[arg-type]
        ("R205", ArgumentError, lambda: bundle.decide(["s"], {})),  # type: ignore[arg-type]
        ("R206", ArgumentError, lambda: Bundle.load(3)),  # type: ignore[arg-type]
        ("R207", UnknownSurfaceError, lambda: bundle.decide("t", {}, strict=True)),
    ]
    for code, kind, call in cases:
        with pytest.raises(kind) as found:
            call()
        assert isinstance(found.value, CallError)
        assert found.value.code == code
        assert isinstance(found.value, TacitError)
    assert {code for code, _, _ in cases} == {code for code in CODES if "R201" <= code <= "R207"}
    assert issubclass(ArgumentError, TypeError)
    assert issubclass(UnknownSurfaceError, LookupError)


def test_the_names_of_surfaces() -> None:
    bundle = bundle_of(True)
    assert bundle.decide(Text("s"), {}).variant == "r0"
    marker = object()
    decision = bundle.decide("nowhere", {"visits": "?"}, default=marker)
    assert decision.content is marker
    assert (decision.variant, decision.reason, decision.rule) == (None, "NO_SURFACE", None)
    assert (decision.unknown, decision.explanation, decision.explanations) == ((), None, {})
    assert bundle.decide("nowhere", {}).content is None


def test_no_bundle() -> None:
    decision = no_bundle("hero", default={"a": 1})
    assert (decision.surface, decision.variant, decision.reason) == ("hero", None, "NO_BUNDLE")
    assert decision.content == {"a": 1}
    assert no_bundle("hero").content is None


def test_now_takes_what_has_an_index() -> None:
    class Moment:
        def __index__(self) -> int:
            return 5

    surface = Surface("s", rules=[Rule(True, 1, start=5, end=6)])
    bundle = Bundle.load(build(Program(signals=signals(), surfaces=[surface])))
    moments: list[Any] = [4, 5, Moment(), Level.LOW, 6]
    variants = [bundle.decide("s", {}, now=now).variant for now in moments]
    assert variants == ["control", "other", "other", "control", "control"]


def test_the_clock_is_read_when_time_matters(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def clock() -> int:
        asked.append(1)
        return 5_000_000

    monkeypatch.setattr("time.time_ns", clock)
    surface = Surface("s", rules=[Rule(True, 1, start=5, end=6)])
    timed = Bundle.load(build(Program(signals=[], surfaces=[surface])))
    assert timed.decide("s", {}).variant == "other"
    assert timed.decide_all({})["s"].variant == "other"
    assert len(asked) == 2
    timeless = Bundle.load(build(Program(signals=[], surfaces=[Surface("s", rules=[Rule()])])))
    timeless.decide("s", {})
    assert len(asked) == 2


# ---------------------------------------------------------------- steps


def test_schedules_on_the_local_clock() -> None:
    hour = 3_600_000
    surface = Surface("s", rules=[Rule(True, 1, start=2 * hour, end=3 * hour, local=True)])
    bundle = Bundle.load(build(Program(signals=signals(), surfaces=[surface])))

    def variant(now: int, offset: Any) -> str | None:
        return bundle.decide("s", {"utc_offset_minutes": offset}, now=now).variant

    assert variant(hour, 60) == "other"
    assert variant(hour - 1, 60) == "control"
    assert variant(2 * hour, 60) == "control"
    assert variant(4 * hour, -120) == "other"
    assert variant(2 * hour, None) == "control"
    assert variant(2 * hour, 2**53 - 1) == "control"
    assert variant(2 * hour, -(2**53) + 1) == "control"
    assert bundle.decide("s", {}).unknown == ("utc_offset_minutes",)


def test_the_first_step_that_applies() -> None:
    everybody = [(0, 10_000)]
    made = Program(
        signals=signals(),
        surfaces=[
            Surface("s", rules=[Rule(True, 1)]),
            Surface("never", ["control"], forbidden=True),
        ],
        expires=100,
        defaults_when_expired=True,
        holdout=(STRING, "abc", everybody),
    )
    bundle = Bundle.load(build(made))

    def steps(given: Mapping[str, Any], now: int) -> list[tuple[str, tuple[str, ...]]]:
        decisions = bundle.decide_all(given, now=now)
        for name in bundle.surfaces:
            assert bundle.decide(name, given, now=now) == decisions[name]
        return [(str(d.reason), d.unknown) for d in decisions.values()]

    assert steps({}, 100) == [("EXPIRED", ()), ("FORBIDDEN", ())]
    assert steps({}, 99) == [("HOLDOUT_NO_UNIT", ("country",)), ("FORBIDDEN", ())]
    assert steps({"country": "DE"}, 99) == [("HOLDOUT", ()), ("FORBIDDEN", ())]


def test_splits_and_traffic() -> None:
    arms = [(0, [(0, 2_000)]), (1, [(2_000, 4_000), (6_000, 8_000)])]
    surface = Surface(
        "s",
        ["a", "b", "c"],
        default=2,
        rules=[
            Rule(True, Split(STRING, "abc1234", arms)),
            Rule(True, 0, traffic=(STRING, 5_000, "xyz")),
        ],
    )
    bundle = Bundle.load(build(Program(signals=signals(), surfaces=[surface], debug=True)))
    seen: collections.Counter[tuple[Any, ...]] = collections.Counter()
    for number in range(3_000):
        decision = bundle.decide("s", {"country": f"u{number}"})
        seen[decision.variant, str(decision.reason), decision.rule] += 1
    assert set(seen) == {
        ("a", "SPLIT", "rule-0"),
        ("b", "SPLIT", "rule-0"),
        ("a", "RULE_MATCH", "rule-1"),
        ("c", "DEFAULT", None),
    }
    assert 480 < seen["a", "SPLIT", "rule-0"] < 720
    assert bundle.decide("s", {}).unknown == ("country",)


# ---------------------------------------------------------------- what a decision says


def test_contents_are_fresh_and_decisions_equal() -> None:
    surface = Surface("s", rules=[Rule(True, 1)], contents=[None, {"list": [1]}])
    bundle = Bundle.load(build(Program(signals=signals(), surfaces=[surface])))
    decision = bundle.decide("s", {})
    decision.content["list"].append(2)
    assert decision.content == {"list": [1]}
    again = bundle.decide("s", {})
    assert decision == again
    assert decision != no_bundle("s")
    assert decision != "r0"
    assert repr(decision) == (
        "Decision(surface='s', variant='other', reason='RULE_MATCH', rule=0, unknown=())"
    )
    with pytest.raises(TypeError):
        hash(decision)
    with pytest.raises(AttributeError):
        decision.variant = "x"  # type: ignore[misc]
    assert decision.reason is Reason.RULE_MATCH


def test_explanations() -> None:
    rules = [Rule(("IS_TRUE", BOOL, None), 1, because={"de": "weil", "en": "because"}), Rule(True)]
    made = Program(signals=signals(), surfaces=[Surface("s", rules=rules)], explanations=True)
    bundle = Bundle.load(build(made))
    decision = bundle.decide("s", {"member": True})
    assert decision.explanation == "because"
    decision.explanations["en"] = "changed"
    assert decision.explanations == {"de": "weil", "en": "because"}
    other = bundle.decide("s", {"member": False})
    assert (other.explanation, other.explanations) == (None, {})


def test_more_signals_than_a_word_has_bits() -> None:
    made = Program(
        signals=[Signal(f"s{i}", "int") for i in range(200)],
        surfaces=[Surface("s", rules=[Rule(("all", [("GE", i, 1) for i in range(0, 200, 3)]), 1)])],
    )
    bundle = Bundle.load(build(made))
    given = {f"s{i}": 1 for i in range(200)}
    assert bundle.decide("s", given).variant == "other"
    assert bundle.decide("s", given).unknown == ()
    del given["s3"], given["s198"], given["s100"]
    for decision in (bundle.decide("s", given), bundle.decide_all(given)["s"]):
        assert (decision.variant, decision.unknown) == ("control", ("s3", "s198"))


def test_a_bundle_without_anything() -> None:
    bundle = Bundle.load(build(Program()))
    assert bundle.surfaces == ()
    assert dict(bundle.decide_all({"a": 1})) == {}
    assert bundle.decide("s", {}).reason == "NO_SURFACE"
    assert dict(bundle.signals) == {}


def test_what_a_bundle_says_of_itself() -> None:
    import hashlib
    import pickle

    bundle = bundle_of(True)
    assert bundle.digest == hashlib.sha256(bundle.bytes).hexdigest()
    assert list(bundle.signals) == [s.name for s in signals()]
    visits = bundle.signals["visits"]
    assert (visits.type, visits.minimum, visits.maximum, visits.purpose) == ("int", -5, 1_000, None)
    assert bundle.signals["tier"].values == ("none", "gold", "ab")
    assert bundle.signals["secret"].purpose == "ads"
    assert repr(bundle) == f"<Bundle {bundle.digest[:12]}: 1 surfaces, 1 rules>"
    again = pickle.loads(pickle.dumps(bundle))
    assert again.bytes == bundle.bytes
    with pytest.raises(TypeError):
        Bundle()
    assert isinstance(bundle.decide("s", {}), Decision)
    assert "reason=" in repr(bundle.explain("s", {}))
