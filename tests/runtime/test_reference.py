"""The reference by itself: arguments, logic, independence. Decisions are in the vectors."""

from __future__ import annotations

import ast
import itertools
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tacit.runtime import ArgumentError, Observed, TimeError, reference
from tacit.runtime._model import Signal
from tacit.runtime._readings import Missing, Why, read
from tacit.runtime.format import MAX_INT, Type

FOLDER = Path(reference.__file__).parent


def imports_of(module: str) -> set[str]:
    """The modules of this package that one of them imports at its top."""
    tree = ast.parse((FOLDER / f"{module}.py").read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module == "tacit.runtime":
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def test_needs_nothing_compiled_and_nothing_foreign() -> None:
    waiting, seen = ["explain"], set()
    foreign = set()
    while waiting:
        module = waiting.pop()
        if module in seen:
            continue
        seen.add(module)
        for name in imports_of(module):
            local = name.removeprefix("tacit.runtime.")
            if (FOLDER / f"{local}.py").exists():
                waiting.append(local)
            else:
                foreign.add(name.partition(".")[0])
    assert {"reference", "_decode", "_strict_msgpack", "_readings"} <= seen
    assert not {module for module in seen if not (FOLDER / f"{module}.py").exists()}
    assert foreign <= set(STANDARD)


STANDARD = {
    "__future__",
    "collections",
    "dataclasses",
    "datetime",
    "enum",
    "itertools",
    "json",
    "math",
    "operator",
    "re",
    "struct",
    "time",
    "types",
    "typing",
}


# ---------------------------------------------------------------- logic

TRUTHS = (True, False, None)
RANK = {False: 0, None: 1, True: 2}
"""Strong Kleene is the least and the greatest of this order."""


def test_connectives_are_least_and_greatest() -> None:
    for count in range(1, 4):
        for terms in itertools.product(TRUTHS, repeat=count):
            assert RANK[reference.all_of(terms)] == min(RANK[term] for term in terms)
            assert RANK[reference.any_of(terms)] == max(RANK[term] for term in terms)
    assert [reference.not_of(term) for term in TRUTHS] == [False, True, None]


def test_a_condition_without_terms_is_its_neutral_element() -> None:
    assert reference.all_of(()) is True
    assert reference.any_of(()) is False


# ---------------------------------------------------------------- signals


def signal(kind: Type, **changed: object) -> Signal:
    plain: dict[str, object] = {
        "name": "x",
        "type": kind,
        "purpose": None,
        "minimum": None,
        "maximum": None,
        "max_age": None,
        "max_length": 5,
        "max_items": 3,
        "values": ("a", "b") if kind is Type.ENUM else (),
    }
    return Signal(**{**plain, **changed})  # type: ignore[arg-type]


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.text(alphabet=st.characters(categories=["Cs"]))
    | st.binary()
    | st.from_regex(r"[0-9]{1,9}(\.[0-9]{1,9}){0,4}", fullmatch=True),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner),
    max_leaves=5,
)


@given(st.sampled_from(Type), ANYTHING)
def test_whatever_is_passed_is_a_sound_value_or_missing(kind: Type, value: object) -> None:
    found = read(signal(kind), {"x": value}, 0, frozenset())
    if isinstance(found, Missing):
        return
    match kind:
        case Type.BOOL:
            assert found is value
        case Type.INT:
            assert type(found) is int
            assert found == value
            assert abs(found) <= MAX_INT
        case Type.DOUBLE:
            assert type(found) is float
            assert found == value
            assert math.isfinite(found)
        case Type.STRING:
            assert isinstance(found, str)
            assert found == value
            assert len(found.encode("utf-8").decode()) <= 5
        case Type.ENUM:
            assert found in ("a", "b")
        case Type.VERSION:
            assert isinstance(found, tuple)
            assert len(found) == 4
            assert all(isinstance(part, int) and 0 <= part < 2**26 for part in found)
        case Type.STRING_LIST:
            assert isinstance(found, tuple)
            assert list(found) == list(value)  # type: ignore[call-overload]
            assert all(isinstance(item, str) and len(item) <= 5 for item in found)


