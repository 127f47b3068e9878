"""*Values* of FORMAT.md section 3.2: the constants that tests compare a signal with."""

from libc.stdint cimport uint32_t

from tacit.runtime._draft cimport Draft
from tacit.runtime._program cimport Text
from tacit.runtime._reader cimport Piece, Reader

cdef void read_values(Draft* d, Reader* r, uint32_t number) noexcept nogil
cdef void lay_out(Draft* d, const Piece* piece, Text* text) noexcept nogil
