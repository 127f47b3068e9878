"""The primitives of FORMAT.md section 2: pure functions from a value to its bytes.

They refuse nothing but negative numbers: limits are checked before, where there are positions.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Sequence
from typing import Final

_SMALL: Final = tuple(bytes((n,)) for n in range(128))
_DOUBLE: Final = struct.Struct("<d")
# Joining a run of entries to one big number costs the square of its length, so long columns go in
# blocks; a block of a multiple of 8 entries ends on a byte.
_BLOCK: Final = 512


def varint(n: int) -> bytes:
    """Unsigned LEB128, the low group first."""
    if 0 <= n < 128:
        return _SMALL[n]
    if n < 0:
        raise ValueError(f"a varint cannot hold {n}")
    groups = bytearray()
    while n > 127:
        groups.append(n & 127 | 128)
        n >>= 7
    groups.append(n)
    return bytes(groups)


def svarint(n: int) -> bytes:
    """A signed number in zigzag form: 0, -1, 1, -2 become 0, 1, 2, 3."""
    return varint(2 * n if n >= 0 else -2 * n - 1)


def f64(value: float) -> bytes:
    """An IEEE double, little endian. Minus zero is written as zero: no test tells them apart."""
    return _DOUBLE.pack(value + 0.0)


def text(value: str) -> bytes:
    """UTF-8 after the count of its bytes."""
    data = value.encode()
    return varint(len(data)) + data


def texts(values: Sequence[str]) -> bytes:
    """How many, the byte length of each, then all of them joined."""
    data = [value.encode() for value in values]
    return varint(len(data)) + b"".join(varint(len(item)) for item in data) + b"".join(data)


def bits(entries: Sequence[int], width: int) -> bytes:
    """Entries of `width` bits each, from the lowest bit of the first byte up."""
    out = bytearray()
    for start in range(0, len(entries), _BLOCK):
        joined = 0
        block = entries[start : start + _BLOCK]
        for entry in reversed(block):
            joined = joined << width | entry
        out += joined.to_bytes((len(block) * width + 7) // 8, "little")
    return bytes(out)


def packed(entries: Iterable[int]) -> bytes:
    """The least width that holds every entry, in a byte, then the entries of that many bits."""
    entries = tuple(entries)
    if min(entries, default=0) < 0:
        raise ValueError(f"a packed column cannot hold {min(entries)}")
    width = max(entries, default=0).bit_length()
    return bytes((width,)) + bits(entries, width)


def stepped(entries: Iterable[int]) -> bytes:
    """The greatest common divisor of the entries, then the entries divided by it."""
    entries = tuple(entries)
    step = math.gcd(*entries)
    return varint(step) + packed(entry // step if step else 0 for entry in entries)


def ranges(runs: Iterable[tuple[int, int]]) -> bytes:
    """Half-open runs in rising order, as gaps and lengths. Runs that touch are joined."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(runs):
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    out = bytearray(varint(len(joined)))
    before = 0
    for start, end in joined:
        out += varint(start - before) + varint(end - start)
        before = end
    return bytes(out)
