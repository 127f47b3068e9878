"""Writes one clause into the rows, as differences."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t

from tacit.runtime._checks cimport Checks, Vector
from tacit.runtime._draft cimport Draft


cdef struct Absence:
    # A clause that a missing signal leaves alive.
    uint32_t signal
    uint32_t clause


cdef struct Table:
    # What is needed while the rows are written.
    Draft* draft
    Checks checks
    Vector entries  # Entry
    Vector rares  # Rare
    Vector absences  # Absence
    uint32_t* last_clause  # per signal: the clause (+ 1) that tested it last
    uint32_t* last_planed  # per list: the clause (+ 1) of which an INCLUDES is in its rows
    uint32_t* last_item  # per signal: where that clause did last
    uint32_t* earlier  # per item of the clause: the one before on the same signal, or NONE
    Vector points  # uint32_t: classes
    uint64_t* tabled  # the surface's set of signals whose rows matter


cdef uint8_t place_clause(
    Table* t, const uint32_t* items, uint32_t count, uint32_t clause
) noexcept nogil
