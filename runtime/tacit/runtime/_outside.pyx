# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Sections 1 and 4 of FORMAT.md: the outer array, content, explanations, debug, audit.

The optional sections are checked here and read later, when somebody asks for what they hold.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcmp

from tacit.runtime._draft cimport Draft, borrow, check_distinct, check_rising, stopped
from tacit.runtime._packed cimport check_json, read_array, read_bin, read_str, read_unsigned
from tacit.runtime._program cimport Program
from tacit.runtime._reader cimport (
    Code,
    Packed,
    Piece,
    Reader,
    begin_packed,
    end_packed,
    fail,
    finish,
    next_below,
    next_entry,
    read_count,
    read_index,
    read_raw,
    read_text,
    read_texts,
)

cdef enum:
    MAX_BYTES = 16777216
    MAX_RULES = 100000
    SECTION_PROGRAM = 1
    SECTION_CONTENT = 2
    SECTION_EXPLANATIONS = 3
    SECTION_DEBUG = 4
    SECTION_AUDIT = 5


# ---------------------------------------------------------------- 1. outside


cdef void read_outside(Draft* d, Reader* r) noexcept nogil:
    """Magic, version and features; then where each section lies."""
    cdef uint64_t parts = read_array(r)
    cdef Piece magic
    cdef uint64_t major, features
    if parts < 2:
        fail(r, Code.NOT_A_BUNDLE)
    magic = read_str(r)
    if magic.size != 5 or memcmp(magic.data, b"tacit", 5) != 0:
        fail(r, Code.NOT_A_BUNDLE)
    major = read_unsigned(r)
    if not stopped(d) and major != 1:
        fail(r, Code.MAJOR)  # whose array may have any length
    if parts != 4:
        fail(r, Code.NOT_A_BUNDLE)
    features = read_unsigned(r)
    if not stopped(d) and features != 0:
        fail(r, Code.FEATURE)
    read_rows(d, r)
    finish(r)
    if d.fault.code == Code.CONTENT:
        d.fault.code = Code.NOT_A_BUNDLE


cdef void read_rows(Draft* d, Reader* r) noexcept nogil:
    cdef Program* p = d.program
    cdef uint64_t rows = read_array(r)
    cdef uint64_t row, id
    cdef uint64_t next = 0  # the least id that may follow
    cdef Piece payload
    cdef bint found = False
    for row in range(rows):
        if read_array(r) != 2:
            fail(r, Code.NOT_A_BUNDLE)
        id = read_unsigned(r)
        if row and (id < next or next == 0):
            fail(r, Code.ORDER)
        next = id + 1
        payload = read_bin(r)
        if stopped(d):
            return
        if id == SECTION_PROGRAM:
            found = True
            d.body.p = payload.data
            d.body.end = payload.data + payload.size
            d.body.fault = r.fault
        elif id == SECTION_CONTENT:
            p.content = payload
        elif id == SECTION_EXPLANATIONS:
            p.explanations = payload
        elif id == SECTION_DEBUG:
            p.debug = payload
        elif id == SECTION_AUDIT:
            p.audit = payload
        # Any other section is one that a runtime may ignore.
    if not found:
        fail(r, Code.LACKING)


# ---------------------------------------------------------------- 4. the other sections


cdef void read_optional(Draft* d) noexcept nogil:
    if d.program.content.data != NULL:
        check_content(d, section(d, d.program.content))
    if d.program.explanations.data != NULL and not stopped(d):
        check_explanations(d, section(d, d.program.explanations))
    if d.program.debug.data != NULL and not stopped(d):
        check_debug(d, section(d, d.program.debug))
    if d.program.audit.data != NULL and not stopped(d):
        check_audit(d, section(d, d.program.audit))


cdef Reader section(Draft* d, Piece payload) noexcept nogil:
    cdef Reader r
    r.p = payload.data
    r.end = payload.data + payload.size
    r.fault = &d.fault
    return r


cdef void check_first_use(
    Draft* d, Reader* r, uint32_t uses, uint32_t count, uint32_t shift
) noexcept nogil:
    """A packed column: the first uses of the rows of a table run 0, 1, 2 ... and leave none out.
    `shift`: 1 if 0 stands for none and the rows count from 1."""
    cdef Packed entries = begin_packed(r, uses)
    cdef uint32_t seen = 0
    cdef uint32_t use, i
    for i in range(uses):
        use = next_below(&entries, <uint64_t>count + shift)
        if use >= shift:
            use -= shift
            if use > seen:
                fail(r, Code.ORDER)
            seen = max(seen, use + 1)
        if stopped(d):
            return
    end_packed(&entries)
    if seen != count:
        fail(r, Code.ORDER)


