"""The primitives of the bundle format (FORMAT.md section 2), read strictly and slowly."""

from __future__ import annotations

import math
import struct
from typing import NoReturn

from tacit.runtime import format as f


class BundleError(ValueError):
    """Bytes that are no bundle of this format; `code` says what is wrong."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


def refuse(code: str, message: str) -> NoReturn:
    raise BundleError(code, message)


class Reader:
    """Reads a run of bytes from first to last; `where` names it in messages."""

    def __init__(self, data: bytes, where: str) -> None:
        self.data = data
        self.where = where
        self.at = 0

    def fail(self, code: str, message: str) -> NoReturn:
        refuse(code, f"{self.where}, byte {self.at}: {message}")

    def raw(self, count: int) -> bytes:
        if count > len(self.data) - self.at:
            self.fail("truncated", f"{count} bytes wanted, {len(self.data) - self.at} are left")
        self.at += count
        return self.data[self.at - count : self.at]

    def finish(self) -> None:
        """Every section and column must be used up."""
        if self.at != len(self.data):
            self.fail("trailing", f"{len(self.data) - self.at} bytes are left over")

    def u8(self) -> int:
        return self.raw(1)[0]

    def varint(self, most: int = f.MAX_INT) -> int:
        value = 0
        for shift in range(0, 64, 7):
            byte = self.u8()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                if byte == 0 and shift:
                    self.fail("varint", "a number has a superfluous last group")
                if value > most:
                    self.fail("limit", f"{value} is above {most}")
                return value
        return self.fail("varint", "a number is too long")

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
        return self._utf8(self.raw(self.varint(f.MAX_TEXT_BYTES)))

    def _utf8(self, data: bytes) -> str:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as error:
            self.fail("utf8", f"ill-formed text: {error.reason}")

    def texts(self) -> tuple[str, ...]:
        count = self.varint()
        if count > len(self.data):  # each takes a byte at least; refuse before reserving memory
            self.fail("truncated", f"{count} texts announced")
        lengths = [self.varint(f.MAX_TEXT_BYTES) for _ in range(count)]
        return tuple(self._utf8(self.raw(length)) for length in lengths)

    def counted_texts(self, count: int, what: str) -> tuple[str, ...]:
        found = self.texts()
        if len(found) != count:
            self.fail("count", f"{len(found)} texts for {count} {what}")
        return found

    def column(self, name: str) -> Reader:
        return Reader(self.raw(self.varint()), f"{self.where}, {name}")

    def bits(self, count: int) -> tuple[int, ...]:
        """The places, of `count`, whose bit is set."""
        data = self.raw((count + 7) // 8)
        places = tuple(i for i in range(8 * len(data)) if data[i >> 3] & (1 << (i & 7)))
        if places and places[-1] >= count:
            self.fail("reserved", "an unused bit is set")
        return places

    def flags(self, known: int) -> int:
        value = self.u8()
        if value & ~known:
            self.fail("reserved", f"flags {value:#04x} have a bit that means nothing")
        return value

    def index(self, limit: int, what: str) -> int:
        """A varint below `limit`."""
        value = self.varint()
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


def varints(column: Reader) -> list[int]:
    """All of a column of varints."""
    values = []
    while column.at < len(column.data):
        values.append(column.varint())
    return values
