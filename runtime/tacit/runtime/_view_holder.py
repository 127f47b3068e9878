"""What a state says, kept as long as it is true."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tacit.runtime._standing import Standing, standing

if TYPE_CHECKING:
    from tacit.runtime._model import Program
    from tacit.runtime._state_data import StateData


class ViewHolder:
    """Base of `DeviceState`, which gives it `_data`."""

    __slots__ = ("_data", "_seen", "_standing")

    _data: StateData
    _seen: Program | None
    _standing: Standing | None

    def _changed(self) -> None:
        """To be called after every change of the state."""
        self._standing = None

    def _standing_for(self, program: Program, now: int) -> Standing:
        """What the state says at `now` (epoch ms) to a program."""
        kept = self._standing
        if kept is not None and self._seen is program and kept.valid_from <= now < kept.valid_until:
            return kept
        made = standing(program, self._data, now)
        self._standing = made
        self._seen = program
        return made
