"""The texts about what devices remember, by code; a part of `catalogue`.

E274 to E289: events and aggregates. E350 to E369: guardrails and groups. E347 to E349 and E370 to
E379: what happens in tests.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """The words of one code: the message, what stands under the underline, and what to try."""

    message: str
    label: str = ""
    help: str | None = None


STATE_TEXTS: dict[str, Text] = {
    # -------------------------------------------------- events and aggregates
    "E274": Text(
        "`{name}` is the name of {kind} and of an aggregate",
        help="expressions use both by name: rename one",
    ),
    "E275": Text(
        "what the aggregate keeps is not clear: it has {found} of `count`, `sum`, `distinct`, "
        "`since`, `affinity` and `funnel`",
        help="an aggregate is one of them: `{{count: an_event, within: 7d}}`",
    ),
    "E276": Text("an aggregate by `{kind}` has no `{key}`", help="remove it"),
    "E277": Text("an aggregate by `{kind}` needs `{key}`"),
    "E278": Text(
        "the events of this funnel have different purposes: `{one}` and `{other}`",
        help="say with `purpose` which of them the aggregate is for",
    ),
    "E279": Text("`{name}` is not an event", help="{advice}"),
    "E280": Text("`{name}` is not a field of the event `{event}`", help="{advice}"),
    "E281": Text(
        "`{kind}` needs a field of type {wanted}, and `{name}` is of type `{type}`",
        help="name another field, or declare it so",
    ),
    "E282": Text(
        "an event cannot be called `{name}`",
        help="the word has a meaning of its own in the `events` of tests: choose another name",
    ),
    "E283": Text("the window `{within}` is no multiple of its slots of `{slot}`", help="{advice}"),
    "E284": Text(
        "the window `{within}` has {slots:,} slots of `{slot}`, and at most {most} are kept",
        help="{advice}",
    ),
    "E285": Text(
        "{count:,} signals, fields of events and aggregates, and a bundle holds at most {limit:,}",
        help="leave out the fields that no aggregate reads",
    ),
    "E286": Text(
        "the funnel is never true: `after` is not before `within`",
        help="it is true from `after` until `within` past the first event",
    ),
    "E288": Text(
        "the half-life `{half_life}` cannot be cut into {steps} equal steps of whole milliseconds",
        help="use whole minutes, hours or days",
    ),
    "E289": Text(
        "`top` reads {top} values, and `keep` keeps {keep}", help="raise `keep`, or lower `top`"
    ),
    # ------------------------------------------------- guardrails and groups
    "E350": Text(
        "the edge surface `{surface}` reads `{signal}`, which only a device keeps{via}",
        help="an edge keeps no state; use a signal of source `request`, or another `place`",
    ),
    "E351": Text(
        "`{name}` is the default, which may always show",
        help="guardrails are for the other variants; `*` means all of them",
    ),
    "E352": Text(
        "a cap of 0 never lets the variant show",
        help="remove the variant and its rules, or allow it at least once",
    ),
    "E353": Text("the surface `{surface}` has no variant but its default"),
    "E354": Text(
        "`suppress` does not say when",
        help="give `when`, `dismissed` or `shown_without_click`",
    ),
    "E355": Text(
        "a group has either `variants` or `coherent`",
        help="`variants` are counted together; surfaces that are `coherent` show one theme",
    ),
    "E356": Text("a coherence group has no `{key}`", help="give it to a group of `variants`"),
    "E357": Text("the group has no effect", help="give it a `cap` or a `cooldown`"),
    "E358": Text("`{name}` is in the group twice", label="again here"),
    "E359": Text(
        "the surface `{name}` is in the coherence group `{group}` already",
        help="a surface is in one coherence group: make them one",
    ),
    "E360": Text(
        "no variant of these surfaces has a theme",
        help="say on a surface which variant has which: `theme: {{shoes: trail}}`",
    ),
    "E361": Text("`{text}` is not a variant, written `surface.variant`", help="{advice}"),
    "E362": Text("a coherence group has two surfaces or more"),
    "E363": Text(
        "the edge surface `{name}` is decided after `{other}`, whose place is `{place}`",
        help="what comes before an edge surface in a group is of place `edge` too",
    ),
    # ------------------------------------------------------- what happens in tests
    "E347": Text(
        "what happened is not clear: {found}",
        help="name one event, or one of {words}; and when: `at: -2d`",
    ),
    "E348": Text("`{key}` needs {wanted}, and this is {found}", help="{advice}"),
    "E349": Text(
        "this lies after the moment of the test", help="write `at: -1h`, or a date before"
    ),
    "E370": Text(
        "this lies before the moment before",
        help="what happens after a step lies between it and the next",
    ),
    "E371": Text(
        "this happened before the device was first seen",
        help="let `observed` reach further back",
    ),
    "E372": Text(
        "`{name}` is not declared by the person: its source is `{source}`",
        help="give its value in `given`",
    ),
    "E373": Text("`{name}` is not a topic of any variant", help="{advice}"),
    "E374": Text(
        "`{text}` is not a time",
        help="write how long before it was, `-36h`, or a date, or epoch milliseconds",
    ),
    "E375": Text("a test without state has no `{key}`", help="remove it, or `state: none`"),
    # ------------------------------------------------------------------- warnings
    "W260": Text(
        "`{name}` counts a device that was not observed for the window as if nothing had happened",
        help='with `unknown`, "fewer than" is true only of what was observed',
    ),
    "W261": Text("this condition is never true, so nothing is kept"),
    "W350": Text(
        "`{key}` needs state and an edge keeps none: the variants that it guards never show there",
        help="add `without_state: allow`, remove it, or use another `place`",
    ),
    "W351": Text("`{key}` has no effect on a surface that is never personalized"),
    "W370": Text(
        "the event is refused if anything reads `{name}`, for this is no value of it: {why}",
        help="fine if that is the point; else correct the value, or leave the field out",
    ),
    "W371": Text(
        "this is not declared, for it is no value of `{name}`: {why}",
        help="fine if that is the point; else correct the value",
    ),
}
