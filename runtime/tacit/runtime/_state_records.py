"""What a host records: events, and what was shown, clicked and dismissed (STATE.md 4.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tacit.runtime import _state_plan as plans
from tacit.runtime._model import Program
from tacit.runtime._readings import moment
from tacit.runtime._state_data import (
    FAR_PAST,
    FUTURE,
    NONE,
    Session,
    StateData,
    StoredArm,
)
from tacit.runtime._state_shown import Shown, shown_of, sticky_item
from tacit.runtime._state_slots import more, trusted
from tacit.runtime._state_where import Hashes, hash_of
from tacit.runtime._view import ViewHolder
from tacit.runtime.errors import ArgumentError
from tacit.runtime.format import (
    FAR_PAST_MS,
    MAX_NONCES,
    SESSION_IDLE_MS,
    TRUSTED_STEP_MS,
)


class Records(ViewHolder):
    """The part of `DeviceState` that records. Each gives whether the record was taken."""

    __slots__ = ("_data", "_hashes", "_plan", "_program", "_writer")

    _data: StateData
    _hashes: Hashes
    _plan: plans.Plan
    _program: Program
    _writer: int

    def record_event(
        self,
        name: str,
        fields: Mapping[str, object] | None = None,
        *,
        at: int | None = None,
        now: int | None = None,
        nonce: str | None = None,
        session: str | None = None,
    ) -> bool:
        """An event at `at` (None: now). False: refused and counted, repeated, or off."""
        data = self._data
        if data.off:
            return False
        now = instant(now)
        at = now if at is None else instant(at)
        if fields is not None and type(fields) is not dict and not isinstance(fields, Mapping):
            raise ArgumentError("R212", type(fields).__name__)
        if not isinstance(name, str):
            raise ArgumentError("R213", type(name).__name__)
        digest = None if nonce is None else self._digest(nonce)
        if digest in data.nonces:
            return False
        plan = self._plan.events.get(name)
        if plan is None:
            return self._refuse(NONE)
        values: list[Any] = []
        for field, read in plan.fields:
            given = None if fields is None else fields.get(field)
            value = None if given is None else read(given)
            if value is None and given is not None:
                return self._refuse(NONE)
            values.append(value)
        if at > now:
            return self._refuse(FUTURE)
        if at < now - FAR_PAST_MS:
            return self._refuse(FAR_PAST)
        self._touch(now, digest, session)
        for step in plan.steps:
            step(at, values)
        for stored in plan.due:
            stored.due = max(stored.due, now, 1)
        self._changed()
        return True

    def record_session(self, session: str, *, now: int | None = None) -> bool:
        """The host began a session. Every record that names it does so too; this is for a host
        that decides before it records anything else."""
        if self._data.off:
            return False
        self._touch(instant(now), None, session)
        self._changed()
        return True

    def record_shown(
        self,
        decision_or_surface: object,
        variant: str | None = None,
        *,
        now: int | None = None,
        nonce: str | None = None,
        session: str | None = None,
    ) -> bool:
        """A surface showed a variant: a `Decision`, or a surface and the id of a variant."""
        shown = shown_of(self._program, decision_or_surface, variant)
        found = self._begin(shown, now, nonce, session)
        if found is None:
            return False
        surface, plan, time = found
        counted = max(time, self._data.floor)  # caps and cooldowns look from there
        for step in plan.shown:
            step(counted, self._data.floor)
        for data in surface.items:
            plans.show(
                data,
                shown.variant,
                default=surface.default,
                rule=shown.rule,
                session=self._data.session.number,
                now=time,
                writer=self._writer,
            )
        self._store_arm(shown, time)
        self._changed()
        return True

    def record_clicked(
        self,
        decision_or_surface: object,
        variant: str | None = None,
        *,
        now: int | None = None,
        nonce: str | None = None,
        session: str | None = None,
    ) -> bool:
        """The person clicked a variant; None: what shows on the surface."""
        shown = self._present(shown_of(self._program, decision_or_surface, variant))
        found = self._begin(shown, now, nonce, session)
        if found is None:
            return False
        surface, plan, time = found
        for step in plan.clicked:
            step(time, self._data.floor)
        for data in surface.items:
            plans.click(data, shown.variant, self._writer)
        self._changed()
        return True

    def record_dismissed(
        self,
        decision_or_surface: object,
        variant: str | None = None,
        *,
        now: int | None = None,
        nonce: str | None = None,
        session: str | None = None,
    ) -> bool:
        """The person dismissed a variant; None: what shows on the surface."""
        shown = self._present(shown_of(self._program, decision_or_surface, variant))
        found = self._begin(shown, now, nonce, session)
        if found is None:
            return False
        surface, plan, time = found
        for step in plan.dismissed:
            step(time, self._data.floor)
        for data in surface.items:
            plans.dismiss(data, self._writer)
        self._changed()
        return True

    def _begin(
        self, shown: Shown, now: int | None, nonce: str | None, session: str | None
    ) -> tuple[plans.SurfacePlan, plans.VariantPlan, int] | None:
        """What a record of a variant does, and when; None: the record is not taken."""
        time = instant(now)
        digest = None if nonce is None else self._digest(nonce)
        if self._data.off or digest in self._data.nonces:
            return None
        surface = self._plan.surfaces.get(shown.surface)
        plan = None if surface is None else surface.variants.get(shown.variant)
        if surface is None or plan is None:
            self._refuse(NONE)
            return None
        self._touch(time, digest, session)
        return surface, plan, time

    def _present(self, shown: Shown) -> Shown:
        """With the variant that shows on the surface, where none is named."""
        surface = self._plan.surfaces.get(shown.surface)
        if shown.variant or surface is None or not surface.items:
            return shown
        return Shown(shown.surface, surface.items[0].variant)

    def _store_arm(self, shown: Shown, now: int) -> None:
        item = sticky_item(self._program, shown)
        kept = None if item is None else self._data.items.get((item.kind, item.key))
        if item is None or kept is None:
            return
        memory = self._program.memory
        assert memory is not None
        arms = memory.experiments[item.experiment].arms
        stored = kept.data
        if shown.arm in arms and not (isinstance(stored, StoredArm) and stored.arm in arms):
            assert shown.arm is not None
            kept.data = StoredArm(shown.arm, now)

    def _digest(self, text: object) -> int:
        if not isinstance(text, str):
            raise ArgumentError("R213", type(text).__name__)
        return hash_of(text)

    def _refuse(self, why: int) -> bool:
        self._data.refused[why] = more(self._data.refused[why])
        self._changed()
        return False

    def _touch(self, now: int, digest: int | None, name: str | None) -> None:
        """What every record does: the nonce, the floor, the session (STATE.md 4.4)."""
        data = self._data
        called = None
        if name is not None:  # first, for what is no name must change nothing
            called = self._hashes(name) if isinstance(name, str) else self._digest(name)
        if digest is not None:
            data.nonces[digest] = None
            if len(data.nonces) > MAX_NONCES:
                del data.nonces[next(iter(data.nonces))]
        self._drop_floor(now)
        if data.floor < now <= data.floor + TRUSTED_STEP_MS:
            data.floor = now
        session = data.session
        if name is None:
            begins = session.name is None and now - session.last >= SESSION_IDLE_MS
            named = session.name
        else:
            named = called
            idle = now - session.last >= SESSION_IDLE_MS
            begins = idle if session.name is None else named != session.name
        if begins:
            data.session = Session(session.next_number(), now, now, named)
            time = trusted(data, now)
            if session.started <= time + TRUSTED_STEP_MS:
                plans.draw_back(self._program, data, time)
            plans.sweep(self._program, data)
        else:
            session.last = now
            session.name = named

    def _drop_floor(self, now: int) -> None:
        """A floor far ahead comes from a clock that was wrong: caps would forget by it what was
        shown only just now."""
        if self._data.floor > now + TRUSTED_STEP_MS:
            self._data.floor = now


def instant(now: int | None) -> int:
    """A time that a state may hold: not before 1970."""
    if type(now) is int and 0 <= now < 2**53:
        return now
    return max(0, moment(now))
