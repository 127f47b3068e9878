"""Golden texts and bytes: what the compiler makes of a project that uses everything.

`BY_HAND` was put together from FORMAT.md with paper and pencil, so page and encoder must agree.
The bytes are what other runtimes are tested against; `tests/golden/everything.hex` and its dump
change only with the format or the compiler, and are read like code when they do.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from tacit.compiler import CompiledBundle, compile_project, ir
from tacit.compiler.dump import dump_bundle, dump_ir, dump_tables
from tacit.compiler.encode import encode, lay_out
from tacit.compiler.render import render_text
from tacit.runtime import reference

from .samples import EVERYTHING

Golden = Callable[[str, str], None]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> CompiledBundle:
    project: Path = tmp_path_factory.mktemp("everything") / "project.yaml"
    project.write_text(EVERYTHING, encoding="utf-8")
    return compile_project(project)


def test_the_program_as_written(bundle: CompiledBundle, golden: Golden) -> None:
    golden("everything.ir.txt", dump_ir(bundle.checked))


def test_the_program_after_the_passes(bundle: CompiledBundle, golden: Golden) -> None:
    golden("everything.passes.txt", dump_ir(bundle.program))


def test_the_tables(bundle: CompiledBundle, golden: Golden) -> None:
    golden("everything.tables.txt", dump_tables(lay_out(bundle.program)))


def test_the_bytes(bundle: CompiledBundle, golden: Golden) -> None:
    golden("everything.hex", "\n".join(textwrap.wrap(bundle.bytes.hex(), 64)) + "\n")
    golden("everything.bundle.txt", dump_bundle(bundle.bytes))


def test_the_findings(bundle: CompiledBundle, golden: Golden) -> None:
    golden("everything.findings.txt", render_text(bundle.diagnostics, bundle.sources))


def test_the_golden_bytes_are_a_bundle() -> None:
    """The file alone, without the compiler: what a stranger's runtime starts from."""
    file = Path(__file__).parent.parent / "golden" / "everything.hex"
    found = reference.decode(bytes.fromhex(file.read_text(encoding="ascii")))
    assert [surface.name for surface in found.surfaces] == ["hero", "banner", "legal"]
    shown = reference.decide(found, "banner", {"visits": 100, "install_id": "a"}, now=0)
    assert (shown.variant, shown.reason, shown.rule) == ("on", "RULE_MATCH", "visits")


BY_HAND = """
94 a5 74 61 63 69 74 01 00 91     "tacit", major 1, features 0, one section
92 01 c4 8b                       section 1, 139 bytes
04 73 68 6f 70 00                 3.1 project "shop", no flags
00 04                             3.2 no purposes, four signals
07 63 6f 75 6e 74 72 79 03 00     "country", a string, no flags
02 02 02 02 41 54 44 45           of two code points at most; values "AT" "DE"
06 76 69 73 69 74 73 01 02 00     "visits", an int, with a minimum: 0
02 14 09                          two values: 10, and 9 + 1 above it
05 70 72 69 63 65 02 00           "price", a double, no flags
01 01 05                          one value, of scale 1: -3, which is -0.3
03 61 70 70 05 00                 "app", a version, no flags
01 02 02 0a                       one value, of two parts: 2 and 10
05                                3.3 five tests, sorted
04 02 06 01 06 03                 0 LE price, 1 GE visits, 2 GE app
09 00 8b 01                       3 AMONG_MASK country, 4 not IS visits
02                                3.4 two shapes
03 03 02 02 04 02 02 02           all(literal, literal, any(literal, literal))
02                                a literal
00 00 02                          3.5 no bodies, no segments, two rules
01 02                             shapes, 1 bit each: 0 1
03 0b 28                          tests, 3 bits each: 3 1 0 4 2
00 00 00                          3.6 tests 0 1 2: the only value, 0 bits
03                                test 3: a mask of 2 bits, both set
01 01                             test 4: 1 bit, value 1
01 04 68 65 72 6f                 3.7 one surface, "hero"
02 01 01 61 62                    two ids of variants, "a" "b"
01 01                             flags: edge
02 02 00                          two variants, the first is the default
02 02                             two rules
01 02                             its variants: 0 1
03 21                             3.8 flags, 3 bits each: 1 (traffic), 4 (start)
01 01                             outcomes: 1 0
00                                unit of the traffic: signal 0
c4 13 01 01                       shares, step 2500: 1
06 5a f0 03                       digits of salts, 6 bits each: 26 1 63, which is "aB_"
80 a0 f1 c2 b1 34 01 01           starts, step 1800000000000: 1
00 00                             no ends
00                                3.9 no splits
"""


def test_the_encoder_agrees_with_paper_and_pencil() -> None:
    among = ir.Literal(0, ir.Among(("AT", "DE")))
    often = ir.Literal(1, ir.Compare(ir.Relation.GE, 10))
    cheap = ir.Literal(2, ir.Compare(ir.Relation.LE, -0.3))
    not_twenty = ir.Literal(1, ir.Compare(ir.Relation.EQ, 20), negated=True)
    recent = ir.Literal(3, ir.Compare(ir.Relation.GE, (2, 10, 0, 0)))
    rules = (
        ir.Rule(
            "limited",
            ir.All((among, often, ir.Any((cheap, not_twenty)))),
            ir.Show(1),
            traffic=ir.Traffic(0, "aB_", 2500),
        ),
        ir.Rule("dated", recent, ir.Show(0), schedule=ir.Schedule(1_800_000_000_000)),
    )
    program = ir.Program(
        "shop",
        signals=(
            ir.Signal("country", ir.SignalType.STRING, "request", max_length=2),
            ir.Signal("visits", ir.SignalType.INT, "device", minimum=0),
            ir.Signal("price", ir.SignalType.DOUBLE, "device"),
            ir.Signal("app", ir.SignalType.VERSION, "device"),
        ),
        segments=(),
        surfaces=(ir.Surface("hero", ir.Place.EDGE, (ir.Variant("a"), ir.Variant("b")), 0, rules),),
    )
    lines = (line.split("  ")[0] for line in BY_HAND.strip().splitlines())
    assert encode(program, debug=False, audit=False) == bytes.fromhex(" ".join(lines))
