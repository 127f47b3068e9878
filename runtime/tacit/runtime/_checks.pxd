"""What no row of bits can say: literals and conditions that are looked at one by one."""

from libc.stdint cimport uint32_t

from tacit.runtime._draft cimport Draft


cdef struct Vector:
    # Grows in borrowed memory.
    char* data
    uint32_t count
    uint32_t room


cdef struct Checks:
    Draft* draft
    uint32_t* of_literal  # check + 1
    Vector checks  # Literal
    Vector references  # uint32_t
    Vector branches  # Branch
    bint uses_segments


cdef void* push(Draft* d, Vector* v, size_t width) noexcept nogil
cdef void* kept(Draft* d, const Vector* v, size_t width) noexcept nogil
cdef void start_checks(Draft* d, Checks* c) noexcept nogil
cdef void add_reference(Checks* c, uint32_t item) noexcept nogil
cdef uint32_t add_tree(Checks* c, uint32_t condition) noexcept nogil
cdef void finish_checks(Checks* c) noexcept nogil
