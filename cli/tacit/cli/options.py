"""Arguments and options that several commands share, and how their texts become values."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Annotated

import typer
from tacit.cli.failures import CommandError

# Epoch milliseconds of this many digits or fewer are before 1973: seconds were meant.
_DIGITS_OF_SECONDS = 11
_MAX_TIME_MS = 253_402_300_799_999  # the end of the year 9999

Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout and nothing else there.")]
Project = Annotated[
    Path,
    typer.Argument(metavar="PROJECT", help="A project: one YAML file, or a folder of them."),
]
AnyBundle = Annotated[
    Path,
    typer.Argument(
        metavar="BUNDLE", help="A bundle (.tacit), or a project, which is compiled on the fly."
    ),
]
Now = Annotated[
    str | None,
    typer.Option(
        "--now",
        metavar="T",
        help="The time to decide at: epoch milliseconds, or a date and time such as "
        "2026-11-10T12:00Z (UTC if no offset is written). Without it, the clock of this machine.",
        show_default=False,
    ),
]
Consent = Annotated[
    list[str] | None,
    typer.Option(
        "--consent",
        metavar="A,B",
        help="Purposes the person has granted, with commas between. None by default.",
        show_default=False,
    ),
]
SIGNALS_HELP = (
    "A JSON object, signal to value: a file, `-` for stdin, or the JSON itself. "
    '{"value": 3, "at": TIME} says when a value was observed.'
)
Strict = Annotated[bool, typer.Option("--strict", help="Warnings fail too (exit code 1).")]


def parse_now(text: str | None) -> int | None:
    """Epoch milliseconds of a `--now` text; None stays None. Raises `CommandError`."""
    if text is None:
        return None
    return parse_time(text, "--now")


def parse_time(text: str, what: str) -> int:
    """Epoch milliseconds of epoch milliseconds in digits or of an ISO date and time."""
    text = text.strip()
    if re.fullmatch(r"[0-9]{1,15}", text):
        if 8 < len(text) < _DIGITS_OF_SECONDS:
            raise CommandError(
                f"{what} {text} is a time in January to April 1970, if it is in milliseconds",
                help=f"for epoch seconds, write {text}000",
            )
        value = int(text)
    else:
        try:
            moment = dt.datetime.fromisoformat(text)
        except ValueError:
            raise CommandError(
                f"{what}: `{text}` is not a time",
                help="write epoch milliseconds, 2026-11-10 or 2026-11-10T12:00Z",
            ) from None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=dt.UTC)
        value = (moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(milliseconds=1)
    if not 0 <= value <= _MAX_TIME_MS:
        raise CommandError(f"{what}: `{text}` is before 1970 or after 9999")
    return value


def parse_names(texts: list[str] | None) -> tuple[str, ...]:
    """The distinct names of a repeatable option that also takes commas, in order."""
    names = [name.strip() for text in texts or () for name in text.split(",")]
    return tuple(dict.fromkeys(name for name in names if name))
