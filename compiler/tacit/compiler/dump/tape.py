"""Reads the primitives of the format and notes, for each, where it lies and what it says.

A reader for people: it trusts the bytes as far as it can. What loads bundles from outside is the
runtime, which checks everything.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

SHOWN_BYTES: Final = 8
SHOWN_ENTRIES: Final = 64


class Damaged(ValueError):  # noqa: N818  (it says what the bytes are)
    """The bytes end too early, or cannot be what the format wants here."""


@dataclass(slots=True)
class Tape:
    """A section being read; `lines` says what was found so far."""

    data: bytes
    at: int = 0
    lines: list[str] = field(default_factory=list)

    def u8(self, label: str, show: Callable[[int], str] = str) -> int:
        start = self.at
        value = self._raw(1)[0]
        self._note(start, label, show(value))
        return value

    def varint(self, label: str, show: Callable[[int], str] = str) -> int:
        start = self.at
        value = self._varint()
        self._note(start, label, show(value))
        return value

    def svarint(self, label: str) -> int:
        start = self.at
        value = self._svarint()
        self._note(start, label, str(value))
        return value

    def f64(self, label: str) -> float:
        start = self.at
        value: float = struct.unpack("<d", self._raw(8))[0]
        self._note(start, label, repr(value))
        return value

    def text(self, label: str) -> str:
        start = self.at
        value = self._utf8(self._varint())
        self._note(start, label, quoted(value))
        return value

    def texts(self, label: str) -> list[str]:
        start = self.at
        lengths = [self._varint() for _ in range(self._varint())]
        values = [self._utf8(length) for length in lengths]
        self._note(start, label, listed(list(map(quoted, values))))
        return values

    def bits(
        self, label: str, count: int, width: int, show: Callable[[int], str] = str
    ) -> list[int]:
        start = self.at
        values = self._bits(count, width)
        self._note(start, label, f"{count} of {width} bits: {listed(list(map(show, values)))}")
        return values

    def packed(self, label: str, count: int, show: Callable[[int], str] = str) -> list[int]:
        start = self.at
        width = self._raw(1)[0]
        values = self._bits(count, width)
        self._note(start, label, f"{count} of {width} bits: {listed(list(map(show, values)))}")
        return values

    def stepped(self, label: str, count: int) -> list[int]:
        start = self.at
        step = self._varint()
        width = self._raw(1)[0]
        values = [step * value for value in self._bits(count, width)]
        shown = listed(list(map(str, values)))
        self._note(start, label, f"{count} of {width} bits, step {step}: {shown}")
        return values

    def raw(self, label: str, count: int, show: Callable[[bytes], str]) -> bytes:
        start = self.at
        data = self._raw(count)
        self._note(start, label, show(data))
        return data

    def note(self, title: str) -> None:
        """A line without bytes of its own."""
        self.lines.append(f"  -- {title}")

    def finish(self) -> None:
        if self.at != len(self.data):
            raise Damaged(f"{len(self.data) - self.at} bytes are left over")

    def _note(self, start: int, label: str, shown: str) -> None:
        taken = self.data[start : self.at]
        hexes = taken[:SHOWN_BYTES].hex() + (".." if len(taken) > SHOWN_BYTES else "")
        self.lines.append(f"  {start:05x} {hexes:<18} {label}: {shown}")

    def _raw(self, count: int) -> bytes:
        if count > len(self.data) - self.at:
            raise Damaged(f"{count} bytes are wanted at {self.at:#x}, the section ends")
        self.at += count
        return self.data[self.at - count : self.at]

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._raw(1)[0]
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7

    def _svarint(self) -> int:
        zigzag = self._varint()
        return zigzag >> 1 if zigzag % 2 == 0 else -(zigzag + 1 >> 1)

    def _utf8(self, length: int) -> str:
        return self._raw(length).decode(errors="replace")

    def _bits(self, count: int, width: int) -> list[int]:
        run = int.from_bytes(self._raw((count * width + 7) // 8), "little")
        values = []
        for _ in range(count):
            values.append(run & (1 << width) - 1)
            run >>= width
        return values


def quoted(text: str) -> str:
    """A text in quotes, on one line."""
    return '"' + text.encode("unicode_escape").decode().replace('"', '\\"') + '"'


def listed(values: Sequence[str]) -> str:
    """The values, or the first of them and how many more there are."""
    shown = " ".join(values[:SHOWN_ENTRIES]) or "-"
    more = len(values) - SHOWN_ENTRIES
    return f"{shown} and {more} more" if more > 0 else shown
