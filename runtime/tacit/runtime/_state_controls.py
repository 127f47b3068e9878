"""The person's controls: what they name, and how they are kept."""

from __future__ import annotations

from dataclasses import dataclass

from tacit.runtime._model import Program
from tacit.runtime._state_data import (
    LESS_OF,
    NOT_INTERESTED,
    TAKEN_BACK,
    ControlId,
    StateData,
    in_order,
)
from tacit.runtime.errors import ControlError
from tacit.runtime.format import MAX_CONTROLS, MAX_INT

KINDS = ("variant", "topic", "surface")
STRENGTHS = ("not_interested", "less_of")


@dataclass(frozen=True, slots=True)
class Control:
    """What the person said of a variant, a topic or a surface; `time` in epoch ms."""

    kind: str
    """variant, topic or surface."""
    strength: str
    """not_interested or less_of."""
    target: str
    """The topic or the surface."""
    variant: str
    """Empty unless `kind` is variant."""
    time: int


def controls_of(data: StateData, less_of: int, now: int) -> tuple[Control, ...]:
    """Those that hold at a time, in order; `less_of`: how long "less of" lasts, in ms."""
    found = []
    for key in in_order(data.controls):
        kind, target, variant = key
        strength, time = data.controls[key]
        if strength == NOT_INTERESTED or (strength == LESS_OF and now < time + less_of):
            found.append(Control(KINDS[kind], STRENGTHS[strength], target, variant, time))
    return tuple(found)


def less_of_lasts(program: Program) -> int:
    """For how long, in ms; a bundle that remembers nothing does not say."""
    return MAX_INT if program.memory is None else program.memory.less_of


def control_id(
    program: Program, surface: str | None, variant: str | None, topic: str | None
) -> ControlId:
    """Raises `ControlError` for what names nothing of the bundle, or several things at once."""
    given = (surface is not None, variant is not None, topic is not None)
    if given not in ((True, True, False), (False, False, True), (True, False, False)):
        raise ControlError("R208")
    if topic is not None:
        if program.memory is None or topic not in program.memory.topics:
            raise ControlError("R209", f"topic {topic!r}")
        return 1, topic, ""
    number = program.surface_number(str(surface))
    if number is None:
        raise ControlError("R209", f"surface {surface!r}")
    if variant is None:
        return 2, str(surface), ""
    if not variant or variant not in program.surfaces[number].variants:  # "" stands for none
        raise ControlError("R209", f"variant {variant!r} of surface {surface!r}")
    return 0, str(surface), variant


def add_control(data: StateData, control: ControlId, strength: int, now: int, less_of: int) -> bool:
    """The newest word on a thing counts. False: there is no room for it (STATE.md 4.5).

    `less_of`: how long "less of" lasts, in ms.
    """
    before = data.controls.get(control)
    if before is None and not _has_room(data, strength, less_of):
        return False
    data.controls[control] = strength, now if before is None else max(now, before[1])
    return True


def _has_room(data: StateData, strength: int, less_of: int) -> bool:
    """Whether one more can be kept. What is over makes room; so does what was said less strongly
    than that the person is not interested, but for that alone."""
    if len(data.controls) >= MAX_CONTROLS:
        drop_old_controls(data, less_of)
    if len(data.controls) >= MAX_CONTROLS and strength == NOT_INTERESTED:
        weaker = [one for one in in_order(data.controls) if data.controls[one][0] != strength]
        for one in weaker[:1]:
            del data.controls[one]
    return len(data.controls) < MAX_CONTROLS


def drop_old_controls(data: StateData, less_of: int) -> None:
    """Those "less of" or taken back that are over, by the newest trusted time (STATE.md 4.1)."""
    over = data.floor - less_of
    for control, (strength, time) in list(data.controls.items()):
        if strength != NOT_INTERESTED and time <= over:
            del data.controls[control]


def take_back(data: StateData, control: Control, now: int) -> bool:
    """Whether there was such a control. It stays on record as taken back, for merging."""
    key = KINDS.index(control.kind), control.target, control.variant
    strength = (NOT_INTERESTED, LESS_OF)[STRENGTHS.index(control.strength)]
    if data.controls.get(key) != (strength, control.time):
        return False
    data.controls[key] = TAKEN_BACK, max(now, control.time)
    return True
