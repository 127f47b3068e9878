"""Deciding: arguments, signals of every kind, the order of steps, what a decision says."""

from __future__ import annotations

import collections
import types
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from tacit.runtime import (
    ArgumentError,
    Bundle,
    CallError,
    Decision,
    Observed,
    Reason,
    TacitError,
    TimeError,
    UnknownSurfaceError,
    no_bundle,
)
from tacit.runtime.errors import CODES

from .builder import Condition, Program, Rule, Signal, Split, Surface, build
from .generate import Colour, Level, Number, Text

BOOL, INT, DOUBLE, STRING, ENUM, VERSION, LIST, SECRET, OLD, OFFSET = range(10)


def signals() -> list[Signal]:
    return [
        Signal("member", "bool"),
        Signal("visits", "int", minimum=-5, maximum=1_000),
        Signal("score", "double", minimum=-1.5, maximum=99.5),
        Signal("country", "string", max_length=5),
        Signal("tier", "enum", members=("none", "gold", "ab")),
        Signal("app", "version"),
        Signal("tags", "string_list", max_length=4, max_items=3),
        Signal("secret", "string", purpose="ads"),
        Signal("fresh", "int", max_age=1_000),
        Signal("utc_offset_minutes", "int"),
    ]


def bundle_of(*conditions: Condition, **rest: Any) -> Bundle:
    """One surface `s`; rule i shows variant `r<i>`, else `control`."""
    variants = ["control", *(f"r{i}" for i in range(len(conditions)))]
    rules = [Rule(when, i + 1) for i, when in enumerate(conditions)]
    surface = Surface("s", variants, rules=rules)
    return Bundle.load(build(Program(signals=signals(), surfaces=[surface], **rest)))


def fires(condition: Condition, given: Mapping[str, Any], **arguments: Any) -> bool:
    return bundle_of(condition).decide("s", given, **arguments).variant == "r0"


# ---------------------------------------------------------------- signals


@pytest.mark.parametrize(
    ("signal", "good", "bad"),
    [
        ("member", [True, False], [1, 0, "true", None, [], 1.0]),
        (
            "visits",
            [0, 3, 3.0, -0.0, 1_000, -5, Level.HIGH, Number(7)],
            [True, 1.5, "3", 1_001, -6, 2**53, 10**400, float("nan"), float("inf"), None, b"3"],
        ),
        (
            "score",
            [0, 1.5, -1.5, 99.5, Number(4), Level.LOW, 5e-324],
            [True, "1", 99.50000000000001, float("nan"), float("-inf"), 2**53, 10**400],
        ),
        (
            "country",
            ["", "DE", "ééééé", "日本", "𝒳𝒳𝒳𝒳𝒳", Text("DE"), Colour.A],
            ["123456", "a\ud800", "\udfff", "𝒳\ud800", b"DE", 1, None],
        ),
        ("tier", ["none", "gold", Text("gold"), Colour.AB], ["Gold", "", "golds", "x" * 300, 1]),
        (
            "app",
            ["1", "1.2", "1.2.3.4", "0.0", "00000001", "67108863", Text("1.2")],
            ["", ".", "1.", ".1", "1..2", "1.2.3.4.5", "000000001", "67108864", "1.2-rc", "१", 1.2,
             " 1", "1 ", "1" * 40],
        ),
        (
            "tags",
            [[], ["a"], ("a", "b"), ["a", "a", "a"], [Text("a")]],
            [["a"] * 4, ["12345"], ["a", 1], ["\ud800"], "abc", {"a"}, None, [None]],
        ),
    ],
)  # fmt: skip
def test_values_and_what_is_none(signal: str, good: list[Any], bad: list[Any]) -> None:
    bundle = bundle_of(("HAS", [s.name for s in signals()].index(signal), None))
    for value in good:
        decision = bundle.decide("s", {signal: value})
        assert (decision.variant, decision.unknown) == ("r0", ()), f"{value!r:.60}"
    for value in bad:
        decision = bundle.decide("s", {signal: value})
        assert (decision.variant, decision.unknown) == ("control", (signal,)), f"{value!r:.60}"