@given(st.sampled_from(Type), ANYTHING)
def test_a_signal_is_the_same_observed_now(kind: Type, value: object) -> None:
    aging = signal(kind, max_age=1000)
    plain = read(aging, {"x": value}, 5000, frozenset())
    assert read(aging, {"x": Observed(value, 5000)}, 5000, frozenset()) == plain
    late = read(aging, {"x": Observed(value, 3999)}, 5000, frozenset())
    assert isinstance(late, Missing)
    assert late.why is (Why.NULL if value is None else Why.TOO_OLD)


@pytest.mark.parametrize(
    ("given_", "why"),
    [
        ({}, Why.ABSENT),
        ({"x": None}, Why.NULL),
        ({"x": Observed(None, 0)}, Why.NULL),
        ({"x": "7"}, Why.WRONG_TYPE),
        ({"x": 7.5}, Why.WRONG_TYPE),
        ({"x": float("nan")}, Why.ILL_FORMED),
        ({"x": 2**53}, Why.OUT_OF_DOMAIN),
        ({"x": 11}, Why.OUT_OF_DOMAIN),
        ({"x": Observed(7, -1)}, Why.TOO_OLD),
        ({"x": Observed(7, None)}, Why.WRONG_TYPE),  # type: ignore[arg-type]
        ({"x": Observed(7, 999.0)}, Why.WRONG_TYPE),  # type: ignore[arg-type]
        ({"x": Observed(7, True)}, Why.WRONG_TYPE),
    ],
)
def test_why_a_number_is_missing(given_: dict[str, object], why: Why) -> None:
    declared = signal(Type.INT, maximum=10, max_age=1000)
    found = read(declared, given_, 1000, frozenset())
    assert isinstance(found, Missing)
    assert found.why is why


def test_consent_is_asked_first() -> None:
    declared = signal(Type.INT, purpose="ads")
    for given_ in ({}, {"x": None}, {"x": 1}, {"x": "1"}):
        assert read(declared, given_, 0, frozenset({"other"})) == Missing(Why.NO_CONSENT)
    assert read(declared, {"x": 1}, 0, frozenset({"ads"})) == 1


# ---------------------------------------------------------------- arguments


@pytest.fixture(scope="module")
def program() -> reference.Program:
    from tacit.compiler import compile_project

    rules = [{"id": "r", "when": "b", "from": "1970-01-02", "show": "on"}]
    variants = {"on": None, "off": None}
    return reference.decode(
        compile_project(
            {
                "project": "p",
                "signals": {"b": {"type": "bool", "source": "device"}},
                "surfaces": {"s": {"default": "off", "variants": variants, "rules": rules}},
            }
        ).bytes
    )


@pytest.mark.parametrize("signals", [None, [("b", True)], "b", 7])
def test_signals_must_be_a_mapping(program: reference.Program, signals: object) -> None:
    with pytest.raises(ArgumentError, match="R201"):
        reference.decide(program, "s", signals)  # type: ignore[arg-type]


@pytest.mark.parametrize("now", [True, 1.0, "now", [1]])
def test_now_must_be_an_int(program: reference.Program, now: object) -> None:
    with pytest.raises(ArgumentError, match="R202"):
        reference.decide(program, "s", {}, now)  # type: ignore[arg-type]


@pytest.mark.parametrize("now", [2**53, -(2**53), 10**30])
def test_now_must_be_a_time(program: reference.Program, now: int) -> None:
    with pytest.raises(TimeError, match="R202"):
        reference.decide(program, "s", {}, now)


@pytest.mark.parametrize("consent", ["ads", b"ads", 7, [7], [None]])
def test_consent_must_be_purposes(program: reference.Program, consent: object) -> None:
    with pytest.raises(ArgumentError, match="R203"):
        reference.decide(program, "s", {}, 0, consent)  # type: ignore[arg-type]


def test_without_a_time_it_is_the_clocks(
    program: reference.Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = 86_400_000 * 1_000_000
    for nanoseconds, variant in ((day - 1, "off"), (day, "on")):
        monkeypatch.setattr("time.time_ns", lambda found=nanoseconds: found)
        assert reference.decide(program, "s", {"b": True}).variant == variant
        assert reference.decide_all(program, {"b": True})["s"].variant == variant
