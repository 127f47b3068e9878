"""Bundle -> decision. Decides locally, in microseconds, from signals that stay where they are."""

from tacit.runtime._bundle import Bundle
from tacit.runtime._decision import Decision, no_bundle
from tacit.runtime._decisions import Decisions
from tacit.runtime._description import SignalInfo
from tacit.runtime._readings import Observed
from tacit.runtime.errors import (
    ArgumentError,
    BundleError,
    CallError,
    ControlError,
    StateWarning,
    TacitError,
    TimeError,
    UnknownSurfaceError,
)
from tacit.runtime.reasons import Passed, Reason
from tacit.runtime.state import Control, DeviceState

__all__ = [
    "ArgumentError",
    "Bundle",
    "BundleError",
    "CallError",
    "Control",
    "ControlError",
    "Decision",
    "Decisions",
    "DeviceState",
    "Observed",
    "Passed",
    "Reason",
    "SignalInfo",
    "StateWarning",
    "TacitError",
    "TimeError",
    "UnknownSurfaceError",
    "no_bundle",
]