def test_a_tautology_is_not_true_of_what_is_missing() -> None:
    either = ("any", [("LT", INT, 5), ("GE", INT, 5)])
    assert fires(either, {"visits": 4})
    assert not fires(either, {})
    assert not fires(("IS", STRING, "DE", True), {})
    assert fires(("HAS", INT, None, True), {})


def test_numbers_meet_their_cuts() -> None:
    for op, wanted in (("LT", [1, 0, 0]), ("LE", [1, 1, 0]), ("GT", [0, 0, 1]), ("GE", [0, 1, 1])):
        assert [fires((op, INT, 3), {"visits": n}) for n in (2, 3, 4)] == wanted, op
        doubles = (0.1 + 0.2 - 2**-54, 0.1 + 0.2, 0.1 + 0.2 + 2**-54)
        assert [fires((op, DOUBLE, 0.1 + 0.2), {"score": x}) for x in doubles] == wanted, op
        versions = ("1.9.9", "1.10", "1.10.0.1")
        assert [fires((op, VERSION, "1.10"), {"app": v}) for v in versions] == wanted, op
    assert fires(("GT", DOUBLE, 0.0), {"score": 5e-324})
    assert not fires(("LT", DOUBLE, 0.0), {"score": -0.0})


def test_texts_of_every_width() -> None:
    for hay in ("abcde", "abcdé", "abcd日", "abcd𝒳"):
        for op, part, wanted in (
            ("STARTS", "abc", True),
            ("STARTS", "bc", False),
            ("ENDS", hay[-2:], True),
            ("ENDS", "c", False),
            ("CONTAINS", "bcd", True),
            ("CONTAINS", hay[3:], True),
            ("CONTAINS", "", True),
            ("CONTAINS", "𝒴", False),
            ("STARTS", hay, True),
            ("STARTS", hay + "x", False),
        ):
            assert fires((op, STRING, part), {"country": hay}) is wanted, (hay, op, part)
        assert fires(("SIZE_EQ", STRING, 5), {"country": hay})
    # Bytes that match between two code points are no match.
    assert not fires(("CONTAINS", STRING, "\u4142"), {"country": "\u4241\u4243"})


def test_lists() -> None:
    assert fires(("INCLUDES", LIST, "a"), {"tags": ["b", "a"]})
    assert not fires(("INCLUDES", LIST, "a", True), {"tags": ["b", "a"]})
    assert fires(("INCLUDES", LIST, "a", True), {"tags": []})
    two = ("all", [("INCLUDES", LIST, "a"), ("INCLUDES", LIST, "b"), ("INCLUDES", LIST, "c", True)])
    assert fires(two, {"tags": ["b", "a"]})
    assert not fires(two, {"tags": ["b"]})
    assert not fires(two, {"tags": ["a", "b", "c"]})
    body = ("all", [("STARTS", LIST, "a"), ("SIZE_GT", LIST, 1), ("IS", LIST, "ab", True)])
    assert fires(("EXISTS", LIST, body), {"tags": ["ab", "ac"]})
    assert not fires(("EXISTS", LIST, body), {"tags": ["ab", "b"]})
    assert fires(("EXISTS", LIST, body, True), {"tags": []})
    assert not fires(("EXISTS", LIST, True), {"tags": []})


def test_observed_values_age() -> None:
    condition = ("GE", 8, 1)
    for at, wanted in (
        (9_000, True),
        (8_999, False),
        (10_001, True),
        (2**70, True),
        (-(2**70), False),
    ):
        assert fires(condition, {"fresh": Observed(3, at)}, now=10_000) is wanted, at
    assert fires(condition, {"fresh": 3}, now=10_000)
    assert not fires(condition, {"fresh": Observed(None, 10_000)}, now=10_000)
    assert not fires(condition, {"fresh": Observed(Observed(3, 10_000), 10_000)}, now=10_000)
    assert not fires(condition, {"fresh": Observed(3, "now")}, now=10_000)  # type: ignore[arg-type]
    assert fires(("GE", INT, 1), {"visits": Observed(3, -5)}, now=10_000)  # it does not age


def test_consent() -> None:
    condition = ("HAS", SECRET, None)
    for consent in (["ads"], ("x", "ads"), {"ads"}, frozenset({"ads"}), iter(["ads"]), {"ads": 1}):
        assert fires(condition, {"secret": "x"}, consent=consent)
    for consent in (None, [], ["personalization"], ["ADS"]):
        assert not fires(condition, {"secret": "x"}, consent=consent)
    decision = bundle_of(condition).decide("s", {"secret": "x"})
    assert decision.unknown == ("secret",)


