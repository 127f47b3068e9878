"""Buckets: FORMAT.md section 6.3."""

from __future__ import annotations

import struct

from tacit.runtime._readings import Value
from tacit.runtime.format import BUCKETS


def bucket(salt: str, unit: Value) -> int:
    """The position of a unit, 0 to 9999."""
    data = salt.encode() + b"\0" + str(unit).encode()
    return murmur3_32(data) * BUCKETS // 2**32


def murmur3_32(data: bytes) -> int:
    """MurmurHash3, x86, 32 bit, seed 0."""
    word = 0xFFFFFFFF
    state = 0
    tail = len(data) - len(data) % 4
    for block in struct.unpack(f"<{tail // 4}I", data[:tail]):
        value = block * 0xCC9E2D51 & word
        value = (value << 15 | value >> 17) * 0x1B873593 & word
        state ^= value
        state = ((state << 13 | state >> 19) & word) * 5 + 0xE6546B64 & word
    if tail != len(data):
        value = int.from_bytes(data[tail:], "little") * 0xCC9E2D51 & word
        state ^= (value << 15 | value >> 17) * 0x1B873593 & word
    state ^= len(data)
    state = (state ^ (state >> 16)) * 0x85EBCA6B & word
    state = (state ^ (state >> 13)) * 0xC2B2AE35 & word
    return state ^ (state >> 16)
