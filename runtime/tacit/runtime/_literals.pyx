# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Sections 3.4 to 3.6 of FORMAT.md: shapes, conditions, their literals and arguments."""

from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t

from tacit.runtime._draft cimport (
    Condition,
    Draft,
    Shape,
    Test,
    borrow,
    check_distinct,
    stopped,
)
from tacit.runtime._program cimport NONE, Literal, Node, Op, Program, Type
from tacit.runtime._reader cimport (
    Code,
    Packed,
    Piece,
    Reader,
    begin_packed,
    bits_at,
    end_packed,
    fail,
    next_below,
    next_entry,
    read_count,
    read_raw,
    read_texts,
    read_u8,
)

cdef enum:
    MAX_TABLE = 65535
    MAX_RULES = 100000
    MAX_CONDITION_LITERALS = 4096
    MAX_LITERALS = 2000000
    MAX_SHAPE_DEPTH = 128


cdef void read_conditions(Draft* d) noexcept nogil:
    cdef Reader* r = &d.body
    cdef uint32_t* by_test
    read_shapes(d, r)
    if not stopped(d):
        read_condition_shapes(d, r)
    if stopped(d):
        return
    by_test = read_literals(d, r)
    if not stopped(d):
        read_arguments(d, r, by_test)
    if not stopped(d):
        check_places(d, r)


# ---------------------------------------------------------------- 3.4 shapes


cdef void read_shapes(Draft* d, Reader* r) noexcept nogil:
    cdef Piece* codes
    cdef uint32_t i
    d.shape_count = read_count(r, 0, MAX_TABLE)
    d.shapes = <Shape*>borrow(d, d.shape_count * sizeof(Shape))
    codes = <Piece*>borrow(d, d.shape_count * sizeof(Piece))
    for i in range(d.shape_count):
        if stopped(d):
            return
        codes[i].data = r.p
        d.shapes[i].literals = read_shape(r, 1, 0)
        if d.shapes[i].literals > MAX_CONDITION_LITERALS:
            fail(r, Code.LIMIT)
        codes[i].size = <size_t>(r.p - codes[i].data)
        d.shapes[i].code = codes[i].data
    if not stopped(d):
        # They are prefix codes with numbers in shortest form: equal shapes are equal bytes.
        check_distinct(d, codes, d.shape_count)


cdef uint32_t read_shape(Reader* r, int depth, uint8_t above) noexcept nogil:
    """One node with all below it; gives the number of its literals."""
    cdef uint32_t terms, i
    cdef uint32_t literals = 0
    cdef uint8_t node = read_u8(r)
    if r.fault.code:
        return 0
    if node == Node.LITERAL:
        return 1
    if node > Node.ANY:
        fail(r, Code.UNKNOWN_CODE)
        return 0
    if node == Node.FALSE or node == Node.TRUE:
        if above:
            fail(r, Code.SHAPE)
        return 0
    if node == above:
        fail(r, Code.SHAPE)
        return 0
    if depth >= MAX_SHAPE_DEPTH:  # its terms would lie deeper
        fail(r, Code.LIMIT)
        return 0
    terms = read_count(r, 2, MAX_CONDITION_LITERALS)
    for i in range(terms):
        literals += read_shape(r, depth + 1, node)
        if r.fault.code:
            return 0
    return literals


# ---------------------------------------------------------------- 3.5 conditions


cdef void read_condition_shapes(Draft* d, Reader* r) noexcept nogil:
    cdef Program* p = d.program
    cdef uint32_t seen = 0
    cdef uint64_t literals = 0
    cdef Packed numbers
    cdef uint32_t number, i
    p.body_count = read_count(r, 0, MAX_TABLE)
    p.segment_count = read_count(r, 0, MAX_TABLE)
    p.rule_count = read_count(r, 0, MAX_RULES)
    if p.has_memory:
        p.where_count = read_count(r, 0, MAX_TABLE)
    d.condition_count = p.body_count + p.segment_count + p.rule_count + p.where_count
    numbers = begin_packed(r, d.condition_count)
    if stopped(d):
        return
    d.conditions = <Condition*>borrow(d, d.condition_count * sizeof(Condition))
    for i in range(d.condition_count):
        if stopped(d):
            return
        number = next_below(&numbers, d.shape_count)
        if number > seen:  # first uses run 0, 1, 2 ...
            fail(r, Code.ORDER)
        if stopped(d):
            return
        seen = max(seen, number + 1)
        d.conditions[i].shape = number
        d.conditions[i].first_literal = <uint32_t>literals
        d.conditions[i].list_signal = NONE
        literals += d.shapes[number].literals
        if literals > MAX_LITERALS:
            fail(r, Code.LIMIT)
    end_packed(&numbers)
    if seen != d.shape_count:
        fail(r, Code.ORDER)
    d.literal_count = <uint32_t>literals


