"""`DeviceState`: what one device remembers, and all that may happen to it (bundles/STATE.md)."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from tacit.runtime import _state_plan as plans
from tacit.runtime import reference
from tacit.runtime._model import Program, Signal
from tacit.runtime._programs import HasBytes, program_of
from tacit.runtime._readings import READERS, Missing, moment, purposes
from tacit.runtime._standing import Standing, standing
from tacit.runtime._state_bytes import pack, plain_number, unpack
from tacit.runtime._state_controls import (
    Control,
    add_control,
    control_id,
    controls_of,
    less_of_lasts,
    take_back,
)
from tacit.runtime._state_data import (
    CADENCE_MS,
    LESS_OF,
    NOT_INTERESTED,
    ItemId,
    StateData,
    StoredSegment,
    fresh,
    keep_only,
)
from tacit.runtime._state_export import exported
from tacit.runtime._state_merge import merge
from tacit.runtime._state_records import Records, instant
from tacit.runtime._state_views import Health, StateView, health_of, view_of
from tacit.runtime._state_where import Hashes, hash_of
from tacit.runtime.errors import ArgumentError, ControlError, StateWarning
from tacit.runtime.format import (
    MAX_WRITERS,
    Cadence,
    ItemKind,
    Type,
)

__all__ = ["Control", "DeviceState", "Health", "StateView", "StateWarning"]


class DeviceState(Records):
    """What one device remembers. It changes by what is recorded; deciding never changes it.

    Bound to one bundle, which says what is to be kept. Not for use by two threads at once.
    Times are epoch ms, None: this machine's clock. `consent`: the purposes that are granted.
    `writer` (0 to 7) tells apart tabs that share a device. Records give whether they were taken.
    """

    __slots__ = ("_bundle", "_granted", "_warning")

    def __init__(
        self,
        bundle: HasBytes,
        now: int | None = None,
        *,
        consent: Iterable[str] = (),
        writer: int = 0,
    ) -> None:
        now = instant(now)
        self._begin_with(fresh(_project(program_of(bundle)), now), bundle, now, consent, writer)

    @classmethod
    def load(
        cls,
        bundle: HasBytes,
        data: bytes,
        now: int | None = None,
        *,
        consent: Iterable[str] = (),
        writer: int = 0,
    ) -> DeviceState:
        """The state in some bytes. Whatever else they hold, it is a fresh one with a `warning`."""
        if not isinstance(data, bytes | bytearray | memoryview):
            raise ArgumentError("R211", type(data).__name__)
        now = instant(now)
        state = cls.__new__(cls)
        project = _project(program_of(bundle))
        found = unpack(bytes(data))
        if isinstance(found, StateData) and found.project != project:
            found = StateWarning("S107")
        if isinstance(found, StateWarning):
            state._begin_with(fresh(project, now), bundle, now, consent, writer)
            state._warning = found
        else:
            state._begin_with(found, bundle, now, consent, writer)
        return state

    def _begin_with(
        self, data: StateData, bundle: HasBytes, now: int, consent: Iterable[str], writer: int
    ) -> None:
        if isinstance(writer, bool) or not isinstance(writer, int) or not 0 <= writer < MAX_WRITERS:
            raise ArgumentError("R214", repr(writer))
        self._hashes = Hashes()
        self._writer = writer
        self._warning: StateWarning | None = None
        self._granted = purposes(consent)
        self._bundle = bundle
        self._program = program_of(bundle)
        self._adopt(data, now)

    # ------------------------------------------------------------ what it is

    @property
    def bytes(self) -> bytes:
        """Canonical: equal states, equal bytes."""
        return pack(self._data)

    @property
    def warning(self) -> StateWarning | None:
        """Why the bytes it was loaded from were refused; None: they were not."""
        return self._warning

    @property
    def bundle(self) -> HasBytes:
        return self._bundle

    @property
    def is_off(self) -> bool:
        return self._data.off

    @property
    def controls(self) -> tuple[Control, ...]:
        """What the person said of variants, topics and surfaces, in order of time; without "less
        of" that is over by the newest trusted time."""
        return controls_of(self._data, less_of_lasts(self._program), self._data.floor)

    def __repr__(self) -> str:
        return f"<DeviceState: {len(self._data.items)} items, session {self._data.session.number}>"

    def _adopt(self, data: StateData, now: int) -> None:
        """Makes `data` the state, as far as the bundle asks for it and the person grants it."""
        if data.off:
            data.preferences, data.controls, data.forced = {}, {}, {}
        declared = self._declared()
        data.preferences = {
            signal: row
            for signal, row in data.preferences.items()
            if signal in declared
            and (row[0] is None or self._preference(signal, row[0]) is not None)
        }
        keep_only(data, self._program.memory, self._granted, now)
        self._data = data
        self._plan = plans.plan_for(self._program, data, self._writer, self._hashes)
        self._changed()

    def _standing_for(self, source: Program | HasBytes, now: int) -> Standing:
        program = source if isinstance(source, Program) else program_of(source)
        self._same_project(program)
        return standing(program, self._data, now)

    def _same_project(self, program: Program) -> None:
        if _project(program) != self._data.project:
            raise ArgumentError("R215", f"the bundle is of project {program.project!r}")

    # ------------------------------------------------------------ bundle and consent

    def use(self, bundle: HasBytes, now: int | None = None) -> None:
        """Another version of the bundle: what it defines as before keeps its history."""
        program, time = program_of(bundle), instant(now)
        self._same_project(program)
        self._program, self._bundle = program, bundle
        self._adopt(self._data, time)

    def grant(self, granted: Iterable[str], now: int | None = None) -> None:
        """Exactly these purposes are granted from now on; what is bound to others is erased."""
        found, time = purposes(granted), instant(now)
        self._granted = found
        self._adopt(self._data, time)

    # ------------------------------------------------------------ refresh

    def refresh(
        self, signals: Mapping[str, object], now: int | None = None
    ) -> tuple[str | int, ...]:
        """Evaluates the stored segments that are due and stores what they say; gives those
        evaluated, by name, or by number in a bundle without names."""
        memory = self._program.memory
        time = instant(now)
        if memory is None or self._data.off:
            return ()
        self._drop_floor(time)
        plans.sweep(self._program, self._data)
        self._changed()
        due = [
            (item.segment, kept.data)
            for item in memory.items
            if (kept := self._data.items.get((item.kind, item.key))) is not None
            and isinstance(kept.data, StoredSegment)
            and _is_due(item.cadence, kept.data, time)
        ]
        facts = reference.facts_of(
            self._program, signals, time, self._granted, self._standing_for(self._program, time)
        )
        for number, stored in due:
            stored.value = facts.segments[number]
            stored.time = 0 if stored.value is None else time
            stored.due = 0
        self._changed()
        debug = self._program.debug
        return tuple(number if debug is None else debug.segments[number] for number, _ in due)

    # ------------------------------------------------------------ the person

    def declare(self, signal: str, value: object, now: int | None = None) -> bool:
        """A preference of the person; None takes it back. False: it is no value of a signal that is
        declared, or its purpose is not granted."""
        time = instant(now)
        if not isinstance(signal, str):
            raise ArgumentError("R213", type(signal).__name__)
        found = self._preference(signal, value)
        if self._data.off or (value is not None and found is None):
            return False
        before = self._data.preferences.get(signal)
        if before is None and value is None:
            return True
        time = time if before is None else max(time, before[1])
        self._data.preferences[signal] = found, time
        self._changed()
        return True

    def _preference(self, name: str, value: object) -> Any:
        """A value as it is stored; None: it is none, or not to be stored."""
        signal = self._declared().get(name)
        if signal is None or value is None:
            return None
        if signal.purpose is not None and signal.purpose not in self._granted:
            return None
        found = READERS[signal.type](signal, value)
        if isinstance(found, Missing):
            return None
        if signal.type is Type.VERSION:
            return str.__str__(value)
        if isinstance(found, tuple):
            return [str.__str__(one) for one in found]
        if isinstance(found, float):
            return plain_number(found)
        return str.__str__(found) if isinstance(found, str) else found

    def _declared(self) -> dict[str, Signal]:
        """The signals that the person may declare."""
        memory = self._program.memory
        if memory is None:
            return {}
        flagged = zip(self._program.signals, memory.declared, strict=False)
        return {signal.name: signal for signal, declared in flagged if declared}

    def not_interested(
        self,
        *,
        surface: str | None = None,
        variant: str | None = None,
        topic: str | None = None,
        now: int | None = None,
    ) -> bool:
        """Never again: a variant of a surface, a topic, or all of a surface but its default.

        False: off, or too many other things were named like that.
        """
        return self._control(NOT_INTERESTED, surface, variant, topic, now=now)

    def less_of(
        self,
        *,
        surface: str | None = None,
        variant: str | None = None,
        topic: str | None = None,
        now: int | None = None,
    ) -> bool:
        """The same for a while, as long as the bundle says. False: off, or no room."""
        return self._control(LESS_OF, surface, variant, topic, now=now)

    def _control(
        self,
        strength: int,
        surface: str | None,
        variant: str | None,
        topic: str | None,
        *,
        now: int | None,
    ) -> bool:
        control = control_id(self._program, surface, variant, topic)
        time = instant(now)
        if self._data.off:
            return False
        taken = add_control(self._data, control, strength, time, less_of_lasts(self._program))
        self._changed()
        return taken

    def undo(self, control: Control, now: int | None = None) -> bool:
        """Takes a control back; False: it is not among `controls`."""
        done = take_back(self._data, control, instant(now))
        self._changed()
        return done

    def turn_off(self, now: int | None = None) -> None:
        """Every surface shows its default, nothing is recorded, and what was is erased."""
        data = self._fresh(now)
        data.off = True
        self._adopt(data, data.first_seen)

    def turn_on(self, now: int | None = None) -> None:
        if self._data.off:
            data = self._fresh(now)
            self._adopt(data, data.first_seen)

    def erase(self, now: int | None = None) -> None:
        """Forgets everything but that it is off."""
        data = self._fresh(now)
        data.off = self._data.off
        self._adopt(data, data.first_seen)

    def _fresh(self, now: int | None) -> StateData:
        return fresh(self._data.project, instant(now))

    # ------------------------------------------------------------ the host

    def force(self, experiment: str, arm: str | None) -> None:
        """Puts this device into an arm, to try it out; decisions say so. None: no longer."""
        memory = self._program.memory
        key = self._digest(experiment)
        known = {} if memory is None else {one.key: one.arms for one in memory.experiments}
        if key not in known:
            raise ControlError("R209", f"experiment {experiment!r}")
        if arm is None:
            self._data.forced.pop(key, None)
        elif arm not in known[key]:
            raise ControlError("R209", f"arm {arm!r} of experiment {experiment!r}")
        elif not self._data.off:
            self._data.forced[key] = arm
        self._changed()

    def trust(self, now: int) -> None:
        """The host vouches for this time."""
        self._data.floor = instant(now)
        self._changed()

    def merge(self, other: DeviceState) -> None:
        """Takes in what another state of this device knows; each has a writer of its own."""
        if not isinstance(other, DeviceState):
            raise ArgumentError("R204", type(other).__name__)
        if other._data.project != self._data.project:
            raise ArgumentError("R215", f"that of project {other._program.project!r}")
        memory = self._program.memory
        items = () if memory is None else memory.items
        limits: dict[ItemId, int] = {
            (item.kind, item.key): item.limit if item.kind is ItemKind.DISTINCT else item.most_slots
            for item in items
        }
        merged = merge(self._data, copy.deepcopy(other._data), limits)
        self._adopt(merged, merged.session.last)

    # ------------------------------------------------------------ views

    def export(self) -> dict[str, Any]:
        """Everything that is kept, as plain JSON, for the person."""
        return exported(self._program, self._data)

    def inspect(self, now: int | None = None) -> StateView:
        """What it says at a time, for engineers: windows, caps, holds, segments."""
        return view_of(self._program, self._data, moment(now))

    def health(self, now: int | None = None) -> dict[str, Health]:
        """Surface -> how often it repeats, tires and changes, where the bundle keeps that."""
        moment(now)
        return health_of(self._program, self._data)


def _project(program: Program) -> int:
    """What the bytes of a state say of its project."""
    return hash_of(program.project)


def _is_due(cadence: Cadence, stored: StoredSegment, now: int) -> bool:
    if stored.value is None:
        return True
    length = CADENCE_MS.get(cadence)
    if length is not None:
        return now // length != stored.time // length
    return stored.due != 0  # only events set it
