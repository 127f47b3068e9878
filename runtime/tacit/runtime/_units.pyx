# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Values that take room of their own: elements of lists, and units as the bytes that are hashed.

Each function says False when there is no memory, and notes it in the scratch.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport realloc

from tacit.runtime._program cimport Text
from tacit.runtime._scratch cimport Scratch, Value


cdef bint make_room(Scratch* s, Value* v, uint32_t count) noexcept nogil:
    cdef Text* elements = <Text*>realloc(v.elements, count * sizeof(Text))
    if elements == NULL:
        s.no_memory = True
        return False
    v.elements = elements
    v.room = count
    return True


cdef bint make_buffer(Scratch* s, Value* v, uint32_t size) noexcept nogil:
    cdef uint8_t* buffer
    if size <= v.buffer_size:
        return True
    buffer = <uint8_t*>realloc(v.buffer, size)
    if buffer == NULL:
        s.no_memory = True
        return False
    v.buffer = buffer
    v.buffer_size = size
    return True


cdef bint write_decimal(Scratch* s, Value* v, int64_t number) noexcept nogil:
    cdef uint64_t left = <uint64_t>number if number >= 0 else -<uint64_t>number
    cdef uint32_t at = 24
    v.has_blocks = False
    if not make_buffer(s, v, 24):
        return False
    while True:
        at -= 1
        v.buffer[at] = <uint8_t>(c"0" + left % 10)
        left //= 10
        if left == 0:
            break
    if number < 0:
        at -= 1
        v.buffer[at] = c"-"
    v.utf8 = v.buffer + at
    v.utf8_size = 24 - at
    return True


cdef bint write_utf8(Scratch* s, Value* v, bint ascii) noexcept nogil:
    cdef const Text* text = &v.text
    cdef uint32_t i, c
    cdef uint8_t* to
    v.has_blocks = False
    if ascii:
        v.utf8 = <const uint8_t*>text.data
        v.utf8_size = text.length
        return True
    if not make_buffer(s, v, 4 * text.length):
        return False
    to = v.buffer
    for i in range(text.length):
        if text.kind == 1:
            c = (<const uint8_t*>text.data)[i]
        elif text.kind == 2:
            c = (<const uint16_t*>text.data)[i]
        else:
            c = (<const uint32_t*>text.data)[i]
        if c < 0x80:
            to[0] = <uint8_t>c
            to += 1
        elif c < 0x800:
            to[0] = <uint8_t>(0xC0 | c >> 6)
            to[1] = <uint8_t>(0x80 | (c & 0x3F))
            to += 2
        elif c < 0x10000:
            to[0] = <uint8_t>(0xE0 | c >> 12)
            to[1] = <uint8_t>(0x80 | (c >> 6 & 0x3F))
            to[2] = <uint8_t>(0x80 | (c & 0x3F))
            to += 3
        else:
            to[0] = <uint8_t>(0xF0 | c >> 18)
            to[1] = <uint8_t>(0x80 | (c >> 12 & 0x3F))
            to[2] = <uint8_t>(0x80 | (c >> 6 & 0x3F))
            to[3] = <uint8_t>(0x80 | (c & 0x3F))
            to += 4
    v.utf8 = v.buffer
    v.utf8_size = <uint32_t>(to - v.buffer)
    return True


cdef bint has_surrogate(const Text* text) noexcept nogil:
    cdef uint32_t i
    if text.kind == 2:
        for i in range(text.length):
            if (<const uint16_t*>text.data)[i] >> 11 == 0x1B:
                return True
    else:
        for i in range(text.length):
            if (<const uint32_t*>text.data)[i] >> 11 == 0x1B:
                return True
    return False