class Mine(Mapping[str, Any]):
    def __init__(self, inner: dict[str, Any]) -> None:
        self.inner = inner

    def __getitem__(self, name: str) -> Any:
        return self.inner[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.inner)

    def __len__(self) -> int:
        return len(self.inner)


def test_any_mapping_will_do() -> None:
    bundle = bundle_of(("IS", STRING, "DE"))
    given = {"country": "DE"}
    others = (
        collections.OrderedDict(given),
        types.MappingProxyType(given),
        collections.ChainMap({}, given),
        Mine(given),
    )
    for mapping in others:
        assert bundle.decide("s", mapping).variant == "r0"
        assert bundle.decide_all(mapping)["s"].variant == "r0"
    lazy: dict[str, Any] = collections.defaultdict(lambda: "DE")
    assert bundle.decide("s", lazy).unknown == ("country",)
    assert not lazy, "asking must not add"


def test_keys_of_every_kind() -> None:
    """Dicts are read in place, walked or looked up, by what their keys are and how many."""
    bundle = bundle_of(("IS", STRING, "DE"))

    class Key(str):
        __slots__ = ()

        def __hash__(self) -> int:
            return str.__hash__(self)

    class Same:
        def __eq__(self, other: object) -> bool:
            raise RuntimeError("compared")

        def __hash__(self) -> int:
            return hash("country")

    class Attributes:
        def __init__(self) -> None:
            self.country = "DE"

    fresh = "".join(["coun", "try"])
    dicts: list[dict[Any, Any]] = [
        {"country": "DE"},
        {fresh: "DE"},
        {1: 2, None: 3, "country": "DE"},
        {Key("country"): "DE"},
        {Key("other"): "AT", "country": "DE"},
        {f"other {i}": i for i in range(1_000)} | {"country": "DE"},
        {1: 1} | {f"other {i}": i for i in range(1_000)} | {"country": "DE"},
        vars(Attributes()),
        {"é": 1, "日本": 2, "country": "DE"},
    ]
    deleted = {"a": 1, "country": "DE", "b": 2}
    del deleted["a"], deleted["b"]
    for given in [*dicts, deleted]:
        assert bundle.decide("s", given).variant == "r0", list(given)[:3]
    assert bundle.decide("s", {Same(): 1}).variant == "control"  # type: ignore[dict-item]
    many: dict[Any, Any] = {Same(): 1} | {f"other {i}": i for i in range(1_000)}
    assert bundle.decide("s", many).variant == "control"


def test_a_dict_that_changes_under_the_look_up() -> None:
    """A key's `__eq__` may throw the values away that were found before it."""
    given: dict[Any, Any] = {f"other {i}": i for i in range(1_000)}

    class Evil:
        def __eq__(self, other: object) -> bool:
            given.clear()
            given.update({f"more {i}": "x" * i for i in range(100)})
            return False

        def __hash__(self) -> int:
            return hash("tier")

    bundle = bundle_of(("all", [("STARTS", STRING, "long text "[:5]), ("IS", ENUM, "gold")]))
    for _ in range(50):
        given.clear()
        given.update({f"other {i}": i for i in range(1_000)})
        given["country"] = "".join(["l", "ong", " "])
        given[Evil()] = 1
        assert bundle.decide("s", given).unknown == ("tier",)


def test_a_call_within_a_call() -> None:
    bundle = bundle_of(("IS", STRING, "DE"), ("IS", ENUM, "gold"))
    inner: list[str | None] = []

    class Curious:
        def __eq__(self, other: object) -> bool:
            inner.append(bundle.decide("s", {"tier": "gold"}).variant)
            inner.append(bundle.decide_all({"country": "DE"})["s"].variant)
            return False

        def __hash__(self) -> int:
            return hash("tier")

    given: dict[Any, Any] = {f"other {i}": i for i in range(1_000)}
    given |= {"country": "DE", Curious(): 1}
    assert bundle.decide("s", given).variant == "r0"
    assert inner == ["r1", "r0"]


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
