"""The way back from decoded text to the file, for scalars in every style."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tacit.compiler import textmap
from tacit.compiler.nodes import MapNode, Scalar
from tacit.compiler.reader import read_text
from tacit.compiler.render import Lines

TEXT = st.text(
    alphabet=st.one_of(
        st.sampled_from("ab &|=<>\"'\\#:-\t\n  "),
        st.characters(
            min_codepoint=32, max_codepoint=0x10FFFF, exclude_categories=("Cs", "Cc", "Cn")
        ),
    ),
    max_size=40,
)
BREAK = st.sampled_from(["\n", "\r\n"])


def _scalar(source: str) -> Scalar:
    document = read_text(source)
    assert isinstance(document.root, MapNode)
    node = document.root.values["key"]
    assert isinstance(node, Scalar)
    return node


def _check(source: str) -> None:
    """The map exists, ends where the scalar ends, and leads every character to its own."""
    document = read_text(source)
    assume(document.parsed and not document.diagnostics)
    node = _scalar(source)
    assume(isinstance(node.data, str))
    found = textmap.read(node, source)
    assert found is not None, (source, node.data)
    assert found.text == node.data
    assert list(found.starts) == sorted(found.starts)
    last = node.start
    for char, start, end in zip(node.data, found.starts, found.ends, strict=True):
        assert last <= start < end <= node.end
        last = end
        written = source[start:end]
        if written[0] == "\\" and node.style == '"':
            again = read_text(f'"{written}"').root
            assert again is not None
            assert again.data == char
        elif char in " \n" and written[0] in "\r\n":
            assert written in ("\n", "\r\n", "\r")
        elif node.style == "'" and char == "'":
            assert written == "''"
        else:
            assert written == char


def _lines(text: str, newline: str, indent: str) -> str:
    return newline.join(indent + line if line else "" for line in text.split("\n"))


@settings(max_examples=300, deadline=None)
@given(TEXT, BREAK, st.integers(1, 5), st.sampled_from(["|", ">", "|-", ">-", "|+", ">+"]))
def test_blocks(text: str, newline: str, indent: int, mark: str) -> None:
    body = _lines(text, newline, " " * indent)
    _check(f"key: {mark}{newline}{body}{newline}")


@settings(max_examples=150, deadline=None)
@given(
    TEXT,
    st.integers(1, 5),
    st.integers(1, 5),
    st.sampled_from("|>"),
    st.sampled_from(["", "-", "+"]),
)
def test_blocks_with_stated_indentation(
    text: str, indent: int, stated: int, mark: str, chomp: str
) -> None:
    body = _lines(text, "\n", " " * indent)
    _check(f"key: {mark}{stated}{chomp}  # said\n{body}\nlast: 1\n")


@settings(max_examples=300, deadline=None)
@given(TEXT, BREAK, st.sampled_from(["", " ", "\t", "   "]))
def test_single_quotes(text: str, newline: str, indent: str) -> None:
    body = text.replace("'", "''").replace("\n", newline + " " + indent)
    _check(f"key: '{body}'{newline}")


ESCAPES = st.sampled_from(
    ['\\"', "\\\\", "\\n", "\\t", "\\x41", "\\u00e9", "\\U0001F600", "\\ ", "\\/", "\\0", "\\L",
     "\\\n", "\\\r\n  ", " \\\n\n ", "\\_", "\\e", "\n", "\n\n  ", "\r\n ", " ", "  \n"]
)  # fmt: skip
PLAIN_PART = TEXT.map(lambda text: text.replace("\\", "").replace('"', "").replace("\n", " "))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(ESCAPES, PLAIN_PART), max_size=12))
def test_double_quotes(parts: list[str]) -> None:
    text = "".join(parts).replace("\n", "\n ")
    _check(f'key: "{text}"\n')


@settings(max_examples=300, deadline=None)
@given(
    st.lists(TEXT.map(str.strip), min_size=1, max_size=4), BREAK, st.sampled_from(["", " ", "  \t"])
)
def test_plain(lines: list[str], newline: str, trailing: str) -> None:
    text = (trailing + newline + "  ").join(lines)
    _check(f"key: x{text}{newline}")


CASES = [
    ("key: agee > 3\n", (1, 6)),
    ("key: 'it''s agee'\n", (1, 13)),
    ('key: "a\\u00e9\\x41 agee"\n', (1, 19)),
    ("key: |\n    a &&\n      agee\n", (3, 7)),
    ("key: >-\n\n    a &&\n    agee\n", (4, 5)),
    ("key: a &&\n\n\n   agee\n", (4, 4)),
    ('key: "a \\\n     agee"\n', (2, 6)),
    ("key: 'a\n   agee'\r\n", (2, 4)),
    ("key: >2-\n    a\n\n  agee\n", (4, 3)),
]


@pytest.mark.parametrize(("source", "place"), CASES)
def test_line_and_column(source: str, place: tuple[int, int]) -> None:
    node = _scalar(source)
    found = textmap.read(node, source)
    assert found is not None
    at = node.data.index("agee")
    span = found.span(at, at + 4)
    assert Lines(source).place(span.start) == place
    assert source[span.start : span.end] == "agee"


def test_ends() -> None:
    """Places before, behind and at the end of the text stay inside the scalar."""
    source = "key: 'abc'\n"
    found = textmap.read(_scalar(source), source)
    assert found is not None
    assert [(found.span(*at).start, found.span(*at).end) for at in ((3, 3), (9, 12), (-5, 1))] == [
        (9, 9), (9, 9), (6, 7)
    ]  # fmt: skip
    source = "key: ''\n"
    found = textmap.read(_scalar(source), source)
    assert found is not None
    assert (found.span(0, 0).start, found.span(0, 5).end) == (6, 6)
