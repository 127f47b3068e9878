"""Bundle -> decision. Decides locally, in microseconds, from signals that stay where they are."""

from tacit.runtime._bundle import Bundle, Decisions
from tacit.runtime._decision import Decision, no_bundle
from tacit.runtime._description import SignalInfo
from tacit.runtime._readings import Observed
from tacit.runtime.errors import (
    ArgumentError,
    BundleError,
    CallError,
    TacitError,
    TimeError,
    UnknownSurfaceError,
)
from tacit.runtime.reasons import Passed, Reason

__all__ = [
    "ArgumentError",
    "Bundle",
    "BundleError",
    "CallError",
    "Decision",
    "Decisions",
    "Observed",
    "Passed",
    "Reason",
    "SignalInfo",
    "TacitError",
    "TimeError",
    "UnknownSurfaceError",
    "no_bundle",
]
