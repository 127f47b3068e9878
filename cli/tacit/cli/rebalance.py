"""`tacit rebalance`: rewrites `tacit.lock` to fit the source, moving as few people as possible."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer
from tacit.cli import output
from tacit.cli.failures import FINDINGS, CommandError, needing
from tacit.cli.files import whole_file
from tacit.cli.findings import Findings, refuse_no_project, refuse_other_files, root_of
from tacit.cli.options import Json, Project

if TYPE_CHECKING:
    from tacit.compiler.rebalance import Rebalanced
    from tacit.compiler.source import Source


def rebalance(
    project: Project,
    *,
    rename: Annotated[
        list[str] | None,
        typer.Option(
            "--rename",
            metavar="OLD=NEW",
            help="An experiment or layer by its id, an arm as experiment/arm: whoever was in the "
            "old one is in the new one. May be repeated.",
            show_default=False,
        ),
    ] = None,
    anew: Annotated[
        bool,
        typer.Option(
            "--anew",
            help="Deal everybody again without reading the old lock. Only for one that is damaged: "
            "most people change their arm.",
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would move; write nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write tacit.lock: who has which buckets of every experiment.

    To be run after shares have changed, and for the first time. Says how many people change their
    arm, in percent of all.
    """
    with needing("cli", "compiling a project"):
        from tacit.compiler import source as sources
        from tacit.compiler.rebalance import rebalance as balance
    refuse_other_files(project)
    source = sources.load(project)
    renames = _renames(rename or [])
    made = balance(source, renames, anew=anew)
    found = _findings(source, made, root_of(project))
    refuse_no_project(found, project)
    if made.text is None:
        if as_json:
            output.print_json({"ok": False, **found.to_json()})
        else:
            found.show()
        raise typer.Exit(FINDINGS)
    path = source.lock_path
    assert path is not None
    pools = _pools(source, made, renames)
    # Without experiments and holdout there is nothing to record, and no lock to begin with.
    changed = made.text != source.lock_text and (bool(pools) or source.lock_text is not None)
    if changed and not dry_run:
        with whole_file(path) as file:
            file.write(made.text.encode())
    if as_json:
        written = changed and not dry_run
        output.print_json({"ok": True, "lock": str(path), "written": written, "pools": pools})
        return
    for pool in pools:
        output.say(f"{pool['pool']}: {_TEXTS[pool['change']].format(**pool)}")
    if not pools and source.lock_text is None:
        output.say(f"{project} has no experiments and no holdout: nothing to do")
    elif not changed:
        output.say(f"{path} fits the source: nothing to do")
    else:
        output.say(f"{path} would be written" if dry_run else f"{path} written")


_TEXTS = {
    "new": "new",
    "gone": "no longer in the source",
    "moved": "{moved_percent:g}% of people change",
    "kept": "nobody moves",
}


def _findings(source: Source, made: Rebalanced, root: str) -> Findings:
    texts = made.project.sources(made.diagnostics)
    if source.lock_text is not None:
        texts[source.lock_file] = source.lock_text
    return Findings(made.diagnostics, texts, root)


def _renames(texts: list[str]) -> dict[str, str]:
    renames = {}
    for text in texts:
        old, equals, new = (part.strip() for part in text.partition("="))
        if not (old and equals and new):
            raise CommandError(f"--rename: `{text}` is not of the form old=new")
        renames[old] = new
    return renames


def _pools(source: Source, made: Rebalanced, renames: Mapping[str, str]) -> list[dict[str, Any]]:
    """What becomes of every layer and experiment, and of the holdout."""
    from tacit.compiler import lock as locks

    new = locks.read(made.text or "")[0]
    old = locks.read(source.lock_text or "")[0] if made.moved else None
    after = set() if new is None else {_name(key) for key in new.pools}
    before = set() if old is None else {
        _name((kind, renames.get(name, name))) for kind, name in old.pools
    }  # fmt: skip
    pools = []
    for name in sorted(before | after):
        positions = made.moved.get(name, 0)
        if name not in before:
            change = "new"
        elif name not in after:
            change = "gone"
        else:
            change = "moved" if positions else "kept"
        percent = positions / 100 if name in before & after else None
        pools.append({"pool": name, "change": change, "moved_percent": percent})
    return pools


def _name(key: tuple[str, str]) -> str:
    return " ".join(key).rstrip()
