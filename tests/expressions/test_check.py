"""What expressions become: the typed tree, the names used, the cost, the limits."""

from __future__ import annotations

import time

import pytest
from tacit.compiler import ir
from tacit.compiler.expressions import Checked, Limits, Scope, check, cost, names
from tacit.compiler.ir import (
    Affix,
    All,
    Among,
    Any,
    Choose,
    Compare,
    Condition,
    Constant,
    Exists,
    Has,
    Includes,
    IsTrue,
    Literal,
    Not,
    Relation,
    SegmentIs,
    Size,
    TextMatch,
)
from tacit.compiler.spans import Span

from .kleene import evaluate

_KINDS = {
    "flag": "bool",
    "age": "int",
    "price": "double",
    "country": "string",
    "tier": "enum",
    "app": "version",
    "viewing": "string_list",
}
SIGNALS = tuple(
    ir.Signal(
        name,
        ir.SignalType(kind),
        "request",
        values=("none", "silver", "gold") if kind == "enum" else (),
        max_items=10,
        max_length=320,
    )
    for name, kind in _KINDS.items()
)
FLAG, AGE, PRICE, COUNTRY, TIER, APP, VIEWING = range(len(SIGNALS))
SCOPE = Scope(
    {signal.name: (index, signal) for index, signal in enumerate(SIGNALS)},
    {"fans": 0, "buyers": 1},
    faulty=frozenset({"faulty"}),
)
TRUE, FALSE = Constant(True), Constant(False)


def ask(text: str, limits: Limits | None = None) -> Checked:
    return check(text, SCOPE, lambda start, end: Span("rule", start, end), limits or Limits())


def lowered(text: str) -> Condition:
    checked = ask(text)
    assert checked.condition is not None, checked.diagnostics
    return checked.condition


def number(signal: int, relation: str, value: object) -> Literal:
    return Literal(signal, Compare(Relation(relation), value))  # type: ignore[arg-type]


def sized(signal: int, relation: str, value: int) -> Literal:
    return Literal(signal, Size(Relation(relation), value))


