"""Laws of the expression stage, on arbitrary text and on arbitrary expressions."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tacit.compiler.diagnostics import Severity
from tacit.compiler.expressions import check, names, pretty, quote
from tacit.compiler.expressions.lowering import negate
from tacit.compiler.expressions.messages import Complaints
from tacit.compiler.expressions.parser import parse
from tacit.compiler.spans import Span

from .generator import SCOPE, Generator
from .kleene import evaluate, opposite

TOKENS = (
    "n1", "d1", "t1", "e1", "v1", "l1", "b1", "g1", "v", "zz", "and", "or", "not", "in", "is",
    "if", "true", "false", "null", "has", "size", "version", "duration", "exists", "all",
    "startsWith", "contains", "matches", "between", "1", "-1", "2.5", "0x1F", "3u", "7d", '"a"',
    "'gold'", '"1.2"', 'r"x"', 'b"x"', '"', "'", '"""', "“", "”", "\\", "(", ")", "[", "]", "{",
    "}", ",", ".", ":", "?", "==", "!=", "<", "<=", ">", ">=", "=", "===", "<>", "&&", "||", "&",
    "|", "!", "+", "-", "*", "/", "%", "//", "/*", "#", ";", "`", "@", "é", "\u00a0", "\ud800",
    "\n", "\x00",
)  # fmt: skip
anything = st.text() | st.lists(st.sampled_from(TOKENS), max_size=24).map(" ".join)
soup = st.lists(st.sampled_from(TOKENS), max_size=24).map("".join) | anything
seeds = st.integers(0, 2**32)


def damaged(seed: int) -> str:
    """A good expression with a few characters left out, put in, changed or swapped."""
    random = Random(seed)
    text = list(Generator(seed).case().tacit)
    for _ in range(random.randrange(1, 4)):
        place, other = random.randrange(len(text)), random.randrange(len(text))
        match random.randrange(4):
            case 0:
                text[place] = ""
            case 1:
                text[place] += random.choice(TOKENS)
            case 2:
                text[place] = random.choice(TOKENS)
            case 3:
                text[place], text[other] = text[other], text[place]
    return "".join(text)


soup |= seeds.map(damaged)


@settings(max_examples=600)
@given(soup)
def test_any_text_gives_a_condition_or_errors_with_places_inside_it(text: str) -> None:
    checked = check(text, SCOPE, lambda start, end: Span("rule", start, end))
    errors = [item for item in checked.diagnostics if item.severity is Severity.ERROR]
    assert (checked.condition is None) == bool(errors)
    for diagnostic in checked.diagnostics:
        assert diagnostic.span is not None
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(text)
        for words in (diagnostic.message, diagnostic.label, diagnostic.help or ""):
            words.encode()  # no half of a surrogate pair gets out


@settings(max_examples=600)
@given(soup)
def test_names_never_complains(text: str) -> None:
    assert all(name.isidentifier() for name in names(text))


@settings(max_examples=600)
@given(soup)
def test_whatever_parses_is_written_and_parsed_alike(text: str) -> None:
    complaints = Complaints()
    tree = parse(text, complaints)
    if complaints.found:
        return
    again = parse(pretty(tree), complaints)
    assert not complaints.found
    assert again == tree


@given(seeds)
def test_an_expression_is_written_and_parsed_alike(seed: int) -> None:
    complaints = Complaints()
    text = Generator(seed).case().tacit
    tree = parse(text, complaints)
    assert not complaints.found
    assert parse(pretty(tree), complaints) == tree
    assert not complaints.found


@given(seeds)
def test_the_written_form_means_the_same(seed: int) -> None:
    text = Generator(seed).case().tacit
    written = pretty(parse(text, Complaints()))
    first, second = (check(each, SCOPE, lambda a, b: None) for each in (text, written))
    assert first == second
    assert first.condition is not None


@given(seeds)
def test_negation_is_the_opposite(seed: int) -> None:
    generator = Generator(seed)
    condition = check(generator.case().tacit, SCOPE, lambda a, b: None).condition
    assert condition is not None
    signals, segments = generator.signals(), generator.segments()
    truth = evaluate(condition, signals, segments)
    assert evaluate(negate(condition), signals, segments) is opposite(truth)


@given(seeds)
def test_the_names_used_are_among_the_names_written(seed: int) -> None:
    text = Generator(seed).case().tacit
    checked = check(text, SCOPE, lambda a, b: None)
    assert checked.signals_used | checked.segments_used <= names(text)


@settings(max_examples=600)
@given(soup)
def test_what_is_accepted_is_in_the_grammar_of_a_stock_engine(text: str) -> None:
    cel = pytest.importorskip("cel_expr_python.cel")
    if check(text, SCOPE, lambda a, b: None).condition is not None:
        # The deviation: has() of a plain name, which the engine's macro refuses.
        cel.NewEnv().compile(text.replace("has", "hat"), disable_check=True)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_text_is_quoted_and_read_alike(text: str) -> None:
    complaints = Complaints()
    tree = parse(quote(text), complaints)
    if len(quote(text)) <= 4096:
        assert not complaints.found
        assert getattr(tree, "value", None) == text
