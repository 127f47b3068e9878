# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Literals and conditions that are looked at one by one. No Python anywhere in it.

Everything here asks "is it true?", of a condition or, flipped, of its Kleene negation. In negation
normal form that needs two values: a literal that is unknown is true neither way.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memset

from tacit.runtime._bits cimport add_to_set, in_set
from tacit.runtime._program cimport (
    NESTED_SEGMENTS,
    Branch,
    Literal,
    Node,
    Op,
    Program,
    Signal,
    Text,
)
from tacit.runtime._scratch cimport Scratch, Value
from tacit.runtime._texts cimport class_of_text, text_contains, text_ends, text_starts


cdef enum:
    ASKED_TRUE = 1
    IS_TRUE = 2
    ASKED_FALSE = 4
    IS_FALSE = 8


cdef bint is_true(const Program* p, Scratch* s, uint32_t branch, bint flip) noexcept nogil:
    cdef const Branch* b = &p.branches[branch]
    cdef uint32_t term = branch + 1
    cdef bint all_of
    if b.kind == Node.LITERAL:
        return reference_holds(p, s, b.reference ^ <uint32_t>flip)
    if b.kind == Node.TRUE or b.kind == Node.FALSE:
        return (b.kind == Node.TRUE) != flip
    all_of = (b.kind == Node.ALL) != flip
    while term < b.end:
        if is_true(p, s, term, flip) != all_of:
            return not all_of
        term = p.branches[term].end
    return all_of


cdef bint reference_holds(const Program* p, Scratch* s, uint32_t reference) noexcept nogil:
    """`reference`: check << 1 | flip."""
    cdef const Literal* l = &p.checks[reference >> 1]
    cdef bint negated = l.negated != (reference & 1)
    cdef const Value* v
    cdef uint32_t cls
    if l.op == Op.SEGMENT:
        return segment_holds(p, s, <uint32_t>l.a, negated)
    cls = s.classes[l.signal]
    if l.op == Op.HAS:
        return (cls != 0) != negated
    if cls == 0:
        return False
    v = &s.values[l.signal]
    if l.op == Op.INCLUDES:
        if not v.has_members:
            find_members(&p.signals[l.signal], &s.values[l.signal])
        return in_set(v.members, <uint32_t>l.a) != negated
    if Op.SIZE_LT <= l.op <= Op.SIZE_EQ:
        return size_holds(l, v.text.length) != negated
    if l.op == Op.EXISTS:
        return some_element(p, s, v, p.bodies[l.a]) != negated
    if Op.STARTS <= l.op <= Op.CONTAINS:
        return affix_holds(s, l, &v.text) != negated
    return class_holds(l, cls) != negated


cdef bint class_holds(const Literal* l, uint32_t cls) noexcept nogil:
    cdef const uint32_t* list
    cdef uint32_t low = 0
    cdef uint32_t high = l.count
    cdef uint32_t middle
    if l.op == Op.CLASSES:
        return l.a <= cls < l.b
    if l.op == Op.CLASS_MASK:
        return in_set(<const uint64_t*><size_t>l.b, cls)
    list = <const uint32_t*><size_t>l.b
    while low < high:
        middle = (low + high) >> 1
        if list[middle] < cls:
            low = middle + 1
        else:
            high = middle
    return low < l.count and list[low] == cls


cdef bint size_holds(const Literal* l, uint64_t size) noexcept nogil:
    if l.op == Op.SIZE_LT:
        return size < l.a
    if l.op == Op.SIZE_LE:
        return size <= l.a
    if l.op == Op.SIZE_GT:
        return size > l.a
    if l.op == Op.SIZE_GE:
        return size >= l.a
    return size == l.a


cdef bint affix_holds(Scratch* s, const Literal* l, const Text* text) noexcept nogil:
    cdef const Text* affix = <const Text*><size_t>l.b
    if l.op == Op.STARTS:
        return text_starts(text, affix)
    if l.op == Op.ENDS:
        return text_ends(text, affix)
    return text_contains(text, affix, s.needle)


# ---------------------------------------------------------------- segments


cdef bint segment_holds(
    const Program* p, Scratch* s, uint32_t segment, bint negated
) noexcept nogil:
    """Whether a segment is true, or, negated, false; remembered for the rest of the call."""
    cdef uint8_t asked = ASKED_FALSE if negated else ASKED_TRUE
    cdef uint8_t yes = IS_FALSE if negated else IS_TRUE
    if not s.segments[segment] & asked:
        if p.segment_depth[segment] >= NESTED_SEGMENTS:
            prepare_segments(p, s, segment)
        s.segments[segment] |= asked
        if is_true(p, s, p.segments[segment], negated):
            s.segments[segment] |= yes
    return s.segments[segment] & yes != 0


cdef void prepare_segments(const Program* p, Scratch* s, uint32_t below) noexcept nogil:
    """Ask every eighth level from the lowest, so that no question nests deeper than eight."""
    cdef uint32_t segment
    while s.deep < below:
        segment = s.deep
        s.deep += 1
        if p.segment_depth[segment] and p.segment_depth[segment] % NESTED_SEGMENTS == 0:
            segment_holds(p, s, segment, False)
            segment_holds(p, s, segment, True)


# ---------------------------------------------------------------- elements of a list


cdef void find_members(const Signal* g, Value* v) noexcept nogil:
    """The classes of the elements, as a set; without class 1, the texts that no literal names: its
    row is what any list at all may do."""
    cdef uint32_t cls
    cdef uint32_t i
    memset(v.members, 0, ((g.classes >> 6) + 1) * sizeof(uint64_t))
    for i in range(v.text.length):
        cls = class_of_text(g, &v.elements[i])
        if cls > 1:
            add_to_set(v.members, cls)
    v.has_members = True


cdef bint some_element(
    const Program* p, Scratch* s, const Value* v, uint32_t body
) noexcept nogil:
    cdef uint32_t i
    for i in range(v.text.length):
        if element_holds(p, s, &v.elements[i], body):
            return True
    return False


cdef bint element_holds(
    const Program* p, Scratch* s, const Text* element, uint32_t branch
) noexcept nogil:
    """Whether a body is true of one element, which is never missing."""
    cdef const Branch* b = &p.branches[branch]
    cdef uint32_t term = branch + 1
    cdef bint all_of
    if b.kind == Node.LITERAL:
        return element_literal(p, s, element, &p.checks[b.reference >> 1])
    if b.kind == Node.TRUE or b.kind == Node.FALSE:
        return b.kind == Node.TRUE
    all_of = b.kind == Node.ALL
    while term < b.end:
        if element_holds(p, s, element, term) != all_of:
            return not all_of
        term = p.branches[term].end
    return all_of


cdef bint element_literal(
    const Program* p, Scratch* s, const Text* element, const Literal* l
) noexcept nogil:
    cdef const Signal* g = &p.signals[l.signal]
    if Op.SIZE_LT <= l.op <= Op.SIZE_EQ:
        return size_holds(l, element.length) != l.negated
    if Op.STARTS <= l.op <= Op.CONTAINS:
        return affix_holds(s, l, element) != l.negated
    return class_holds(l, max(class_of_text(g, element), <uint32_t>1)) != l.negated