FLAG_TRUE = Literal(FLAG, IsTrue())
FLAG_FALSE = Literal(FLAG, IsTrue(), negated=True)
OVER_3 = number(AGE, ">", 3)
IN_DE = Literal(COUNTRY, Among(("DE",)))


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        # bools, segments, has
        ("flag", FLAG_TRUE),
        ("!flag", FLAG_FALSE),
        ("!!flag", FLAG_TRUE),
        ("flag == true", FLAG_TRUE),
        ("flag != true", FLAG_FALSE),
        ("false == flag", FLAG_FALSE),
        ("false != flag", FLAG_TRUE),
        ("fans", SegmentIs(0)),
        ("!buyers", SegmentIs(1, negated=True)),
        ("fans == false", SegmentIs(0, negated=True)),
        ("has(country)", Literal(COUNTRY, Has())),
        ("!has(flag)", Literal(FLAG, Has(), negated=True)),
        # numbers
        ("age > 3", OVER_3),
        ("3 < age", OVER_3),
        ("3 >= age", number(AGE, "<=", 3)),
        ("age != 3", number(AGE, "!=", 3)),
        ("age == -0x10", number(AGE, "==", -16)),
        ("age == 007", number(AGE, "==", 7)),
        ("age > - 3", number(AGE, ">", -3)),
        ("age <= 9007199254740991", number(AGE, "<=", 2**53 - 1)),
        ("age in [3, 1, 2, 1]", Literal(AGE, Among((1, 2, 3)))),
        ("age in [3, 3]", number(AGE, "==", 3)),
        ("price < 3", number(PRICE, "<", 3.0)),
        ("price < 2.5e1", number(PRICE, "<", 25.0)),
        ("price == -0.0", number(PRICE, "==", 0.0)),
        ("price in [2, 1.5, 2.0,]", Literal(PRICE, Among((1.5, 2.0)))),
        # texts
        ('country == "DE"', IN_DE),
        ('country != "DE"', Literal(COUNTRY, Among(("DE",)), negated=True)),
        ('"DE" == country', IN_DE),
        ('country in ["FR", "DE", "FR"]', Literal(COUNTRY, Among(("DE", "FR")))),
        ('tier != "none"', Literal(TIER, Among(("none",)), negated=True)),
        ('tier in ["silver", "gold"]', Literal(TIER, Among(("gold", "silver")))),
        ('country.startsWith("D")', Literal(COUNTRY, TextMatch(Affix.STARTS, "D"))),
        ('!country.endsWith("E")', Literal(COUNTRY, TextMatch(Affix.ENDS, "E"), negated=True)),
        ('country.contains("")', Literal(COUNTRY, TextMatch(Affix.CONTAINS, ""))),
        # versions
        ('app >= version("2.10")', number(APP, ">=", (2, 10, 0, 0))),
        ('version("2.10.0.1") > app', number(APP, "<", (2, 10, 0, 1))),
        ('app in [version("2"), version("1")]', Literal(APP, Among(((1, 0, 0, 0), (2, 0, 0, 0))))),
        ('app in [version("2"), version("2.0")]', number(APP, "==", (2, 0, 0, 0))),
        # sizes; bounds that no size reaches are drawn in
        ("size(country) >= 2", sized(COUNTRY, ">=", 2)),
        ("2 > viewing.size()", sized(VIEWING, "<", 2)),
        ("size(viewing) != 0", sized(VIEWING, "!=", 0)),
        ("size(viewing) > -5", sized(VIEWING, ">=", 0)),
        ("size(viewing) > -1", sized(VIEWING, ">=", 0)),
        ("size(viewing) == 65535", sized(VIEWING, "==", 65535)),
        ("size(viewing) != 65536", sized(VIEWING, ">=", 0)),
        ("size(viewing) == -5", sized(VIEWING, "<", 0)),
        ("size(viewing) <= 100000", sized(VIEWING, ">=", 0)),
        ("size(viewing) >= 100000", sized(VIEWING, "<", 0)),
        ("size(country) in [2, 1]", Any((sized(COUNTRY, "==", 1), sized(COUNTRY, "==", 2)))),
        # lists
        ('"a" in viewing', Literal(VIEWING, Includes("a"))),
        ('!("a" in viewing)', Literal(VIEWING, Includes("a"), negated=True)),
        ('viewing.exists(v, v == "a")', Literal(VIEWING, Exists(Literal(VIEWING, Among(("a",)))))),
        (
            'viewing.exists(v, v in ["b", "a"] && !v.startsWith("x"))',
            Literal(
                VIEWING,
                Exists(
                    All(
                        (
                            Literal(VIEWING, Among(("a", "b"))),
                            Literal(VIEWING, TextMatch(Affix.STARTS, "x"), negated=True),
                        )
                    )
                ),
            ),
        ),
        (
            "viewing.all(v, size(v) > 3)",
            Literal(
                VIEWING,
                Exists(Literal(VIEWING, Size(Relation.GT, 3), negated=True)),
                negated=True,
            ),
        ),
        (
            'viewing.all(v, v == "a" || v == "b")',
            Literal(
                VIEWING,
                Exists(
                    Not(Any((Literal(VIEWING, Among(("a",))), Literal(VIEWING, Among(("b",))))))
                ),
                negated=True,
            ),
        ),
        ("viewing.exists(v, true)", sized(VIEWING, ">", 0)),
        ("viewing.exists(v, false)", sized(VIEWING, "<", 0)),
        ("viewing.all(v, true)", Literal(VIEWING, Size(Relation.LT, 0), negated=True)),
        ("viewing.all(v, false)", Literal(VIEWING, Size(Relation.GT, 0), negated=True)),
        ('viewing.exists(country, country == "a")',
         Literal(VIEWING, Exists(Literal(VIEWING, Among(("a",)))))),
        # logic keeps its shape
        ("flag && age > 3 && fans", All((FLAG_TRUE, OVER_3, SegmentIs(0)))),
        ("flag || age > 3 && fans", Any((FLAG_TRUE, All((OVER_3, SegmentIs(0)))))),
        ("(flag || age > 3) && fans", All((Any((FLAG_TRUE, OVER_3)), SegmentIs(0)))),
        ("!(flag && fans)", Not(All((FLAG_TRUE, SegmentIs(0))))),
        ("(flag && fans) == false", Not(All((FLAG_TRUE, SegmentIs(0))))),
        ("!(flag && fans) != true", All((FLAG_TRUE, SegmentIs(0)))),
        ("flag ? fans : age > 3", Choose(FLAG_TRUE, SegmentIs(0), OVER_3)),
        (
            "flag ? fans : fans ? flag : buyers",
            Choose(FLAG_TRUE, SegmentIs(0), Choose(SegmentIs(0), FLAG_TRUE, SegmentIs(1))),
        ),
        ("flag ? true : false", Choose(FLAG_TRUE, TRUE, FALSE)),
    ],
)  # fmt: skip
def test_lowering(text: str, condition: Condition) -> None:
    assert lowered(text) == condition


