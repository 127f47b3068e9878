"""An arena: one owner for all memory of a program, given back in one go.

`take` hands out zeroed memory, aligned to 16 bytes; it is never given back singly.
"""

from libc.stdlib cimport calloc, free


cdef struct Block:
    Block* next
    void* padding  # keeps what follows aligned to 16 bytes


cdef struct Arena:
    Block* blocks
    char* at
    size_t left
    size_t total  # bytes asked of the system


cdef inline void* take(Arena* arena, size_t size) noexcept nogil:
    """`size` zero bytes, at least one; NULL when there is no memory."""
    cdef Block* block
    cdef size_t room
    cdef char* out
    size = (size + 16) & ~(<size_t>15)
    if size > arena.left:
        room = 32768 if size < 8192 else size
        block = <Block*>calloc(1, sizeof(Block) + room)
        if block == NULL:
            return NULL
        arena.total += sizeof(Block) + room
        block.next = arena.blocks
        arena.blocks = block
        out = <char*>block + sizeof(Block)
        if size < 8192:
            arena.at = out + size
            arena.left = room - size
        return out
    out = arena.at
    arena.at += size
    arena.left -= size
    return out


cdef inline void release(Arena* arena) noexcept nogil:
    """Give everything back; the arena is empty afterwards."""
    cdef Block* block = arena.blocks
    cdef Block* next
    while block != NULL:
        next = block.next
        free(block)
        block = next
    arena.blocks = NULL
    arena.at = NULL
    arena.left = 0
    arena.total = 0
