"""Every complaint as a person sees it: whole renderings, kept in `golden/messages.txt`.

A case there is an expression (a line `# ...` above it may say that it is Python, or give limits)
and below it the rendering. `--update-golden` writes them anew; the change is then read like
code.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from tacit.compiler import ir
from tacit.compiler.expressions import Limits, Scope, check
from tacit.compiler.expressions.messages import TEXTS
from tacit.compiler.render import render_text
from tacit.compiler.spans import Span

GOLDEN = Path(__file__).parent / "golden" / "messages.txt"
DECLARATIONS = """\
country: string
loyalty_tier: enum
app_version: version
viewing: string_list
age: int
price: double
vip: bool
since_order: duration
brands: int
"""
_KINDS = dict(line.split(": ") for line in DECLARATIONS.splitlines())
SIGNALS = tuple(
    ir.Signal(
        name,
        ir.SignalType("int" if kind == "duration" else kind),
        "request",
        values=("none", "silver", "gold") if kind == "enum" else (),
        duration=kind == "duration",
        span=Span("signals.yaml", DECLARATIONS.index(name), DECLARATIONS.index(name) + len(name)),
    )
    for name, kind in _KINDS.items()
)
SCOPE = Scope(
    {signal.name: (index, signal) for index, signal in enumerate(SIGNALS)},
    {"shoe_lover": 0},
    hints={"orders_30d": "aggregates are not supported yet"},
    faulty=frozenset({"faulty"}),
    most={"brands": 64},
)
CASE = re.compile(
    r"^={12} ([^\n]*)\n((?:# [^\n]*\n)*)(.*?)\n-{12}\n(.*?)(?=^={12} |\Z)", re.MULTILINE | re.DOTALL
)
BAR = "=" * 12
RULE = "-" * 12


@dataclass(frozen=True)
class Golden:
    title: str
    notes: str
    written: str
    expected: str

    @property
    def text(self) -> str:
        """The expression; `# python` says that it is written as Python."""
        return eval(self.written) if "# python" in self.notes else self.written

    @property
    def limits(self) -> Limits:
        found = re.search(r"# limits (.*)", self.notes)
        pairs = (pair.split("=") for pair in found[1].split()) if found else ()
        return Limits(**{key: int(value) for key, value in pairs})

    def rendering(self) -> str:
        text = self.text
        checked = check(text, SCOPE, lambda start, end: Span("rule", start, end), self.limits)
        sources = {"rule": text, "signals.yaml": DECLARATIONS}
        return render_text(checked.diagnostics, sources) or "no complaints\n"


def read() -> list[Golden]:
    return [Golden(*match.groups()) for match in CASE.finditer(GOLDEN.read_text("utf-8"))]


CASES = read()


def test_the_file_holds_the_renderings_and_nothing_else(
    golden: Callable[[str | Path, str], None],
) -> None:
    text = "".join(
        f"{BAR} {case.title}\n{case.notes}{case.written}\n{RULE}\n{case.rendering()}"
        for case in CASES
    )
    golden(GOLDEN, text)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title.replace(" ", "-"))
def test_rendering(case: Golden) -> None:
    assert case.rendering() == case.expected


def test_every_code_has_a_case() -> None:
    shown = set(re.findall(r"^(?:error|warning)\[(\w+)\]", GOLDEN.read_text("utf-8"), re.MULTILINE))
    assert shown == {text.code for text in TEXTS}


def test_every_code_stands_for_one_text() -> None:
    codes = [text.code for text in TEXTS]
    assert len(codes) == len(set(codes))
    for text in TEXTS:
        assert text.code.startswith("W2") or "E200" <= text.code <= "E259"
        assert text.message[0] in "`{" or text.message[0].islower(), text


def test_titles_are_distinct() -> None:
    titles = [case.title for case in CASES]
    assert len(titles) == len(set(titles))
    assert len(titles) > 120
