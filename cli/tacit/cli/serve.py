"""`tacit serve`: the edge over HTTP, from one bundle file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from tacit.cli import output
from tacit.cli.failures import CommandError, needing
from tacit.cli.findings import SOURCES
from tacit.cli.inputs import load_bytes, read_at_most
from tacit.cli.options import Json
from tacit.runtime.format import MAX_BUNDLE_BYTES

if TYPE_CHECKING:
    from tacit.edge_server.settings import Settings


def serve(
    bundle: Annotated[
        Path | None,
        typer.Argument(metavar="BUNDLE", help="A bundle; it is followed when it changes."),
    ] = None,
    *,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; 127.0.0.1 unless said.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Port to listen on; 8080 unless said.", min=0, max=65_535)
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", help="Settings as TOML; see docs/EDGE.md."),
    ] = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Start even without a good bundle, and wait for one.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Decide over HTTP until interrupted.

    Settings come from the file, then from TACIT_... in the environment, then from the options here.
    """
    with needing("edge", "the edge"):
        from tacit.edge_server.serve import NoBundleError
        from tacit.edge_server.serve import serve as run
        from tacit.edge_server.settings import Settings, SettingsError
    try:
        settings = Settings.load(
            config, bundle=bundle, host=host, port=port, wait_for_bundle=wait or None
        )
        if settings.bundle is None:
            raise CommandError("no bundle to serve", help="tacit serve FILE.tacit")
        if not settings.wait_for_bundle:
            _check(settings.bundle)
        if as_json:
            output.print_json({"host": settings.host, "port": settings.port}, compact=True)
        run(settings)
    except SettingsError as error:
        raise CommandError(f"settings: {error}") from error
    except NoBundleError as error:
        advice = _advice(error.code, settings)
        raise CommandError(f"{settings.bundle}: {error}", help=advice) from error
    except KeyboardInterrupt:
        return  # the usual end of a server
    except SystemExit as error:
        if error.code:  # uvicorn has told why on stderr
            raise CommandError("the server could not start") from error


def _advice(code: str, settings: Settings) -> str | None:
    from tacit.runtime import cookie_size

    if code != "state_too_large" or settings.state_cookie is None:
        return None
    most = cookie_size.largest_state(settings.state_cookie)
    return (
        f"the state of a device fits into the cookie up to {most:,} bytes; "
        f"with `budgets: {{state: {most} B}}` in the project the build says what takes less"
    )


def _check(path: Path) -> None:
    """Refuse at once, and in plain words, what the edge could not serve."""
    if path.is_dir() or path.suffix.lower() in SOURCES:
        raise CommandError(
            f"{path} is a project, and only a bundle is served", help=f"tacit build {path}"
        )
    load_bytes(read_at_most(path, MAX_BUNDLE_BYTES + 1), path)
