"""What a device remembers, as `decide`, `explain` and `state` are given it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from tacit.cli import output
from tacit.cli.failures import CommandError
from tacit.cli.inputs import Opened, read_at_most

if TYPE_CHECKING:
    from tacit.runtime import DeviceState

MOST_BYTES = 1024 * 1024
"""More than any state has."""

State = Annotated[
    Path | None,
    typer.Option(
        "--state",
        metavar="FILE",
        help="The bytes of a device's state. Damaged ones are pointed out, and it is then fresh.",
        show_default=False,
    ),
]
Events = Annotated[
    Path | None,
    typer.Option(
        "--events",
        metavar="FILE",
        help="What has happened on the device, as under `events:` of a test: a YAML list, or JSON "
        "lines (.jsonl, .ndjson); `at: -2d` counts from --now.",
        show_default=False,
    ),
]
ObservedFor = Annotated[
    str | None,
    typer.Option(
        "--observed",
        metavar="30d",
        help="How long ago the device was first seen; without it, when the first event happened.",
        show_default=False,
    ),
]


def clock(now: int | None) -> int:
    return now if now is not None else time.time_ns() // 1_000_000


def state_for(
    opened: Opened,
    signals: dict[str, Any],
    now: int,
    consent: tuple[str, ...],
    *,
    state: Path | None,
    events: Path | None,
    observed: str | None,
) -> DeviceState | None:
    """The state that the options describe; None where they describe none."""
    if state is None and events is None and observed is None:
        return None
    if state is not None and observed is not None:
        raise CommandError("--state and --observed exclude one another: a state says it itself")
    from tacit.cli.device import Device
    from tacit.cli.happened import read_case
    from tacit.runtime import DeviceState

    case = None
    if events is not None or observed is not None:
        case = read_case(opened.program, events, now, observed)
    if state is not None:
        found = load_state(opened, state, now, consent)
    else:
        began = now if case is None or case.first_seen is None else case.first_seen
        found = DeviceState(opened.bundle, began, consent=consent)
    if case is not None:
        Device(opened.bundle, found, signals, consent).play(case.records)
    return found


def load_state(opened: Opened, path: Path, now: int, consent: tuple[str, ...]) -> DeviceState:
    """The state in a file. What is damaged is pointed out on stderr, and the state is fresh."""
    from tacit.runtime import DeviceState

    data = read_at_most(path, MOST_BYTES + 1)
    found = DeviceState.load(opened.bundle, data, now, consent=consent)
    if found.warning is not None:
        output.note(f"warning: {path}: {found.warning}; the state is fresh", "yellow")
    return found
