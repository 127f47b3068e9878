"""Oracle: random expressions mean what stock CEL engines say they mean, missing signals included.

True, false and unknown are compared: a missing signal is an error in the engine. The texts differ
by the listed deviations alone (see `generator`). Where an engine itself departs from CEL, the
departure is listed in `DEPARTURES`, each case is checked against it, and their number is printed.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from tacit.compiler import ir
from tacit.compiler.expressions import check
from tacit.compiler.spans import Span

from .generator import SCOPE, SEGMENTS, SIGNALS, Case, Generator, version_number
from .kleene import Kleene, Value, evaluate

HERE = Path(__file__).parent
CASES = int(os.environ.get("TACIT_ORACLE_CASES", "20000"))
SEED = int(os.environ.get("TACIT_ORACLE_SEED", "20261101"))
INPUTS = 2  # per expression

DEPARTURES = {
    "cel-rust": "size(string) counts UTF-8 bytes; CEL counts code points",
}
"""By engine: a wrong answer that is accepted, and only where it explains the difference."""

CEL_ES_BLANKS = re.compile(r"(?<=!)(?:\s|// note\n)+(?=!)|(?<=\()(?:\s|// note\n)+(?=\))")
"""cel-es refuses blanks in `! !` and `size( )`, which CEL's grammar allows: they are taken out."""


@dataclass
class Trial:
    """An expression, its condition, and inputs with the answers of our evaluator."""

    case: Case
    condition: ir.Condition
    inputs: list[dict[str, object]]
    answers: list[Kleene]
    by_bytes: list[Kleene]
    """What the answers would be if strings were measured in UTF-8 bytes."""


@pytest.fixture(scope="module")
def trials() -> list[Trial]:
    print(f"\nseed {SEED}, {CASES} expressions, {INPUTS} inputs each")
    generator = Generator(SEED)
    return [trial(generator) for _ in range(CASES)]


def trial(generator: Generator) -> Trial:
    case = generator.case()
    checked = check(case.tacit, SCOPE, lambda start, end: Span("rule", start, end))
    assert checked.condition is not None, (case.tacit, checked.diagnostics)
    condition = checked.condition
    out = Trial(case, condition, [], [], [])
    for _ in range(INPUTS):
        signals, segments = generator.signals(), generator.segments()
        out.inputs.append(engine_input(signals, segments))
        out.answers.append(evaluate(condition, signals, segments))
        out.by_bytes.append(evaluate(condition, signals, segments, lambda text: len(text.encode())))
    return out


def engine_input(signals: dict[int, Value], segments: dict[int, Kleene]) -> dict[str, object]:
    fields: dict[str, object] = {}
    for index, value in signals.items():
        fields[SIGNALS[index].name] = version_number(value) if isinstance(value, tuple) else value
    for index, truth in segments.items():
        if truth is not None:
            fields[SEGMENTS[index]] = truth
    return fields


def test_the_generator_reaches_all_three_answers_and_every_form(trials: list[Trial]) -> None:
    answers = Counter(answer for trial in trials for answer in trial.answers)
    assert min(answers[True], answers[False], answers[None]) > 0.2 * CASES * INPUTS
    written = {type(test).__name__ for trial in trials for test in kinds_of_test(trial.condition)}
    assert written == {
        "Has", "IsTrue", "Compare", "Among", "TextMatch", "Size", "Includes", "Exists"
    }  # fmt: skip
    assert sum(trial.case.plain for trial in trials) > 0.3 * CASES


def kinds_of_test(condition: ir.Condition) -> list[ir.Test]:
    match condition:
        case ir.Literal(_, test):
            return [test]
        case ir.All(terms) | ir.Any(terms):
            return [test for term in terms for test in kinds_of_test(term)]
        case ir.Not(term):
            return kinds_of_test(term)
        case ir.Choose(test, then, otherwise):
            return [*kinds_of_test(test), *kinds_of_test(then), *kinds_of_test(otherwise)]
    return []


