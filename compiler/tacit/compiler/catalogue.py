"""Every text of the stages that read and resolve the source, by code.

E1xx and W1xx: reading and shape. E26x to E29x: names, types, units. E3xx and W3xx: surfaces, rules,
experiments, the lock and tests. What devices remember, expressions and findings keep their own
catalogues.

A message says what is wrong and stands alone; the help says what to try. `make` fills the braces.
"""

from __future__ import annotations

from typing import Any

from tacit.compiler.catalogue_state import STATE_TEXTS, Text
from tacit.compiler.diagnostics import Diagnostic, Severity
from tacit.compiler.spans import Span

_BRING_BACK = (
    "bring it back from version control (after a merge: take either side), then run "
    "`tacit rebalance`"
)
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
    "E140": Text(
        "`{text}` is not a cap",
        help="write it like `3 per 24h`, or `2 ever`: so many shows in so long a time",
    ),
    # ------------------------------------------------- signals, segments, units
    "E260": Text(
        "`{name}` is the name of a signal and of a segment",
        label="a segment here",
        help="expressions use both by name: rename one",
    ),
    "E261": Text(
        "`{name}` is a reserved word of expressions", help="choose another name for the {kind}"
    ),
    "E262": Text("an enum needs `values`", help="list its members: `values: [small, large]`"),
    "E263": Text("the member `{value}` is given twice", label="again here"),
    "E264": Text("values of type `{type}` have no `{key}`", help="{advice}"),
    "E265": Text("`min` is above `max`: {minimum} and {maximum}"),
    "E266": Text("the bound of an int must be a whole number, and {value} is not"),
    "E267": Text("segments use one another in a circle: {circle}", label="begins here"),
    "E268": Text(
        "no signal is named as the `unit` that buckets",
        help="give a `unit` here, or at the top of the project",
    ),
    "E269": Text("the unit `{unit}` is not a signal", help="{advice}"),
    "E270": Text(
        "the unit `{unit}` is of type `{type}`",
        help="a unit is a signal of type string, int or enum",
    ),
    "E271": Text(
        "`zone: local` reads the signal `utc_offset_minutes`, which is not declared",
        help="declare `utc_offset_minutes: {{type: int, source: device}}`",
    ),
    "E272": Text(
        "`zone: local` reads the signal `utc_offset_minutes`, which is of type `{type}`",
        help="declare it as an int: minutes east of UTC",
    ),
    "E273": Text(
        "a string_list has `max` or `max_items`, not both", help="they mean the same: keep one"
    ),
    # ------------------------------------------------------ surfaces and rules
    "E300": Text("the default `{name}` is not a variant of this surface", help="{advice}"),
    "E301": Text("`{name}` is not a variant of the surface `{surface}`", help="{advice}"),
    "E302": Text("`{name}` is not an experiment", help="{advice}"),
    "E303": Text(
        "the shares add up to {total}, not to 100 %",
        help="{advice}",
    ),
    "E304": Text("two rules of the surface `{surface}` have the id `{name}`", label="again here"),
    "E305": Text(
        "the surface `{surface}` is never personalized, so it cannot have rules",
        help="remove the rules, or `personalize: never`",
    ),
    "E306": Text(
        "the edge surface `{surface}` reads the signal `{signal}`, whose source is `{source}`{via}",
        help="an edge sees signals of source `request` only; use such a signal, or another `place`",
    ),
    "E307": Text("`until` is not after `from`", help="`until` is the first moment after the rule"),
    "E308": Text("the rule has no outcome", help="add `show` or `split`"),
    "E309": Text("the rule has two outcomes: `show` and `split`", help="keep one"),
    "E310": Text(
        "a date under `zone: local` has no offset of its own", help="write the time on the wall"
    ),
    "E311": Text(
        "`traffic: 0%` lets nobody in",
        help="remove the {what}, or give it at least 0.01 %",
    ),
    "E312": Text(
        "the arm `{arm}` of the experiment `{experiment}` is not a variant of the surface "
        "`{surface}`",
        help="{advice}",
    ),
    "E313": Text(
        "the experiments of the layer `{layer}` have different units: `{unit}` and `{other}`",
        help="experiments of one layer share its unit",
    ),
    "E314": Text(
        "the layer `{layer}` is overbooked: its experiments take {total} of its units",
        help="lower `traffic`, or use another layer",
    ),
    "E315": Text(
        "the arm `{arm}` is too small: of {traffic} of all units its share is less than 0.01 %",
        help="raise the arm's share, or `traffic`",
    ),
    "E316": Text("a holdout of 0 % holds nobody out", help="remove it, or give it a share"),
    "E317": Text("`personalize: never` needs a `reason`", help="say why, for whoever reads it"),
    "E318": Text("`reason` belongs to `personalize: never`", help="use `description` instead"),
    "E319": Text("the surface has no `variants`", help="list them: `variants: {{a: ..., b: ...}}`"),
    # ---------------------------------------------------------------- lock
    "E320": Text("`tacit.lock` cannot be read: {why}", help=_BRING_BACK),
    "E321": Text(
        "`tacit.lock` was damaged, or changed by hand: its checksum does not fit",
        help=_BRING_BACK,
    ),
    "E322": Text(
        "`tacit.lock` contradicts itself: {why}", help="bring it back from version control"
    ),
    "E323": Text(
        "`tacit.lock` belongs to the project `{found}`, and this is `{project}`",
        help="if the project was renamed, run `tacit rebalance`",
    ),
    "E324": Text(
        "`tacit.lock` does not fit the source: {why}",
        help="{advice}",
    ),
    "E325": Text("`{name}` is not in `tacit.lock`, so it cannot be renamed", help="{advice}"),
    "E326": Text(
        "`{name}` is not in the source, so `{old}` cannot be renamed to it", help="{advice}"
    ),
    "E327": Text(
        "two entries of `tacit.lock` would have one name",
        help="to give up one of them, run `tacit rebalance` first while the source lacks it",
    ),
    "E328": Text(
        "`tacit.lock` belongs to the project `{found}`, and nothing in it is of `{project}`",
        help="give each project a folder of its own; `tacit rebalance --anew` replaces the lock",
    ),
    # ------------------------------------------------------------- content
    "E330": Text(
        "the number `{number}` has no exact form on every device",
        help="whole numbers go up to 2^53 - 1; write it as text",
    ),
    "E331": Text("content cannot hold {number}", help="JSON has no such number"),
    "E332": Text("content is nested too deeply: more than {limit} levels"),
    # --------------------------------------------------------------- tests
    "E340": Text("`{name}` is not a signal", help="{advice}"),
    "E341": Text("`{name}` is not a surface", help="{advice}"),
    "E342": Text("`{name}` is not a rule of the surface `{surface}`", help="{advice}"),
    "E343": Text("no signal has the purpose `{name}`", help="{advice}"),
    "E344": Text("`{name}` is both given and missing", help="remove it from one of the two"),
    "E345": Text(
        "the test needs `now`: {why}", help="without it the outcome would depend on the day it runs"
    ),
    "E346": Text(
        "a given value is not a mapping",
        help="with its time of observation it is written `{{value: 3, at: 2026-11-10T11:00:00Z}}`",
    ),
    # ------------------------------------------------------------- warnings
    "W300": Text("the project has no surfaces, so there is nothing to decide"),
    "W301": Text("`zone` has no effect without `from` or `until`"),
    "W302": Text(
        "`unit` has no effect: the experiment has its own",
        help="it would bucket `traffic`, and there is none here",
    ),
    "W303": Text("`unit` has no effect: nothing here is bucketed"),
    "W304": Text("no rule uses the experiment `{name}`"),
    "W305": Text("`on_expired` has no effect without `expires`"),
    "W340": Text(
        "`{name}` will be missing: {why}", help="fine if that is the point; else correct the value"
    ),
    "W341": Text("two tests are called `{name}`", label="again here"),
    "W320": Text(
        "there is no `tacit.lock`, so buckets are dealt anew: later changes of shares will move "
        "people about",
        help="run `tacit rebalance`, and keep `tacit.lock` beside the source",
    ),
    **STATE_TEXTS,
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
RESERVED: dict[str, dict[str, str]] = {
    "RuleModel": {"rank": "ranking comes later; use `show` or `split` for now"},
}
ADVICE_REBALANCE = "run `tacit rebalance`; it moves as few people as possible"
ADVICE_RENAME = (
    "if `{old}` is now called `{new}`, run `tacit rebalance --rename {old}={new}`, and everybody "
    "stays; otherwise `tacit rebalance`"
)
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
