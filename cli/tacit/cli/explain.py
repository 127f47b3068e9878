"""`tacit explain`: why one surface shows what it shows, rule by rule."""

from __future__ import annotations

from typing import Annotated

import typer
from tacit.cli import output
from tacit.cli.decide import note_purposes
from tacit.cli.inputs import open_bundle, read_signals, surfaces_of
from tacit.cli.options import SIGNALS_HELP, AnyBundle, Consent, Json, Now, parse_names, parse_now
from tacit.cli.remembered import Events, ObservedFor, State, clock, state_for


def explain(
    bundle: AnyBundle,
    surface: Annotated[str, typer.Argument(metavar="SURFACE")],
    *,
    signals: Annotated[
        str,
        typer.Option("--signals", "-s", metavar="FILE", help=SIGNALS_HELP, show_default=False),
    ],
    state: State = None,
    events: Events = None,
    observed: ObservedFor = None,
    now: Now = None,
    consent: Consent = None,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Show the values of sensitive signals too.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Say why a surface shows what it shows.

    Each rule in order: why it fired or was passed over, the truth of every test with the value it
    looked at, schedules, buckets and their ranges; with a state also what is held, stored and
    capped, and when that ends.
    """
    at, granted = clock(parse_now(now)), parse_names(consent)
    opened = open_bundle(bundle, as_json=as_json)
    surfaces_of(opened.bundle, (surface,))
    note_purposes(opened, granted)
    values = read_signals(signals, opened.signals)
    remembered = state_for(
        opened, values, at, granted, state=state, events=events, observed=observed
    )
    found = opened.bundle.explain(surface, values, remembered, at, granted, reveal=reveal)
    if as_json:
        output.print_json(found.to_json())
    else:
        output.say(found.text().rstrip("\n"))
