"""The hand-written `if` chain: the Python an engineer would write, one function per surface.

Signals are read once into locals, sets are constants, the bucket hash is a C extension, versions
are parsed through a cache; an absent signal is a None, guarded against where it must be.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bench.contenders import Contender, Evaluator, Shaped
from bench.description import (
    All,
    Atom,
    Condition,
    Kind,
    Op,
    Rule,
    Surface,
    Value,
    Workload,
    atoms_of,
)

_HEADER = """\
from functools import lru_cache

from mmh3 import mmh3_32_uintdigest as hash32


@lru_cache(maxsize=4096)
def version_of(text):
    return None if text is None else tuple(map(int, text.split(".")))

"""


def _constant(atom: Atom, value: Value) -> str:
    if atom.signal.kind is Kind.VERSION:
        return repr(tuple(int(part) for part in str(value).split(".")))
    return repr(value)


def _guarded(name: str, atom: str) -> str:
    return f"{name} is not None and {atom}"


def _atom(atom: Atom) -> str:
    name = atom.signal.name
    constants = [_constant(atom, value) for value in atom.operands]
    match atom.op:
        case Op.IS:
            return name
        case Op.IS_NOT:
            return f"{name} is False"
        case Op.AMONG if len(constants) == 1:
            return f"{name} == {constants[0]}"
        case Op.AMONG:
            return f"{name} in {{{', '.join(constants)}}}"
        case Op.NOT_AMONG if len(constants) == 1:
            return _guarded(name, f"{name} != {constants[0]}")
        case Op.NOT_AMONG:
            return _guarded(name, f"{name} not in {{{', '.join(constants)}}}")
        case Op.INCLUDES:
            return _guarded(name, f"{constants[0]} in {name}")
        case Op.EXCLUDES:
            return _guarded(name, f"{constants[0]} not in {name}")
        case Op.AT_LEAST:
            return _guarded(name, f"{name} >= {constants[0]}")
        case Op.BELOW:
            return _guarded(name, f"{name} < {constants[0]}")
        case Op.WITHIN:
            return _guarded(name, f"{constants[0]} <= {name} < {constants[1]}")
    raise AssertionError(atom.op)


def _condition(condition: Condition, inside_and: bool = False) -> str:
    if isinstance(condition, Atom):
        return _atom(condition)
    if isinstance(condition, All):
        return " and ".join(_condition(term, inside_and=True) for term in condition.terms)
    text = " or ".join(_condition(term) for term in condition.terms)
    return f"({text})" if inside_and else text


def _rule(rule: Rule) -> list[str]:
    condition = _condition(rule.condition, inside_and=rule.share is not None)
    if rule.share is not None:
        salt = (rule.salt + "\0").encode()
        condition += (
            f" and unit is not None and hash32({salt!r} + unit) * 10000 >> 32 < {rule.share}"
        )
    return [f"    if {condition}:", f"        return {rule.variant!r}"]


def _function(surface: Surface, unit: str) -> list[str]:
    used = {atom.signal for rule in surface.rules for atom in atoms_of(rule.condition)}
    lines = [f"def {surface.name}(signals):", "    get = signals.get"]
    for signal in sorted(used, key=lambda signal: signal.name):
        read = f'get("{signal.name}")'
        if signal.kind is Kind.VERSION:
            read = f"version_of({read})"
        lines.append(f"    {signal.name} = {read}")
    if any(rule.share is not None for rule in surface.rules):
        lines.append(f'    unit = get("{unit}")')
        lines += ["    if unit is not None:", "        unit = unit.encode()"]
    for rule in surface.rules:
        lines += _rule(rule)
    return [*lines, f"    return {surface.default!r}", "", ""]


def source(workload: Workload) -> str:
    """The whole module."""
    lines = [_HEADER]
    for surface in workload.surfaces:
        lines += _function(surface, workload.unit.name)
    lines.append("SURFACES = {")
    lines += [f'    "{surface.name}": {surface.name},' for surface in workload.surfaces]
    lines += [
        "}",
        "",
        "",
        "def decide_all(signals):",
        "    return {name: decide(signals) for name, decide in SURFACES.items()}",
        "",
    ]
    return "\n".join(lines)


def _listed(decisions: Mapping[str, str]) -> list[str]:
    return list(decisions.values())


class Hand(Contender):
    name = "hand"
    packages = ("mmh3",)
    modules = ("mmh3", "functools")
    notes = ("The payload is the generated Python source; loading compiles and runs it.",)

    def payload(self, workload: Workload) -> bytes:
        return source(workload).encode()

    def load(self, payload: bytes) -> Evaluator:
        names: dict[str, Any] = {}
        exec(compile(payload, "hand", "exec", dont_inherit=True), names)
        functions: Mapping[str, Callable[[Shaped], str]] = names["SURFACES"]
        return Evaluator(
            one=lambda surface, context: functions[surface](context),
            all=names["decide_all"],
            read=_listed,
            # By hand one calls the function itself; no name is looked up.
            direct=functions,
        )


def contender() -> Contender:
    return Hand()
