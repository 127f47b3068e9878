"""Every text of the expression stage, one per code, and the collector that fills them in.

A message says what is wrong and stands alone; the label goes under the underline; the help says
what to try. Advice that depends on the case is worked out in `advice` and given to `add`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tacit.compiler.diagnostics import Diagnostic, Severity
from tacit.compiler.spans import Span


@dataclass(frozen=True, slots=True)
class Text:
    """The words of one code; `{...}` are filled in from the case."""

    code: str
    message: str
    label: str = ""
    help: str | None = None


# ------------------------------------------------------------------ characters and constants
EMPTY = Text(
    "E200",
    "the expression is empty",
    help="write a condition, or leave the key out where none is needed",
)
CHARACTER = Text("E201", "unexpected character {character}")
NOT_CLOSED = Text(
    "E202",
    "this text has no closing quote",
    "starts here",
    help="a text in single or double quotes ends on its line; three quotes may span lines",
)
UNKNOWN_NAME = Text("E203", "unknown name `{name}`", "not declared")
ESCAPE = Text(
    "E204",
    "`{escape}` is not an escape",
    help="the escapes are \\\\ \\\" \\' \\` \\? \\a \\b \\f \\n \\r \\t \\v \\xHH \\ooo \\uHHHH "
    '\\UHHHHHHHH; r"..." takes every character as it is',
)
SURROGATE = Text(
    "E205",
    "half of a surrogate pair ({point}) is not a character",
    help="write a character above U+FFFF as it is, or as \\U and eight hex digits",
)
NUMBER = Text("E206", "`{written}` is not a number")
TOO_LARGE = Text("E207", "the number `{written}` is too large", help="{limit}")
UNSIGNED = Text("E208", "unsigned numbers are not supported", help="leave the `u` out: `{written}`")
BYTES = Text("E209", "byte strings are not supported", help="leave the `b` out")
CURLY = Text("E210", "curly quotes do not start a text", help="use straight quotes: \" or '")
CARRIAGE_RETURN = Text("E211", "a text holds a carriage return", help="write it as `\\r`")

# ------------------------------------------------------------------ grammar
SLIP = Text("E212", "`{written}` is not an operator", help="write `{meant}`")
CHAINED = Text("E213", "comparisons cannot be chained", "a second comparison")
PERCENT = Text(
    "E214",
    "percent signs are not supported",
    help="write the number that the signal holds, such as `0.5` or `50`",
)
ARITHMETIC = Text("E215", "there is no arithmetic: `{operator}`")
NO_OPERATOR = Text(
    "E216", "an operator is missing before {found}", "expected `&&`, `||` or a comparison"
)
UNBALANCED = Text("E217", "`{bracket}` has no partner", "{label}")
EXPECTED = Text("E218", "expected {wanted}, found {found}")
RESERVED = Text("E219", "`{word}` is a reserved word")
UNSUPPORTED = Text("E220", "{what} are not supported")
NESTED_CHOICE = Text(
    "E221",
    "a `?:` between `?` and `:` needs parentheses",
    help="write `a ? (b ? c : d) : e`",
)

# ------------------------------------------------------------------ limits
TEXT_LIMIT = Text(
    "E222",
    "the expression has {count} characters; at most {limit} are allowed",
    "from here on",
    help="move parts of it into segments",
)
NODE_LIMIT = Text(
    "E223",
    "the expression has more than {limit} parts",
    "from here on",
    help="move parts of it into segments, or use `in [...]` for many `==`",
)
DEPTH_LIMIT = Text(
    "E224",
    "the expression is nested deeper than {limit} levels",
    "one level too deep",
    help="move inner parts into segments",
)
LIST_LIMIT = Text("E225", "the list has more than {limit} items", "from here on")

# ------------------------------------------------------------------ functions and methods
UNKNOWN_FUNCTION = Text("E226", "unknown function `{name}`")
UNKNOWN_METHOD = Text("E227", "unknown method `{name}`")
OUTSIDE = Text("E228", "`{name}` is outside the language")
ARITY = Text("E229", "`{name}` takes {wanted}, not {given}", help="write `{form}`")
ARGUMENT = Text("E230", "{subject} must be {wanted}", "{found}")

# ------------------------------------------------------------------ types
NOT_A_CONDITION = Text("E231", "the expression must be a condition", "{found}")
OPERAND = Text("E232", "`{operator}` works on conditions", "{found}")
MISMATCH = Text("E233", "{left} cannot be compared with {right}", "{label}")
NO_ORDER = Text("E234", "{kind} have no order", "`{operator}` needs numbers or versions")
VERSION_TEXT = Text("E235", "a version cannot be compared with a text", "a text")
INT_DOUBLE = Text("E236", "`{name}` is a whole number", "a fraction")
MEMBER = Text("E237", "{member} is not a value of `{name}`", "not among its values")
TWO_SIGNALS = Text(
    "E238",
    "one side of a comparison must be a constant",
    "neither side is one",
    help="signals cannot be compared with one another; let the host supply the result as a signal",
)
NULL = Text("E239", "there is no null: a signal without a value is missing")
HAS = Text("E240", "has() takes the name of a signal", "{found}")
LIST_ITEM = Text("E241", "{wanted} expected in this list", "{found}")
EMPTY_LIST = Text("E242", "the list is empty", "nothing is in it")
DURATION = Text(
    "E243",
    "{written} is not a duration",
    help='units are h, m, s, ms, us, ns, as in `duration("1h30m")`',
)
VERSION = Text(
    "E244",
    "{written} is not a version",
    help='a version is one to four numbers below 67108864, as in `version("2.10.0")`',
)
BODY_READS = Text(
    "E245",
    "`{name}` cannot be read inside `{macro}`",
    "not the element",
    help="the condition on an element reads `{element}` and constants only; put the rest outside",
)
VARIABLE = Text("E246", "the first argument of `{macro}` is a new name for the element", "{found}")
RECEIVER = Text("E247", "`{name}` is for {wanted}", "{found}")
WHOLE_LIST = Text("E248", "`{name}` is a list and cannot be compared as a whole")
QUOTES = Text("E249", "unknown name `{name}`", "a text needs quotes")
IN_WHAT = Text("E250", "the right side of `in` must be a list", "{found}")
BRANCHES = Text("E251", "both branches of `?:` must be conditions", "{found}")
RAW_END = Text(
    "E253",
    "a raw text cannot end with a backslash",
    help="leave the `r` out and write the backslash twice",
)
COUNTED = Text("E254", "`{name}` counts no further than {most}", "beyond that", help="{advice}")
NUMBER_DURATION = Text(
    "E255",
    "`{name}` is a duration",
    "a number",
    help='write how long, as in `duration("24h")`; days are written in hours',
)
PARTS_OF_MS = Text(
    "E256", "`{name}` is a duration in whole milliseconds", "finer than that", help="{advice}"
)
TOO_MANY = Text(
    "E252", "too many errors in this expression; the rest of it was not checked", "stopped here"
)

# ------------------------------------------------------------------ warnings
COMMENT = Text(
    "W200",
    "a comment hides the rest of the expression",
    "not read",
    help="a `//` comment ends at the line's end; a folded scalar (`>`) has no line ends: use `|`",
)

TEXTS: tuple[Text, ...] = tuple(
    sorted((value for value in globals().values() if isinstance(value, Text)), key=lambda t: t.code)
)
"""Every text, by code."""

MOST_COMPLAINTS = 20
"""After so many errors one expression is given up: what follows is mostly echo."""

Locate = Callable[[int, int], Span | None]
"""Maps a half-open run of the expression's characters to its place in the file."""


