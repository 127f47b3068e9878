"""Every text of what is found after the rules are known to be right, by code.

E40x: budgets. E41x: limits of the bundle format. E42x: limits of what devices keep. W40x: what can
be left out of a project, or never happens. A message stands alone; the help says what to try.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tacit.compiler.diagnostics import Diagnostic, Severity
from tacit.compiler.spans import Span


@dataclass(frozen=True, slots=True)
class Text:
    """The words of one code; `{...}` are filled in from the case."""

    message: str
    label: str = ""
    help: str | None = None


TEXTS: Final[dict[str, Text]] = {
    # ------------------------------------------------------------------------------- budgets
    "E400": Text(
        "the bundle is {size:,} bytes without debug and audit, and its budget is {budget:,}",
        help="move content out of the project, shorten explanations, or raise `budgets.bundle`",
    ),
    "E401": Text(
        "deciding `{surface}` costs up to {cost:,}, and the budget of a surface is {budget:,}",
        help="`contains`, `exists` and long lists cost most; "
        "make what several rules ask a segment, or raise `budgets.surface_cost`",
    ),
    "E402": Text(
        "the state of a device may take {size:,} bytes, and its budget is {budget:,}",
        help="most is taken by {parts}: longer slots, shorter windows, fewer or shorter keys of an "
        "affinity take less; or raise `budgets.state`",
    ),
    # -------------------------------------------------------------------------------- limits
    "E410": Text("{count:,} {what}, and a bundle holds at most {limit:,}"),
    "E411": Text(
        "written out without `?:`, this condition has {count:,} tests, and at most {limit:,} fit",
        help="a choice repeats its condition: make that condition a segment",
    ),
    "E412": Text(
        "{what} has {size:,} bytes as UTF-8, and at most {limit:,} fit",
        help="shorten it",
    ),
    "E413": Text(
        "the bundle would have {size:,} bytes, and a runtime reads at most {limit:,}",
        help="move content out of the project, or split it",
    ),
    "E414": Text(
        "written out without `?:`, this condition is nested {depth} deep, and at most {limit} fit",
        help="make a part of it a segment",
    ),
    "E420": Text(
        "with guards and stored segments written out, this condition has {count:,} tests, "
        "and at most {limit:,} fit",
        help="shorten what `stop_when` and `suppress` ask, or make a stored segment live",
    ),
    "E421": Text(
        "with guards and stored segments written out, this condition is nested {depth} deep, "
        "and at most {limit} fit",
        help="shorten what `stop_when` and `suppress` ask, or make a stored segment live",
    ),
    "E422": Text(
        "the state of a device cannot tell `{one}` from `{other}`: both have the same key",
        help="rename what one of them is called by",
    ),
    "E423": Text(
        "the segment `{segment}` is stored, and reads for several purposes: {purposes}",
        help="a stored value goes when its purpose is withdrawn, so it has one: "
        "leave out `refresh`, or store a segment for each",
    ),
    # ------------------------------------------------------------------------------ warnings
    "W400": Text(
        "the rule `{rule}` never fires: its condition is always false",
        help="it is left out of the bundle",
    ),
    "W401": Text(
        "the rule `{rule}` never fires: no value of `{signal}` meets its tests",
        help="tests joined by `&&` must be true together; `||` asks for one of them",
    ),
    "W402": Text(
        "the rule `{rule}` is never reached: the rule `{other}` before it always fires",
        help="it is left out of the bundle; a rule without `when` belongs last",
    ),
    "W403": Text(
        "the rule `{rule}` never decides: wherever it is true, so is `{other}` before it",
        help="move it before `{other}`, or remove it",
    ),
    "W404": Text("the segment `{segment}` is not used"),
    "W405": Text("the variant `{variant}` of `{surface}` is never shown"),
    "W406": Text("the signal `{signal}` is not read by any rule"),
    "W407": Text(
        "the segment `{segment}` is never true: no value of `{signal}` meets its tests",
        help="tests joined by `&&` must be true together; `||` asks for one of them",
    ),
    "W408": Text("the segment `{segment}` is never true: its condition is always false"),
    "W409": Text(
        "the rule `{rule}` never fires: wherever its condition is true, so is its `stop_when`",
        help="`stop_when` says when the rule is over; it is not the rule's own condition",
    ),
    "W410": Text("the variant `{variant}` of `{surface}` never shows: it is always suppressed"),
    "W413": Text(
        "the rule `{rule}` never shows: wherever its condition is true, `{variant}` is suppressed",
        help="`suppress` says when not to show the variant; test the contrary in the rule's `when`",
    ),
    "W411": Text("the aggregate `{aggregate}` is not read by any rule"),
    "W412": Text("the event `{event}` is not used", help="nothing is kept of it"),
}


def finding(
    code: str,
    span: Span | None = None,
    path: str = "",
    labels: Iterable[tuple[Span | None, str]] = (),
    **values: object,
) -> Diagnostic:
    """The diagnostic of a code; labels without a place are left out."""
    text = TEXTS[code]
    return Diagnostic(
        code=code,
        severity=Severity.WARNING if code.startswith("W") else Severity.ERROR,
        message=text.message.format(**values),
        span=span,
        label=text.label.format(**values),
        labels=tuple((place, words) for place, words in labels if place is not None),
        help=text.help.format(**values) if text.help is not None else None,
        path=path,
    )