@pytest.mark.parametrize(
    "text",
    [
        "1 < 2",
        "1 < 1.5",
        "2.0 == 2",
        '"a" in ["a", "b"]',
        "2 in [1.5, 2]",
        'duration("1h") > duration("30m")',
        'duration("1.5h") == duration("90m")',
        'duration("-1h") < duration("0s")',
        'duration("1h1m1s1ms1us1ns") > duration("3661.001001s")',
        'version("2.10") > version("2.9.9")',
        'version("1") == version("1.0.0.0")',
        '"abc".contains("b") && "abc".startsWith("a") && "abc".endsWith("c")',
        'size("é😀") == 2',
        'size(["a", "b"]) == 2',
        '"é" == "\\u00e9" && "é" != "e\\u0301"',
        "true == true",
        "!false",
        "false ? flag : true",
        "true || flag",
        "flag || true",
        "flag || 1 < 2 || fans",
        "!(flag && false)",
        "'a' == \"a\"",
        "r'\\d' == '\\\\d'",
        "'''a\n\"b''' == 'a\\n\"b'",
        '"""a\\"""" == "a\\""',
        '"\\a\\b\\f\\n\\r\\t\\v\\?\\`\\x41\\101\\U0001F600" == "\x07\x08\x0c\\n\\r\\t\x0b?`AA😀"',
        ".5 == 5e-1 && 1E2 == 100.0",
        "true // the rest is a comment",
        "// a comment\ntrue",
    ],
)  # fmt: skip
def test_folds_to_true(text: str) -> None:
    assert lowered(text) == TRUE


@pytest.mark.parametrize("text", ["flag && false", "false && flag", "1 > 2", "true ? false : flag"])
def test_folds_to_false(text: str) -> None:
    assert lowered(text) == FALSE


@pytest.mark.parametrize(
    "text",
    [
        "age > 3 && age <= 3",
        "age > 3 || age <= 3",
        "flag && !flag",
        "flag || !flag",
        "flag ? true : true",
        "fans && !fans",
        "size(viewing) >= 0",
        "viewing.exists(v, false)",
        "age == 1 && age == 2",
    ],
)
def test_a_missing_signal_stays_unknown(text: str) -> None:
    """No excluded middle, and nothing that can be unknown is folded away."""
    assert not isinstance(lowered(text), Constant)
    assert evaluate(lowered(text), {}) is None


def test_names_used_are_those_left_after_folding() -> None:
    checked = ask('flag && has(age) && fans && viewing.exists(v, v == "a") || false && price > 1')
    assert checked.signals_used == {"flag", "age", "viewing"}
    assert checked.segments_used == {"fans"}
    assert checked.diagnostics == ()


def test_a_name_with_an_error_of_its_own_gives_no_condition_and_no_complaint() -> None:
    for text in ("faulty", "faulty > 3 && flag", 'faulty.startsWith("a")', "has(faulty)"):
        checked = ask(text)
        assert checked.condition is None
        assert checked.diagnostics == ()


def test_every_error_is_reported_in_order_of_position() -> None:
    checked = ask('contry == "DE" and tier == "gild" || app > "2"')
    assert [diagnostic.code for diagnostic in checked.diagnostics] == [
        "E203", "E212", "E237", "E235"
    ]  # fmt: skip
    starts = [diagnostic.span.start for diagnostic in checked.diagnostics if diagnostic.span]
    assert starts == sorted(starts)


def test_a_place_outside_any_file_is_allowed() -> None:
    checked = check("contry", SCOPE, lambda start, end: None)
    assert checked.diagnostics[0].span is None


def test_a_warning_does_not_take_the_condition_away() -> None:
    checked = ask("flag // && fans")
    assert checked.condition == FLAG_TRUE
    assert [diagnostic.code for diagnostic in checked.diagnostics] == ["W200"]


# ------------------------------------------------------------------ names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('a && (b || !c) && d in ["x"] && size(e) > 1', {"a", "b", "c", "d", "e"}),
        ('list.exists(v, v == "a" && f) && has(g)', {"list", "f", "g"}),
        ('list.all(v, v == "a") || v', {"list", "v"}),
        ('x.startsWith("a") ? y : z.w == 3', {"x", "y", "z"}),
        ("a && b &&", {"a", "b"}),
        ('a && "not closed', {"a"}),
        ("", set()),
        ("# $ %", set()),
    ],
)
def test_names(text: str, expected: set[str]) -> None:
    assert names(text) == expected


