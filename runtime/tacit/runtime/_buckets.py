"""Buckets: FORMAT.md section 6.3."""

from __future__ import annotations

from tacit.runtime._readings import Value
from tacit.runtime.format import BUCKETS


def bucket(salt: str, unit: Value) -> int:
    """The position of a unit, 0 to 9999."""
    data = salt.encode() + b"\0" + str(unit).encode()
    return murmur3_32(data) * BUCKETS // 2**32


def murmur3_32(data: bytes) -> int:
    """MurmurHash3, x86, 32 bit, seed 0."""
    word = 0xFFFFFFFF

    def rotate(value: int, by: int) -> int:
        return ((value << by) | (value >> (32 - by))) & word

    def scramble(block: bytes) -> int:
        value = int.from_bytes(block, "little") * 0xCC9E2D51 & word
        return rotate(value, 15) * 0x1B873593 & word

    state = 0
    tail = len(data) - len(data) % 4
    for at in range(0, tail, 4):
        state ^= scramble(data[at : at + 4])
        state = (rotate(state, 13) * 5 + 0xE6546B64) & word
    if tail != len(data):
        state ^= scramble(data[tail:])
    state ^= len(data)
    state = (state ^ (state >> 16)) * 0x85EBCA6B & word
    state = (state ^ (state >> 13)) * 0xC2B2AE35 & word
    return state ^ (state >> 16)