class GiveUp(Exception):  # noqa: N818 - control flow, not an error
    """Thrown inside the expression stage to stop reading; never leaves it."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """A filled-in text and the characters of the expression it is about."""

    text: Text
    start: int
    end: int
    message: str
    label: str
    help: str | None
    labels: tuple[tuple[Span, str], ...]

    def diagnostic(self, locate: Locate) -> Diagnostic:
        """The same, placed in the file."""
        warning = self.text.code.startswith("W")
        return Diagnostic(
            self.text.code,
            Severity.WARNING if warning else Severity.ERROR,
            self.message,
            locate(self.start, self.end),
            self.label,
            self.labels,
            self.help,
        )


class Complaints:
    """Collects what is wrong with one expression."""

    __slots__ = ("found",)

    def __init__(self) -> None:
        self.found: list[Complaint] = []

    def add(
        self,
        text: Text,
        start: int,
        end: int,
        /,
        *,
        advice: str | None = None,
        labels: tuple[tuple[Span, str], ...] = (),
        **values: object,
    ) -> None:
        """File `text` about start..end; `advice` replaces the help of the text.

        Raises `GiveUp` once there are too many.
        """
        help_text = advice if advice is not None else text.help and text.help.format(**values)
        complaint = Complaint(
            text,
            start,
            end,
            text.message.format(**values),
            text.label.format(**values),
            help_text,
            labels,
        )
        self.found.append(complaint)
        if len(self.found) == MOST_COMPLAINTS:
            self.add(TOO_MANY, start, end)
            raise GiveUp

    @property
    def any_errors(self) -> bool:
        return any(not complaint.text.code.startswith("W") for complaint in self.found)

    def diagnostics(self, locate: Locate) -> tuple[Diagnostic, ...]:
        """What was found, in order of position, each once."""
        ordered = sorted(self.found, key=lambda c: (c.start, c.end, c.text.code))
        return tuple(dict.fromkeys(complaint.diagnostic(locate) for complaint in ordered))
