# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Bytes -> Program: the stages of loading, in order."""

from libc.stdint cimport uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset

from tacit.runtime._classes cimport make_classes
from tacit.runtime._declarations cimport read_declarations
from tacit.runtime._draft cimport Draft, stopped
from tacit.runtime._literals cimport read_conditions
from tacit.runtime._memory cimport release
from tacit.runtime._outcomes cimport read_outcomes
from tacit.runtime._outside cimport read_optional, read_outside
from tacit.runtime._program cimport KINDS, Program
from tacit.runtime._reader cimport Code, Fault, Reader
from tacit.runtime._remembered cimport place_memory, read_memory
from tacit.runtime._rows cimport make_rows

import os

cdef enum:
    MAX_BYTES = 16777216

cdef uint64_t SALT = int.from_bytes(os.urandom(8), "little")


cdef Program* load(const unsigned char* data, size_t size, Fault* fault) noexcept nogil:
    """A program over `data`, which must stay where it is; NULL and a fault if it is no bundle."""
    cdef Draft d
    cdef Reader r
    memset(&d, 0, sizeof(Draft))
    d.fault.base = data
    d.salt = SALT
    r.p = data
    r.end = data + size
    r.fault = &d.fault
    d.program = <Program*>calloc(1, sizeof(Program))
    if d.program == NULL:
        d.fault.code = Code.NO_MEMORY
    elif size > MAX_BYTES:
        d.fault.code = Code.LIMIT
    else:
        run_stages(&d, &r)
    release(&d.arena)
    fault[0] = d.fault
    if d.fault.code:
        unload(d.program)
        return NULL
    return d.program


cdef void run_stages(Draft* d, Reader* r) noexcept nogil:
    read_outside(d, r)
    if not stopped(d):
        read_declarations(d)
    if not stopped(d):
        read_conditions(d)
    if not stopped(d):
        read_outcomes(d)
    if not stopped(d):
        read_memory(d)
    if not stopped(d):
        read_optional(d)
    if not stopped(d):
        d.program.outcomes = (
            KINDS * d.program.surface_count + d.program.rule_count + d.program.arm_count
        )
        make_classes(d)
    if not stopped(d):
        place_memory(d)
    if not stopped(d):
        make_rows(d)


cdef void unload(Program* p) noexcept nogil:
    if p != NULL:
        release(&p.arena)
        free(p)