def compare(trials: list[Trial], engine: str, answer: Callable[[int, int], Kleene]) -> None:
    """Every answer of the engine equals ours, or departs from CEL as `DEPARTURES` says."""
    departures = 0
    for number, trial in enumerate(trials):
        for place, ours in enumerate(trial.answers):
            theirs = answer(number, place)
            if theirs is ours:
                continue
            departed = engine in DEPARTURES and (
                theirs is trial.by_bytes[place] or trial.case.sized
            )
            assert departed, (engine, trial.case, trial.inputs[place], ours, theirs)
            departures += 1
    print(f"{engine}: {len(trials) * INPUTS} answers equal, but {departures} departures from CEL")
    assert departures <= 0.02 * len(trials) * INPUTS


def test_cel_cpp_agrees(trials: list[Trial]) -> None:
    """cel-expr-python, the C++ engine."""
    cel = pytest.importorskip("cel_expr_python.cel")
    env = cel.NewEnv(variables={"s": cel.Type.Map(cel.Type.STRING, cel.Type.DYN)})
    programs = [env.compile(trial.case.engine) for trial in trials]

    def answer(number: int, place: int) -> Kleene:
        value = programs[number].eval(data={"s": trials[number].inputs[place]})
        if value.type().name() == "ERROR":
            assert "Key not found in map" in str(value.value()), value.value()
            return None
        assert value.type().name() == "BOOL", value.type().name()
        return bool(value.value())

    compare(trials, "cel-cpp", answer)


def test_cel_rust_agrees(trials: list[Trial]) -> None:
    """common-expression-language, the Rust engine."""
    cel = pytest.importorskip("cel")
    programs = [cel.compile(trial.case.engine) for trial in trials]

    def answer(number: int, place: int) -> Kleene:
        try:
            value = programs[number].execute({"s": trials[number].inputs[place]})
        except KeyError:
            return None
        assert isinstance(value, bool), value
        return value

    compare(trials, "cel-rust", answer)


def test_cel_es_agrees(trials: list[Trial]) -> None:
    """npm @bufbuild/cel, the JavaScript engine."""
    node = shutil.which("node")
    if node is None or not (HERE.parent / "node_modules" / "@bufbuild" / "cel").is_dir():
        pytest.skip("@bufbuild/cel is not installed: run `npm install` in tests/ (make test does)")
    asked = [
        {
            "expr": CEL_ES_BLANKS.sub("", trial.case.engine),
            "inputs": [for_javascript(fields) for fields in trial.inputs],
        }
        for trial in trials
    ]
    run = subprocess.run(
        [node, str(HERE / "cel_es.mjs")],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    answers = json.loads(run.stdout)

    def answer(number: int, place: int) -> Kleene:
        value = answers[number][place]
        assert value is None or isinstance(value, bool), (trials[number].case, value)
        return value

    compare(trials, "cel-es", answer)


def for_javascript(fields: dict[str, object]) -> dict[str, object]:
    """Whole numbers are marked, since JSON in JavaScript would make doubles of them."""
    return {
        name: {"int": str(value)} if type(value) is int else value for name, value in fields.items()
    }


def test_every_accepted_text_is_cel_with_the_same_types(trials: list[Trial]) -> None:
    """Texts without a deviation compile as they stand, with typed variables, and mean the same."""
    cel = pytest.importorskip("cel_expr_python.cel")
    kinds = {
        ir.SignalType.BOOL: cel.Type.BOOL,
        ir.SignalType.INT: cel.Type.INT,
        ir.SignalType.DOUBLE: cel.Type.DOUBLE,
        ir.SignalType.STRING: cel.Type.STRING,
        ir.SignalType.ENUM: cel.Type.STRING,
        ir.SignalType.VERSION: cel.Type.INT,
        ir.SignalType.STRING_LIST: cel.Type.List(cel.Type.STRING),
    }
    variables = {signal.name: kinds[signal.type] for signal in SIGNALS}
    env = cel.NewEnv(variables=variables | dict.fromkeys(SEGMENTS, cel.Type.BOOL))
    for trial in trials:
        if not trial.case.plain:
            continue
        program = env.compile(trial.case.tacit)
        assert program.return_type() == cel.Type.BOOL, trial.case.tacit
        for fields, ours in zip(trial.inputs, trial.answers, strict=True):
            value = program.eval(data=fields)
            theirs = None if value.type().name() == "ERROR" else value.value()
            assert theirs is ours, (trial.case.tacit, fields, ours, theirs)
