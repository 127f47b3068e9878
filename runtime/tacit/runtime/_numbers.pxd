"""Numbers as keys, which sort as unsigned pairs whatever their type."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

from tacit.runtime._bits cimport rising_bits
from tacit.runtime._program cimport Key, Type


cdef inline uint64_t double_key(double x) noexcept nogil:
    cdef uint64_t bits
    memcpy(&bits, &x, 8)
    return rising_bits(bits)


cdef inline Key version_key(const uint32_t* parts) noexcept nogil:
    cdef Key key
    key.high = <uint64_t>parts[0] << 26 | parts[1]
    key.low = <uint64_t>parts[2] << 26 | parts[3]
    return key


cdef inline double key_double(uint64_t bits) noexcept nogil:
    """The double that `double_key` made a key of."""
    cdef double x
    bits = bits ^ (<uint64_t>1 << 63) if bits >> 63 else ~bits
    memcpy(&x, &bits, 8)
    return x


cdef inline double version_place(Key key) noexcept nogil:
    """Rises with the version; major and minor tell nearly all apart."""
    return <double>((key.high >> 26) * 256 + min(key.high & 0x3FFFFFF, <uint64_t>255))


cdef inline Key successor(Key key, uint8_t kind) noexcept nogil:
    """The least key above: x > v is x >= successor(v). For an int that of the next whole number."""
    if kind == Type.VERSION:
        key.low += 1
    elif kind == Type.INT:
        key.high = double_key(key_double(key.high) + 1.0)
    else:
        key.high += 1
    return key