cdef void check_content(Draft* d, Reader r) noexcept nogil:
    cdef uint32_t count = read_count(&r, 0, d.program.variant_count)
    cdef Packed sizes = begin_packed(&r, count)
    cdef Piece* pieces
    cdef Reader body
    cdef uint32_t i
    if count > 1 and sizes.width == 0:
        fail(&r, Code.DUPLICATE)  # empty ones; nothing vouches for their number
    if stopped(d):
        return
    pieces = <Piece*>borrow(d, count * sizeof(Piece))
    body.fault = &d.fault
    for i in range(count):
        if stopped(d):
            return
        pieces[i] = read_raw(&r, next_entry(&sizes))
        body.p = pieces[i].data
        body.end = body.p + pieces[i].size
        check_json(&body, 0)
        finish(&body)
    end_packed(&sizes)
    if stopped(d):
        return
    check_distinct(d, pieces, count)
    check_first_use(d, &r, d.program.variant_count, count, 0)
    finish(&r)


cdef void check_explanations(Draft* d, Reader r) noexcept nogil:
    cdef uint32_t languages, count, i, j, texts, language, least
    cdef Piece* names
    cdef Piece* pieces
    read_text(&r)
    names = read_texts(&r, &d.arena, MAX_BYTES, &languages)
    if stopped(d):
        return
    check_rising(d, names, languages)
    count = read_count(&r, 0, MAX_RULES)
    if count > <uint64_t>(r.end - r.p):
        fail(&r, Code.TRUNCATED)
    if stopped(d):
        return
    pieces = <Piece*>borrow(d, count * sizeof(Piece))
    for i in range(count):
        if stopped(d):
            return
        pieces[i].data = r.p
        texts = read_count(&r, 1, languages)
        least = 0
        for j in range(texts):
            language = read_index(&r, languages)
            if language < least:
                fail(&r, Code.ORDER)
            least = language + 1
            read_text(&r)
            if stopped(d):
                return
        # In their one form, so equal explanations are equal bytes.
        pieces[i].size = <size_t>(r.p - pieces[i].data)
    if stopped(d):
        return
    check_distinct(d, pieces, count)
    check_first_use(d, &r, d.program.rule_count, count, 1)
    finish(&r)


cdef Piece* read_exactly(Draft* d, Reader* r, uint64_t count) noexcept nogil:
    """`texts`, that many."""
    cdef uint32_t found
    cdef Piece* pieces = read_texts(r, &d.arena, r.end - r.p, &found)
    if not stopped(d) and found != count:
        fail(r, Code.COUNT)
    return pieces


cdef void check_debug(Draft* d, Reader r) noexcept nogil:
    cdef Program* p = d.program
    cdef Piece* rules = read_exactly(d, &r, p.rule_count)
    cdef uint32_t i
    read_exactly(d, &r, p.segment_count)
    read_exactly(d, &r, p.split_count)
    read_exactly(d, &r, <uint64_t>p.segment_count + p.rule_count)
    finish(&r)
    for i in range(p.surface_count):
        if stopped(d):
            return
        check_distinct(d, &rules[p.surfaces[i].first_rule], p.surfaces[i].rule_count)


cdef void check_audit(Draft* d, Reader r) noexcept nogil:
    cdef Program* p = d.program
    cdef int i
    check_codes(d, &r, p.signal_count, 3)
    check_codes(d, &r, p.signal_count, 2)
    read_exactly(d, &r, p.signal_count)
    read_exactly(d, &r, p.segment_count)
    for i in range(3):
        read_exactly(d, &r, p.surface_count)
    read_exactly(d, &r, p.rule_count)
    finish(&r)


cdef void check_codes(Draft* d, Reader* r, uint32_t count, uint8_t most) noexcept nogil:
    """A packed column, no entry above `most`."""
    cdef Packed entries = begin_packed(r, count)
    cdef uint32_t i
    for i in range(count):
        if next_entry(&entries) > most:
            fail(r, Code.UNKNOWN_CODE)
            return
    end_packed(&entries)
