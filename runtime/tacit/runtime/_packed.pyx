# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Strict msgpack: every value in its shortest form.

A value of another kind than the one asked for is a fault of the code CONTENT, which the reader of
the outer array turns into NOT_A_BUNDLE.
"""

from libc.stdint cimport int64_t, uint8_t, uint64_t

from tacit.runtime._draft cimport is_below
from tacit.runtime._reader cimport Code, Piece, Reader, Wide, fail, is_utf8, read_raw, read_u8

cdef enum:
    MAX_CONTENT_DEPTH = 32


cdef uint64_t big_endian(Reader* r, int size) noexcept nogil:
    cdef uint64_t value = 0
    cdef int i
    for i in range(size):
        value = value << 8 | read_u8(r)
    return value


cdef uint64_t read_size(Reader* r, int size, uint64_t least) noexcept nogil:
    """A length of `size` bytes, which a shorter form could not hold."""
    cdef uint64_t value = big_endian(r, size)
    if value < least:
        fail(r, Code.NOT_SHORTEST)
        return 0
    return value


cdef uint64_t read_array(Reader* r) noexcept nogil:
    """The number of elements of an array."""
    return array_size(r, read_u8(r))


cdef uint64_t array_size(Reader* r, uint8_t head) noexcept nogil:
    if head & 0xF0 == 0x90:
        return head & 15
    if head == 0xDC:
        return read_size(r, 2, 16)
    if head == 0xDD:
        return read_size(r, 4, 1 << 16)
    fail(r, Code.CONTENT)
    return 0


cdef uint64_t read_unsigned(Reader* r) noexcept nogil:
    return unsigned_value(r, read_u8(r))


cdef uint64_t unsigned_value(Reader* r, uint8_t head) noexcept nogil:
    if head < 0x80:
        return head
    if head == 0xCC:
        return read_size(r, 1, 0x80)
    if head == 0xCD:
        return read_size(r, 2, 1 << 8)
    if head == 0xCE:
        return read_size(r, 4, 1 << 16)
    if head == 0xCF:
        return read_size(r, 8, <uint64_t>1 << 32)
    fail(r, Code.CONTENT)
    return 0


cdef Piece read_str(Reader* r) noexcept nogil:
    return str_body(r, read_u8(r))


cdef Piece str_body(Reader* r, uint8_t head) noexcept nogil:
    cdef Piece piece
    cdef uint64_t size = 0
    if head & 0xE0 == 0xA0:
        size = head & 31
    elif head == 0xD9:
        size = read_size(r, 1, 32)
    elif head == 0xDA:
        size = read_size(r, 2, 1 << 8)
    elif head == 0xDB:
        size = read_size(r, 4, 1 << 16)
    else:
        fail(r, Code.CONTENT)
    piece = read_raw(r, size)
    if not is_utf8(piece.data, piece.size):
        fail(r, Code.NOT_UTF8)
    return piece


cdef Piece read_bin(Reader* r) noexcept nogil:
    cdef uint8_t head = read_u8(r)
    cdef uint64_t size = 0
    if head == 0xC4:
        size = read_size(r, 1, 0)
    elif head == 0xC5:
        size = read_size(r, 2, 1 << 8)
    elif head == 0xC6:
        size = read_size(r, 4, 1 << 16)
    else:
        fail(r, Code.CONTENT)
    return read_raw(r, size)


cdef void check_json(Reader* r, int depth) noexcept nogil:
    """One content: what FORMAT.md section 4 allows, `depth` containers down."""
    cdef uint8_t head = read_u8(r)
    cdef uint64_t i, bits
    if head < 0x80 or head >= 0xE0 or head == 0xC0 or head == 0xC2 or head == 0xC3:
        return
    if head & 0xE0 == 0xA0 or 0xD9 <= head <= 0xDB:
        str_body(r, head)
    elif head & 0xF0 == 0x90 or head == 0xDC or head == 0xDD:
        if depth == MAX_CONTENT_DEPTH:
            fail(r, Code.LIMIT)
            return
        for i in range(array_size(r, head)):
            check_json(r, depth + 1)
            if r.fault.code:
                return
    elif head & 0xF0 == 0x80 or head == 0xDE or head == 0xDF:
        check_map(r, head, depth)
    elif 0xCC <= head <= 0xCF:
        if unsigned_value(r, head) > <uint64_t>Wide.MAX_INT:
            fail(r, Code.LIMIT)
    elif 0xD0 <= head <= 0xD3:
        check_negative(r, head)
    elif head == 0xCB:
        bits = big_endian(r, 8)
        if (bits >> 52) & 0x7FF == 0x7FF:
            fail(r, Code.NUMBER)
    else:
        fail(r, Code.CONTENT)


cdef void check_map(Reader* r, uint8_t head, int depth) noexcept nogil:
    cdef uint64_t count, i
    cdef Piece last, key
    if depth == MAX_CONTENT_DEPTH:
        fail(r, Code.LIMIT)
        return
    if head == 0xDE:
        count = read_size(r, 2, 16)
    elif head == 0xDF:
        count = read_size(r, 4, 1 << 16)
    else:
        count = head & 15
    last.data = NULL
    last.size = 0
    for i in range(count):
        key = read_str(r)
        if i and not is_below(&last, &key):
            fail(r, Code.ORDER)
        if r.fault.code:
            return
        last = key
        check_json(r, depth + 1)


cdef void check_negative(Reader* r, uint8_t head) noexcept nogil:
    """An int of 1, 2, 4 or 8 bytes, which must be negative and fit in no fewer."""
    cdef int size = 1 << (head - 0xD0)
    cdef uint64_t bits = big_endian(r, size)
    cdef int64_t value
    if size < 8 and bits >> (8 * size - 1):
        bits |= ~<uint64_t>0 << (8 * size)
    value = <int64_t>bits
    if r.fault.code:
        return
    if value < -<int64_t>Wide.MAX_INT:
        fail(r, Code.LIMIT)
    elif size == 1 and value >= -32:
        fail(r, Code.NOT_SHORTEST)
    elif size == 2 and value >= -(1 << 7):
        fail(r, Code.NOT_SHORTEST)
    elif size == 4 and value >= -(1 << 15):
        fail(r, Code.NOT_SHORTEST)
    elif size == 8 and value >= -(<int64_t>1 << 31):
        fail(r, Code.NOT_SHORTEST)
