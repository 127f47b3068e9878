"""The closed lists of reasons: of a decision, and of why a rule was passed over."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why a surface shows what it shows."""

    RULE_MATCH = "RULE_MATCH"
    """The first rule that fires names this variant."""
    SPLIT = "SPLIT"
    """The first rule that fires splits, and the unit's bucket lies in this variant's arm."""
    KEPT = "KEPT"
    """What was shown before is kept; needs device state."""
    DEFAULT = "DEFAULT"
    """No rule fires."""
    HOLDOUT = "HOLDOUT"
    """The unit belongs to the holdout: default."""
    HOLDOUT_NO_UNIT = "HOLDOUT_NO_UNIT"
    """There is a holdout and its unit is missing: default, to be left out of readouts."""
    ARM_BLOCKED = "ARM_BLOCKED"
    """Enrolled, but a guardrail blocks the arm: default; needs device state."""
    FORBIDDEN = "FORBIDDEN"
    """The surface is never personalized: default."""
    OPTED_OUT = "OPTED_OUT"
    """The person switched personalization off: default; needs device state."""
    EXPIRED = "EXPIRED"
    """The bundle has expired and shows defaults from then on."""
    NO_SURFACE = "NO_SURFACE"
    """The bundle has no such surface: the caller's default."""
    NO_BUNDLE = "NO_BUNDLE"
    """There is no bundle yet: the caller's default."""


class Passed(StrEnum):
    """Why a rule was passed over."""

    FALSE = "FALSE"
    UNKNOWN = "UNKNOWN"
    NOT_ENROLLED = "NOT_ENROLLED"
    CAPPED = "CAPPED"
    COOLING_DOWN = "COOLING_DOWN"
    SUPPRESSED = "SUPPRESSED"
    OUT_OF_SCHEDULE = "OUT_OF_SCHEDULE"
    STOPPED = "STOPPED"
    OTHER_THEME = "OTHER_THEME"
    NO_STATE = "NO_STATE"