cdef uint32_t* read_literals(Draft* d, Reader* r) noexcept nogil:
    """The test of every literal; gives the literals grouped by test, in order of use."""
    cdef Packed numbers = begin_packed(r, d.literal_count)
    cdef uint16_t* test_of = <uint16_t*>borrow(d, d.literal_count * sizeof(uint16_t))
    cdef uint32_t* by_test = <uint32_t*>borrow(d, d.literal_count * sizeof(uint32_t))
    cdef uint32_t* next = <uint32_t*>borrow(d, d.test_count * sizeof(uint32_t))
    cdef Test* test
    cdef uint32_t i, number
    cdef uint32_t at = 0
    d.literals = <Literal*>borrow(d, d.literal_count * sizeof(Literal))
    if stopped(d):
        return NULL
    for i in range(d.literal_count):
        number = next_below(&numbers, d.test_count)
        if stopped(d):
            return NULL
        test = &d.tests[number]
        test.uses += 1
        test_of[i] = <uint16_t>number
        d.literals[i].op = test.op
        d.literals[i].negated = test.negated
        d.literals[i].signal = test.signal
    end_packed(&numbers)
    for i in range(d.test_count):
        next[i] = at
        at += d.tests[i].uses
    for i in range(d.literal_count):
        by_test[next[test_of[i]]] = i
        next[test_of[i]] += 1
    return by_test


# ---------------------------------------------------------------- 3.6 arguments


cdef void read_arguments(Draft* d, Reader* r, const uint32_t* by_test) noexcept nogil:
    cdef const uint32_t* uses = by_test
    cdef Test* test
    cdef uint32_t i
    for i in range(d.test_count):
        if stopped(d):
            return
        test = &d.tests[i]
        if test.op == Op.HAS or test.op == Op.IS_TRUE:
            pass
        elif Op.STARTS <= test.op <= Op.CONTAINS:
            read_affixes(d, r, test, uses)
        elif test.op == Op.AMONG:
            read_sets(d, r, test, uses)
        elif test.op == Op.AMONG_MASK:
            read_masks(d, r, test, uses)
        else:
            read_plain(d, r, test, uses)
        uses += test.uses


cdef uint64_t limit_of(Draft* d, const Test* test) noexcept nogil:
    """What the plain argument of a test must stay below."""
    if test.op == Op.EXISTS:
        return d.program.body_count
    if test.op == Op.SEGMENT:
        return d.program.segment_count
    if Op.SIZE_LT <= test.op <= Op.SIZE_EQ:
        return <uint64_t>1 << 53
    return d.program.signals[test.signal].value_count


cdef void read_plain(Draft* d, Reader* r, const Test* test, const uint32_t* uses) noexcept nogil:
    """An index or a number, into `a`."""
    cdef Packed entries = begin_packed(r, test.uses)
    cdef uint64_t limit = limit_of(d, test)
    cdef uint64_t entry
    cdef uint32_t i
    for i in range(test.uses):
        entry = next_entry(&entries)
        if entry >= limit:
            fail(r, Code.INDEX)
            return
        d.literals[uses[i]].a = entry
    end_packed(&entries)


cdef void read_affixes(Draft* d, Reader* r, const Test* test, const uint32_t* uses) noexcept nogil:
    """A text: where it lies into `b`, how many bytes into `count`."""
    cdef uint32_t count, i
    cdef Piece* pieces = read_texts(r, &d.arena, r.end - r.p, &count)
    if not stopped(d) and count != test.uses:
        fail(r, Code.COUNT)
    if stopped(d):
        return
    for i in range(count):
        d.literals[uses[i]].b = <uint64_t><size_t>pieces[i].data
        d.literals[uses[i]].count = <uint32_t>pieces[i].size


