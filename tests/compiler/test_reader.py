"""Reading: values by YAML 1.2 core, places, limits; and nothing makes the reader raise."""

from __future__ import annotations

import math
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tacit.compiler.nodes import ListNode, MapNode, Node, Scalar, children
from tacit.compiler.reader import MAX_DEPTH, read_bytes, read_text, resolve_plain

from .chunks import as_json

CORE = {
    "NO": "NO", "no": "no", "on": "on", "off": "off", "yes": "yes", "y": "y", "Yes": "Yes",
    "true": True, "True": True, "TRUE": True, "tRUE": "tRUE", "false": False, "FALSE": False,
    "null": None, "Null": None, "NULL": None, "~": None, "": None, "none": "none", "nULL": "nULL",
    "0": 0, "-0": 0, "+12": 12, "007": 7, "0o17": 15, "0o18": "0o18", "0x1F": 31, "0xg": "0xg",
    "1_000": "1_000", "0b1": "0b1", "1:30": "1:30", "190:20:30": "190:20:30", "-": "-", "+": "+",
    "1.5": 1.5, "-.5": -0.5, "5.": 5.0, "1e3": 1000.0, "1E-2": 0.01, "+1.": 1.0, ".": ".",
    "e3": "e3", "1e": "1e", ".e3": ".e3", "12e03": 12000.0, "1.2.3": "1.2.3", "-0x1": "-0x1",
    ".inf": math.inf, "-.INF": -math.inf, "+.Inf": math.inf, "inf": "inf", ".iNF": ".iNF",
    "2026-11-01": "2026-11-01", "50%": "50%", "1 ": "1 ", "٣": "٣", "１": "１",
    "=": "=", "<<": "<<",
    "9007199254740993": 9007199254740993, "-1e-400": -0.0,
}  # fmt: skip


@pytest.mark.parametrize(("text", "value"), CORE.items(), ids=repr)
def test_core_schema(text: str, value: Any) -> None:
    found = resolve_plain(text)
    assert (type(found), found) == (type(value), value)


def test_nan() -> None:
    for text in (".nan", ".NaN", ".NAN"):
        assert math.isnan(resolve_plain(text))
    assert resolve_plain("nan") == "nan"


def test_quoted_is_text() -> None:
    root = read_text("a: '1'\nb: \"true\"\nc: |\n  2\nd: null\n").root
    assert root is not None
    assert root.data == {"a": "1", "b": "true", "c": "2\n", "d": None}


def test_keys_are_text_as_written() -> None:
    root = read_text("1: a\n1.0: b\nno: c\nnull: d\n'1 ': e\n").root
    assert root is not None
    assert root.data == {"1": "a", "1.0": "b", "no": "c", "null": "d", "1 ": "e"}


SAMPLE = """\
# first
ü: {a: [1, 'zwei'], "b": two
    lines }
long: >-
    long
    text
list:
- x: y
  z:   # later

- |
   deep
last: "\\u00e9"
"""


def _nodes(node: Node) -> list[Node]:
    return [node, *(inner for _, child in children(node) for inner in _nodes(child))]


def test_places() -> None:
    """Every node's span cuts exactly its own text out of the file."""
    root = read_text(SAMPLE).root
    assert isinstance(root, MapNode)
    written = [SAMPLE[node.start : node.end] for node in _nodes(root) if isinstance(node, Scalar)]
    assert written == [
        "1", "'zwei'", "two\n    lines", ">-\n    long\n    text\n", "y", "", "|\n   deep\n",
        '"\\u00e9"',
    ]  # fmt: skip
    keys = [SAMPLE[key.start : key.end] for key in root.keys.values()]
    assert keys == ["ü", "long", "list", "last"]
    flow = root.values["ü"]
    assert SAMPLE[flow.start : flow.end].startswith("{a:")
    assert SAMPLE[flow.start : flow.end].endswith("}")
    block = root.values["list"]
    assert isinstance(block, ListNode)
    assert SAMPLE[block.start : block.end] == "- x: y\n  z:   # later\n\n- |\n   deep\n"


def test_byte_order_mark_and_line_ends() -> None:
    document = read_bytes(b"\xef\xbb\xbfa: 1\r\nb: 'x\r\n  y'\r\n")
    assert document.diagnostics == ()
    assert document.root is not None
    assert document.root.data == {"a": 1, "b": "x y"}
    assert document.text.startswith("a: 1\r\n")


