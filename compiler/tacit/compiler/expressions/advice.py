"""What to try: advice worked out from the case. Texts in, texts out; nothing is decided here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from tacit.compiler.nearest import nearest

FUNCTIONS = ("has", "size", "duration", "version")
METHODS = ("startsWith", "endsWith", "contains", "size", "exists", "all")
FORMS = {
    "has": "has(signal)",
    "size": "size(signal)",
    "duration": 'duration("1h")',
    "version": 'version("2.10.0")',
    "startsWith": 'signal.startsWith("text")',
    "endsWith": 'signal.endsWith("text")',
    "contains": 'signal.contains("text")',
    "exists": 'list.exists(v, v == "text")',
    "all": 'list.all(v, v != "text")',
}
RESERVED = frozenset(
    {
        *("as", "break", "const", "continue", "else", "for", "function", "if", "import"),
        *("let", "loop", "namespace", "package", "return", "var", "void", "while"),
    }
)

RESERVED_HELP = {
    "if": "write `condition ? a : b`",
    "else": "write `condition ? a : b`",
    "function": "there are no functions of your own; name a condition as a segment",
    "let": "name a condition as a segment",
    "var": "name a condition as a segment",
    "const": "name a condition as a segment",
    "for": 'ask a list with `list.exists(v, v == "text")`',
    "while": 'ask a list with `list.exists(v, v == "text")`',
}


def shown(text: str) -> str:
    """`text` as it may stand in a message: printable, and cut when long."""
    clean = "".join(
        c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text
    )
    return clean if len(clean) <= 48 else clean[:45] + "..."


def quoted(text: str) -> str:
    """`text` as a constant of the language, cut when long."""
    return '"' + shown(text.replace("\\", "\\\\").replace('"', '\\"')) + '"'


# ------------------------------------------------------------------ characters and numbers

_CHARACTERS = {
    "#": "a comment starts with `//`",
    ";": "an expression is one condition, without `;`",
    "`": "names are written without backquotes; texts take straight quotes",
    "$": "names are written without `$`",
    "@": "names are made of a-z, A-Z, 0-9 and `_`",
    "\\": "outside a text there are no escapes",
    "^": "write `!=` between two conditions, or `&& ||`",
    "~": "write `startsWith`, `endsWith` or `contains`",
}


def for_character(run: str) -> str | None:
    """Advice about characters that cannot stand outside a text."""
    if run in _CHARACTERS:
        return _CHARACTERS[run]
    ascii_form = unicodedata.normalize("NFKC", run)
    if ascii_form.isascii() and ascii_form.strip() and ascii_form.isprintable():
        return f"write the plain `{ascii_form}`"
    if run.isidentifier():
        return "names are made of a-z, A-Z, 0-9 and `_`; a text needs quotes"
    if not run.isprintable() or run.isspace():
        return "remove this character; it cannot be seen"
    return None


_UNIT_HOURS = {"d": 24, "w": 168}


def for_number(written: str) -> str | None:
    """Advice about a run of digits and other characters that is no number."""
    if re.fullmatch(r"[0-9]+(\.[0-9]+){2,3}", written):
        return f'write `version("{written}")`'
    if re.fullmatch(r"[0-9]+(h|m|s|ms|us|ns)", written):
        return f'write `duration("{written}")`'
    days = re.fullmatch(r"([0-9]{1,9})([dw])", written)
    if days:
        return f'write `duration("{int(days[1]) * _UNIT_HOURS[days[2]]}h")`'
    if re.fullmatch(r"[0-9]+(_[0-9]+)+", written):
        return f"write `{shown(written.replace('_', ''))}`"
    if re.fullmatch(r"[0-9]+\.", written):
        return f"write `{shown(written)}0`"
    if re.fullmatch(r"0X[0-9a-fA-F]+", written):
        return f"write `0x{shown(written[2:])}`"
    if re.match(r"[0-9]+[A-Za-z_]", written):
        return "a text needs quotes; a name starts with a letter"
    return None


def for_duration(text: str) -> str | None:
    """Advice about `duration("7d")` and the like."""
    days = re.fullmatch(r" *([0-9]{1,9}) *(d|days?|w|weeks?) *", text)
    if days:
        return f'write `duration("{int(days[1]) * _UNIT_HOURS[days[2][0]]}h")`'
    if re.fullmatch(r"[0-9]+", text):
        return f'write `duration("{shown(text)}s")`'
    return None


def for_version(text: str) -> str | None:
    """Advice about a version text with a `v`, or with a pre-release or build part."""
    match = re.fullmatch(r" *[vV]?([0-9]{1,8}(?:\.[0-9]{1,8}){0,3})(?:[-+.].*)? *", text)
    if match and match[1] != text:
        return f'write `version("{match[1]}")`; only the dotted numbers count'
    return None


# ------------------------------------------------------------------ words between values

WORD_OPERATORS = {"and": "&&", "or": "||"}
_WORDS = {
    "is": "write `==`, or `has(signal)` to ask whether there is a value",
    "isnt": "write `!=`",
    "like": 'write `signal.startsWith("...")`, `.endsWith("...")` or `.contains("...")`',
    "between": "write `signal >= low && signal <= high`",
    "eq": "write `==`",
    "equals": "write `==`",
    "ne": "write `!=`",
    "neq": "write `!=`",
    "lt": "write `<`",
    "lte": "write `<=`",
    "le": "write `<=`",
    "gt": "write `>`",
    "gte": "write `>=`",
    "ge": "write `>=`",
    "then": "write `condition ? a : b`",
    "xor": "write `!=` between two conditions that are segments or in parentheses",
    "div": "there is no arithmetic",
    "mod": "there is no arithmetic",
    "startswith": 'write `signal.startsWith("text")`',
    "starts": 'write `signal.startsWith("text")`',
    "endswith": 'write `signal.endsWith("text")`',
    "ends": 'write `signal.endsWith("text")`',
    "contains": 'write `signal.contains("text")`; for a list, `"text" in signal`',
    "includes": 'for a list, write `"text" in signal`',
    "has": 'for a list, write `"text" in signal`',
    "matches": "there are no patterns; write `startsWith`, `endsWith` or `contains`",
}


def for_word(word: str) -> str | None:
    """Advice about a word that stands where an operator is expected."""
    return _WORDS.get(word.casefold().replace("_", ""))


ARITHMETIC_HELP = "let the host supply the result as a signal, or write the result as a constant"
HYPHEN_HELP = "names have no `-`; a text needs quotes"

# ------------------------------------------------------------------ functions and methods

_CONVERSION = "values have one declared type; there are no conversions"
_CLOCK = "the time is not read in expressions: give the rule `from` and `until`"
_LISTS = (
    'a list is asked with `"text" in list`, `list.exists(v, ...)`, `list.all(v, ...)`, `size(list)`'
)
_CASE = "texts are compared as they are: name each spelling, as in `x in [...]`"
_KNOWN_OUTSIDE = {
    "matches": "there are no regular expressions: use `startsWith`, `endsWith`, `contains` or `in`",
    **dict.fromkeys(
        ("int", "uint", "double", "string", "bytes", "bool", "dyn", "type"), _CONVERSION
    ),
    **dict.fromkeys(("timestamp", "now", "today", "date", "time"), _CLOCK),
    **dict.fromkeys(
        (
            "getFullYear",
            "getMonth",
            "getDate",
            "getDayOfMonth",
            "getDayOfWeek",
            "getDayOfYear",
            "getHours",
            "getMinutes",
            "getSeconds",
            "getMilliseconds",
        ),
        _CLOCK,
    ),
    **dict.fromkeys(
        (
            "map",
            "filter",
            "exists_one",
            "existsOne",
            "sum",
            "min",
            "max",
            "distinct",
            "first",
            "last",
        ),
        _LISTS,
    ),
    **dict.fromkeys(
        ("lowerAscii", "upperAscii", "lower", "upper", "toLowerCase", "toUpperCase", "trim"), _CASE
    ),
    **dict.fromkeys(
        ("substring", "indexOf", "charAt", "split", "replace", "join", "format", "reverse"),
        "use `startsWith`, `endsWith` or `contains`",
    ),
}
_OTHER_NAMES = {
    "len": "size",
    "length": "size",
    "count": "size",
    "any": "exists",
    "some": "exists",
    "every": "all",
    "beginswith": "startsWith",
    "hasprefix": "startsWith",
    "hassuffix": "endsWith",
    "exist": "exists",
    "isset": "has",
    "present": "has",
    "exists": "has",
    "semver": "version",
    "includes": "contains",
}


def outside(name: str) -> str | None:
    """Why a function or method of CEL, or of its usual extensions, is not in the language."""
    return _KNOWN_OUTSIDE.get(name)


def for_foreign_value(name: str) -> str | None:
    """Advice about a name that is a value in other languages."""
    plain = name.casefold()
    if plain in {"true", "false"}:
        return f"write `{plain}`"
    if plain in {"none", "nil", "undefined", "missing"}:
        return "write `has(signal)` to ask whether there is a value"
    return None


def for_dotted(name: str, known: Collection[str]) -> str | None:
    """Advice about a name with dots: what its last part may have been meant to be."""
    before, dot, last = name.rpartition(".")
    if not dot:
        return None
    if before in known and last in {"size", "length", "len", "count"}:
        return f"write `size({before})`"
    meant = last if last in known else nearest(last, known)
    return f"did you mean `{meant}`? names have no dots" if meant else "names have no dots"


def for_function(name: str) -> str | None:
    """Advice about an unknown function."""
    if name in METHODS:
        return f"write `{FORMS[name]}`"
    if name.casefold() == "top":
        return 'an affinity is the list of its best keys, as many as its `top`: `"text" in list`'
    meant = _OTHER_NAMES.get(name.replace("_", "").casefold()) or nearest(
        name, (*FUNCTIONS, *METHODS)
    )
    return f"write `{FORMS[meant]}`" if meant else None


def for_method(name: str, *, of_list: bool = False) -> str | None:
    """Advice about an unknown method; `of_list`: of a signal that is a list."""
    if of_list and name.casefold() in {"includes", "include", "has", "hasany", "any_of"}:
        return 'write `"text" in list`'
    if name in FUNCTIONS:
        return f"write `{FORMS[name]}`"
    meant = _OTHER_NAMES.get(name.replace("_", "").casefold()) or nearest(name, METHODS)
    return f"write `{FORMS[meant]}`" if meant else None


# ------------------------------------------------------------------ comparisons


def whole_bound(name: str, operator: str, value: float) -> str:
    """The comparison of a whole number that says the same as `name operator value`."""
    whole = int(value // 1)
    if whole == value:
        return f"write `{name} {operator} {whole}`"
    if operator in {"==", "!="}:
        return "a whole number never equals a fraction"
    if operator in {">", ">="}:
        return f"write `{name} > {whole}`"
    return f"write `{name} <= {whole}`"


def version_prefix(name: str, text: str) -> str:
    """For `v.startsWith("2.")`: the two comparisons that say so."""
    match = re.fullmatch(r"((?:[0-9]{1,7}\.){0,3})([0-9]{1,7})\.?", text)
    if not match:
        return f'write `{name} >= version("...")`'
    low, high = match[1] + match[2], match[1] + str(int(match[2]) + 1)
    return f'write `{name} >= version("{low}") && {name} < version("{high}")`'
