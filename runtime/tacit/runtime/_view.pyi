"""What a state says to one bundle, ready for deciding."""

from tacit.runtime._bundle import Bundle
from tacit.runtime._standing import Standing

class ViewHolder:
    """Base of a state: holds the view that was made last."""

    def _changed(self) -> None:
        """Whatever was worked out from the state holds no longer; to be called after each change."""
    def _standing_for(self, bundle: Bundle, now: int) -> Standing:
        """The `Standing` of the state for a bundle at `now` (epoch ms)."""
