"""Reads what the host passed into classes: one Value per signal."""

from cpython.object cimport PyObject
from libc.stdint cimport uint32_t, uint64_t

from tacit.runtime._program cimport Program
from tacit.runtime._scratch cimport Scratch


cdef struct Names:
    # How the signals are found in the host's dict.
    PyObject** names  # exact str, owned by the image
    Py_ssize_t* places  # where each was seen last in a dict
    uint32_t misses


cdef void read_signals(
    const Program* p,
    Scratch* s,
    Names* names,
    PyObject* signals,
    const uint64_t* wanted,
    const uint64_t* allowed,
) noexcept
cdef void let_go(Scratch* s) noexcept
