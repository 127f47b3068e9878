"""The primitives of FORMAT.md section 2: pure functions from a value to its bytes.

`text` refuses nothing: the limits are checked before encoding, with positions (see `limits`).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from typing import Final

_SMALL: Final = tuple(bytes((n,)) for n in range(128))
_DOUBLE: Final = struct.Struct("<d")


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


def column(entries: Iterable[bytes]) -> bytes:
    """The entries joined, after the count of their bytes."""
    data = b"".join(entries)
    return varint(len(data)) + data


def varints(values: Iterable[int]) -> bytes:
    """A column of varints."""
    return column(map(varint, values))


def bits(members: Iterable[int], size: int) -> bytes:
    """`size` bits, of which the ones in `members` are set; bit i is in byte i >> 3."""
    mask = 0
    for member in members:
        mask |= 1 << member
    return mask.to_bytes((size + 7) // 8, "little")


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
