"""murmur3, x86, 32 bit, seed 0: what puts a unit into a bucket."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t


cdef inline uint32_t rotated(uint32_t x, int by) noexcept nogil:
    return (x << by) | (x >> (32 - by))


cdef inline uint32_t scrambled(uint32_t block) noexcept nogil:
    return rotated(block * <uint32_t>0xCC9E2D51, 15) * <uint32_t>0x1B873593


cdef inline uint32_t block_at(const uint8_t* p) noexcept nogil:
    return <uint32_t>p[0] | <uint32_t>p[1] << 8 | <uint32_t>p[2] << 16 | <uint32_t>p[3] << 24


cdef inline uint32_t absorbed(uint32_t state, const uint8_t* p, size_t blocks) noexcept nogil:
    """The state after so many whole blocks of four bytes."""
    while blocks:
        state = rotated(state ^ scrambled(block_at(p)), 13) * 5 + <uint32_t>0xE6546B64
        p += 4
        blocks -= 1
    return state


cdef inline uint32_t finished(
    uint32_t state, const uint8_t* p, size_t size, size_t before
) noexcept nogil:
    """The hash of `before` bytes that led to `state`, and `size` bytes more."""
    cdef uint32_t last = 0
    state = absorbed(state, p, size >> 2)
    p += size & ~(<size_t>3)
    if size & 3:
        last = p[0]
        if size & 3 > 1:
            last |= <uint32_t>p[1] << 8
        if size & 3 > 2:
            last |= <uint32_t>p[2] << 16
        state ^= scrambled(last)
    state ^= <uint32_t>(size + before)
    state = (state ^ (state >> 16)) * <uint32_t>0x85EBCA6B
    state = (state ^ (state >> 13)) * <uint32_t>0xC2B2AE35
    return state ^ (state >> 16)


cdef inline uint32_t bucket_of(uint32_t hash) noexcept nogil:
    return <uint32_t>((<uint64_t>hash * 10000) >> 32)
