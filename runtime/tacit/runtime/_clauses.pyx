# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Conditions as clauses: conjunctions of literals, any of which makes the condition true.

Conditions are in negation normal form, and a literal over a missing signal is not true, negated or
not. So a condition is true exactly when some clause of its disjunctive normal form has nothing but
true literals; Kleene logic needs no more than that to decide.

A small segment is written out where it is used. What would take too many clauses becomes a single
one of literals that must hold anyway, and the whole condition is then interpreted.
"""

from libc.stdint cimport uint8_t, uint32_t
from libc.string cimport memcpy, memmove

from tacit.runtime._draft cimport Draft, Shape, borrow, stopped
from tacit.runtime._program cimport Literal, Node, Op


cdef enum:
    ROOM = 16384  # items that one condition may take while it is written


cdef bint start_writer(Draft* d, Writer* w) noexcept nogil:
    """Writes the segments, plain and flipped; False when there is no memory."""
    cdef uint32_t segments = d.program.segment_count
    cdef uint32_t i
    w.draft = d
    w.room = ROOM
    w.used = 0
    w.items = <uint32_t*>borrow(d, ROOM * sizeof(uint32_t))
    w.plain = <Clauses*>borrow(d, segments * sizeof(Clauses))
    w.flipped = <Clauses*>borrow(d, segments * sizeof(Clauses))
    if stopped(d):
        return False
    for i in range(segments):
        write_segment(w, i, 0, &w.plain[i])
        write_segment(w, i, 1, &w.flipped[i])
        if stopped(d):
            return False
    return True


cdef void write_segment(Writer* w, uint32_t segment, uint8_t flip, Clauses* out) noexcept nogil:
    cdef uint32_t size
    cdef uint32_t* own
    write_condition(w, w.draft.program.body_count + segment, flip, out)
    if out.too_many:
        return
    size = size_of(out)
    if out.count > MAX_SEGMENT_CLAUSES or size > MAX_SEGMENT_ITEMS or has_large_set(w, out):
        out.too_many = True
        return
    own = <uint32_t*>borrow(w.draft, size * sizeof(uint32_t))
    if own != NULL:
        memcpy(own, out.items, size * sizeof(uint32_t))
        out.items = own


cdef bint has_large_set(Writer* w, const Clauses* c) noexcept nogil:
    """One that would cost much in every rule that uses the segment."""
    cdef const Literal* l
    cdef uint32_t i
    for i in range(size_of(c)):
        l = &w.draft.literals[c.items[i] >> 1]
        if l.op == Op.CLASS_LIST and l.count > MAX_SEGMENT_MEMBERS:
            return True
        if l.op == Op.CLASS_MASK and l.count > 16 * MAX_SEGMENT_MEMBERS:
            return True
    return False


cdef void write_rule(Writer* w, uint32_t condition, Clauses* out) noexcept nogil:
    """The clauses of a rule; `out.items` is good until the next call."""
    cdef uint32_t literals = w.draft.shapes[w.draft.conditions[condition].shape].literals
    write_condition(w, condition, 0, out)
    if out.too_many or size_of(out) > 64 + 4 * literals:  # memory stays linear in the literals
        write_necessary(w, condition, out)


cdef void write_condition(
    Writer* w, uint32_t condition, uint8_t flip, Clauses* out
) noexcept nogil:
    cdef Shape* shape = &w.draft.shapes[w.draft.conditions[condition].shape]
    cdef const uint8_t* code = shape.code
    cdef uint32_t literal = w.draft.conditions[condition].first_literal
    w.used = 0
    write_node(w, &code, &literal, flip, out)


cdef uint32_t read_terms(const uint8_t** code) noexcept nogil:
    """A varint that has been checked; at most 4096."""
    cdef uint32_t value = code[0][0] & 0x7F
    if code[0][0] & 0x80:
        code[0] += 1
        value |= <uint32_t>code[0][0] << 7
    code[0] += 1
    return value


cdef void write_node(
    Writer* w, const uint8_t** code, uint32_t* literal, uint8_t flip, Clauses* out
) noexcept nogil:
    """The clauses of the node at `code`, flipped or not; moves `code` and `literal` past it."""
    cdef uint8_t node = code[0][0]
    cdef uint32_t terms, i
    cdef Clauses term
    code[0] += 1
    out.too_many = False
    out.count = 0
    out.items = w.items + w.used
    if node == Node.LITERAL:
        write_literal(w, literal[0], flip, out)
        literal[0] += 1
        return
    if node == Node.FALSE or node == Node.TRUE:
        if (node == Node.TRUE) != flip:
            out.count = 1
            out.ends[0] = 0
        return
    terms = read_terms(code)
    if (node == Node.ALL) != flip:
        out.count = 1  # nothing to hold yet
        out.ends[0] = 0
        for i in range(terms):
            write_node(w, code, literal, flip, &term)
            if not out.too_many:
                multiply(w, out, &term)
    else:
        for i in range(terms):
            write_node(w, code, literal, flip, &term)
            if not out.too_many:
                append(w, out, &term)


cdef void write_literal(Writer* w, uint32_t literal, uint8_t flip, Clauses* out) noexcept nogil:
    cdef const Literal* l = &w.draft.literals[literal]
    cdef const Clauses* segment
    cdef uint32_t size
    if l.op == Op.SEGMENT:
        segment = &w.flipped[l.a] if l.negated != flip else &w.plain[l.a]
        if not segment.too_many:
            size = segment.ends[segment.count - 1] if segment.count else 0
            if w.used + size > w.room:
                out.too_many = True
                return
            out.count = segment.count
            memcpy(out.ends, segment.ends, segment.count * sizeof(uint32_t))
            memcpy(out.items, segment.items, size * sizeof(uint32_t))
            w.used += size
            return
    if w.used == w.room:
        out.too_many = True
        return
    out.items[0] = literal << 1 | flip
    out.count = 1
    out.ends[0] = 1
    w.used += 1


cdef uint32_t size_of(const Clauses* c) noexcept nogil:
    return c.ends[c.count - 1] if c.count else 0


cdef void append(Writer* w, Clauses* out, const Clauses* term) noexcept nogil:
    """out = out or term. The items of `term` stand right behind those of `out`."""
    cdef uint32_t before = size_of(out)
    cdef uint32_t i
    if term.too_many or out.count + term.count > MAX_CLAUSES:
        out.too_many = True
        return
    for i in range(term.count):
        out.ends[out.count] = before + term.ends[i]
        out.count += 1


cdef void multiply(Writer* w, Clauses* out, const Clauses* term) noexcept nogil:
    """out = out and term. The items of `term` stand right behind those of `out`."""
    cdef Clauses product
    cdef uint32_t i, j, size
    cdef uint32_t* to
    if term.too_many or out.count * term.count > MAX_CLAUSES:
        out.too_many = True
        return
    if out.count == 1 and term.count == 1:
        out.ends[0] += term.ends[0]
        return
    product.count = 0
    size = size_of(out) * term.count + size_of(term) * out.count
    if w.used + size > w.room:
        out.too_many = True
        return
    to = w.items + w.used
    for i in range(out.count):
        for j in range(term.count):
            to += copy_clause(out, i, to)
            to += copy_clause(term, j, to)
            product.ends[product.count] = <uint32_t>(to - (w.items + w.used))
            product.count += 1
    memmove(out.items, w.items + w.used, size * sizeof(uint32_t))
    w.used = <uint32_t>(out.items - w.items) + size
    out.count = product.count
    memcpy(out.ends, product.ends, product.count * sizeof(uint32_t))


cdef uint32_t copy_clause(const Clauses* c, uint32_t i, uint32_t* to) noexcept nogil:
    cdef uint32_t first = c.ends[i - 1] if i else 0
    memcpy(to, c.items + first, (c.ends[i] - first) * sizeof(uint32_t))
    return c.ends[i] - first


cdef void write_necessary(Writer* w, uint32_t condition, Clauses* out) noexcept nogil:
    """One clause of the literals that stand directly in an outermost *all*: they must hold."""
    cdef Shape* shape = &w.draft.shapes[w.draft.conditions[condition].shape]
    cdef const uint8_t* code = shape.code + 1
    cdef uint32_t literal = w.draft.conditions[condition].first_literal
    cdef uint32_t terms, i
    out.count = 1
    out.too_many = True
    out.items = w.items
    out.ends[0] = 0
    if shape.code[0] != Node.ALL:
        return
    terms = read_terms(&code)
    for i in range(terms):
        if code[0] == Node.LITERAL:
            if w.draft.literals[literal].op != Op.SEGMENT:
                out.items[out.ends[0]] = literal << 1
                out.ends[0] += 1
            literal += 1
            code += 1
        else:
            skip_node(&code, &literal)


cdef void skip_node(const uint8_t** code, uint32_t* literal) noexcept nogil:
    cdef uint32_t left = 1
    cdef uint8_t node
    while left:
        node = code[0][0]
        code[0] += 1
        left -= 1
        if node == Node.LITERAL:
            literal[0] += 1
        elif node == Node.ALL or node == Node.ANY:
            left += read_terms(code)
