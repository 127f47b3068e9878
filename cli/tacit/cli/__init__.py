"""The `tacit` command. `main` is its entry point; every command stands in a file of its own."""

from __future__ import annotations

import io
import sys

__all__ = ["main"]

# What typer brings along; any of them missing means that the extra was not installed.
_PARTS_OF_CLI = frozenset(("typer", "rich", "click", "shellingham", "annotated_doc"))


def main() -> None:
    """Run the command line and exit: 0 clean, 1 findings, 2 wrong usage or a failure."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal or pipe that is not UTF-8 gets escapes for what it cannot show.
            stream.reconfigure(errors="backslashreplace")
    try:
        try:
            from tacit.cli.app import app
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] not in _PARTS_OF_CLI:
                raise
            print(
                f"tacit: the command line needs {error.name}, which is not installed; "
                'install it with: pip install "tacit[cli]"',
                file=sys.stderr,
            )
            raise SystemExit(2) from None
        app(prog_name="tacit")
    except SystemExit as error:
        # rich and click leave with 1 when the reader of their help has gone; that is no finding.
        if isinstance(error.__context__, BrokenPipeError):
            raise SystemExit(2) from None
        raise
    except KeyboardInterrupt:
        print("tacit: interrupted", file=sys.stderr)
        raise SystemExit(2) from None
