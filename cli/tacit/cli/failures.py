"""What ends a command early, and the one place where it becomes a message and an exit code.

A command that finds something wrong with source, tests or rows exits with 1; one that could not
do its work (no such file, full disk, not a bundle) raises `CommandError` and exits with 2.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

import typer
from tacit.cli import output

FINDINGS = 1
FAILED = 2
TRACEBACK = "TACIT_TRACEBACK"  # environment: set it to see where an internal error comes from


class CommandError(Exception):
    """The command cannot do its work. `message` is one line that says why; `help` what to try."""

    def __init__(self, message: str, help: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.help = help


def reason(error: OSError) -> str:
    """Why the operating system refused, in plain lower-case words."""
    known = {
        errno.ENOENT: "no such file or folder",
        errno.EACCES: "permission denied",
        errno.EPERM: "permission denied",
        errno.EISDIR: "it is a folder",
        errno.ENOTDIR: "a part of the path is not a folder",
        errno.ENOSPC: "the disk is full",
        errno.EDQUOT: "the disk quota is used up",
        errno.EROFS: "the disk is read-only",
        errno.EFBIG: "the file would be too large",
        errno.ENAMETOOLONG: "the name is too long",
        errno.ELOOP: "too many symbolic links",
    }
    if error.errno in known:
        return known[error.errno]
    return (error.strerror or str(error) or type(error).__name__).lower()


@contextlib.contextmanager
def reading(path: object) -> Iterator[None]:
    """Turn an OSError while reading `path` into a `CommandError`."""
    try:
        yield
    except OSError as error:
        raise CommandError(f"cannot read {path}: {reason(error)}") from error


@contextlib.contextmanager
def writing(path: object) -> Iterator[None]:
    """Turn an OSError while writing `path` into a `CommandError`."""
    try:
        yield
    except OSError as error:
        raise CommandError(f"cannot write {path}: {reason(error)}") from error


@contextlib.contextmanager
def needing(extra: str, what: str) -> Iterator[None]:
    """Around an import: a missing package of `tacit[extra]` becomes a `CommandError`."""
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in ("", "tacit"):
            raise
        raise CommandError(
            f"{what} needs {package}, which is not installed",
            help=f'pip install "tacit[{extra}]"',
        ) from error


def guarded(run: Callable[[], Any], *, as_json: bool) -> Any:
    """Call `run`; any failure becomes one line on stderr and exit code 2, never a traceback.

    With `as_json` the line also goes to stdout as `{"error": ...}`, so that a program that reads
    the output always finds JSON.
    """
    try:
        result = _flushed(run)
    except (typer.Exit, typer.Abort):
        raise
    except CommandError as error:
        _report(error.message, error.help, as_json)
    except BrokenPipeError:
        # Whoever read our output has gone (`tacit dump ... | head`); there is nobody to tell.
        _silence_stdout()
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _report(f"{where}{reason(error)}", None, as_json)
    except KeyboardInterrupt:
        _report("interrupted", None, as_json=False)
    except MemoryError:
        _report("out of memory", None, as_json)
    except Exception as error:
        # Wrong usage has an exit code of its own: typer shows it and exits with 2.
        if hasattr(error, "exit_code"):
            if as_json and hasattr(error, "format_message"):
                _print_error(error.format_message())
            raise
        if os.environ.get(TRACEBACK):
            raise
        _report(
            f"internal error, {type(error).__name__}: {error}",
            f"this is a defect of tacit; {TRACEBACK}=1 shows where it comes from",
            as_json,
        )
    else:
        return result
    raise typer.Exit(FAILED)


def _flushed(run: Callable[[], Any]) -> Any:
    """`run`, and then stdout flushed: a full disk behind it must show before we leave."""
    try:
        result = run()
    except typer.Exit:
        sys.stdout.flush()
        raise
    sys.stdout.flush()
    return result


def _report(message: str, help_text: str | None, as_json: bool) -> None:
    """Tell the person, and with `as_json` the program. Neither may fail in its turn."""
    line = " ".join(message.split())
    with contextlib.suppress(OSError, ValueError):
        output.complain(line, help_text)
    if as_json:
        _print_error(line, help_text)
    _flush_or_silence()


def _print_error(message: str, help_text: str | None = None) -> None:
    """A failure as JSON on stdout; where that cannot be written to, nothing."""
    body = {"error": message} | ({"help": help_text} if help_text else {})
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.write(json.dumps(body) + "\n")
    _flush_or_silence()


def _flush_or_silence() -> None:
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        _silence_stdout()


def _silence_stdout() -> None:
    """Send what is still buffered for stdout nowhere, so that the interpreter can end in peace."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
