# cython: cdivision=True
"""Texts as CPython lays them out: finding one in a table; prefix, suffix and substring by code points,
whatever the widths of the two."""

from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy

from tacit.runtime._program cimport Signal, Slot, Text


cdef extern from *:
    """
    #if defined(__GLIBC__) || defined(__APPLE__) || defined(__linux__)
    extern void *memmem(const void *, size_t, const void *, size_t);
    #define tacit_memmem memmem
    #else
    #include <string.h>
    static void *tacit_memmem(const void *big, size_t n, const void *small, size_t m) {
        const char *p = big, *end = p + n;
        if (m == 0) return (void *)big;
        while ((size_t)(end - p) >= m && (p = memchr(p, *(const char *)small, end - p - m + 1))) {
            if (memcmp(p, small, m) == 0) return (void *)p;
            p++;
        }
        return 0;
    }
    #endif
    """
    const void* tacit_memmem(const void* big, size_t n, const void* small, size_t m) nogil


cdef inline uint64_t load8(const uint8_t* p) noexcept nogil:
    cdef uint64_t word
    memcpy(&word, p, 8)
    return word


cdef inline uint32_t load4(const uint8_t* p) noexcept nogil:
    cdef uint32_t word
    memcpy(&word, p, 4)
    return word


cdef inline uint64_t text_mark(const void* data, size_t size, uint64_t salt) noexcept nogil:
    """The text itself, as a number, if it has at most 8 bytes (texts of other sizes may have the
    same); else a quick hash, salted so that nobody can choose texts which share it."""
    cdef const uint8_t* p = <const uint8_t*>data
    cdef uint64_t h = size ^ salt
    if size > 8:
        while size > 8:
            h = (h ^ load8(p)) * <uint64_t>0xFF51AFD7ED558CCD
            h = (h ^ h >> 32) * <uint64_t>0xC4CEB9FE1A85EC53
            p += 8
            size -= 8
        h = (h ^ h >> 29 ^ load8(p + size - 8)) * <uint64_t>0xFF51AFD7ED558CCD
        return h ^ h >> 32
    if size >= 4:
        return <uint64_t>load4(p) << 32 | load4(p + size - 4)
    if size:
        return <uint64_t>p[0] << 16 | <uint64_t>p[size >> 1] << 8 | p[size - 1]
    return 0


cdef inline uint32_t spread(
    uint64_t mark, uint32_t form, uint32_t shift, uint64_t salt
) noexcept nogil:
    """A place in a table of 2**(64 - shift)."""
    mark = (mark ^ salt) * <uint64_t>0xFF51AFD7ED558CCD
    return <uint32_t>((mark ^ mark >> 32 ^ form) * <uint64_t>0x9E3779B97F4A7C15 >> shift)


cdef inline bint same_bytes(const void* left, const void* right, size_t size) noexcept nogil:
    """memcmp(...) == 0, without the call: most texts are short."""
    cdef const uint8_t* p = <const uint8_t*>left
    cdef const uint8_t* q = <const uint8_t*>right
    if size >= 8:
        while size > 8:
            if load8(p) != load8(q):
                return False
            p += 8
            q += 8
            size -= 8
        return load8(p + size - 8) == load8(q + size - 8)
    if size >= 4:
        return load4(p) == load4(q) and load4(p + size - 4) == load4(q + size - 4)
    if size == 0:
        return True
    return p[0] == q[0] and p[size >> 1] == q[size >> 1] and p[size - 1] == q[size - 1]


cdef inline uint32_t class_of_text(const Signal* signal, const Text* text) noexcept nogil:
    """The class of a text that a literal names; 0: none does."""
    cdef uint32_t size = text.length * text.kind
    cdef uint32_t form = size << 3 | text.kind
    cdef uint64_t mark
    cdef const Slot* slot
    if text.length > signal.longest:
        return 0
    mark = text_mark(text.data, size, signal.salt)
    slot = signal.slots + spread(mark, form, signal.slot_shift, signal.salt)
    while slot.cls:
        if slot.mark == mark and slot.form == form:
            if size <= 8 or same_bytes(slot.data, text.data, size):
                return slot.cls
        slot += 1
    return 0


cdef inline uint32_t code_point(const Text* text, uint32_t i) noexcept nogil:
    if text.kind == 1:
        return (<const uint8_t*>text.data)[i]
    if text.kind == 2:
        return (<const uint16_t*>text.data)[i]
    return (<const uint32_t*>text.data)[i]


cdef inline bint text_at(const Text* text, const Text* part, uint32_t at) noexcept nogil:
    """`part` stands in `text` at `at`, where it has room."""
    cdef uint32_t i
    if part.kind > text.kind:
        return part.length == 0  # it holds a code point that `text` cannot
    if part.kind == text.kind:
        return (
            memcmp(
                <const uint8_t*>text.data + <size_t>at * text.kind,
                part.data,
                <size_t>part.length * part.kind,
            )
            == 0
        )
    for i in range(part.length):
        if code_point(text, at + i) != code_point(part, i):
            return False
    return True


cdef inline bint text_starts(const Text* text, const Text* part) noexcept nogil:
    return part.length <= text.length and text_at(text, part, 0)


cdef inline bint text_ends(const Text* text, const Text* part) noexcept nogil:
    return part.length <= text.length and text_at(text, part, text.length - part.length)


cdef inline bint text_contains(const Text* text, const Text* part, uint8_t* wide) noexcept nogil:
    """`wide` has room for `part` at 4 bytes a code point. Takes time linear in both."""
    cdef const uint8_t* at = <const uint8_t*>text.data
    cdef const uint8_t* end
    cdef const uint8_t* found
    cdef const void* needle = part.data
    cdef size_t size = <size_t>part.length * text.kind
    cdef uint32_t i
    if part.length > text.length:
        return False
    if part.length == 0:
        return True
    if part.kind > text.kind:
        return False
    if part.kind < text.kind:
        for i in range(part.length):
            if text.kind == 2:
                (<uint16_t*>wide)[i] = <uint16_t>code_point(part, i)
            else:
                (<uint32_t*>wide)[i] = code_point(part, i)
        needle = wide
    end = at + <size_t>text.length * text.kind
    while True:
        found = <const uint8_t*>tacit_memmem(at, end - at, needle, size)
        if found == NULL:
            return False
        if (found - <const uint8_t*>text.data) % text.kind == 0:
            return True
        at = found + 1  # between two code points: look on
