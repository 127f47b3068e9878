"""What a surface shows and why."""

from cpython.bytes cimport PyBytes_AS_STRING
from libc.stdint cimport uint32_t, uint64_t
from libc.string cimport memcmp

from tacit.runtime._image cimport Image


cdef class Decision:
    cdef readonly object surface
    cdef readonly object variant
    cdef readonly object reason
    cdef readonly bint forced
    cdef Image image  # None: there is no such surface, or no bundle
    cdef uint32_t rule_number  # NONE: no rule
    cdef uint32_t explained  # the rule whose explanation it shows, or NONE
    cdef uint32_t surface_number
    cdef uint32_t variant_number
    cdef uint32_t arm_number  # the variant of the arm that the unit is in, or NONE
    cdef uint64_t missing  # the first 64 signals: those that are unknown
    cdef bytes words  # if there are more signals: the words of the whole set
    cdef tuple names  # the names of them, once asked for
    cdef object given  # the host's default


cdef Decision new_decision(
    Image image, uint32_t surface, uint32_t outcome, const uint64_t* missing, bint forced
)
cdef bint is_forced(Image image, uint32_t outcome, frozenset forced)


cdef inline bint has_missing(Decision decision, Image image, const uint64_t* missing):
    """Whether a decision made before says the same of what is unknown."""
    cdef uint32_t count = image.program.signal_words
    if count <= 1:
        return count == 0 or decision.missing == missing[0]
    return memcmp(PyBytes_AS_STRING(decision.words), missing, count * sizeof(uint64_t)) == 0
