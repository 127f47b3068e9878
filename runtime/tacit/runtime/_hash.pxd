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


cdef inline uint32_t tail_of(const uint8_t* p, size_t size) noexcept nogil:
    """The last 0 to 3 bytes of a run of `size`, as they are mixed in."""
    cdef uint32_t last
    p += size & ~(<size_t>3)
    size &= 3
    if size == 0:
        return 0
    last = p[0]
    if size > 1:
        last |= <uint32_t>p[1] << 8
    if size > 2:
        last |= <uint32_t>p[2] << 16
    return scrambled(last)


cdef inline uint32_t finished(uint32_t state, uint32_t tail, size_t size) noexcept nogil:
    """The hash of `size` bytes in all."""
    state ^= tail ^ <uint32_t>size
    state = (state ^ (state >> 16)) * <uint32_t>0x85EBCA6B
    state = (state ^ (state >> 13)) * <uint32_t>0xC2B2AE35
    return state ^ (state >> 16)


cdef inline uint32_t hash_after(
    uint32_t state, uint32_t before, const uint8_t* p, size_t size
) noexcept nogil:
    """The hash of `before` bytes that led to `state`, and `size` bytes more."""
    state = absorbed(state, p, size >> 2)
    return finished(state, tail_of(p, size), size + before)


cdef inline void scramble_all(const uint8_t* p, size_t size, uint32_t* out) noexcept nogil:
    """Whole blocks and the tail, scrambled once for many hashes: size // 4 + 1 numbers."""
    cdef size_t i
    for i in range(size >> 2):
        out[i] = scrambled(block_at(p + 4 * i))
    out[size >> 2] = tail_of(p, size)


cdef inline uint32_t hash_scrambled(
    uint32_t state, uint32_t before, const uint32_t* blocks, size_t size
) noexcept nogil:
    """The same as `hash_after`."""
    cdef size_t i
    for i in range(size >> 2):
        state = rotated(state ^ blocks[i], 13) * 5 + <uint32_t>0xE6546B64
    return finished(state, blocks[size >> 2], size + before)


cdef inline uint32_t bucket_of(uint32_t hash) noexcept nogil:
    return <uint32_t>((<uint64_t>hash * 10000) >> 32)


cdef enum:
    GROUP = 4  # hashes made side by side: one alone waits for each of its steps


cdef inline void find_buckets(
    uint32_t* states, size_t count, uint32_t before, const uint32_t* blocks, size_t size
) noexcept nogil:
    """Turns states into the buckets of `hash_scrambled`. There is room up to a whole GROUP."""
    cdef const uint32_t* end = blocks + (size >> 2)
    cdef const uint32_t* block
    cdef uint32_t* at = states
    cdef uint32_t a, b, c, d
    while at < states + count:
        a = at[0]
        b = at[1]
        c = at[2]
        d = at[3]
        block = blocks
        while block < end:
            a = rotated(a ^ block[0], 13) * 5 + <uint32_t>0xE6546B64
            b = rotated(b ^ block[0], 13) * 5 + <uint32_t>0xE6546B64
            c = rotated(c ^ block[0], 13) * 5 + <uint32_t>0xE6546B64
            d = rotated(d ^ block[0], 13) * 5 + <uint32_t>0xE6546B64
            block += 1
        at[0] = bucket_of(finished(a, end[0], size + before))
        at[1] = bucket_of(finished(b, end[0], size + before))
        at[2] = bucket_of(finished(c, end[0], size + before))
        at[3] = bucket_of(finished(d, end[0], size + before))
        at += GROUP
