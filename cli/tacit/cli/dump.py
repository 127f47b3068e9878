"""`tacit dump`: any form of a project or bundle as stable text."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from tacit.cli import output
from tacit.cli.failures import CommandError, needing
from tacit.cli.findings import SOURCES, compile_or_exit
from tacit.cli.inputs import open_bundle
from tacit.cli.options import Json


class Stage(StrEnum):
    IR = "ir"
    PROGRAM = "program"
    TABLES = "tables"
    BUNDLE = "bundle"


def dump(
    path: Annotated[Path, typer.Argument(metavar="PROJECT", help="A project; or a bundle.")],
    stage: Annotated[
        Stage,
        typer.Option(
            help="ir: as checked; program: after the passes; tables: as laid out for writing; "
            "bundle: the bytes taken apart. A bundle file has the last stage only."
        ),
    ] = Stage.BUNDLE,
    as_json: Json = False,
) -> None:
    """Print what the compiler made of a project, or what is in a bundle."""
    with needing("cli", "dump"):
        from tacit.compiler.dump import dump_bundle, dump_ir, dump_tables
        from tacit.compiler.encode import lay_out
    is_source = path.is_dir() or path.suffix.lower() in SOURCES
    if not is_source and stage is not Stage.BUNDLE:
        open_bundle(path, as_json=as_json)
        raise CommandError(
            f"{path} is a bundle, which holds no {stage.value}", help="--stage bundle, or a project"
        )
    if is_source:
        bundle = compile_or_exit(path, as_json=as_json)
        if stage is Stage.IR:
            text = dump_ir(bundle.checked)
        elif stage is Stage.PROGRAM:
            text = dump_ir(bundle.program)
        elif stage is Stage.TABLES:
            text = dump_tables(lay_out(bundle.program))
        else:
            text = dump_bundle(bundle.bytes)
    else:
        text = dump_bundle(open_bundle(path, as_json=as_json).data)
    if as_json:
        output.print_json({"stage": stage.value, "lines": text.splitlines()})
    else:
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
