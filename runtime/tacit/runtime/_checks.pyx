# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""What no row of bits can say: literals and conditions that are looked at one by one."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

from tacit.runtime._constants cimport lay_out
from tacit.runtime._draft cimport Condition, Draft, borrow, keep, stopped
from tacit.runtime._program cimport NESTED_SEGMENTS, Branch, Literal, Node, Op, Program, Text
from tacit.runtime._reader cimport Piece


cdef void* push(Draft* d, Vector* v, size_t width) noexcept nogil:
    """A new entry at the end; NULL when there is no memory."""
    cdef char* data
    if v.count == v.room:
        data = <char*>borrow(d, (2 * <size_t>v.room + 64) * width)
        if data == NULL:
            return NULL
        if v.count:
            memcpy(data, v.data, v.count * width)
        v.data = data
        v.room = 2 * v.room + 64
    v.count += 1
    return v.data + (v.count - 1) * width


cdef void* kept(Draft* d, const Vector* v, size_t width) noexcept nogil:
    """The entries in memory that stays."""
    cdef void* out = keep(d, v.count * width)
    if out != NULL and v.count:
        memcpy(out, v.data, v.count * width)
    return out


cdef void start_checks(Draft* d, Checks* c) noexcept nogil:
    c.draft = d
    c.of_literal = <uint32_t*>borrow(d, d.literal_count * sizeof(uint32_t))


cdef void add_reference(Checks* c, uint32_t item) noexcept nogil:
    """`item`: literal << 1 | flip."""
    cdef uint32_t reference = reference_to(c, item >> 1) | (item & 1)
    cdef uint32_t* to = <uint32_t*>push(c.draft, &c.references, sizeof(uint32_t))
    if to != NULL:
        to[0] = reference


cdef uint32_t reference_to(Checks* c, uint32_t literal) noexcept nogil:
    """The check of a literal, made when it is needed first, << 1."""
    cdef Literal* check
    cdef Text* text
    cdef Piece piece
    cdef void* classes
    cdef size_t size
    if c.of_literal[literal]:
        return (c.of_literal[literal] - 1) << 1
    check = <Literal*>push(c.draft, &c.checks, sizeof(Literal))
    if check == NULL:
        return 0
    c.of_literal[literal] = c.checks.count
    check[0] = c.draft.literals[literal]
    if check.op == Op.SEGMENT:
        c.uses_segments = True
    elif Op.STARTS <= check.op <= Op.CONTAINS:
        text = <Text*>keep(c.draft, sizeof(Text))
        if text == NULL:
            return 0
        piece.data = <const uint8_t*><size_t>check.b
        piece.size = check.count
        lay_out(c.draft, &piece, text)
        check.b = <uint64_t><size_t>text
        if check.op == Op.CONTAINS:
            c.draft.program.widest_needle = max(c.draft.program.widest_needle, <size_t>text.length)
    elif check.op == Op.CLASS_LIST or check.op == Op.CLASS_MASK:
        size = check.count * sizeof(uint32_t)
        if check.op == Op.CLASS_MASK:
            size = ((check.count + 63) >> 6) * sizeof(uint64_t)
        classes = keep(c.draft, size)
        if classes == NULL:
            return 0
        memcpy(classes, <const void*><size_t>check.b, size)
        check.b = <uint64_t><size_t>classes
    return (c.checks.count - 1) << 1


cdef uint32_t add_tree(Checks* c, uint32_t condition) noexcept nogil:
    """The whole of a condition; gives its first branch."""
    cdef const Condition* of = &c.draft.conditions[condition]
    cdef const uint8_t* code = c.draft.shapes[of.shape].code
    cdef uint32_t literal = of.first_literal
    cdef uint32_t first = c.branches.count
    add_branch(c, &code, &literal)
    return first


cdef void add_branch(Checks* c, const uint8_t** code, uint32_t* literal) noexcept nogil:
    cdef uint32_t at = c.branches.count
    cdef Branch* branch = <Branch*>push(c.draft, &c.branches, sizeof(Branch))
    cdef uint8_t node = code[0][0]
    cdef uint32_t terms
    if branch == NULL:
        return
    branch.kind = node
    code[0] += 1
    if node == Node.LITERAL:
        branch.reference = reference_to(c, literal[0])
        literal[0] += 1
    elif node == Node.ALL or node == Node.ANY:
        terms = code[0][0] & 0x7F  # a varint of at most 4096, checked before
        if code[0][0] & 0x80:
            code[0] += 1
            terms |= <uint32_t>code[0][0] << 7
        code[0] += 1
        while terms and not stopped(c.draft):
            add_branch(c, code, literal)
            terms -= 1
    (<Branch*>c.branches.data)[at].end = c.branches.count


cdef void finish_checks(Checks* c) noexcept nogil:
    """Adds the bodies and, where some check needs one, the segments; then keeps it all."""
    cdef Draft* d = c.draft
    cdef Program* p = d.program
    cdef uint32_t i
    p.bodies = <uint32_t*>keep(d, p.body_count * sizeof(uint32_t))
    p.segments = <uint32_t*>keep(d, p.segment_count * sizeof(uint32_t))
    p.segment_depth = <uint32_t*>keep(d, p.segment_count * sizeof(uint32_t))
    if stopped(d):
        return
    if c.uses_segments:
        p.uses_segments = True
        for i in range(p.segment_count):
            if stopped(d):
                return
            p.segments[i] = add_tree(c, p.body_count + i)
            p.segment_depth[i] = depth_of(c, p.body_count + i)
            if p.segment_depth[i] >= NESTED_SEGMENTS:
                p.has_deep_segments = True
    for i in range(p.body_count):
        if stopped(d):
            return
        p.bodies[i] = add_tree(c, i)
    p.checks = <Literal*>kept(d, &c.checks, sizeof(Literal))
    p.references = <uint32_t*>kept(d, &c.references, sizeof(uint32_t))
    p.branches = <Branch*>kept(d, &c.branches, sizeof(Branch))
    p.check_count = c.checks.count
    p.reference_count = c.references.count
    p.branch_count = c.branches.count


cdef uint32_t depth_of(Checks* c, uint32_t condition) noexcept nogil:
    """One more than that of the deepest segment it uses; those come before it."""
    cdef const Condition* of = &c.draft.conditions[condition]
    cdef uint32_t depth = 0
    cdef uint32_t i
    for i in range(of.first_literal, of.first_literal + c.draft.shapes[of.shape].literals):
        if c.draft.literals[i].op == Op.SEGMENT:
            depth = max(depth, c.draft.program.segment_depth[c.draft.literals[i].a] + 1)
    return depth
