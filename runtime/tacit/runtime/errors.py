"""Every error of the runtime, by who is at fault: R1xx the bundle, R2xx the caller, S1xx the bytes
of a state (a warning: the device starts with a fresh one), S2xx the place where a state is kept.

A code never changes its meaning and is never used again; the words may improve.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

CODES: Final = MappingProxyType(
    {
        "R101": "the bytes end inside a value",
        "R102": "a value is not in its shortest form",
        "R103": "the bundle has another format major than this runtime reads",
        "R104": "the bundle requires a feature that this runtime does not have",
        "R105": "this is not a tacit bundle",
        "R106": "a limit of the format is exceeded",
        "R107": "an index refers to something that is not there",
        "R108": "a code has no meaning in this version",
        "R109": "a text is not well-formed UTF-8",
        "R110": "bytes are left over",
        "R111": "entries are not in their order",
        "R112": "two entries are equal that must differ",
        "R113": "a bit is set that must be zero",
        "R114": "a test, a unit or a table names a signal or an item of the wrong type",
        "R115": "two counts disagree, or a list is too short",
        "R116": "a number is infinite, not a number, minus zero or out of its range",
        "R117": "a condition has a shape that is not allowed",
        "R118": "a salt has another length or other characters than a salt may have",
        "R119": "a content is not the msgpack that a content may be",
        "R120": "the bundle lacks its program, the signal of a schedule, or what a feature needs",
        "R201": "signals must be a mapping from names to values",
        "R202": "now must be an int: milliseconds since 1970-01-01T00:00Z, within 2**53 - 1",
        "R203": "consent must be an iterable of purposes, each a str",
        "R204": "state must be a DeviceState",
        "R205": "a surface is named by a str",
        "R206": "a bundle is loaded from bytes or from the path of a file",
        "R207": "the bundle has no such surface",
        "R208": "a control names a surface and its variant, or a topic, or a surface",
        "R209": "the bundle has no such variant, topic, experiment or arm",
        "R210": "what was shown is named by a decision, or by a surface and a variant, each a str",
        "R211": "a state is loaded from bytes",
        "R212": "the fields of an event must be a mapping from names to values",
        "R213": "an event, a nonce, a session and a signal are named by a str",
        "R214": "a writer is an int from 0 to 7",
        "R215": "the state belongs to another project",
        "S101": "the bytes are damaged",
        "S102": "this is not the state of a device",
        "S103": "the state has another version than this runtime reads",
        "S104": "a part of the state is missing or of the wrong type",
        "S105": "a limit of the state is exceeded",
        "S106": "the state is not in its canonical form",
        "S107": "the state belongs to another project than the bundle",
        "S201": "the state cannot be read",
        "S202": "the state cannot be written",
        "S203": "there is no room for the state",
        "S204": "the place of the state may not be written",
        "S205": "something other than a file is where the state should be",
        "S206": "the state is larger than a store takes",
        "S207": "another process has held the state for too long",
        "S208": "this platform has no locks for files",
    }
)
"""What each code says."""


class TacitError(Exception):
    """Base of all errors of the runtime; `code` is stable, the message is for people."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        self.detail = detail
        super().__init__(f"{code}: {CODES[code]}{f' ({detail})' if detail else ''}")

    def __reduce__(self) -> tuple[type[TacitError], tuple[str, str]]:
        return type(self), (self.code, self.detail)


class BundleError(TacitError, ValueError):
    """The bytes are no bundle that this runtime can use (R1xx)."""


class CallError(TacitError):
    """The caller passed something that is no valid argument (R2xx)."""


class ArgumentError(CallError, TypeError):
    """An argument has the wrong type."""


class TimeError(CallError, ValueError):
    """`now` is an int, but no time (R202)."""


class ControlError(ArgumentError, ValueError):
    """A control or a forced arm that names nothing of the bundle (R208, R209)."""


class UnknownSurfaceError(CallError, LookupError):
    """`strict=True` and no surface of that name (R207)."""


class StateWarning(UserWarning):
    """Bytes that are no state of this device; it starts with a fresh one (S1xx)."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        self.detail = detail
        super().__init__(f"{code}: {CODES[code]}{f' ({detail})' if detail else ''}")

    def __reduce__(self) -> tuple[type[StateWarning], tuple[str, str]]:
        return type(self), (self.code, self.detail)


class StoreError(TacitError, OSError):
    """The bytes of a state could not be read or written (S2xx). The cause is the system's error."""
