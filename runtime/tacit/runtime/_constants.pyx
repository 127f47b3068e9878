# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""*Values* of FORMAT.md section 3.2: the constants that tests compare a signal with."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from tacit.runtime._bits cimport rising_bits
from tacit.runtime._draft cimport Draft, borrow, check_rising, keep, stopped
from tacit.runtime._numbers cimport double_key, version_key
from tacit.runtime._program cimport Key, Signal, Slot, Text, Type, below
from tacit.runtime._reader cimport (
    Code,
    Piece,
    Reader,
    Wide,
    fail,
    read_count,
    read_f64_bits,
    read_groups,
    read_svarint,
    read_texts,
    read_u8,
    read_varint,
)
from tacit.runtime._texts cimport same_bytes, spread, text_mark

cdef enum:
    MAX_TABLE = 65535


cdef void read_values(Draft* d, Reader* r, uint32_t number) noexcept nogil:
    """The values of one signal, after all else that is said of it."""
    cdef Signal* s = &d.program.signals[number]
    cdef Piece* values
    if s.type == Type.BOOL or stopped(d):
        return
    if s.type == Type.INT or s.type == Type.DOUBLE or s.type == Type.VERSION:
        d.numbers[number] = read_numbers(d, r, s)
        return
    values = read_texts(r, &d.arena, MAX_TABLE, &s.value_count)
    if stopped(d):
        return
    if s.type != Type.ENUM:
        check_rising(d, values, s.value_count)
    take_values(d, s, values)


cdef Key* read_numbers(Draft* d, Reader* r, Signal* s) noexcept nogil:
    """The values of an int, a double or a version; NULL after a fault or when there are none."""
    cdef uint32_t count = read_count(r, 0, MAX_TABLE)
    cdef uint8_t scale = 0
    cdef Key* keys
    cdef uint32_t i
    cdef int64_t whole = 0
    if count > <uint64_t>(r.end - r.p):  # each takes a byte at least
        fail(r, Code.TRUNCATED)
    if count == 0 or stopped(d):
        return NULL
    if s.type == Type.DOUBLE:
        scale = read_u8(r)
        if scale > 22 and scale != 255:
            fail(r, Code.UNKNOWN_CODE)
    keys = <Key*>borrow(d, count * sizeof(Key))
    for i in range(count):
        if stopped(d):
            return NULL
        if s.type == Type.VERSION:
            keys[i] = read_version(r)
        elif scale == 255:
            keys[i].high = rising_bits(read_f64_bits(r))
        else:
            whole = next_whole(r, whole, i == 0)
            keys[i].high = double_key(<double>whole / power_of_ten(scale))
        if i and not below(keys[i - 1], keys[i]):
            fail(r, Code.ORDER)
    s.value_count = count
    s.value_class = <uint32_t*>keep(d, count * sizeof(uint32_t))
    return keys


cdef int64_t next_whole(Reader* r, int64_t last, bint first) noexcept nogil:
    """The first, or by the gap from the one before, less one."""
    cdef int64_t whole
    if first:
        return read_svarint(r)
    whole = last + <int64_t>read_groups(r, 2 * <uint64_t>Wide.MAX_INT) + 1
    if whole > <int64_t>Wide.MAX_INT:
        fail(r, Code.NUMBER)
        return 0
    return whole


cdef double power_of_ten(uint8_t scale) noexcept nogil:
    cdef double power = 1.0
    cdef uint8_t i
    for i in range(scale):
        power *= 10.0  # exact up to 1e22
    return power


cdef Key read_version(Reader* r) noexcept nogil:
    cdef uint32_t parts[4]
    cdef uint8_t count = read_u8(r)
    cdef uint64_t part
    cdef int i
    for i in range(4):
        parts[i] = 0
        if i < count:
            part = read_varint(r)
            if part >> 26:
                fail(r, Code.NUMBER)
            parts[i] = <uint32_t>part
    if not 1 <= count <= 4:
        fail(r, Code.UNKNOWN_CODE)
    elif count > 1 and parts[count - 1] == 0:
        fail(r, Code.NOT_SHORTEST)
    return version_key(parts)


cdef void take_values(Draft* d, Signal* s, const Piece* pieces) noexcept nogil:
    """The table that finds the values, laid out as CPython does. Members of an enum differ.

    Until the classes are known, a slot holds the value's number + 1.
    """
    cdef uint32_t bits = 2
    cdef uint32_t i
    cdef Text text
    cdef Slot slot
    cdef Slot* at
    while <uint64_t>1 << bits < 2 * <uint64_t>s.value_count:
        bits += 1
    s.slot_shift = 64 - bits
    s.salt = d.salt
    s.slots = <Slot*>keep(d, ((<size_t>1 << bits) + s.value_count + 1) * sizeof(Slot))
    s.value_class = <uint32_t*>keep(d, s.value_count * sizeof(uint32_t))
    for i in range(s.value_count):
        lay_out(d, &pieces[i], &text)
        if stopped(d):
            return
        s.longest = max(s.longest, text.length)
        slot.data = text.data
        slot.form = text.length * text.kind << 3 | text.kind
        slot.mark = text_mark(text.data, text.length * text.kind, s.salt)
        slot.cls = i + 1
        at = s.slots + spread(slot.mark, slot.form, s.slot_shift, s.salt)
        while at.cls:
            if at.form == slot.form and same_bytes(at.data, text.data, slot.form >> 3):
                d.fault.code = Code.DUPLICATE
                d.fault.at = <size_t>(pieces[i].data - d.fault.base)
                return
            at += 1
        at[0] = slot


cdef void lay_out(Draft* d, const Piece* piece, Text* text) noexcept nogil:
    """Well-formed UTF-8 in the form of a str. ASCII stays where it is."""
    cdef const uint8_t* p = piece.data
    cdef const uint8_t* end = p + piece.size
    cdef uint32_t length = 0
    cdef uint32_t i
    cdef uint8_t highest = 0
    cdef uint32_t c
    cdef void* out
    while p < end:
        length += p[0] & 0xC0 != 0x80
        highest = max(highest, p[0])
        p += 1
    text.length = length
    text.kind = 1 if highest < 0xC4 else 2 if highest < 0xF0 else 4
    text.data = piece.data
    if highest < 0x80:
        return
    out = keep(d, <size_t>length * text.kind)
    if out == NULL:
        return
    text.data = out
    p = piece.data
    for i in range(length):
        c = p[0]
        if c < 0x80:
            p += 1
        elif c < 0xE0:
            c = (c & 0x1F) << 6 | (p[1] & 0x3F)
            p += 2
        elif c < 0xF0:
            c = (c & 0x0F) << 12 | <uint32_t>(p[1] & 0x3F) << 6 | (p[2] & 0x3F)
            p += 3
        else:
            c = (
                (c & 0x07) << 18
                | <uint32_t>(p[1] & 0x3F) << 12
                | <uint32_t>(p[2] & 0x3F) << 6
                | (p[3] & 0x3F)
            )
            p += 4
        if text.kind == 1:
            (<uint8_t*>out)[i] = <uint8_t>c
        elif text.kind == 2:
            (<uint16_t*>out)[i] = <uint16_t>c
        else:
            (<uint32_t*>out)[i] = c
