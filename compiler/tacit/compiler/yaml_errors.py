"""libyaml's complaints, and constructs outside our YAML, in our own words and spans."""

from __future__ import annotations

import re

import yaml
from tacit.compiler import catalogue
from tacit.compiler.diagnostics import Diagnostic
from tacit.compiler.spans import Span

_ALIAS_NAME = re.compile(r"[*&][A-Za-z0-9_-]+\Z")
_QUOTE = re.compile("['\"]")
_NEGATION = re.compile(r"[:-] +(!+[a-z_(])[^:'\"]*\Z")
_LINE = re.compile(r"[^\r\n]*")
_TOO_DEEP = "exceeded maximum nesting depth"  # newer versions, before the first event
_OPENERS = {"while parsing a flow mapping": "`{`", "while parsing a flow sequence": "`[`"}


def syntax_error(file: str, text: str, error: yaml.MarkedYAMLError, depth_limit: int) -> Diagnostic:
    """E101 for an exception of the parser; E110 where it is libyaml's own limit of depth."""
    problem = error.problem or "the text cannot be parsed"
    words, advice = catalogue.YAML_PROBLEMS.get(problem, (problem, None))
    at = _index(error.problem_mark, text)
    context = _index(error.context_mark, text)
    labels: tuple[tuple[Span, str], ...] = ()
    if problem == "found character that cannot start any token" and text[at : at + 1] == "\t":
        words, advice = catalogue.TAB_PROBLEM
    elif problem == "did not find expected key" and _QUOTE.search(_line_before(text, at)):
        advice = catalogue.ADVICE_QUOTE_WHOLE
    elif error.context in _OPENERS:
        labels = ((Span(file, context, context + 1), f"{_OPENERS[error.context]} opened here"),)
    elif error.context in ("while scanning a quoted scalar", "while scanning a simple key") and (
        problem != "found a tab character that violates indentation"
    ):
        at = context  # the parser notices far behind the cause
    negation = _NEGATION.search(_line_before(text, at))
    end = at + 1
    if negation is not None:  # a tag, for YAML; it fails behind the `!` that is the cause
        at = at - len(_line_before(text, at)) + negation.start(1)
        found = _LINE.match(text, at)
        advice = tag(found.group() if found else "")
    if problem == _TOO_DEEP:
        return catalogue.make("E110", Span(file, at, end), limit=depth_limit)
    if error.context == "while scanning a simple key":
        found = _LINE.match(text, at)
        end = found.end() if found else end
    elif problem == "found undefined tag handle":
        words, advice = catalogue.YAML_PROBLEMS[problem]
    return catalogue.make(
        "E101", Span(file, at, max(end, at)), labels=labels, advice=advice, problem=words
    )


def _line_before(text: str, at: int) -> str:
    return text[max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1 : at]


def _index(mark: yaml.Mark | None, text: str) -> int:
    """The mark's offset; a mark behind the last line is taken back to the end of that line."""
    if mark is None:
        return 0
    index: int = mark.index
    if index < len(text):
        return index
    return len(text.rstrip("\r\n"))


def forbidden_character(file: str, at: int, character: str) -> Diagnostic:
    """E103 for a control character, or one of the three line breaks that only YAML 1.1 knows."""
    code = ord(character)
    escape = (
        f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
    )
    return catalogue.make("E103", Span(file, at, at + 1), character=f"U+{code:04X}", escape=escape)


def alias(written: str) -> str:
    """Advice for `*name`."""
    return catalogue.ADVICE_ALIAS if _ALIAS_NAME.match(written) else catalogue.ADVICE_ALIAS_TEXT


def _expression(line_rest: str) -> str:
    """The beginning of a line up to where a comment, or the `{ }` around it, goes on."""
    depth = 0
    text = re.split(r"\s#", line_rest, maxsplit=1)[0]
    for at, character in enumerate(text):
        if character in "([{":
            depth += 1
        elif depth and character in ")]}":
            depth -= 1
        elif character in ",]}" and not depth:
            return text[:at].strip()
    return text.strip()


def tag(line_rest: str) -> str:
    """Advice for a tag; `line_rest` is what stands from the tag to the end of its line."""
    text = _expression(line_rest)
    if re.match(r"!+\s*[a-z_(]", text):
        return catalogue.ADVICE_NEGATION.format(text=text.replace("'", "''"))
    return catalogue.ADVICE_TAG
