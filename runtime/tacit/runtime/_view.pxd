"""What a state says to one bundle, ready for deciding."""

from cpython.object cimport PyObject
from libc.stdint cimport int64_t, uint32_t, uint64_t

from tacit.runtime._image cimport Image
from tacit.runtime._scratch cimport Recalled


cdef class View:
    cdef Image image
    cdef Recalled recalled
    cdef uint64_t* present
    cdef uint32_t* classes
    cdef PyObject** objects
    cdef list kept  # what `objects` points to
    cdef bint off
    cdef frozenset forced  # experiments; None: none
    cdef int64_t valid_from
    cdef int64_t valid_until


cdef class ViewHolder:
    cdef View view
    cdef uint64_t version


cdef View view_at(ViewHolder holder, Image image, bundle, int64_t now)
