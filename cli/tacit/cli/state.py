"""`tacit state`: what the state of a device says, and how its surfaces do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from tacit.cli import output
from tacit.cli.inputs import open_bundle
from tacit.cli.options import AnyBundle, Json, Now, parse_now
from tacit.cli.remembered import clock, load_state
from tacit.cli.why import moment, shown

if TYPE_CHECKING:
    from tacit.runtime.state import Health, StateView


def state(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The bytes of a state, as a store keeps them.")
    ],
    bundle: AnyBundle,
    now: Now = None,
    as_json: Json = False,
) -> None:
    """Show what a device remembers: windows, guardrails, holds, segments, health.

    Everything that the file holds for this bundle, whatever consent there is. It is personal data.
    """
    from tacit.runtime._explain_types import plain

    at = clock(parse_now(now))
    opened = open_bundle(bundle, as_json=as_json)
    found = load_state(opened, file, at, opened.purposes)
    size = file.stat().st_size
    view, health = found.inspect(at), found.health(at)
    if as_json:
        warning = None if found.warning is None else str(found.warning)
        found_there = {"state": plain(view), "health": plain(health)}
        output.print_json({"bytes": size, "warning": warning, **found_there})
        return
    output.say(f"{file}: {size:,} bytes, at {moment(at)}")
    _print(view)
    _print_health(health)


def _print(view: StateView) -> None:
    if view.off:
        output.say("switched off: nothing is kept")
        return
    output.say(f"session {view.session}, first seen {moment(view.first_seen)}")
    if any(view.refused):
        future, past, none = view.refused
        output.say(f"refused: {future} from the future, {past} too old, {none} that name nothing")
    windows = [
        (one.name, _value(one.value), _so_far(one.so_far, one.observed_from, view.now))
        for one in view.windows
    ]
    _table("aggregates", ("name", "value", ""), windows)
    guards = [
        (
            one.kind,
            ", ".join(map(".".join, one.variants)),
            f"{one.used} of {one.limit}",
            "blocks" if one.blocks else "",
            "" if one.opens is None else f"until {moment(one.opens)}",
        )
        for one in view.guards
    ]
    _table("guardrails", ("kind", "variants", "used", "", ""), guards)
    blocked = [(".".join(name), why) for name, why in view.blocked]
    _table("not to be shown", ("variant", "why"), blocked)
    holds = [
        (
            one.surface,
            one.variant,
            moment(one.since),
            "held" if one.held else "",
            "" if one.until is None else f"stable until {moment(one.until)}",
            f"{one.changes} in this session",
        )
        for one in view.holds
        if one.variant
    ]
    _table("showing", ("surface", "variant", "since", "", "", "changes"), holds)
    segments = [
        (
            str(one.segment),
            one.cadence,
            _value(one.value),
            "" if one.since is None else moment(one.since),
            "" if one.due is None else moment(one.due),
            "too old, decided live" if one.too_old else "",
        )
        for one in view.segments
    ]
    _table("segments", ("segment", "refresh", "member", "since", "next", ""), segments)
    arms = [(str(one.experiment), one.arm, "forced" if one.forced else "") for one in view.arms]
    _table("arms", ("experiment", "arm", ""), arms)
    controls = [
        (one.strength, one.kind, ".".join(filter(None, (one.target, one.variant))),
         moment(one.time))
        for one in view.controls
    ]  # fmt: skip
    _table("the person said", ("", "", "of", "at"), controls)


def _print_health(health: dict[str, Health]) -> None:
    rows = [
        (
            surface,
            str(one.shows),
            str(one.clicks),
            str(one.dismissals),
            str(one.changes),
            f"{one.repetition:.0%}",
            str(one.fatigue),
            f"{one.change_rate:.0%}",
        )
        for surface, one in health.items()
    ]
    heads = (
        "surface",
        "shows",
        "clicks",
        "dismissals",
        "changes",
        "repeats",
        "fatigue",
        "changing",
    )
    _table("health", heads, rows)


def _table(title: str, heads: tuple[str, ...], rows: list[Any]) -> None:
    if rows:
        output.say("")
        output.table(title, heads, rows)


def _value(value: object) -> str:
    return "-" if value is None else shown(value)


def _so_far(so_far: float | None, observed_from: int | None, now: int) -> str:
    if so_far is None or observed_from is None or observed_from <= now:
        return ""
    return f"at least {shown(so_far)} so far, observed from {moment(observed_from)}"
