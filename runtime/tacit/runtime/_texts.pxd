"""Prefix, suffix and substring by code points, whatever the widths of the two texts."""

from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcmp

from tacit.runtime._program cimport Text


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
