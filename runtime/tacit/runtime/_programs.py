"""The decoded program of a loaded bundle, made once and kept as long as the bundle."""

from __future__ import annotations

from typing import Protocol
from weakref import WeakKeyDictionary

from tacit.runtime._decode import decode
from tacit.runtime._model import Program


class HasBytes(Protocol):
    """A `Bundle`, as far as its program goes."""

    @property
    def bytes(self) -> bytes: ...


_programs: WeakKeyDictionary[HasBytes, Program] = WeakKeyDictionary()


def program_of(bundle: HasBytes) -> Program:
    program = _programs.get(bundle)
    if program is None:
        program = _programs[bundle] = decode(bundle.bytes)
    return program
