"""decide for every row of a table."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from tacit.cli import rows as tables

from .commands import run

HEADER = "Install_ID,Country,tier,items,price,member,viewing\n"


def table(tmp_path: Path, text: str | bytes, name: str = "rows.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def decide(bundle: Path, path: Path, *more: object) -> dict[str, Any]:
    done = run("decide", bundle, "--rows", path, "--now", "2026-12-05", "--json", *more)
    assert done.code == 0, done.err + done.out
    return done.json  # type: ignore[no-any-return]


def test_csv_cells_get_the_types_of_the_signals(bundle: Path, tmp_path: Path) -> None:
    path = table(
        tmp_path,
        HEADER + "u1,FR,gold,4,2.5,TRUE,hats;shoes\n"
        'u2,"DE",none,4.0,2,false,\n'
        "u3,,silver,+5,1e1,1,shoes\n"
        "u4,FR,,3,,no,\n",
    )
    out = tmp_path / "out.jsonl"
    summary = decide(
        bundle, path, "--consent", "personalization", "-o", out, "--keep", "Install_ID"
    )
    assert summary["rows"] == 4
    assert summary["unreadable"] == {"count": 0, "first": []}
    assert summary["columns"] == {
        "install_id": "Install_ID", "country": "Country", "tier": "tier", "items": "items",
        "price": "price", "member": "member", "viewing": "viewing",
    }  # fmt: skip
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert [line["decisions"]["hero"]["rule"] for line in lines] == [
        "shoe-fans", "dach", "shoe-fans", None
    ]  # fmt: skip
    assert [line["decisions"]["banner"]["reason"] for line in lines] == [
        "SPLIT", "RULE_MATCH", "SPLIT", "RULE_MATCH"
    ]  # fmt: skip
    assert lines[0]["row"] == 1
    assert lines[0]["keep"] == {"Install_ID": "u1"}
    assert lines[1]["decisions"]["hero"]["unknown"] == ["viewing"]
    assert summary["surfaces"]["hero"]["variants"] == {"shoes": 2, "dach": 1, "classic": 1}
    assert summary["surfaces"]["hero"]["rules"] == {"shoe-fans": 2, "dach": 1, "winter": 0}
    assert summary["surfaces"]["banner"]["reasons"] == {"SPLIT": 2, "RULE_MATCH": 2}
    assert summary["unknown"]["viewing"] == 2


def test_rows_that_cannot_be_read_are_counted_and_listed(bundle: Path, tmp_path: Path) -> None:
    path = table(
        tmp_path,
        b'country,items\nDE,1\nDE\n\nAT,2,3\nC\xff,4\n"CH"x,5\nFR,6\nDE,"not closed\nmore\n',
    )
    done = run("decide", bundle, "--rows", path, "--json")
    assert done.code == 0
    assert done.json["rows"] == 2
    assert done.json["unreadable"] == {
        "count": 5,
        "first": [
            {"line": 3, "why": "1 field, and the header has 2"},
            {"line": 5, "why": "3 fields, and the header has 2"},
            {"line": 6, "why": "not UTF-8 text"},
            {"line": 7, "why": "text after a closing quote"},
            {"line": 9, "why": "a quote is not closed; lines 9 to 10 are left out"},
        ],
    }
    assert run("decide", bundle, "--rows", path, "--strict").code == 1
    text = run("decide", bundle, "--rows", path)
    assert "warning: 5 rows cannot be read:" in text.err
    assert "line 6: not UTF-8 text" in text.err
    assert "2 rows decided" in text.out


def test_the_list_of_unreadable_rows_ends_at_twenty(bundle: Path, tmp_path: Path) -> None:
    path = table(tmp_path, "country,items\n" + "x\n" * 30 + "DE,1\n")
    summary = decide(bundle, path)
    assert summary["unreadable"]["count"] == 30
    assert len(summary["unreadable"]["first"]) == 20
    assert "and 10 more" in run("decide", bundle, "--rows", path).err


def test_no_row_that_can_be_read_is_a_finding(bundle: Path, tmp_path: Path) -> None:
    done = run("decide", bundle, "--rows", table(tmp_path, "country,items\nx\n"), "--json")
    assert done.code == 1


def test_cells_of_the_wrong_type_are_missing_and_listed(bundle: Path, tmp_path: Path) -> None:
    path = table(
        tmp_path, "country,items,member,price\nDE,many,perhaps,1\nFR,few,true,NA\nFR,1,0,\n"
    )
    summary = decide(bundle, path, "--null", "NA")
    assert summary["rows"] == 3
    assert summary["bad_values"] == {
        "items": {"count": 2, "first_line": 2, "first": "many"},
        "member": {"count": 1, "first_line": 2, "first": "perhaps"},
    }
    assert summary["unknown"]["items"] == 2
    text = run("decide", bundle, "--rows", path)
    assert "2 values of `items` cannot be read as int" in text.err


def test_a_huge_field_costs_its_row_alone(bundle: Path, tmp_path: Path) -> None:
    path = table(tmp_path, "country,items\nDE,1\n" + "x" * 200_000 + ",2\nFR,3\n")
    summary = decide(bundle, path)
    assert summary["rows"] == 2
    assert summary["unreadable"]["first"][0]["line"] == 3
    assert "131,072 characters" in summary["unreadable"]["first"][0]["why"]


def test_json_lines(bundle: Path, tmp_path: Path) -> None:
    lines = [
        '{"country": "DE", "items": 4}',
        "",
        '{"country": "FR", "items": 4.0}',
        "{not json}",
        "[1]",
        '{"items": "4"}',
        '{"Country": "AT", "viewing": ["shoes"]}',
        '{"country": "' + "x" * tables.MAX_LINE_BYTES + '"}',
        '{"country": "\udcff"}',
        "9" * 5000,
        "[" * 50_000,
        '{"items": 1e999, "member": 1}',
    ]
    data = "\n".join(lines).encode("utf-8", "surrogateescape")
    summary = decide(bundle, table(tmp_path, data, "rows.jsonl"))
    assert summary["rows"] == 5
    assert [(item["line"], item["why"][:16]) for item in summary["unreadable"]["first"]] == [
        (4, "not JSON: expect"),
        (5, "not a JSON objec"),
        (8, "longer than 1,04"),
        (9, "not UTF-8 text"),
        (10, "not JSON that ca"),
        (11, "not JSON that ca"),
    ]
    assert summary["surfaces"]["hero"]["rules"] == {"shoe-fans": 0, "dach": 2, "winter": 1}
    assert summary["bad_values"] == {
        "items": {"count": 1, "first_line": 6, "first": "4"},
        "member": {"count": 1, "first_line": 12, "first": "1"},
    }
    assert summary["columns"]["country"] == "Country"


def test_parquet_in_and_out(bundle: Path, tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    import decimal

    import pyarrow.parquet as pq

    path, out = tmp_path / "rows.parquet", tmp_path / "out.parquet"
    pq.write_table(
        pa.table(
            {
                "country": ["DE", "FR", None],
                "viewing": pa.array([None, ["shoes"], []], pa.list_(pa.string())),
                "tier": ["gold", "gold", "none"],
                "items": pa.array([1, 2, 7], pa.int64()),
                "price": [decimal.Decimal("2.50"), None, decimal.Decimal("1.00")],
                "member": [True, False, None],
                "at": pa.array([0, 0, 1_796_083_200_000], pa.timestamp("ms", "UTC")),
                "visitor": pa.array([7, 8, 9], pa.int64()),
            }
        ),
        path,
    )
    done = run(
        "decide", bundle, "--rows", path, "-o", out, "--keep", "visitor", "--json",
        "--now-column", "at", "--consent", "personalization", "--columns", "install_id=@row",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert done.json["bad_values"] == {}
    assert done.json["unused_columns"] == []
    found = pq.read_table(out).to_pylist()
    assert [row["row"] for row in found] == [1, 2, 3]
    assert [row["visitor"] for row in found] == ["7", "8", "9"]
    assert [row["hero.rule"] for row in found] == ["dach", "shoe-fans", "winter"]
    assert found[2]["hero.unknown"] == ["country"]
    assert found[0]["banner.reason"] == "SPLIT"


def test_what_is_no_parquet(bundle: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    done = run("decide", bundle, "--rows", table(tmp_path, "country\nDE\n", "x.parquet"))
    assert done.code == 2
    assert "is not a Parquet file" in done.err


def test_parquet_without_pyarrow(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    done = run("decide", bundle, "--rows", table(tmp_path, "x", "x.parquet"))
    assert done.code == 2
    assert 'pip install "tacit[data]"' in done.err


def test_csv_out_and_kept_columns(bundle: Path, tmp_path: Path) -> None:
    path = table(tmp_path, 'id,country\n"a,""b",DE\nc,FR\n')
    out = tmp_path / "out.csv"
    summary = decide(bundle, path, "-o", out, "--keep", "id", "--surface", "hero")
    assert list(summary["surfaces"]) == ["hero"]
    with out.open(newline="") as file:
        found = list(csv.reader(file))
    assert found == [
        ["row", "id", "hero.variant", "hero.reason", "hero.rule", "hero.unknown"],
        ["1", 'a,"b', "dach", "RULE_MATCH", "dach", "tier;viewing;items"],
        ["2", "c", "classic", "DEFAULT", "", "tier;viewing;items"],
    ]


def test_decisions_on_stdout_and_the_summary_beside_them(bundle: Path, tmp_path: Path) -> None:
    path = table(tmp_path, "country\nDE\nFR\n")
    done = run("decide", bundle, "--rows", path, "-o", "-")
    assert [json.loads(line)["row"] for line in done.out.splitlines()] == [1, 2]
    assert "2 rows decided" in done.err
    both = run("decide", bundle, "--rows", path, "-o", "-", "--json")
    assert both.code == 2


def test_columns_by_option_file_and_similar_name(bundle: Path, tmp_path: Path) -> None:
    path = table(tmp_path, "Land,Item-S,TIER\nDE,9,gold\n")
    guessed = decide(bundle, path)
    assert guessed["columns"] == {"items": "Item-S", "tier": "TIER"}
    assert guessed["unused_columns"] == ["Land"]
    said = decide(bundle, path, "--columns", "country=Land,install_id=@row")
    assert said["columns"]["country"] == "Land"
    assert said["columns"]["install_id"] == "@row"
    for name, text in (("c.json", '{"country": "Land"}'), ("c.yaml", "country: Land\n")):
        mapping = table(tmp_path, text, name)
        assert decide(bundle, path, "--columns", mapping)["columns"]["country"] == "Land"
    note = run("decide", bundle, "--rows", path)
    assert "columns found by similar names: tier=TIER, items=Item-S" in note.err


def test_two_similar_columns_are_not_guessed(bundle: Path, tmp_path: Path) -> None:
    path = table(tmp_path, "Country,COUNTRY,items\nDE,FR,9\n")
    assert decide(bundle, path)["columns"] == {"items": "items"}


@pytest.mark.parametrize(
    ("text", "arguments", "why"),
    [
        ("", [], "has no header"),
        ("a,a\n1,2\n", [], "the column `a` is there twice"),
        ("country;items\nDE;1\n", [], "--delimiter ';'"),
        ("foo,bar\n1,2\n", [], "no column of the table is a signal"),
        ("country\nDE\n", ["--columns", "contry=country"], "did you mean `country`?"),
        ("Land\nDE\n", ["--columns", "Land=country"], "the signal stands first: country=Land"),
        ("country\nDE\n", ["--columns", "country=Land"], "has no column `Land`"),
        ("country\nDE\n", ["--columns", "country=,"], "is not of the form signal=Column"),
        ("country\nDE\n", ["--keep", "contry"], "did you mean `country`?"),
        ("country\nDE\n", ["--now-column", "at"], "has no column `at`"),
        ("country\nDE\n", ["--delimiter", "::"], "--delimiter is one character"),
        ("country\nDE\n", ["--separator", ""], "--separator cannot be empty"),
        ("country\nDE\n", ["-o", "out.xlsx"], "the format is not clear from the ending `.xlsx`"),
    ],
)
def test_tables_and_options_that_do_not_fit(
    bundle: Path, tmp_path: Path, text: str, arguments: list[str], why: str
) -> None:
    done = run("decide", bundle, "--rows", table(tmp_path, text), *arguments)
    assert done.code == 2
    assert why in done.err


def test_input_is_not_overwritten(bundle: Path, tmp_path: Path) -> None:
    path = table(tmp_path, "country\nDE\n")
    done = run("decide", bundle, "--rows", path, "-o", path)
    assert done.code == 2
    assert path.read_text() == "country\nDE\n"


def test_a_json_list_is_not_json_lines(bundle: Path, tmp_path: Path) -> None:
    done = run("decide", bundle, "--rows", table(tmp_path, "[]", "rows.json"))
    assert done.code == 2
    assert "jq -c" in done.err


def test_rows_without_a_time_are_unreadable(bundle: Path, tmp_path: Path) -> None:
    path = table(tmp_path, "items,at\n9,2026-12-05\n9,\n9,soon\n9,1796083200000\n")
    done = run("decide", bundle, "--rows", path, "--now-column", "at", "--json")
    assert done.json["rows"] == 2
    assert done.json["surfaces"]["hero"]["rules"]["winter"] == 2
    assert done.json["unreadable"]["first"][0] == {"line": 3, "why": "no time in column `at`"}


def test_limit_delimiter_and_tsv(bundle: Path, tmp_path: Path) -> None:
    path = table(tmp_path, "country;items\n" + "DE;1\n" * 10)
    assert decide(bundle, path, "--delimiter", ";", "--limit", "3")["rows"] == 3
    tsv = table(tmp_path, "country\titems\nDE\t1\n", "rows.tsv")
    assert decide(bundle, tsv)["surfaces"]["hero"]["rules"]["dach"] == 1


def test_memory_stays_small(bundle: Path, tmp_path: Path) -> None:
    import tracemalloc

    path = table(tmp_path, "country,items,install_id\n" + "FR,1,abcdefghij\n" * 10_000)
    tracemalloc.start()
    try:
        decide(bundle, path, "-o", tmp_path / "out.jsonl")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4_000_000  # the decisions alone are more than 5 MB of JSON


def test_the_real_sessions(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    data = root.parent / "shared" / "data" / "online_shoppers_intention.csv"
    if not data.exists():
        pytest.skip("the data of real shop sessions is not beside the project (../shared/data)")
    out = tmp_path / "out.csv"
    done = run(
        "decide", root / "bundles" / "shoppers", "--rows", data, "-o", out, "--json",
        "--columns", "visit=@row", "--now", "2026-11-10",
    )  # fmt: skip
    assert done.code == 0, done.err
    summary = done.json
    assert summary["rows"] == 12_330
    assert summary["unreadable"]["count"] == 0
    assert summary["bad_values"] == {}
    assert len(summary["columns"]) == 19
    for counts in summary["surfaces"].values():
        assert sum(counts["variants"].values()) == sum(counts["reasons"].values()) == 12_330
    with out.open() as file:
        assert sum(1 for _ in file) == 12_331
