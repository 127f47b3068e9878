"""The `tests:` section as typed values."""

from __future__ import annotations

import pytest
from tacit.compiler import ir
from tacit.compiler.cases import Expectation, Given, TestCase, Unstated, why_missing
from tacit.compiler.ir import SignalType
from tacit.compiler.project import parse
from tacit.compiler.reader import read_text
from tacit.compiler.resolve import resolve
from tacit.compiler.source import Source

from . import chunks

TEXT = (
    chunks.BASE
    + """\
surfaces:
  banner: {default: a, variants: {a: 1, b: 2}, rules: [{id: r, when: age > 3, show: b}]}
  other: {default: a, variants: {a: 1}}
tests:
  - name: everything
    given: {age: {value: 4, at: 2026-11-10T12:00:00Z}, score: {value: 1.5, at: 7}, basket: [x]}
    missing: [country, app]
    now: 2026-11-10T12:00:01Z
    consent: [profile]
    expect:
      banner: {variant: b, reason: RULE_MATCH, rule: r, unknown: [app, country]}
      other: {rule: null, unknown: []}
  - {name: short, expect: {other: a}}
"""
)


def _cases(text: str = TEXT) -> tuple[TestCase, ...]:
    found = resolve(parse(Source((read_text(text),))))
    assert found.diagnostics == ()
    return found.cases


def test_everything() -> None:
    case = _cases()[0]
    noon = 1794312000000
    assert case.given == {
        "age": Given(4, noon), "score": Given(1.5, 7), "basket": Given(["x"])
    }  # fmt: skip
    assert (case.missing, case.now, case.consent) == (("country", "app"), noon + 1000, ("profile",))
    banner, other = case.expect
    assert (banner.surface, banner.variant, banner.reason, banner.rule) == (
        "banner", "b", "RULE_MATCH", "r"
    )  # fmt: skip
    assert banner.unknown == ("country", "app")  # in declared order
    assert (other.variant, other.reason, other.rule, other.unknown) == (None, None, None, ())
    assert case.path == "tests[0]"
    for span, text in ((case.span, "everything"), (banner.span, "banner"), (other.span, "other")):
        assert span is not None
        assert TEXT[span.start : span.end] == text


def test_what_is_not_stated() -> None:
    case = _cases()[1]
    assert (case.given, case.missing, case.now, case.consent) == ({}, (), None, ())
    (expect,) = case.expect
    assert expect == Expectation("other", "a", None, Unstated.UNSTATED, None, expect.span)


def _signal(type_: str, **more: object) -> ir.Signal:
    return ir.Signal("x", SignalType(type_), "device", **more)  # type: ignore[arg-type]


FINE = [
    (_signal("bool"), False),
    *((_signal("int"), value) for value in (3, -3.0, 2**53 - 1)),
    *((_signal("double"), value) for value in (3, 1e300, -0.0)),
    (_signal("double", minimum=0.5), 0.5),
    (_signal("string"), ""),
    (_signal("string", max_length=2), "日本"),
    (_signal("enum", values=("a",)), "a"),
    *((_signal("version"), value) for value in ("1", "1.02.3.4", f"{2**26 - 1}.0")),
    (_signal("string_list"), []),
    (_signal("string_list", max_items=2), ["a", "a"]),
]
MISSING = [
    *((_signal("bool"), value) for value in (1, "true")),
    *((_signal("int"), value) for value in (True, 3.5, 2**53, "3", 1e300)),
    (_signal("int", minimum=0), -1),
    *((_signal("double"), value) for value in (float("nan"), float("-inf"), 2**53, False, [1.0])),
    (_signal("double", maximum=1.5), 2),
    *((_signal("string"), value) for value in (5, None)),
    (_signal("string", max_length=2), "abc"),
    (_signal("enum", values=("a",)), "b"),
    *((_signal("version"), value) for value in ("1.2.3.4.5", "1.", "1.2-rc1", "", 1.2)),
    *((_signal("version"), value) for value in ("67108864", "123456789")),
    *((_signal("string_list"), value) for value in ("a", [1], [None])),
    (_signal("string_list", max_items=1), ["a", "b"]),
    (_signal("string_list", max_length=1), ["ab"]),
]


@pytest.mark.parametrize(("signal", "value"), FINE)
def test_values_that_count(signal: ir.Signal, value: object) -> None:
    assert why_missing(signal, value) is None


@pytest.mark.parametrize(("signal", "value"), MISSING)
def test_values_that_are_missing(signal: ir.Signal, value: object) -> None:
    """The same list as in the format page's section on meaning."""
    assert why_missing(signal, value)
