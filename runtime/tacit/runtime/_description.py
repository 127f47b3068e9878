"""What a bundle says of its signals, for hosts that map or check what they pass."""

from __future__ import annotations

from dataclasses import dataclass

from tacit.runtime._model import Program, Signal


@dataclass(frozen=True, slots=True)
class SignalInfo:
    """A signal as declared. Bounds that its type does not have are None."""

    name: str
    type: str
    """bool, int, double, string, enum, version or string_list."""
    purpose: str | None = None
    """Consent it needs; None: none."""
    values: tuple[str, ...] = ()
    """The members of an enum; empty for other types."""
    minimum: int | float | None = None
    maximum: int | float | None = None
    max_age: int | None = None
    """Milliseconds; None: a value does not age."""
    max_length: int | None = None
    """Code points of a string, or of an element of a list."""
    max_items: int | None = None


def describe_signals(program: Program) -> dict[str, SignalInfo]:
    """Name -> signal, in declared order; those that the host passes."""
    return {
        signal.name: SignalInfo(
            name=signal.name,
            type=signal.type.name.lower(),
            purpose=signal.purpose,
            values=tuple(map(str, signal.values)) if signal.type.name == "ENUM" else (),
            minimum=signal.minimum,
            maximum=signal.maximum,
            max_age=signal.max_age,
            max_length=signal.max_length,
            max_items=signal.max_items,
        )
        for signal in _of_host(program)
    }


def _of_host(program: Program) -> tuple[Signal, ...]:
    memory = program.memory
    return program.signals if memory is None else program.signals[: memory.host_signals]
