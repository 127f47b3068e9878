"""Progress of long work: on stderr, on a terminal, and only once it is clear that it takes time."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

from tacit.cli import output

_QUIET_S = 0.5
_EVERY_S = 0.1

T = TypeVar("T")


@contextlib.contextmanager
def waiting(text: str) -> Iterator[None]:
    """A sign of life for work of unknown length, where a person can see it."""
    if not sys.stderr.isatty():
        yield
        return
    status = output.err().status(output.plain(text).replace("[", "\\["))
    timer = threading.Timer(_QUIET_S, status.start)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        status.stop()


class Measured(Protocol):
    """Work of which it is known how much is done."""

    total: int

    @property
    def done(self) -> int: ...


def tracked(items: Iterable[T], work: Measured, name: str) -> Iterator[T]:
    """The items; meanwhile a bar shows `work`, where a person can see it."""
    if not sys.stderr.isatty() or not work.total:
        yield from items
        return
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    begin = shown = time.monotonic()
    bar = Progress(*columns, console=output.err(), transient=True)
    task = bar.add_task(output.plain(name).replace("[", "\\["), total=work.total)
    try:
        for item in items:
            yield item
            moment = time.monotonic()
            if moment - shown >= _EVERY_S:
                shown = moment
                if moment - begin >= _QUIET_S:
                    bar.start()  # does nothing the second time
                    bar.update(task, completed=work.done)
    finally:
        bar.stop()


class Counted:
    """Work that is as many items as there are."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.done = 0

    def over(self, items: Iterable[T]) -> Iterator[T]:
        """The items, counted as they are taken."""
        for item in items:
            yield item
            self.done += 1
