"""Sets as words of bits, rows by class, and doubles as bits that rise."""

from libc.stdint cimport uint32_t, uint64_t


cdef extern from *:
    int __builtin_ctzll(unsigned long long) nogil
    int __builtin_popcountll(unsigned long long) nogil


cdef inline uint32_t lowest_bit(uint64_t word) noexcept nogil:
    """`word` is not 0."""
    return <uint32_t>__builtin_ctzll(word)


cdef inline uint32_t row_of(uint32_t cls, uint32_t shift) noexcept nogil:
    return (cls + (<uint32_t>1 << shift) - 1) >> shift


cdef inline bint in_set(const uint64_t* words, uint32_t i) noexcept nogil:
    return (words[i >> 6] >> (i & 63)) & 1


cdef inline void add_to_set(uint64_t* words, uint32_t i) noexcept nogil:
    words[i >> 6] |= <uint64_t>1 << (i & 63)


cdef inline uint64_t rising_bits(uint64_t bits) noexcept nogil:
    """The bits of a double as an unsigned number in the same order; -0.0 is 0.0.

    Integers compare the same whatever a host has done to the handling of denormal numbers.
    """
    if bits >> 63:
        if bits == <uint64_t>1 << 63:
            return bits
        return ~bits
    return bits | <uint64_t>1 << 63
