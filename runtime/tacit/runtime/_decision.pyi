"""What a surface shows and why."""

from typing import Any, final

from tacit.runtime.reasons import Reason

@final
class Decision:
    """What a surface shows and why. Does not change; `content` is a fresh copy each time.

    A `Bundle` makes these.
    """

    @property
    def surface(self) -> str: ...
    @property
    def variant(self) -> str | None:
        """None: there is no such surface, or no bundle."""
    @property
    def content(self) -> Any:
        """What JSON can hold: the variant's content; without one the caller's default."""
    @property
    def reason(self) -> Reason: ...
    @property
    def rule(self) -> str | int | None:
        """The id of the rule; its number on the surface where the bundle leaves ids out."""
    @property
    def experiment(self) -> str | None:
        """The id of the rule's experiment; None also where the bundle leaves ids out."""
    @property
    def arm(self) -> str | None:
        """The variant of the arm that the unit is in, also when a guardrail blocks it."""
    @property
    def forced(self) -> bool:
        """Whether the arm is one that was forced, to try it out."""
    @property
    def explanation(self) -> str | None:
        """For the person, in the bundle's language."""
    @property
    def explanations(self) -> dict[str, str]:
        """Language -> explanation."""
    @property
    def unknown(self) -> tuple[str, ...]:
        """The signals that the surface reads and that were missing, in declared order."""
    def __eq__(self, other: object) -> bool: ...
    __hash__: None  # type: ignore[assignment]  # a content may be a dict

def no_bundle(surface: str, default: object = None) -> Decision:
    """The decision while there is no bundle yet: no variant, the caller's default as content."""
