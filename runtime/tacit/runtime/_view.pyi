"""What a state says to one bundle, ready for deciding."""

from tacit.runtime._model import Program
from tacit.runtime._programs import HasBytes
from tacit.runtime._standing import Standing

class ViewHolder:
    """Base of a state: holds the view that was made last."""

    def _changed(self) -> None:
        """To be called after each change: what the state said holds no longer."""
    def _standing_for(self, source: Program | HasBytes, now: int) -> Standing:
        """What the state says at `now` (epoch ms) to a bundle or its program."""
