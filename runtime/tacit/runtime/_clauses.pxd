"""Conditions as clauses: conjunctions of literals, any of which makes the condition true."""

from libc.stdint cimport uint32_t

from tacit.runtime._draft cimport Draft


cdef enum:
    MAX_CLAUSES = 16  # of a rule
    MAX_SEGMENT_CLAUSES = 4  # of a segment that is written out where it is used
    MAX_SEGMENT_ITEMS = 16
    MAX_SEGMENT_MEMBERS = 128  # of a set in it


cdef struct Clauses:
    # A disjunction of conjunctions. Clause i is items[ends[i - 1]] to items[ends[i]].
    uint32_t count
    bint too_many  # the items are then only some that must hold, as one clause
    uint32_t* items  # literal << 1 | flip
    uint32_t ends[MAX_CLAUSES]


cdef struct Writer:
    # Where clauses are written: a stack of items, and the segments that may be written out.
    Draft* draft
    Clauses* plain  # per segment
    Clauses* flipped
    uint32_t* items
    uint32_t used
    uint32_t room


cdef bint start_writer(Draft* d, Writer* w) noexcept nogil
cdef void write_rule(Writer* w, uint32_t condition, Clauses* out) noexcept nogil
