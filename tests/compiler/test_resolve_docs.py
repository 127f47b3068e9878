"""docs/LANGUAGE.md tells the truth: its examples are run, its numbers compared."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

from tacit.compiler import catalogue, compile_project, lock, models, source
from tacit.compiler.cases_history import MOST_TIMES
from tacit.compiler.project import parse
from tacit.compiler.reader import MAX_DEPTH, MAX_NODES, read_text
from tacit.compiler.render import render_text
from tacit.compiler.resolve import resolve
from tacit.compiler.source import Source
from tacit.runtime import format as fmt

from . import chunks

PAGE = (Path(__file__).parents[2] / "docs" / "LANGUAGE.md").read_text(encoding="utf-8")
BLOCKS = [textwrap.dedent(block) for block in re.findall(r"(?:^    .*\n|^\n(?=    ))+", PAGE, re.M)]


def _block(start: str) -> str:
    (found,) = [block for block in BLOCKS if block.lstrip("\n").startswith(start)]
    return found.lstrip("\n")


def test_the_lock() -> None:
    text = _block("{")
    found, problems = lock.read(text)
    assert problems == ()
    assert found is not None
    assert lock.write(found).rstrip() == text.rstrip()


BASE = """\
project: shop
signals:
  country: {type: string, source: request}
  loyalty_tier: {type: enum, values: [none, gold], source: declared}
  app_version: {type: version, source: device}
  viewing: {type: string_list, source: session, purpose: personalization}
  unavailable: {type: string_list, source: session}
surfaces:
  home_hero:
    default: classic
    variants: {classic: 1, shoes: 2, comeback: 3}
    theme: {shoes: trail}
    rules: [{id: shoe-fans, show: shoes}]
"""
REST = """\
  side: {default: classic, variants: {classic: 1, shoes: 2}}
  banner: {default: classic, variants: {classic: 1}}
"""


def test_the_tests() -> None:
    found = resolve(parse(Source((read_text(BASE + REST + _block("tests:\n  - name: a gold")),))))
    assert found.diagnostics == ()
    assert len(found.cases) == 1


def test_what_devices_remember() -> None:
    guardrails = textwrap.indent(_block("guardrails:"), "    ")
    text = BASE + guardrails + REST + _block("events:") + _block("groups:")
    found = resolve(parse(Source((read_text(text + _block("tests:\n  - name: shoes")),))))
    assert found.diagnostics == ()
    assert found.program is not None
    assert (len(found.program.aggregates), len(found.program.caps)) == (7, 4)
    assert [len(step.records) for step in found.cases[0].then] == [2, 0]


def test_the_python_example() -> None:
    code = _block("from tacit.compiler")
    made: list[object] = []
    exec(
        code.replace("compile_project(\n", "made.append(compile_project)\nmade.append(\n"),
        {"made": made},
    )
    assert made[0] is compile_project
    model = made[1]
    assert isinstance(model, models.ProjectModel)
    assert compile_project(model).program.surfaces[0].rules[0].id == "de"


def test_the_complaint() -> None:
    signals = read_text(chunks.BASE, "signals.yaml")
    surfaces = read_text(
        "segments: {old: age > 60, deep: old}\nsurfaces:\n  s:\n    place: edge\n"
        "    default: a\n    rules: [{id: r, when: deep, show: a}]\n    variants: {a: 1}\n",
        "surfaces.yaml",
    )
    project, diagnostics = chunks.run(Source((signals, surfaces)))
    text = render_text(diagnostics, project.sources(diagnostics))
    assert text.removesuffix("\n1 error\n") == _block("error[")


def test_the_numbers() -> None:
    for text in (
        f"{source.MAX_FILE_BYTES // 2**20} MiB a file",
        f"{source.MAX_PROJECT_BYTES // 2**20} MiB and {source.MAX_FILES:,} files a project",
        f"{MAX_DEPTH} levels, {MAX_NODES:,} values a file",
        f"at most {models.MAX_MEMBERS:,}, each at most {models.MAX_MEMBER_LENGTH} characters",
        f"at most {models.MAX_LENGTH:,}. A longer",
        f"at most {models.MAX_ITEMS:,}.",
        f"64, at most {fmt.MAX_DISTINCT}",
        f"16, at most {fmt.MAX_KEEP}",
        f"has at most {fmt.MAX_SLOTS}.",
        f"up to {MOST_TIMES:,} times",
    ):
        assert text in PAGE, text


def test_every_key_is_on_the_page() -> None:
    for model in (
        models.ProjectModel,
        models.SignalModel,
        models.EventModel,
        models.FieldModel,
        models.AggregateModel,
        models.FunnelModel,
        models.StepOfFunnelModel,
        models.SegmentModel,
        models.SurfaceModel,
        models.RuleModel,
        models.ExperimentModel,
        models.HoldoutModel,
        models.BudgetsModel,
        models.GuardrailsModel,
        models.SuppressModel,
        models.GroupModel,
        models.TestModel,
        models.StepModel,
        models.ExpectModel,
    ):
        for name, field in model.model_fields.items():
            assert re.search(rf"\b{field.alias or name}\b", PAGE), (model, name)
    for keys in catalogue.RESERVED.values():
        for key in keys:
            assert f"`{key}`" in PAGE, key


def test_every_code_is_in_the_table() -> None:
    ranges = re.findall(r"\| `E(\d+)`-`E(\d+)` \|", PAGE)
    for code in catalogue.TEXTS:
        if code.startswith("E"):
            assert any(int(low) <= int(code[1:]) <= int(high) for low, high in ranges), code
