"""Reads what the host passed into classes: one Value per signal."""

from cpython.object cimport PyObject
from libc.stdint cimport uint32_t, uint64_t

from tacit.runtime._program cimport Program
from tacit.runtime._scratch cimport Scratch


cdef struct NameSlot:
    PyObject* name  # NULL: empty
    Py_hash_t hash
    uint32_t signal


cdef struct Expected:
    # The key that stood at one place of the last dict.
    PyObject* name
    uint32_t signal


cdef struct Names:
    # How the signals are found in the host's dict.
    PyObject** of_signal  # exact str, owned by the image
    NameSlot* slots  # a place, then onwards to an empty slot; the last slot is empty
    Expected* expected  # in the order of a dict
    Expected* last_expected  # stands for all further places
    uint32_t shift
    uint64_t factor  # chosen so that no two names have one place, where that is possible


cdef inline uint64_t place_of_name(const Names* names, Py_hash_t hash) noexcept nogil:
    return (<uint64_t>hash * names.factor) >> names.shift


cdef void read_signals(
    const Program* p,
    Scratch* s,
    Names* names,
    PyObject* signals,
    const uint64_t* wanted,
    const uint64_t* allowed,
    uint32_t count,
) noexcept
cdef void let_go(Scratch* s) noexcept
