"""Stands in for the runtime's file of this name: every piece is an allocation of its own, of
exactly its size, so that AddressSanitizer sees its ends. The runtime's cuts pieces from blocks."""

from libc.stdlib cimport calloc, free


cdef struct Block:
    Block* next
    void* padding  # keeps what follows aligned to 16 bytes


cdef struct Arena:
    Block* blocks


cdef inline void* take(Arena* arena, size_t size) noexcept nogil:
    """`size` zero bytes; NULL when there is no memory."""
    cdef Block* block
    if size > <size_t>-1 - sizeof(Block):
        return NULL
    block = <Block*>calloc(1, sizeof(Block) + size)
    if block == NULL:
        return NULL
    block.next = arena.blocks
    arena.blocks = block
    return <char*>block + sizeof(Block)


cdef inline void release(Arena* arena) noexcept nogil:
    cdef Block* block = arena.blocks
    cdef Block* next
    while block != NULL:
        next = block.next
        free(block)
        block = next
    arena.blocks = NULL
