"""Section 6, STATE.md section 2: what a device is to remember."""

from libc.stdint cimport uint8_t

from tacit.runtime._draft cimport Draft
from tacit.runtime._reader cimport Reader


cdef void read_memory(Draft* d) noexcept nogil
cdef void place_memory(Draft* d) noexcept nogil
