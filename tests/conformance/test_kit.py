"""The index says what the files hold, and the archive is whole and always the same."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile

import pytest

from . import kit, manifest, pack

INDEX = json.loads(manifest.INDEX.read_text(encoding="utf-8"))


def test_the_index_and_the_codes_are_what_is_written_here() -> None:
    assert manifest.INDEX.read_text(encoding="utf-8") == manifest.index_text()
    assert manifest.CODES_FILE.read_text(encoding="utf-8") == manifest.codes_text()


def test_the_index_names_every_file_once() -> None:
    names = [row["file"] for row in INDEX["files"]]
    assert names == sorted(set(names))
    assert {kit.VECTORS / name for name in names} == {
        path for path in kit.VECTORS.rglob("*") if path.is_file() and path != manifest.INDEX
    }


def test_every_file_has_cases_and_every_feature_some_that_need_it() -> None:
    assert all(row["cases"] > 0 for row in INDEX["files"])
    assert INDEX["cases"] == sum(row["cases"] for row in INDEX["files"])
    assert set(INDEX["features"]) == {name for row in INDEX["files"] for name in row["needs"]}


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (1, []),
        ([["a"]], ["nested"]),
        ({}, ["nested"]),
        ({"$int": "9007199254740993"}, ["big-ints"]),
        ({"$float": "NaN"}, []),
        ({"$units": [0xD83D, 0xDE00]}, []),
        ({"$units": [0xDE00, 0xD83D]}, ["lone-surrogates"]),
        (["a", {"$units": [0xD83D]}], ["lone-surrogates"]),
        ({"$observed": {"value": {"$int": "1"}, "at": 0}}, ["observed", "big-ints"]),
    ],
)
def test_what_a_value_needs(value: object, wanted: list[str]) -> None:
    assert manifest.needs({"signals": {"x": value}}, remembers=False) == wanted
    inside = {"signals": {}, "history": [{"at": 0, "tab": {"there": [{"fields": {"x": value}}]}}]}
    assert manifest.needs(inside, remembers=False) == [
        name for name in manifest.FEATURES if name in {"state", *wanted}
    ]


def test_the_archive() -> None:
    data = pack.archive()
    assert data == pack.archive()
    found = {}
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        for entry in tar.getmembers():
            assert (entry.mtime, entry.uid, entry.uname, entry.mode) == (0, 0, "", 0o644)
            folder, name = entry.name.split("/", 1)
            assert folder == f"tacit-conformance-{INDEX['version']}"
            inside = tar.extractfile(entry)
            assert inside is not None
            found[name] = inside.read()
    assert list(found) == sorted(found)
    assert {"README.md", "LICENSE", "codes.json"} < set(found)
    assert {"bundles/FORMAT.md", "bundles/STATE.md", "runtime/js/test/runner.mjs"} < set(found)
    for row in json.loads(found["vectors/index.json"])["files"]:
        assert hashlib.sha256(found[f"vectors/{row['file']}"]).hexdigest() == row["sha256"]
