"""Characters to tokens, with the exact run of each.

Slips that have one clear meaning (`=`, `<>`, `&`, curly quotes) are complained about and read as
what was meant, so that the rest of the expression is still checked.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from tacit.compiler.expressions import advice, literals, messages
from tacit.compiler.expressions.messages import Complaints


class Token(NamedTuple):
    """`kind` is `name int double text bad end`, `true false null in`, or the operator itself."""

    kind: str
    value: str | int | float | None
    start: int
    end: int


_STRING = r"""
    (?P<text>[bB]?(?:
        [rR](?:"{3}[\s\S]*?"{3}|'{3}[\s\S]*?'{3}|"(?!"")[^"\n\r]*"|'(?!'')[^'\n\r]*')
      | "{3}[^"\\]*(?:(?:\\[\s\S]|"(?!""))[^"\\]*)*"{3}
      | '{3}[^'\\]*(?:(?:\\[\s\S]|'(?!''))[^'\\]*)*'{3}
      | "(?!"")[^"\\\n\r]*(?:\\.[^"\\\n\r]*)*"
      | '(?!'')[^'\\\n\r]*(?:\\.[^'\\\n\r]*)*'
    ))"""

_TOKEN = re.compile(
    rf"""[ \t\n\f\r]*(?:
    {_STRING}
  | (?P<open>[bB]?[rR]?(?:"{{3}}|'{{3}}|["']))
  | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<double>(?:[0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+)(?![\w.]))
  | (?P<int>0x[0-9a-fA-F]+(?![\w.])|[0-9]+(?![\w.]))
  | (?P<number>\.?[0-9](?:[eE][+-]|[\w.])*)
  | (?P<comment>//[^\n]*|\#[^\n]*)
  | (?P<block>/\*(?:[\s\S]*?\*/|[\s\S]*))
  | (?P<slip>:=|===|!==|<>|=>|=<|=(?!=)|&(?!&)|\|(?!\|))
  | (?P<operator>&&|\|\||[=!<>]=|[-!<>?:()\[\]{{}},.+*/%])
  | (?P<end>\Z)
  | (?P<other>[\s\S])
    )""",
    re.VERBOSE | re.ASCII,
)

_KEYWORDS = {"true": "true", "false": "false", "null": "null", "in": "in"}
_MEANT = {
    ":=": "==",
    "===": "==",
    "!==": "!=",
    "<>": "!=",
    "=>": ">=",
    "=<": "<=",
    "=": "==",
    "&": "&&",
    "|": "||",
    "≠": "!=",
    "≤": "<=",
    "≥": ">=",
    "∧": "&&",
    "∨": "||",
    "¬": "!",
    "–": "-",
    "—": "-",
    "−": "-",
    "×": "*",
}
_ORDINARY = re.compile(r"\"[ !#-\[\]-~]+\"|'[ -&(-\[\]-~]+'").fullmatch
"""Most texts: printable ASCII in one pair of quotes, nothing escaped."""
_PLAIN_OPERATORS = frozenset("()[]<>!?:,.+-*/%")
_CURLY = "“”„‟‘’‚‛«»"
_CURLY_CLOSE = re.compile("[“”‟‘’‛«»\"']")


def tokens(text: str, complaints: Complaints) -> list[Token]:
    """The tokens of `text`, the last of them `end`. What is no token is complained about."""
    found: list[Token] = []
    push = found.append
    match_at = _TOKEN.match
    at = 0
    while True:
        match = match_at(text, at)
        assert match is not None, "the last alternative takes any character"
        kind = match.lastgroup
        assert kind is not None
        start, at = match.span(kind)
        if kind == "name":
            word = match[kind]
            push(Token(_KEYWORDS.get(word, "name"), word, start, at))
        elif kind == "operator":
            push(Token(match[kind], None, start, at))
        elif kind == "text":
            push(_text(match[kind], start, at, complaints))
        elif kind == "int":
            value = literals.whole_number(match[kind], start, at, complaints)
            push(Token("bad" if value is None else "int", value, start, at))
        elif kind == "double":
            real = literals.fraction(match[kind], start, at, complaints)
            push(Token("bad" if real is None else "double", real, start, at))
        elif kind == "end":
            push(Token("end", None, start, at))
            return found
        elif kind == "slip":
            push(_slip(match[kind], start, at, complaints))
        elif kind == "number":
            push(_number(match[kind], start, at, complaints))
        elif kind == "open":
            at = _unclosed(text, start, at, complaints)
            push(Token("bad", None, start, at))
        elif kind == "comment":
            _comment(text, start, at, complaints)
        elif kind == "block":
            complaints.add(
                messages.UNSUPPORTED,
                start,
                at,
                what="comments of the form `/* */`",
                advice="a comment is `// ...` up to the end of its line",
            )
        else:
            at = _other(text, start, found, complaints)


def _text(written: str, start: int, end: int, complaints: Complaints) -> Token:
    if _ORDINARY(written):
        return Token("text", written[1:-1], start, end)
    prefix = 0
    raw = False
    while written[prefix] not in "\"'":
        if written[prefix] in "bB":
            complaints.add(messages.BYTES, start, end)
            return Token("bad", None, start, end)
        raw = True
        prefix += 1
    quote = written[prefix]
    width = 3 if written.startswith(quote * 3, prefix) else 1
    first = prefix + width
    value = literals.text_of(written[first:-width], start + first, raw=raw, complaints=complaints)
    return Token("bad" if value is None else "text", value, start, end)


def _slip(written: str, start: int, end: int, complaints: Complaints) -> Token:
    complaints.add(messages.SLIP, start, end, written=written, meant=_MEANT[written])
    return Token(_MEANT[written], None, start, end)


def _number(written: str, start: int, end: int, complaints: Complaints) -> Token:
    unsigned = re.fullmatch(r"([0-9]+|0x[0-9a-fA-F]+)[uU]", written)
    if unsigned:
        complaints.add(messages.UNSIGNED, start, end, written=unsigned[1])
    else:
        complaints.add(
            messages.NUMBER,
            start,
            end,
            written=advice.shown(written),
            advice=advice.for_number(written),
        )
    return Token("bad", None, start, end)


def _unclosed(text: str, start: int, after: int, complaints: Complaints) -> int:
    """Complain about a text without an end; go on after its line, or at the very end."""
    line_end = text.find("\n", after)
    stop = len(text) if line_end < 0 or text[start:after].endswith(('"""', "'''")) else line_end
    complaints.add(messages.NOT_CLOSED, start, stop)
    return stop


def _comment(text: str, start: int, end: int, complaints: Complaints) -> None:
    if text[start] == "#":
        complaints.add(
            messages.CHARACTER,
            start,
            start + 1,
            character="`#`",
            advice=advice.for_character("#"),
        )
        return
    literals.surrogates(text[start:end], start, complaints)
    # In a folded YAML scalar the line ends are gone, and a comment takes away what follows it.
    hidden = re.search(r"&&|\|\|", text[start:end])
    if hidden and not text[end:].strip():
        complaints.add(messages.COMMENT, start, end)


def _other(text: str, start: int, found: list[Token], complaints: Complaints) -> int:
    """Characters that start no token. Returns where to go on."""
    character = text[start]
    if character in _MEANT:
        found.append(_slip(character, start, start + 1, complaints))
        return start + 1
    if character in _CURLY:
        return _curly(text, start, found, complaints)
    if character == "`":
        return _backquoted(text, start, found, complaints)
    end = start + 1
    plain = unicodedata.normalize("NFKC", character)
    if plain in _PLAIN_OPERATORS:
        found.append(Token(plain, None, start, end))
    elif character.isidentifier():
        while end < len(text) and ("_" + text[end]).isidentifier():
            end += 1
        if found and found[-1].kind == "name" and found[-1].end == start:
            start = found.pop().start
        found.append(Token("bad", None, start, end))
    complaints.add(
        messages.CHARACTER,
        start,
        end,
        character=describe_character(text[start:end]),
        advice=advice.for_character(text[start:end]),
    )
    return end


def _backquoted(text: str, start: int, found: list[Token], complaints: Complaints) -> int:
    """`name` in backquotes is read as the name."""
    quoted = re.match(r"`([A-Za-z_][A-Za-z0-9_]*)`", text[start:])
    end = start + (quoted.end() if quoted else 1)
    complaints.add(
        messages.CHARACTER,
        start,
        end,
        character="U+0060 (backquote)",
        advice=advice.for_character("`"),
    )
    if quoted:
        found.append(Token("name", quoted[1], start, end))
    return end


def _curly(text: str, start: int, found: list[Token], complaints: Complaints) -> int:
    closing = _CURLY_CLOSE.search(text, start + 1)
    end = closing.end() if closing and "\n" not in text[start : closing.start()] else start + 1
    complaints.add(messages.CURLY, start, end)
    if end > start + 1:
        found.append(Token("text", text[start + 1 : end - 1], start, end))
    else:
        found.append(Token("bad", None, start, end))
    return end


def describe_character(character: str) -> str:
    """`x` for what can be seen, U+00A0 and its name for what cannot."""
    if character.isprintable() and not character.isspace():
        return f"`{advice.shown(character)}`"
    name = unicodedata.name(character, "a control character").lower()
    return f"U+{ord(character):04X} ({name})"
