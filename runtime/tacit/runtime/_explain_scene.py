"""Signals and conditions as explanations show them.

What the compiler added for memory is shown as what it stands for: the two ends of an aggregate as
one test, and a stored segment as the segment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tacit.runtime import reference
from tacit.runtime._explain_types import ConditionView, GroupView, SignalView, TestView, Truth
from tacit.runtime._model import All, Any, Condition, Constant, Literal, Program
from tacit.runtime._notation import json_value, literal_text, segment_name, value_text
from tacit.runtime._readings import Missing
from tacit.runtime._state_data import StateData
from tacit.runtime._state_views import StateView
from tacit.runtime._written import role_of
from tacit.runtime.format import Op, Role, Sensitivity
from tacit.runtime.reference import Facts

DURATIONS = (Role.SINCE, Role.FIRST_SEEN)
STORED = (Role.IN, Role.OUT)
OF_ITEMS = {
    Role.EXACT: 1, Role.LEAST: 1, Role.SINCE: 1, Role.TOP: 1, Role.FUNNEL: 2,
    Role.IN: 1, Role.OUT: 1,
}  # fmt: skip
"""Roles whose first arguments are items, and how many."""
NOT_OBSERVED = "not observed yet"
NEVER_YET = "never yet"
NO_STATE = "no state"
NO_CONSENT = "no consent"
OFF = "switched off"


@dataclass(frozen=True, slots=True)
class Scene:
    """What every part of an explanation is made from. `data` and `view`: of the state, if any."""

    facts: Facts
    reveal: bool
    granted: frozenset[str] = frozenset()
    data: StateData | None = None
    view: StateView | None = None

    @property
    def program(self) -> Program:
        return self.facts.program


# ---------------------------------------------------------------- signals


def signal_view(scene: Scene, number: int) -> SignalView:
    signal = scene.program.signals[number]
    reading = scene.facts.readings[number]
    hidden = _is_sensitive(scene, number) and not scene.reveal
    role = role_of(scene.program, number)
    kind = "duration" if role in DURATIONS else signal.type.name.lower()
    if not isinstance(reading, Missing):
        value = None if hidden else json_value(signal.type, reading)
        return SignalView(signal.name, kind, value=value, hidden=hidden)
    if role is not None:
        bare = SignalView(signal.name, kind, missing=reading.why, hidden=hidden)
        return _not_there(scene, number, role, bare)
    if reading.given is None:
        return SignalView(signal.name, kind, missing=reading.why)
    given = None if hidden else value_text(reading.given)
    return SignalView(signal.name, kind, missing=reading.why, given=given, hidden=hidden)


def _is_sensitive(scene: Scene, number: int) -> bool:
    audit = scene.program.audit
    return audit is None or audit.sensitivities[number] is Sensitivity.SENSITIVE


def _not_there(scene: Scene, number: int, role: Role, bare: SignalView) -> SignalView:
    """An aggregate without a value."""
    so_far = None
    if scene.data is None:
        why = NO_STATE
    elif scene.data.off:
        why = OFF
    elif bare.missing == NO_CONSENT or _lacks_consent(scene, number, scene.data):
        why = NO_CONSENT
    elif role in (Role.SINCE, Role.TOP):
        why = NEVER_YET
    else:
        why = NOT_OBSERVED
        if not bare.hidden:
            so_far = _so_far(scene, number)
    hidden = bare.hidden and why is NOT_OBSERVED
    return SignalView(bare.name, bare.type, missing=why, hidden=hidden, so_far=so_far)


def _lacks_consent(scene: Scene, number: int, data: StateData) -> bool:
    memory = scene.program.memory
    assert memory is not None
    derived = memory.derived[number - memory.first_derived]
    count = OF_ITEMS.get(derived.role, 0)
    items = [memory.items[one] for one in derived.arguments[:count]]
    return any(
        item.purpose is not None and (item.kind, item.key) not in data.items for item in items
    )


def _so_far(scene: Scene, number: int) -> int | float | None:
    """What is sure of an aggregate, if it only ever grows."""
    least = _least_of(scene.program, number)
    reading = None if least is None else scene.facts.readings[least]
    return reading if isinstance(reading, int | float) else None


def _least_of(program: Program, number: int) -> int | None:
    memory = program.memory
    assert memory is not None
    own = memory.derived[number - memory.first_derived]
    if own.role is not Role.EXACT:
        return None
    for at, derived in enumerate(memory.derived, start=memory.first_derived):
        if derived.role is Role.LEAST and derived.arguments[0] == own.arguments[0]:
            return at
    return None


# ---------------------------------------------------------------- conditions


def condition_view(scene: Scene, condition: Condition) -> ConditionView:
    truth = truth_of(scene, condition)
    match condition:
        case Constant(value):
            return TestView(truth, "always" if value else "never")
        case All(terms) | Any(terms):
            views = tuple(_term_views(scene, terms, type(condition)))
            if len(views) == 1:
                return views[0]
            return GroupView(truth, "all" if isinstance(condition, All) else "any", views)
        case Literal():
            return _test(scene, condition, truth)


def truth_of(scene: Scene, condition: Condition) -> Truth:
    return Truth.of(reference.truth(scene.facts, condition))


def _term_views(
    scene: Scene, terms: tuple[Condition, ...], kind: type[All] | type[Any]
) -> Iterator[ConditionView]:
    """The terms of a group; two that were made of one test are shown as that test."""
    at = 0
    while at < len(terms):
        pair = terms[at : at + 2]
        shown = _one_of_pair(scene.program, pair, kind)
        if shown is None:
            yield condition_view(scene, terms[at])
            at += 1
        else:
            yield _test(scene, shown, truth_of(scene, kind(pair)))
            at += 2


def _one_of_pair(
    program: Program, pair: tuple[Condition, ...], kind: type[All] | type[Any]
) -> Literal | None:
    """The test that two neighbours stand for; None: they are two."""
    if len(pair) < 2 or not isinstance(pair[0], Literal):
        return None
    first: Literal = pair[0]
    second = pair[1]
    if isinstance(second, Literal):
        return second if _is_interval(program, first, second) else None
    # has(in) || !has(out) && s, and !has(in) && (has(out) || !s): whatever is stored, or else s
    inner = Any if kind is All else All
    if not isinstance(second, inner) or first.op is Op.SEGMENT:
        return None
    if role_of(program, first.signal) not in STORED:
        return None
    live = second.terms[-1]
    if len(second.terms) == 2 and isinstance(live, Literal) and live.op is Op.SEGMENT:
        return live
    return None


def _is_interval(program: Program, least: Literal, exact: Literal) -> bool:
    memory = program.memory
    if memory is None or Op.SEGMENT in (least.op, exact.op):
        return False
    if role_of(program, least.signal) is not Role.LEAST:
        return False
    return (
        role_of(program, exact.signal) is Role.EXACT
        and _least_of(program, exact.signal) == least.signal
    )


def _test(scene: Scene, literal: Literal, truth: Truth) -> TestView:
    program = scene.program
    if literal.op is Op.SEGMENT:
        return TestView(truth, literal_text(program, literal), segment=reference.number_in(literal))
    role = role_of(program, literal.signal)
    if role in STORED:
        return TestView(truth, _stored_text(program, literal, role))
    signal = signal_view(scene, literal.signal)
    text = literal_text(program, literal)
    if role is Role.LEAST:  # alone: the other end says nothing
        name = signal.name.rpartition(".")[0]
        text = text.replace(signal.name, f"{name} so far")
        why = signal.missing or NOT_OBSERVED
        signal = SignalView(
            name, signal.type, missing=why, hidden=signal.hidden, so_far=signal.value
        )
    element = None if signal.hidden else _element(scene, literal)
    return TestView(truth, text, signal=signal, element=element)


def _stored_text(program: Program, literal: Literal, role: Role | None) -> str:
    """A test of what is stored of a segment, by itself."""
    memory = program.memory
    assert memory is not None
    derived = memory.derived[literal.signal - memory.first_derived]
    name = segment_name(program, memory.items[derived.arguments[0]].segment)
    is_not = "is not" if literal.negated else "is"
    return f"{name} {is_not} stored as {'true' if role is Role.IN else 'false'}"


def _element(scene: Scene, literal: Literal) -> str | None:
    """The first element for which the body of an `EXISTS` holds."""
    reading = scene.facts.readings[literal.signal]
    if literal.op is not Op.EXISTS or not isinstance(reading, tuple):
        return None
    body = scene.program.bodies[reference.number_in(literal)]
    for element in map(str, reading):
        if reference.holds_for_element(scene.program, body, element):
            return element
    return None
