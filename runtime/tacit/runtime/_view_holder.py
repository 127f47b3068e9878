"""What a state has to do with whoever keeps what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tacit.runtime._standing import Standing

if TYPE_CHECKING:
    from tacit.runtime._model import Program
    from tacit.runtime._programs import HasBytes


class ViewHolder:
    """Base of `DeviceState`: the place to keep what the state says as long as it is true."""

    __slots__ = ()

    def _changed(self) -> None:
        """To be called after every change of the state."""

    def _standing_for(self, source: Program | HasBytes, now: int) -> Standing:
        """What the state says at `now` (epoch ms) to a bundle or its program."""
        raise NotImplementedError
