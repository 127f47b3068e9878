"""The decisions that a bundle has made, and the mapping that decide_all gives."""

from cpython.object cimport PyObject
from libc.stdint cimport uint32_t, uint64_t

from tacit.runtime._arguments cimport MAX_SIGNAL_WORDS
from tacit.runtime._decision cimport Decision
from tacit.runtime._image cimport Image


cdef class Made:
    cdef Image image
    cdef PyObject** last  # per outcome the decision made last

    cdef Decision decision(
        self, uint32_t surface, uint32_t outcome, const uint64_t* missing, frozenset forced
    )


cdef class Decisions:
    cdef Made made
    cdef uint32_t* outcomes
    cdef frozenset forced  # experiments whose arm is forced, or None
    cdef uint64_t missing[MAX_SIGNAL_WORDS]

    cdef Decision at(self, uint32_t surface)


cdef Made new_made(Image image)
cdef Decisions new_decisions(Made made)