# ------------------------------------------------------------------ cost


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("true", 0),
        ("flag", 1),
        ("!flag", 1),
        ("has(age)", 1),
        ("age > 3", 1),
        ("fans", 1),
        ('country == "DE"', 1),
        ('country in ["a", "b"]', 2),
        ('country in ["a", "b", "c", "d"]', 3),
        ("age in [1, 2, 3]", 2),
        ('country.startsWith("a")', 1),
        (f'country.endsWith("{"a" * 64}")', 3),
        ('country.contains("a")', 11),
        ("size(country) > 3", 11),
        ("size(viewing) > 3", 1),
        ('"a" in viewing', 3),
        ('viewing.exists(v, v == "a")', 6),
        ('viewing.all(v, v == "a")', 6),
        ('viewing.exists(v, v.contains("a") && size(v) > 1)', 1 + 10 * (1 + 1 + 11 + 11) // 4),
        ("flag && age > 3", 3),
        ("flag || age > 3 || fans", 4),
        ("!(flag && fans)", 3),
        ("flag ? fans : age > 3", 4),
        ('viewing.exists(v, v == "a" ? v != "b" : !(v == "c" || v == "d"))',
         1 + 10 * (1 + 1 + 1 + 1 + 3) // 4),
    ],
)  # fmt: skip
def test_cost(text: str, units: int) -> None:
    checked = ask(text)
    assert checked.condition is not None, checked.diagnostics
    assert checked.cost == units
    assert cost(checked.condition, SIGNALS) == units


# ------------------------------------------------------------------ limits


def test_text_of_the_greatest_length_is_taken() -> None:
    blanks = " " * (4096 - len("flag"))
    assert ask("flag" + blanks).condition == FLAG_TRUE
    assert [d.code for d in ask("flag" + blanks + " ").diagnostics] == ["E222"]


def test_depth_of_the_greatest_number_of_levels_is_taken() -> None:
    assert ask("(" * 32 + "flag" + ")" * 32).condition == FLAG_TRUE
    assert ask("!" * 32 + "flag").condition == FLAG_TRUE
    assert ask("flag ? true : " * 32 + "fans").condition is not None
    refused = ask("flag ? true : " * 33 + "fans")
    assert [d.code for d in refused.diagnostics] == ["E224"]
    span = refused.diagnostics[0].span
    assert span is not None
    assert (span.start, span.end) == (32 * 14 + 5, 32 * 14 + 6)


def test_nodes_of_the_greatest_number_are_taken() -> None:
    # One for each name, and one for the chain.
    assert ask("&&".join(["flag"] * 511)).condition is not None
    refused = ask("&&".join(["flag"] * 512))
    assert [d.code for d in refused.diagnostics] == ["E223"]
    assert refused.condition is None


def test_a_list_of_the_greatest_length_is_taken() -> None:
    wide = Limits(text=10**6)
    items = ", ".join(str(value) for value in range(10_000))
    assert ask(f"age in [{items}]", wide).condition == Literal(AGE, Among(tuple(range(10_000))))
    refused = ask(f"age in [{items}, 10000]", wide)
    assert [d.code for d in refused.diagnostics] == ["E225"]


@pytest.mark.parametrize(
    "text",
    [
        "(" * 4096,
        ")" * 4096,
        "[" * 4096,
        "!" * 4096,
        "-" * 4096,
        "a." * 2048,
        "a(" * 2048,
        "a?" * 2048,
        "a && " * 819,
        "a " * 2048,
        "not " * 1024,
        '"' * 4096,
        '"""' * 1365,
        "'\\" * 2048,
        '"' + "\\x" * 2047,
        "“" * 4096,
        "`" * 4096,
        "/*" * 2048,
        "//" * 2048,
        "1" * 4096,
        "0x" + "f" * 4094,
        "1." * 2048,
        "é" * 4096,
        "é " * 2048,
        "\x00" * 4096,
        "{" * 4096,
        "{a:" * 1365,
        "x" * 4096,
        'duration("' + "1h" * 2040 + '")',
        'version("' + "1." * 2040 + '")',
        "age in [" + "1," * 2040 + "]",
        'tier == "' + "g" * 4000 + '"',
    ],
    ids=lambda text: text[:12],
)
def test_hostile_texts_are_refused_or_read_quickly(text: str) -> None:
    start = time.process_time()
    checked = ask(text)
    assert time.process_time() - start < 1
    assert checked.diagnostics or checked.condition is not None
    assert len(checked.diagnostics) <= 22


def test_thousands_of_conditions_are_read_in_a_second() -> None:
    """About 60 us each where it was measured; the bound leaves room for slow machines."""
    text = 'country == "DE" && age > 18 && tier in ["gold", "silver"]'
    start = time.process_time()
    for _ in range(2_000):
        ask(text)
    assert time.process_time() - start < 2


def test_the_nearest_of_many_names_is_found_quickly() -> None:
    signals = [
        ir.Signal(f"signal_number_{n}_of_the_shop", ir.SignalType.INT, "device")
        for n in range(1_000)
    ]
    scope = Scope({signal.name: (index, signal) for index, signal in enumerate(signals)})
    start = time.process_time()
    for n in range(1, 100):
        checked = check(f"signal_nubmer_{n}7_of_the_shop > 3", scope, lambda a, b: None)
        help_text = checked.diagnostics[0].help
        assert help_text == f"did you mean `signal_number_{n}7_of_the_shop`?"
    assert time.process_time() - start < 5
