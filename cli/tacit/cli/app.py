"""The commands of `tacit`, and what is true of all of them."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Any

import typer
from tacit.cli import output
from tacit.cli.build import build
from tacit.cli.check import check
from tacit.cli.decide import decide
from tacit.cli.dump import dump
from tacit.cli.explain import explain
from tacit.cli.failures import FAILED, guarded
from tacit.cli.rebalance import rebalance
from tacit.cli.run_tests import run_tests
from tacit.cli.schema import schema
from tacit.cli.serve import serve
from tacit.cli.split import split
from tacit.cli.state import state
from tacit.runtime.format import MAJOR
from typer.core import TyperGroup


class _Guarded(TyperGroup):
    """Runs every command under `guarded`: no traceback, whatever happens."""

    def invoke(self, ctx: Any) -> Any:
        words = [*getattr(ctx, "_protected_args", ()), *ctx.args]
        return guarded(lambda: super(_Guarded, self).invoke(ctx), as_json="--json" in words)


app = typer.Typer(
    cls=_Guarded,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if not wanted:
        return
    try:
        number = version("tacit")
    except PackageNotFoundError:  # run from a checkout that was never installed
        number = "of unknown version"
    output.say(f"tacit {number}, bundle format {MAJOR}")
    raise typer.Exit


@app.callback(
    invoke_without_command=True,
    epilog="Exit codes: 0 clean, 1 findings (errors in a source, failing tests), "
    "2 wrong usage or a failure (no such file, full disk).",
)
def tacit(
    context: typer.Context,
    *,
    show_version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    """Personalization by rules that decide where the person's data is."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(FAILED)


app.command()(check)
app.command()(build)
app.command("test")(run_tests)
app.command()(decide)
app.command()(explain)
app.command()(dump)
app.command()(schema)
app.command()(rebalance)
app.command()(split)
app.command()(state)
app.command()(serve)
