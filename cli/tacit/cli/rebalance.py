"""`tacit rebalance`: rewrites `tacit.lock` to fit the source, moving as few people as possible."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from tacit.cli import output
from tacit.cli.failures import FINDINGS, CommandError, needing, reading
from tacit.cli.files import whole_file
from tacit.cli.findings import Findings, refuse_no_project, root_of
from tacit.cli.options import Json, Project

if TYPE_CHECKING:
    from tacit.compiler.lock import Lock


def rebalance(
    project: Project,
    rename: Annotated[
        list[str] | None,
        typer.Option(
            "--rename",
            metavar="OLD=NEW",
            help="An experiment or layer by its id, an arm as experiment/arm: whoever was in the "
            "old one is in the new one. May be repeated.",
        ),
    ] = None,
    discard: Annotated[
        bool,
        typer.Option(
            "--discard",
            help="Do not read the old lock; deal anew. Most people move: for a damaged lock only.",
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would move; write nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write tacit.lock: who has which buckets of every experiment.

    To be run after shares have changed, and for the first time. Says how many people change their
    arm, in percent of all of an experiment, a layer or the holdout.
    """
    with needing("cli", "compiling a project"):
        from tacit.compiler import lock as locks
        from tacit.compiler import source
        from tacit.compiler.project import parse
        from tacit.compiler.resolve import wants_of
    with reading(project):
        project.stat()
    read = source.load(project)
    parsed = parse(read)
    wants, diagnostics = wants_of(parsed)
    found = Findings(diagnostics, parsed.texts, root_of(project))
    refuse_no_project(found, project)
    if found.has_errors or parsed.id is None or not wants.sound:
        _show(found, as_json)
        raise typer.Exit(FINDINGS)
    old: Lock | None = None
    if read.lock_text is not None and not discard:
        old, complaints = locks.read(read.lock_text, read.lock_file)
        if old is None:
            texts = {**parsed.texts, read.lock_file: read.lock_text}
            _show(Findings(complaints, texts, root_of(project)), as_json)
            if not as_json:
                output.note(
                    "  help: restore the file; if that cannot be done, --discard deals anew"
                )
            raise typer.Exit(FINDINGS)
    renames = _renames(rename or [])
    new = locks.rebalance(old, parsed.id, wants.pools, renames)
    text = locks.write(new)
    path = read.lock_path
    assert path is not None
    changed = text != read.lock_text
    if changed and not dry_run:
        with whole_file(path) as file:
            file.write(text.encode())
    moves = _moves(old, new, renames)
    if as_json:
        output.print_json(
            {
                "ok": True,
                "lock": str(path),
                "changed": changed,
                "written": changed and not dry_run,
                "pools": moves,
            }
        )
        return
    for move in moves:
        output.say(f"{move['name']}: {move['text']}")
    if not new.pools:
        output.say("the project has no experiments and no holdout")
    elif not changed:
        output.say(f"{path} fits the source; nothing to do")
    else:
        output.say(f"{path} would be written" if dry_run else f"{path} written")


def _show(found: Findings, as_json: bool) -> None:
    if as_json:
        output.print_json({"ok": False, **found.to_json()})
    else:
        found.show()


def _renames(texts: list[str]) -> dict[str, str]:
    renames = {}
    for text in texts:
        old, equals, new = text.partition("=")
        if not (old and equals and new):
            raise CommandError(f"--rename: `{text}` is not of the form old=new")
        renames[old.strip()] = new.strip()
    return renames


def _moves(old: Lock | None, new: Lock, renames: dict[str, str]) -> list[dict[str, Any]]:
    """Per pool: what changes, in percent of all units of the pool."""
    from tacit.compiler import lock as locks

    if old is None:
        return [
            {
                "name": locks.name_of(key),
                "change": "new",
                "moved_percent": None,
                "text": "dealt for the first time",
            }
            for key in new.pools
        ]
    lines: list[dict[str, Any]] = []
    for key, positions in locks.moved(old, new, renames).items():
        percent = positions / 100
        if key not in new.pools:
            change, text = "gone", "no longer in the source"
        elif key not in old.pools and key not in _renamed_keys(old, renames):
            change, text = "new", "dealt for the first time"
        elif positions:
            change, text = "moved", f"{percent:g}% of people change"
        else:
            change, text = "kept", "nobody moves"
        lines.append(
            {
                "name": locks.name_of(key),
                "change": change,
                "moved_percent": percent if change in ("moved", "kept") else None,
                "text": text,
            }
        )
    return lines


def _renamed_keys(old: Lock, renames: dict[str, str]) -> set[tuple[str, str]]:
    return {(kind, renames.get(name, name)) for kind, name in old.pools}