@pytest.mark.parametrize(
    "data", [b"", b"\n\n", b"# only this\n", b"---\n", b"--- # x\n...\n", b"null"]
)
def test_empty(data: bytes) -> None:
    document = read_bytes(data)
    assert (document.root, document.diagnostics, document.parsed) == (None, (), True)


@pytest.mark.parametrize(
    ("data", "place"),
    [(b"a: \xff\n", 3), (b"\xc3\xa9\xc3", 1), (b"\xed\xa0\x80", 0), (b"\xff\xfea", 0)],
)
def test_bad_utf8_points_at_the_byte(data: bytes, place: int) -> None:
    (item,) = read_bytes(data).diagnostics
    assert item.code == "E102"
    assert item.span is not None
    assert item.span.start == place


@pytest.mark.parametrize("char", ["\0", "\x1b", "\x7f", "\x85", "\u2028", "\ufeff", "\ufffe"])
def test_characters_that_no_source_holds(char: str) -> None:
    (item,) = read_text(f"a: b{char}c\n").diagnostics
    assert item.code == "E103"
    assert item.span is not None
    assert (item.span.start, item.span.end) == (4, 5)
    assert item.help is not None
    escaped = item.help.split("`")[1]
    root = read_text(f'a: "b{escaped}c"\n').root  # the help's own way works
    assert root is not None
    assert root.data == {"a": f"b{char}c"}


def test_depth_is_bounded() -> None:
    fits = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert read_text(fits).diagnostics == ()
    (item,) = read_text(f"[{fits}]").diagnostics
    assert item.code == "E110"
    assert read_text("[" * 1_000_000).diagnostics[0].code == "E110"
    assert read_text("".join(" " * depth + "- \n" for depth in range(3000))).diagnostics


def test_billion_laughs() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40)]
    started = time.perf_counter()
    document = read_text("\n".join(lines))
    assert {item.code for item in document.diagnostics} == {"E108"}
    assert time.perf_counter() - started < 1


def test_all_mistakes_of_a_file_are_found() -> None:
    text = "a: 1\na: 2\nb: !x 1\nc: &y 2\nd: *y\ne: 1e999\nf: ok\n"
    document = read_text(text)
    assert [item.code for item in document.diagnostics] == ["E107", "E109", "E108", "E108", "E113"]
    assert document.root is not None
    assert document.root.data["f"] == "ok"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=("Cs",))),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(st.characters(exclude_categories=("Cs", "Cc"))), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from("abc"), JSON), st.sampled_from([None, 1]))
def test_json_is_read_as_it_is(value: dict[str, Any], indent: int | None) -> None:
    """JSON is YAML 1.2: every value comes back, types included."""
    document = read_text(as_json(value, indent))
    assert document.diagnostics == ()
    assert document.root is not None
    assert repr(document.root.data) == repr(value)


YAML_ISH = st.text(
    alphabet=st.one_of(st.sampled_from("abc :-#{}[],&*!|>'\"%@`\n\t ?.0123~\\"), st.characters())
)


@settings(max_examples=400, deadline=None)
@given(st.one_of(YAML_ISH, st.lists(YAML_ISH).map("\n".join)))
def test_no_text_makes_the_reader_raise(text: str) -> None:
    document = read_text(text)
    assert document.parsed or document.diagnostics
    for item in document.diagnostics:
        assert item.span is not None
        assert 0 <= item.span.start <= item.span.end
        assert item.span.start <= len(document.text)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80))
def test_no_bytes_make_the_reader_raise(data: bytes) -> None:
    document = read_bytes(data)
    assert document.parsed or document.diagnostics


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("when: !m", "'!m'"),
        ("when: !m && x in [1, 2]  # why", "'!m && x in [1, 2]'"),
        ("{when: !m, show: b}", "'!m'"),
        ("a:\n  - when: !(m || 'a' in x)", "'!(m || ''a'' in x)'"),
        ("when: !m || x", "'!m || x'"),
        ("{show: b, when: !(m || size(x) > 2)}", "'!(m || size(x) > 2)'"),
    ],
)
def test_the_quotes_advised_for_a_negation(line: str, wanted: str) -> None:
    (item,) = [one for one in read_text(line).diagnostics if one.code in ("E101", "E109")]
    assert item.help == f"an expression that begins with `!` needs quotes around it: {wanted}"
