"""Every text of the stages that read and resolve the source, by code.

E1xx and W1xx: reading and shape. E26x to E29x: names, types, units. E3xx and W3xx: surfaces, rules,
experiments, the lock and tests. Expressions and findings keep their own catalogues.

A message says what is wrong and stands alone; the help says what to try. `make` fills the braces.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tacit.compiler.diagnostics import Diagnostic, Severity
from tacit.compiler.spans import Span


@dataclass(frozen=True, slots=True)
class Text:
    """The words of one code: the message, what stands under the underline, and what to try."""

    message: str
    label: str = ""
    help: str | None = None


TEXTS: dict[str, Text] = {
    # ------------------------------------------------------------- reading
    "E100": Text("cannot read {what}: {why}"),
    "E101": Text("not valid YAML: {problem}", help="{advice}"),
    "E102": Text(
        "the file is not UTF-8 text: byte {byte} at offset {offset}",
        help="save the file as UTF-8",
    ),
    "E103": Text(
        "the character {character} is not allowed in a source file",
        help="inside text in double quotes, write it as `{escape}`",
    ),
    "E104": Text(
        "{what} is too large: {size:,} bytes, and at most {limit:,} are read",
        help="split the project over several files, or move content out of it",
    ),
    "E105": Text("{what} is empty", help="a project starts with `project: its-name`"),
    "E106": Text(
        "a second document begins here",
        help="one file holds one document: remove the `---`, or use a second file",
    ),
    "E107": Text("the key `{key}` is given twice", label="again here"),
    "E108": Text(
        "anchors and aliases (`&` and `*`) are not supported",
        help="{advice}",
    ),
    "E109": Text("the tag `{tag}` is not supported", help="{advice}"),
    "E110": Text("nested too deeply: more than {limit} levels"),
    "E111": Text("too many values: more than {limit:,} in one file"),
    "E112": Text("a key must be plain text", help="put quotes around it"),
    "E113": Text("the number `{number}` cannot be represented", help="write it as text, in quotes"),
    "E114": Text("the file says it is YAML {version}, and tacit reads YAML 1.2"),
    "E115": Text(
        "a project file is a mapping of sections, and this is {found}",
        help="start with `project: its-name`",
    ),
    "E116": Text(
        "a value of type `{type}` has no form in a project",
        help="use text, numbers, bools, None, lists and dictionaries with text keys",
    ),
    "E117": Text(
        "the text holds a lone surrogate (U+{point:04X}), which is not a character",
    ),
    "E118": Text("{what} holds too many files: more than {limit:,}"),
    # --------------------------------------------------------------- shape
    "E120": Text("unknown key `{key}`", help="{advice}"),
    "E121": Text("the key `{key}` is missing"),
    "E122": Text("expected {expected}, found {found}", help="{advice}"),
    "E123": Text("`{value}` is not a choice here", help="{advice}"),
    "E124": Text(
        "`{text}` is not a name",
        help="a name has small letters, digits and `_`, no digit first, at most 64 characters",
    ),
    "E125": Text(
        "`{text}` is not an id",
        help="an id has letters, digits, `_`, `.` and `-`, and begins with none of `.` and `-`; "
        "at most 64 characters",
    ),
    "E126": Text(
        "`{text}` is not a category",
        help="a category is dotted, in small letters: `user.location`",
    ),
    "E127": Text("`{text}` is not a language", help="write it like `en` or `pt-BR`"),
    "E128": Text(
        "`{text}` is not a duration",
        help="write it like `500ms`, `90s`, `30m`, `24h` or `7d`; at most 10,000 days, not nothing",
    ),
    "E129": Text(
        "`{text}` is not a share",
        help="write it like `50%` or `33.33%`; at most 100 %, at most two decimals",
    ),
    "E130": Text(
        "`{text}` is not a date",
        help="write it like `2026-11-01`, `2026-11-01T09:00` or `2026-11-01T09:00:00Z`",
    ),
    "E131": Text(
        "`{text}` is not a size",
        help="write it like `18 KB` (18,000 bytes) or `18 KiB` (18,432 bytes)",
    ),
    "E132": Text("`{key}` is not supported yet", help="{what}"),
    "E133": Text("the key `{key}` has no value", help="remove the key, or give it a value"),
    "E134": Text("out of bounds: must be {bound}"),
    "E135": Text("must not be empty"),
    "E136": Text("not valid: {why}"),
    "E137": Text(
        "`project` is missing: a project needs an id",
        help="put `project: its-name` at the top of one file",
    ),
    "E138": Text(
        "`{key}` is given in two files",
        label="again here",
        help="a section of names may be spread over files; this key belongs in one of them",
    ),
    "E139": Text("the {kind} `{name}` is declared in two files", label="again here"),
}

# What libyaml says, and what we say: the problem in plain words, and what to try.
ADVICE_QUOTE_IT = (
    "text that holds `: `, ` #` or begins with a special character needs quotes around it"
)
ADVICE_QUOTE_WHOLE = (
    "text that begins with a quote ends with it: put the other kind of quote around the whole"
)
_ALIGN = "keys of one mapping, and the dashes of one list, begin in the same column"
YAML_PROBLEMS: dict[str, tuple[str, str]] = {
    "mapping values are not allowed in this context": ("`: ` cannot stand here", ADVICE_QUOTE_IT),
    "block sequence entries are not allowed in this context": (
        "a list item cannot begin here",
        "begin the list on a line of its own",
    ),
    "did not find expected key": ("a key was expected here", _ALIGN),
    "did not find expected '-' indicator": ("`- ` was expected here", _ALIGN),
    "could not find expected ':'": (
        "`: ` is missing after this",
        "write `key: value`, with a blank after the colon; a list item is `- value`",
    ),
    "did not find expected ',' or '}'": (
        "`,` or `}` was expected here",
        "inside `{ }`, text that holds `, [ ] { }` or quotes needs quotes around it",
    ),
    "did not find expected ',' or ']'": (
        "`,` or `]` was expected here",
        "inside `[ ]`, text that holds `, [ ] { }` or quotes needs quotes around it",
    ),
    "did not find expected node content": ("a value was expected here", ADVICE_QUOTE_IT),
    "found unexpected end of stream": ("the closing quote is missing", "close the quotes"),
    "found unexpected document indicator": ("the closing quote is missing", "close the quotes"),
    "found unknown escape character": (
        "unknown escape in double quotes",
        "write a backslash as `\\\\`, or use single quotes, where it stands for itself",
    ),
    "found invalid Unicode character escape code": (
        "the escape stands for no character",
        "write a character beyond U+FFFF as `\\U0001F600`, not as two halves",
    ),
    "did not find expected hexdecimal number": (
        "the escape needs hexadecimal digits",
        "write `\\x41`, `\\u00e9` or `\\U0001F600`",
    ),
    "found character that cannot start any token": (
        "text cannot begin with this character",
        "put quotes around the text",
    ),
    "did not find expected alphabetic or numeric character": (
        "`&` and `*` have a meaning of their own in YAML",
        "put quotes around the text",
    ),
    "did not find expected comment or line break": (
        "nothing else may stand on this line",
        "text after `|` or `>` begins on the next line; otherwise put quotes around the text",
    ),
    "did not find expected <document start>": (
        "the document has ended before this",
        ADVICE_QUOTE_WHOLE,
    ),
    "found a tab character that violates indentation": (
        "a tab cannot indent",
        "indent with blanks",
    ),
    "found undefined tag handle": (
        "text cannot begin with `!`",
        "put quotes around the text",
    ),
}
# Keys kept for later, by model: what to say of them.
_LATER = "it comes with device state; leave it out for now"
RESERVED: dict[str, dict[str, str]] = {
    "ProjectModel": dict.fromkeys(("events", "aggregates", "guardrails", "groups"), _LATER),
    "RuleModel": {
        "stop_when": _LATER,
        "rank": "ranking comes later; use `show` or `split` for now",
    },
    "SurfaceModel": {"guardrails": _LATER, "theme": _LATER},
    "ExperimentModel": {"sticky": _LATER},
    "TestModel": {"state": _LATER, "events": _LATER},
}
ADVICE_QUOTE_SCALAR = "put quotes around it to make it text"
TAB_PROBLEM = ("a tab cannot indent", "indent with blanks")
ADVICE_ALIAS = "write the value out; a condition used in several places can be a segment"
ADVICE_ALIAS_TEXT = "text that begins with `*` or `&` needs quotes around it"
ADVICE_TAG = "write the value without it; text that begins with `!` needs quotes around it"
ADVICE_NEGATION = "an expression that begins with `!` needs quotes around it: '{text}'"


def make(
    code: str,
    span: Span | None = None,
    path: str = "",
    *,
    labels: tuple[tuple[Span, str], ...] = (),
    advice: str | None = None,
    **values: Any,
) -> Diagnostic:
    """The diagnostic of `code`. `advice` stands in for the help, or replaces it."""
    text = TEXTS[code]
    help_text = text.help
    if advice is not None or help_text == "{advice}":
        help_text = advice
    elif help_text is not None:
        help_text = help_text.format(**values)
    return Diagnostic(
        code=code,
        severity=Severity.WARNING if code.startswith("W") else Severity.ERROR,
        message=text.message.format(**values),
        span=span,
        label=text.label.format(**values),
        labels=labels,
        help=help_text,
        path=path,
    )
