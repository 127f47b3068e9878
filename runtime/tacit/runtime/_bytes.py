"""The primitives of the bundle format (FORMAT.md section 2), read strictly and slowly."""

from __future__ import annotations

import math
import struct
from types import MappingProxyType
from typing import Final, NoReturn

from tacit.runtime import format as f
from tacit.runtime.errors import BundleError

CODES: Final = MappingProxyType(
    {
        "truncated": "R101",
        "shortest": "R102",
        "major": "R103",
        "feature": "R104",
        "outside": "R105",
        "limit": "R106",
        "index": "R107",
        "code": "R108",
        "utf8": "R109",
        "left over": "R110",
        "order": "R111",
        "duplicate": "R112",
        "reserved": "R113",
        "type": "R114",
        "count": "R115",
        "number": "R116",
        "shape": "R117",
        "salt": "R118",
        "content": "R119",
        "lacking": "R120",
    }
)
"""The codes of `errors`, by a word that says more where a fault is found."""


def refuse(fault: str, message: str) -> NoReturn:
    raise BundleError(CODES[fault], message)


def _bits_at(data: bytes, first: int, width: int) -> int:
    """The number in `width` bits, the lowest of them bit `first` of the data."""
    around = int.from_bytes(data[first // 8 : (first + width + 7) // 8], "little")
    return around >> (first % 8) & ((1 << width) - 1)


class Reader:
    """Reads a run of bytes from first to last; `where` names it in messages."""

    def __init__(self, data: bytes, where: str) -> None:
        self.data = data
        self.where = where
        self.at = 0

    def fail(self, fault: str, message: str) -> NoReturn:
        refuse(fault, f"{self.where}, byte {self.at}: {message}")

    def raw(self, count: int) -> bytes:
        if count > len(self.data) - self.at:
            self.fail("truncated", f"{count} bytes wanted, {len(self.data) - self.at} are left")
        self.at += count
        return self.data[self.at - count : self.at]

    def finish(self) -> None:
        """Every section and column must be used up."""
        if self.at != len(self.data):
            self.fail("left over", f"{len(self.data) - self.at} bytes are left over")

    def peek(self) -> int | None:
        """The next byte, left where it is; None at the end."""
        return self.data[self.at] if self.at < len(self.data) else None

    def u8(self) -> int:
        return self.raw(1)[0]

    def varint(self, most: int = f.MAX_INT) -> int:
        value = 0
        for shift in range(0, 64, 7):
            byte = self.u8()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                if byte == 0 and shift:
                    self.fail("shortest", "a number has a superfluous last group")
                if value > most:
                    self.fail("limit", f"{value} is above {most}")
                return value
        return self.fail("limit", "a number is too long")

    def svarint(self) -> int:
        """A signed number, at most 2^53-1 in size, so its zigzag form may take 54 bits."""
        zigzag = self.varint(2 * f.MAX_INT)
        return zigzag // 2 if zigzag % 2 == 0 else -(zigzag + 1) // 2

    def f64(self) -> float:
        value: float = struct.unpack("<d", self.raw(8))[0]
        if not math.isfinite(value) or (value == 0 and math.copysign(1, value) < 0):
            self.fail("number", "a number is infinite, not a number, or minus zero")
        return value

    def text(self) -> str:
        return self.utf8(self.raw(self.varint(f.MAX_TEXT_BYTES)))

    def utf8(self, data: bytes) -> str:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as error:
            self.fail("utf8", f"ill-formed text: {error.reason}")

    def texts(self) -> tuple[str, ...]:
        count = self.varint()
        if count > len(self.data):  # each takes a byte at least; refuse before reserving memory
            self.fail("truncated", f"{count} texts announced")
        lengths = [self.varint(f.MAX_TEXT_BYTES) for _ in range(count)]
        return tuple(self.utf8(self.raw(length)) for length in lengths)

    def counted_texts(self, count: int, what: str) -> tuple[str, ...]:
        found = self.texts()
        if len(found) != count:
            self.fail("count", f"{len(found)} texts for {count} {what}")
        return found

    def bits(self, count: int, width: int) -> list[int]:
        """`count` entries of `width` bits each."""
        data = self.raw((count * width + 7) // 8)
        used = count * width % 8
        if used and data[-1] >> used:
            self.fail("reserved", "an unused bit is set")
        return [_bits_at(data, place * width, width) for place in range(count)]

    def packed(self, count: int) -> list[int]:
        width = self.u8()
        if width > f.MAX_WIDTH:
            self.fail("limit", f"a column of {width} bits an entry")
        entries = self.bits(count, width)
        if max(entries, default=0).bit_length() != width:
            self.fail("shortest", f"{width} bits are not the least width of a column")
        return entries

    def stepped(self, count: int) -> list[int]:
        step = self.varint()
        entries = self.packed(count)
        if math.gcd(*entries) != (1 if step else 0):
            self.fail("shortest", f"{step} is not the greatest step of a column")
        values = [entry * step for entry in entries]
        if max(values, default=0) > f.MAX_INT:
            self.fail("limit", f"{max(values)} is above {f.MAX_INT}")
        return values

    def flags(self, known: int) -> int:
        return self.known_bits(self.u8(), known)

    def known_bits(self, value: int, known: int) -> int:
        # Of an IntFlag `~` gives the other members only, not all other bits.
        if value & ~int(known):
            self.fail("reserved", f"flags {value:#04x} have a bit that means nothing")
        return value

    def index(self, limit: int, what: str) -> int:
        """A varint below `limit`."""
        return self.below(self.varint(), limit, what)

    def below(self, value: int, limit: int, what: str) -> int:
        """`value`, an index, below `limit`."""
        if value >= limit:
            self.fail("index", f"{what} {value} of {limit}")
        return value

    def count(self, most: int, what: str, least: int = 0) -> int:
        value = self.varint()
        if value > most:
            self.fail("limit", f"{value} {what}, at most {most}")
        if value < least:
            self.fail("count", f"{value} {what}, at least {least}")
        return value
