"""`tacit build`: a project becomes a bundle file."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Annotated

import typer
from tacit.cli import output
from tacit.cli.failures import FINDINGS, CommandError, writing
from tacit.cli.files import whole_file
from tacit.cli.findings import compile_source
from tacit.cli.options import Json, Project, Strict

SUFFIX = ".tacit"
DAY_MS = 86_400_000


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
    bundle, found = compile_source(project, debug=debug, audit=audit)
    if bundle is None or found.failed(strict=strict):
        if as_json:
            output.print_json({"ok": False, **found.to_json()})
        else:
            found.show()
        raise typer.Exit(FINDINGS)
    data = bundle.bytes
    target = out if out is not None else Path(bundle.program.project + SUFFIX)
    if target.is_dir():
        raise CommandError(
            f"cannot write {target}: it is a folder", help=f"-o {target / 'name'}{SUFFIX}"
        )
    _write(target, data)
    program = bundle.checked  # as written: guardrails make several of one rule
    memory = bundle.program.memory
    counts = {
        "signals": len(program.signals) if memory is None else memory.host_signals,
        "segments": len(program.segments),
        "surfaces": len(program.surfaces),
        "rules": sum(len(surface.rules) for surface in program.surfaces),
        "variants": sum(len(surface.variants) for surface in program.surfaces),
    }
    kept = {}
    if memory is not None:
        kept = {
            "items": len(memory.items),
            "largest_bytes": memory.largest,
            "longest_days": memory.retention / DAY_MS,
        }
    zipped = len(gzip.compress(data, compresslevel=9, mtime=0))
    if as_json:
        output.print_json(
            {
                "ok": True,
                "output": str(target),
                "digest": bundle.digest,
                "bytes": len(data),
                "gzip_bytes": zipped,
                "counts": counts,
                **({"state": kept} if kept else {}),
                **found.to_json(),
            }
        )
        return
    found.show()
    output.say(f"{target}: {len(data):,} bytes, {zipped:,} with gzip -9")
    output.say(", ".join(output.count(number, name.rstrip("s")) for name, number in counts.items()))
    if memory is not None:
        days = f"{memory.retention / DAY_MS:,.1f}".removesuffix(".0")
        windows = f"; what has a window for at most {days} days" if memory.retention else ""
        output.say(
            f"a device keeps {output.count(len(memory.items), 'item')}, "
            f"at most {memory.largest:,} bytes{windows}"
        )
    output.say(f"sha256 {bundle.digest}")


def _write(target: Path, data: bytes) -> None:
    from tacit.compiler.output import write_bundle

    if target.exists() and not target.is_file():
        # A device or a pipe: to be written to, not to be replaced.
        with whole_file(target) as file:
            file.write(data)
        return
    with writing(target):
        write_bundle(target.resolve(), data)
