"""check, build, dump, schema."""

from __future__ import annotations

import gzip
import json
from hashlib import sha256
from pathlib import Path

import jsonschema
from tacit.runtime.format import Section

from .commands import SHOP, run


def broken(folder: Path) -> None:
    (folder / "shop.yaml").write_text(SHOP.replace("when: items > 3", "when: itens > 3"))


def test_a_clean_project(shop: Path) -> None:
    done = run("check", shop)
    assert (done.code, done.out, done.err) == (0, f"{shop}: no errors, no warnings\n", "")


def test_errors_have_their_place_on_stdout_and_exit_1(shop: Path) -> None:
    broken(shop)
    done = run("check", shop)
    assert done.code == 1
    assert f"{shop}/shop.yaml:21:28" in done.out
    assert "unknown name `itens`" in done.out
    assert "did you mean `items`" in done.out
    assert done.err == ""


def test_check_as_json(shop: Path) -> None:
    assert run("check", shop, "--json").json == {
        "ok": True, "diagnostics": [], "errors": 0, "warnings": 0, "omitted": 0
    }  # fmt: skip
    broken(shop)
    done = run("check", shop, "--json")
    assert done.code == 1
    assert done.err == ""
    found = done.json
    assert (found["ok"], found["errors"]) == (False, 1)
    assert found["diagnostics"][0]["file"] == f"{shop}/shop.yaml"
    assert (found["diagnostics"][0]["line"], found["diagnostics"][0]["column"]) == (21, 28)


def test_warnings_fail_under_strict_alone(shop: Path) -> None:
    text = SHOP + "experiments:\n  words: {arms: {a: 50%, b: 50%}}\n"  # no lock, not used
    (shop / "shop.yaml").write_text(text)
    lenient, strict = run("check", shop), run("check", shop, "--strict")
    assert (lenient.code, strict.code) == (0, 1)
    assert "warning[W" in lenient.out
    found = run("check", shop, "--strict", "--json").json
    assert found["ok"] is False
    assert found["errors"] == 0


def test_build_writes_the_bundle_and_says_what_it_is(shop: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.tacit"
    done = run("build", shop, "-o", target)
    data = target.read_bytes()
    zipped = len(gzip.compress(data, 9, mtime=0))
    assert done.code == 0
    assert done.out.splitlines() == [
        f"{target}: {len(data):,} bytes, {zipped:,} with gzip -9",
        "8 signals, 1 segment, 3 surfaces, 6 rules, 7 variants",
        f"sha256 {sha256(data).hexdigest()}",
    ]


def test_build_as_json_and_the_sections_that_can_be_left_out(shop: Path, tmp_path: Path) -> None:
    from tacit.compiler.encode import unpack

    sections = {}
    for flags in ((), ("--no-debug",), ("--no-audit",), ("--no-debug", "--no-audit")):
        target = tmp_path / "out.tacit"
        done = run("build", shop, "-o", target, "--json", *flags)
        data = target.read_bytes()
        assert done.json == {
            "ok": True,
            "output": str(target),
            "digest": sha256(data).hexdigest(),
            "bytes": len(data),
            "gzip_bytes": len(gzip.compress(data, 9, mtime=0)),
            "counts": {"signals": 8, "segments": 1, "surfaces": 3, "rules": 6, "variants": 7},
            "diagnostics": [], "errors": 0, "warnings": 0, "omitted": 0,
        }  # fmt: skip
        sections[flags] = {Section.DEBUG, Section.AUDIT} & set(unpack(data))
    assert list(sections.values()) == [
        {Section.DEBUG, Section.AUDIT}, {Section.AUDIT}, {Section.DEBUG}, set()
    ]  # fmt: skip


def test_build_takes_its_name_from_the_project(
    shop: Path, tmp_path: Path, monkeypatch: object
) -> None:
    monkeypatch.chdir(tmp_path)  # type: ignore[attr-defined]
    assert run("build", shop).code == 0
    assert (tmp_path / "shop.tacit").exists()


def test_a_source_with_errors_leaves_the_old_bundle(shop: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.tacit"
    target.write_bytes(b"old")
    broken(shop)
    done = run("build", shop, "-o", target)
    assert done.code == 1
    assert done.out == ""
    assert "error[" in done.err
    assert target.read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.tacit", "shop"]


def test_dump_shows_every_stage(shop: Path, bundle: Path) -> None:
    whole = run("dump", shop)
    assert run("dump", bundle).out == whole.out
    (shop / "shop.yaml").write_text(SHOP.replace("when: items > 3", "when: '!(items <= 3)'"))
    texts = [run("dump", shop, "--stage", name).out for name in ("ir", "program", "tables")]
    assert len({*texts, whole.out}) == 4
    assert "when items > 3" in texts[1]
    assert "when items > 3" not in texts[0]
    as_json = run("dump", bundle, "--json").json
    assert as_json["stage"] == "bundle"
    assert as_json["lines"] == whole.out.splitlines()
    refused = run("dump", bundle, "--stage", "ir")
    assert refused.code == 2
    assert "holds no ir" in refused.err


def test_the_schema_accepts_the_project() -> None:
    import yaml

    schema = run("schema").json
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.validate(json.loads(json.dumps(yaml.safe_load(SHOP), default=str)), schema)
    assert run("schema", "--json").out == run("schema").out
