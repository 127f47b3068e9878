"""A loaded program with its bytes: what a bundle and its decisions share."""

from libc.stdint cimport uint32_t, uint64_t

from tacit.runtime._program cimport Program
from tacit.runtime._signals cimport Names


cdef struct Offsets:
    # Where the texts or bodies of an optional section lie; found when first asked for.
    const unsigned char* data
    uint32_t* ends  # of each, from `data`
    uint32_t count


cdef class Image:
    cdef Program* program
    cdef readonly bytes data
    cdef Names names
    cdef tuple signal_names
    cdef tuple host_names  # of the signals that the host passes
    cdef dict derived_index  # machine signals that a state gives
    cdef dict declared_index  # signals of the host that the person may declare
    cdef tuple surface_names
    cdef dict surface_index
    cdef dict purpose_index
    cdef list ids  # of variants, made when first asked for
    cdef Offsets rule_ids
    cdef Offsets contents
    cdef uint32_t* content_of  # per variant of each surface
    cdef list explained  # per explanation a dict, language -> text
    cdef uint32_t* explanation_of  # per rule; 0: none
    cdef str language
    cdef list experiments  # names, per split

    cdef str variant_name(self, uint32_t surface, uint32_t variant)
    cdef object content(self, uint32_t surface, uint32_t variant)
    cdef object rule_name(self, uint32_t rule)
    cdef object experiment_name(self, uint32_t split)
    cdef dict explanations(self, uint32_t rule)
    cdef tuple names_in(self, const uint64_t* signals)


cdef Image load_image(bytes data)
