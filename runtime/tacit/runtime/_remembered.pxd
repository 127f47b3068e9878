"""Section 6, STATE.md section 2: what a device is to remember."""

from tacit.runtime._draft cimport Draft


cdef void read_memory(Draft* d) noexcept nogil
cdef void place_memory(Draft* d) noexcept nogil
