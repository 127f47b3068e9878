"""`tacit build`: a project becomes a bundle file."""

from __future__ import annotations

import gzip
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer
from tacit.cli import output
from tacit.cli.failures import FINDINGS, CommandError, writing
from tacit.cli.findings import compile_source
from tacit.cli.options import Json, Project, Strict
from tacit.runtime.format import Section

SUFFIX = ".tacit"


def build(
    project: Project,
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where the bundle goes; by default the name of the project, in this folder.",
            show_default=False,
        ),
    ] = None,
    debug: Annotated[
        bool,
        typer.Option(
            "--debug/--no-debug",
            help="Keep rule ids and expressions in the bundle; not for public builds.",
        ),
    ] = True,
    audit: Annotated[
        bool,
        typer.Option(
            "--audit/--no-audit", help="Keep sources, categories and owners in the bundle."
        ),
    ] = True,
    strict: Strict = False,
    as_json: Json = False,
) -> None:
    """Compile a project into a bundle.

    The file is replaced as a whole or not at all. The same source gives the same bytes.
    """
    bundle, found = compile_source(project, debug=debug)
    if bundle is None or found.failed(strict=strict):
        if as_json:
            output.print_json({"ok": False, **found.to_json()})
        else:
            found.show()
        raise typer.Exit(FINDINGS)
    from tacit.compiler.encode import strip
    from tacit.compiler.output import write_bundle

    data = bundle.bytes if audit else strip(bundle.bytes, [Section.AUDIT])
    target = out if out is not None else Path(bundle.program.project + SUFFIX)
    if target.is_dir():
        raise CommandError(
            f"cannot write {target}: it is a folder", help=f"-o {target / 'name'}{SUFFIX}"
        )
    with writing(target):
        write_bundle(data, target)
    program = bundle.program
    counts = {
        "signals": len(program.signals),
        "segments": len(program.segments),
        "surfaces": len(program.surfaces),
        "rules": sum(len(surface.rules) for surface in program.surfaces),
        "variants": sum(len(surface.variants) for surface in program.surfaces),
    }
    digest = sha256(data).hexdigest()
    zipped = len(gzip.compress(data, compresslevel=9, mtime=0))
    if as_json:
        output.print_json(
            {
                "ok": True,
                "output": str(target),
                "digest": digest,
                "bytes": len(data),
                "gzip_bytes": zipped,
                "counts": counts,
                **found.to_json(),
            }
        )
        return
    found.show()
    output.say(f"{target}: {len(data):,} bytes, {zipped:,} with gzip -9")
    output.say(", ".join(output.count(number, name.rstrip("s")) for name, number in counts.items()))
    output.say(f"sha256 {digest}")