cdef void read_sets(Draft* d, Reader* r, const Test* test, const uint32_t* uses) noexcept nogil:
    """Rising indexes, two or more: uint16_t at `b`, `count` of them."""
    cdef uint32_t values = d.program.signals[test.signal].value_count
    cdef Packed entries = begin_packed(r, test.uses)
    cdef uint64_t total = 0
    cdef Literal* literal
    cdef uint16_t* to
    cdef uint32_t i, j
    for i in range(test.uses):
        literal = &d.literals[uses[i]]
        literal.count = next_below(&entries, <uint64_t>values + 1)
        if literal.count < 2:
            fail(r, Code.COUNT)
        if stopped(d):
            return
        total += literal.count
    end_packed(&entries)
    entries = begin_packed(r, total)
    if total and entries.width == 0:  # all 0: they do not rise; nothing vouches for their number
        fail(r, Code.ORDER)
    if stopped(d):
        return
    to = <uint16_t*>borrow(d, total * sizeof(uint16_t))
    for i in range(test.uses):
        if stopped(d):
            return
        literal = &d.literals[uses[i]]
        literal.b = <uint64_t><size_t>to
        for j in range(literal.count):
            to[j] = <uint16_t>next_below(&entries, values)
            if j and to[j] <= to[j - 1]:
                fail(r, Code.ORDER)
        to += literal.count
    end_packed(&entries)


cdef void read_masks(Draft* d, Reader* r, const Test* test, const uint32_t* uses) noexcept nogil:
    """A bit per value: from bit `a` of the bytes at `b` on; `count` of them are set."""
    cdef uint64_t values = d.program.signals[test.signal].value_count
    cdef uint64_t bits = values * test.uses
    cdef Piece piece = read_raw(r, (bits + 7) >> 3)
    cdef Literal* literal
    cdef uint64_t bit = 0
    cdef uint64_t left, word
    cdef uint32_t i
    if stopped(d):
        return
    if bits & 7 and piece.data[piece.size - 1] >> (bits & 7):
        fail(r, Code.RESERVED)
    for i in range(test.uses):
        literal = &d.literals[uses[i]]
        literal.a = bit
        literal.b = <uint64_t><size_t>piece.data
        left = values
        while left:
            word = bits_at(piece.data, r.end, bit, <uint32_t>min(left, <uint64_t>56))
            bit += min(left, <uint64_t>56)
            left -= min(left, <uint64_t>56)
            while word:
                word &= word - 1
                literal.count += 1
        if literal.count < 2:
            fail(r, Code.COUNT)
            return


# ---------------------------------------------------------------- what may stand where


cdef void check_places(Draft* d, Reader* r) noexcept nogil:
    """Tests that only bodies may use, or no body; segments below their own."""
    cdef Program* p = d.program
    cdef Condition* condition
    cdef const Literal* literal
    cdef uint32_t i, j, lower
    for i in range(d.condition_count):
        condition = &d.conditions[i]
        lower = 0
        if i >= p.body_count:
            lower = min(i - p.body_count, p.segment_count)
        literal = &d.literals[condition.first_literal]
        for j in range(d.shapes[condition.shape].literals):
            if i < p.body_count:
                check_in_body(d, r, condition, &literal[j])
            else:
                check_outside(d, r, &literal[j], lower)
            if stopped(d):
                return


cdef bint is_element_only(uint8_t op) noexcept nogil:
    """May be asked of a list inside bodies alone."""
    return (
        op == Op.IS or op == Op.AMONG or op == Op.AMONG_MASK or Op.STARTS <= op <= Op.CONTAINS
    )


cdef void check_in_body(
    Draft* d, Reader* r, Condition* body, const Literal* literal
) noexcept nogil:
    cdef uint8_t op = literal.op
    if not (is_element_only(op) or Op.SIZE_LT <= op <= Op.SIZE_EQ):
        fail(r, Code.WRONG_TYPE)
    elif d.program.signals[literal.signal].type != Type.STRING_LIST:
        fail(r, Code.WRONG_TYPE)
    elif body.list_signal != <uint32_t>NONE and body.list_signal != literal.signal:
        fail(r, Code.WRONG_TYPE)
    body.list_signal = literal.signal


cdef void check_outside(
    Draft* d, Reader* r, const Literal* literal, uint32_t lower
) noexcept nogil:
    cdef uint32_t list_signal
    if literal.op == Op.SEGMENT:
        if literal.a >= lower:
            fail(r, Code.INDEX)
    elif literal.op == Op.EXISTS:
        list_signal = d.conditions[literal.a].list_signal
        if list_signal != <uint32_t>NONE and list_signal != literal.signal:
            fail(r, Code.WRONG_TYPE)
    elif is_element_only(literal.op):
        if d.program.signals[literal.signal].type == Type.STRING_LIST:
            fail(r, Code.WRONG_TYPE)
