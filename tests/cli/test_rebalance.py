"""tacit rebalance."""

from __future__ import annotations

from pathlib import Path

import pytest

from .commands import SHOP, run

EXPERIMENTS = """
experiments:
  words: {arms: {a: 50%, b: 50%}}
  colours: {layer: looks, traffic: 40%, arms: {a: 50%, b: 50%}}
holdout: {unit: install_id, share: 2%}
"""


@pytest.fixture
def project(shop: Path) -> Path:
    text = SHOP.replace("split: {a: 50%, b: 50%}", "split: words")
    text = text.replace(
        "id: rich, when: income > 5, show: a", "id: rich, when: income > 5, split: colours"
    )
    (shop / "shop.yaml").write_text(text + EXPERIMENTS)
    return shop


def change(folder: Path, old: str, new: str) -> None:
    path = folder / "shop.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_the_first_lock_and_a_second_run(project: Path) -> None:
    assert "warning[W" in run("check", project).out
    first = run("rebalance", project)
    lock = project / "tacit.lock"
    assert first.code == 0
    assert first.out.splitlines() == [
        "experiment words: new", "holdout: new", "layer looks: new", f"{lock} written"
    ]  # fmt: skip
    assert run("check", project, "--strict").code == 0
    text = lock.read_bytes()
    again = run("rebalance", project)
    assert again.out.splitlines()[-1] == f"{lock} fits the source: nothing to do"
    assert lock.read_bytes() == text


def test_changed_shares_move_as_few_as_possible(project: Path) -> None:
    run("rebalance", project)
    change(project, "words: {arms: {a: 50%, b: 50%}}", "words: {arms: {a: 53%, b: 47%}}")
    stale = run("check", project)
    assert stale.code == 1
    assert "tacit rebalance" in stale.out
    before = (project / "tacit.lock").read_bytes()
    dry = run("rebalance", project, "--dry-run")
    assert "experiment words: 3% of people change" in dry.out
    assert (project / "tacit.lock").read_bytes() == before
    found = run("rebalance", project, "--json").json
    assert found == {
        "ok": True,
        "lock": str(project / "tacit.lock"),
        "written": True,
        "pools": [
            {"pool": "experiment words", "change": "moved", "moved_percent": 3.0},
            {"pool": "holdout", "change": "kept", "moved_percent": 0.0},
            {"pool": "layer looks", "change": "kept", "moved_percent": 0.0},
        ],
    }
    assert run("check", project).code == 0


def test_renaming_keeps_people(project: Path) -> None:
    run("rebalance", project)
    change(project, "words: {arms", "texts: {arms")
    change(project, "split: words", "split: texts")
    found = run("rebalance", project, "--rename", "words=texts", "--json").json
    assert found["pools"][0] == {
        "pool": "experiment texts", "change": "kept", "moved_percent": 0.0
    }  # fmt: skip
    wrong = run("rebalance", project, "--rename", "wrods=texts")
    assert wrong.code == 1
    assert "wrods" in wrong.err


def test_a_rename_that_is_not_told_is_asked_about(project: Path) -> None:
    run("rebalance", project)
    change(project, "words: {arms", "texts: {arms")
    change(project, "split: words", "split: texts")
    assert (
        "`tacit rebalance --rename words=texts`, and everybody stays" in run("check", project).out
    )


def test_a_rename_to_nothing_loses_nobody(project: Path) -> None:
    run("rebalance", project)
    lock = (project / "tacit.lock").read_bytes()
    change(project, "words: {arms", "texts: {arms")
    change(project, "split: words", "split: texts")
    for rename, wanted in (
        ("words=text", "did you mean `texts`?"),
        ("colours=colors", "`colors` is not in the source"),
        ("words/a=c", "`c` is not in the source"),
        ("colours/a=colours/b", "would have one name"),
    ):
        wrong = run("rebalance", project, "--rename", rename)
        assert (wrong.code, wanted in wrong.err) == (1, True), wrong.err
    assert (project / "tacit.lock").read_bytes() == lock


def test_what_is_no_project_is_no_source_of_a_lock(project: Path) -> None:
    run("rebalance", project)
    for command in ("check", "rebalance"):
        wrong = run(command, project / "tacit.lock")
        assert (wrong.code, "is not a project" in wrong.err) == (2, True)


def test_a_rename_has_two_sides(project: Path) -> None:
    run("rebalance", project)
    assert run("rebalance", project, "--rename", "words").code == 2


def test_a_damaged_lock_is_kept_until_dealt_anew(project: Path) -> None:
    run("rebalance", project)
    lock = project / "tacit.lock"
    damaged = lock.read_text().replace("5000", "5001")
    lock.write_text(damaged)
    for command in ("check", "build", "test", "rebalance"):
        assert run(command, project).code == 1
    assert run("rebalance", project, "--json").json["ok"] is False
    assert lock.read_text() == damaged
    assert run("rebalance", project, "--anew").code == 0
    assert run("check", project).code == 0


def test_without_experiments_there_is_nothing_to_lock(shop: Path) -> None:
    done = run("rebalance", shop)
    assert done.out == f"{shop} has no experiments and no holdout: nothing to do\n"
    assert run("rebalance", shop, "--json").json["written"] is False
    assert not (shop / "tacit.lock").exists()


def test_a_source_with_errors(project: Path) -> None:
    change(project, "{a: 50%, b: 50%}}\n  colours", "{a: 50%, b: 60%}}\n  colours")
    done = run("rebalance", project)
    assert done.code == 1
    assert "110 %" in done.err
    assert not (project / "tacit.lock").exists()
