"""Strict msgpack: every value in its shortest form."""

from libc.stdint cimport uint64_t

from tacit.runtime._reader cimport Piece, Reader

cdef uint64_t read_array(Reader* r) noexcept nogil
cdef uint64_t read_unsigned(Reader* r) noexcept nogil
cdef Piece read_str(Reader* r) noexcept nogil
cdef Piece read_bin(Reader* r) noexcept nogil
cdef void check_json(Reader* r, int depth) noexcept nogil
