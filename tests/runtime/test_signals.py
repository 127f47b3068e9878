"""Signals of every kind: which values are theirs, and what tests say of them."""

from __future__ import annotations

import collections
import types
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from tacit.runtime import Observed

from .generate import Colour, Level, Number, Text
from .one_surface import DOUBLE, ENUM, INT, LIST, SECRET, STRING, VERSION, bundle_of, fires, signals


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
