# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Cuts the domain of each signal into classes, and says each literal as a set of them.

Numbers: below and above each value that literals compare with there may be a cut; between two cuts
all numbers are alike. Texts: values are alike when the same literals name them (partition
refinement: a set splits every class that it holds a part of). It all takes time linear in the
literals.
"""

from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport qsort

from tacit.runtime._bits cimport add_to_set, lowest_bit
from tacit.runtime._draft cimport Draft, borrow, keep, stopped
from tacit.runtime._numbers cimport key_double, successor, version_place
from tacit.runtime._program cimport Key, Literal, Op, Program, Signal, Type, below, cell_of
from tacit.runtime._reader cimport bits_at


cdef enum:
    WHOLE_CELLS = 4096


cdef struct Parts:
    # A partition of the texts of one signal, by class.
    uint32_t* size  # values in a class
    uint32_t* hit  # of those, in the set at hand
    uint32_t* target  # where those go
    uint32_t* touched  # classes that were hit
    bint single  # every value is a class of its own


cdef struct Cuts:
    # Where the line of one signal is cut; a byte per value says at which ends.
    uint8_t* ends  # 1: below the value, 2: above it
    uint32_t* below_rank  # of the cut: it lies between the classes rank + 1 and rank + 2
    uint32_t* above_rank


cdef struct Members:
    # Walks over the values that a set names, rising.
    const uint16_t* list  # NULL: a mask
    const uint8_t* mask
    const uint8_t* end
    uint64_t bit  # of the mask: where the next word begins
    uint32_t left  # values, or bits of the mask
    uint32_t base
    uint64_t word


cdef void make_classes(Draft* d) noexcept nogil:
    cdef Program* p = d.program
    cdef Cuts* cuts = <Cuts*>borrow(d, p.signal_count * sizeof(Cuts))
    cdef Parts* parts = <Parts*>borrow(d, p.signal_count * sizeof(Parts))
    cdef uint32_t i
    if stopped(d):
        return
    for i in range(p.signal_count):
        if not stopped(d):
            start(d, &p.signals[i], &cuts[i], &parts[i])
    if stopped(d):
        return
    for i in range(d.literal_count):
        collect(d, &d.literals[i], cuts, parts)
    for i in range(p.signal_count):
        if cuts[i].ends != NULL and not stopped(d):
            make_cuts(d, &p.signals[i], &cuts[i], d.numbers[i])
        elif p.signals[i].slots != NULL:
            name_classes(&p.signals[i])
    for i in range(d.literal_count):
        if stopped(d):
            return
        settle(d, &d.literals[i], cuts)


cdef void start(Draft* d, Signal* s, Cuts* cuts, Parts* parts) noexcept nogil:
    """No cut yet, or one class that holds all values. Class 1 of an enum stays empty."""
    cdef uint32_t i
    cdef uint32_t first = 2 if s.type == Type.ENUM else 1
    cdef size_t room = (s.value_count + 3) * sizeof(uint32_t)
    s.classes = 3 if s.type == Type.BOOL else first + 1
    if s.value_count == 0:
        return
    if s.type == Type.INT or s.type == Type.DOUBLE or s.type == Type.VERSION:
        cuts.ends = <uint8_t*>borrow(d, s.value_count)
        cuts.below_rank = <uint32_t*>borrow(d, room)
        cuts.above_rank = <uint32_t*>borrow(d, room)
        return
    parts.size = <uint32_t*>borrow(d, room)
    parts.hit = <uint32_t*>borrow(d, room)
    parts.target = <uint32_t*>borrow(d, room)
    parts.touched = <uint32_t*>borrow(d, room)
    if stopped(d):
        return
    for i in range(s.value_count):
        s.value_class[i] = first
    # The texts that no literal names are in class 1 too, so no set of values holds all of it.
    parts.size[first] = s.value_count + (0 if s.type == Type.ENUM else 1)
    parts.single = s.type == Type.ENUM and s.value_count == 1


# ---------------------------------------------------------------- members of a set


cdef bint is_set(const Literal* literal) noexcept nogil:
    return literal.op == Op.AMONG or literal.op == Op.AMONG_MASK


cdef void begin_members(Draft* d, const Literal* literal, Members* m) noexcept nogil:
    m.list = NULL
    m.mask = NULL
    m.left = literal.count
    if literal.op == Op.AMONG:
        m.list = <const uint16_t*><size_t>literal.b
        return
    m.mask = <const uint8_t*><size_t>literal.b
    m.end = d.body.end
    m.bit = literal.a
    m.left = d.program.signals[literal.signal].value_count
    m.base = 0
    m.word = 0


cdef bint next_member(Members* m, uint32_t* value) noexcept nogil:
    cdef uint32_t width
    if m.list != NULL:
        if m.left == 0:
            return False
        m.left -= 1
        value[0] = m.list[0]
        m.list += 1
        return True
    while m.word == 0:
        if m.left == 0:
            return False
        width = min(m.left, <uint32_t>56)
        m.word = bits_at(m.mask, m.end, m.bit, width)
        m.bit += width
        m.left -= width
        m.base += 56
    value[0] = m.base - 56 + lowest_bit(m.word)
    m.word &= m.word - 1
    return True


# ---------------------------------------------------------------- first round: what is told apart


cdef void collect(Draft* d, const Literal* literal, Cuts* cuts, Parts* parts) noexcept nogil:
    cdef uint8_t* ends
    cdef Members m
    cdef uint32_t value
    cdef uint8_t op = literal.op
    if not (Op.LT <= op <= Op.IS or op == Op.INCLUDES):
        return
    ends = cuts[literal.signal].ends
    if op == Op.LT or op == Op.GE:
        ends[literal.a] |= 1
    elif op == Op.LE or op == Op.GT:
        ends[literal.a] |= 2
    elif ends == NULL:
        if not parts[literal.signal].single:
            refine(d, literal, &d.program.signals[literal.signal], &parts[literal.signal])
    elif op == Op.IS:
        ends[literal.a] |= 3
    else:
        begin_members(d, literal, &m)
        while next_member(&m, &value):
            ends[value] |= 3


cdef void refine(Draft* d, const Literal* literal, Signal* s, Parts* parts) noexcept nogil:
    """Split every class of which the literal names a part."""
    cdef Members m
    cdef uint32_t value, cls, i
    cdef uint32_t n = 0
    if is_set(literal):
        begin_members(d, literal, &m)
        while next_member(&m, &value):
            hit(s, parts, value, &n)
    else:
        hit(s, parts, <uint32_t>literal.a, &n)
    for i in range(n):
        cls = parts.touched[i]
        if parts.hit[cls] == parts.size[cls]:
            parts.target[cls] = cls
        else:
            parts.target[cls] = s.classes
            parts.size[s.classes] = parts.hit[cls]
            parts.size[cls] -= parts.hit[cls]
            s.classes += 1
        parts.hit[cls] = 0
    if is_set(literal):
        begin_members(d, literal, &m)
        while next_member(&m, &value):
            s.value_class[value] = parts.target[s.value_class[value]]
    else:
        s.value_class[literal.a] = parts.target[s.value_class[literal.a]]
    parts.single = s.classes == s.value_count + 2


cdef void hit(Signal* s, Parts* parts, uint32_t value, uint32_t* n) noexcept nogil:
    cdef uint32_t cls = s.value_class[value]
    if parts.hit[cls] == 0:
        parts.touched[n[0]] = cls
        n[0] += 1
    parts.hit[cls] += 1


cdef void make_cuts(Draft* d, Signal* s, Cuts* cuts, const Key* numbers) noexcept nogil:
    """The cuts in order. Above a value and below the next one may be the same place."""
    cdef uint32_t n = 0
    cdef uint32_t i
    cdef Key key
    s.cuts = <Key*>keep(d, 2 * <size_t>s.value_count * sizeof(Key))
    if stopped(d):
        return
    for i in range(s.value_count):
        if cuts.ends[i] & 1:
            if n == 0 or below(s.cuts[n - 1], numbers[i]):
                s.cuts[n] = numbers[i]
                n += 1
            cuts.below_rank[i] = n - 1
        if cuts.ends[i] & 2:
            s.cuts[n] = successor(numbers[i], s.type)
            cuts.above_rank[i] = n
            n += 1
        s.value_class[i] = cuts.below_rank[i] + 2
    s.cut_count = n
    s.classes = n + 2
    if n:
        make_grid(d, s)


cdef void name_classes(Signal* s) noexcept nogil:
    """In the table of texts, classes instead of values."""
    cdef uint32_t slots = (<uint32_t>1 << (64 - s.slot_shift)) + s.value_count
    cdef uint32_t i
    for i in range(slots):
        if s.slots[i].cls:
            s.slots[i].cls = s.value_class[s.slots[i].cls - 1]


cdef double place_of(const Signal* s, uint32_t cut) noexcept nogil:
    if s.type == Type.VERSION:
        return version_place(s.cuts[cut])
    return key_double(s.cuts[cut].high)


cdef void make_grid(Draft* d, Signal* s) noexcept nogil:
    """Few cuts a cell; of whole numbers in a narrow range, a cell for each."""
    cdef double low = place_of(s, 0)
    cdef double length = place_of(s, s.cut_count - 1) - low
    cdef uint32_t i, cell
    s.grid.low = low
    s.grid.scale = 1.0
    s.grid.cells = 1
    if s.type != Type.DOUBLE and length < WHOLE_CELLS:
        s.grid.cells = <uint32_t>length + 1
    elif 1e-100 < length < 1e300:
        s.grid.cells = 2 * s.cut_count
        s.grid.scale = s.grid.cells / length
    s.grid.starts = <uint32_t*>keep(d, (s.grid.cells + 1) * sizeof(uint32_t))
    if stopped(d):
        return
    for i in range(s.cut_count):
        s.grid.starts[cell_of(&s.grid, place_of(s, i)) + 1] += 1
    for cell in range(s.grid.cells):
        s.grid.starts[cell + 1] += s.grid.starts[cell]
    if s.type == Type.INT and s.grid.scale == 1.0 and s.grid.cells > 1:
        # A cut in the cell of a whole number lies at that number.
        s.of_whole = <uint32_t*>keep(d, s.grid.cells * sizeof(uint32_t))
        for cell in range(s.grid.cells):
            if s.of_whole != NULL:
                s.of_whole[cell] = 1 + s.grid.starts[cell + 1]


# ---------------------------------------------------------------- second round: literals as classes


cdef void settle(Draft* d, Literal* literal, Cuts* cuts) noexcept nogil:
    """Say what a literal tests as CLASSES, CLASS_LIST or CLASS_MASK, where classes can say it."""
    cdef Signal* s = &d.program.signals[literal.signal]
    cdef uint32_t* below_rank = cuts[literal.signal].below_rank
    cdef uint32_t* above_rank = cuts[literal.signal].above_rank
    cdef uint64_t value = literal.a
    cdef uint8_t op = literal.op
    if op == Op.IS_TRUE:
        literal.a = 2
        literal.b = 3
    elif op == Op.GE:
        literal.a = below_rank[value] + 2
        literal.b = s.classes
    elif op == Op.GT:
        literal.a = above_rank[value] + 2
        literal.b = s.classes
    elif op == Op.LT:
        literal.a = 1
        literal.b = below_rank[value] + 2
    elif op == Op.LE:
        literal.a = 1
        literal.b = above_rank[value] + 2
    elif op == Op.IS:
        literal.a = s.value_class[value]
        literal.b = literal.a + 1
    elif op == Op.INCLUDES:
        literal.a = s.value_class[value]
        return
    else:
        if is_set(literal):
            settle_members(d, literal, s)
        return
    literal.op = Op.CLASSES


cdef void settle_members(Draft* d, Literal* literal, Signal* s) noexcept nogil:
    """The classes of the values that a literal names, as a mask or a list: the smaller one."""
    cdef Members m
    cdef uint32_t value, i
    cdef uint32_t n = 0
    cdef uint32_t words = (s.classes + 63) >> 6
    cdef uint64_t* mask
    cdef uint32_t* list
    begin_members(d, literal, &m)
    if literal.count >= 2 * words:
        mask = <uint64_t*>borrow(d, words * sizeof(uint64_t))
        if mask == NULL:
            return
        while next_member(&m, &value):
            add_to_set(mask, s.value_class[value])
        literal.op = Op.CLASS_MASK
        literal.count = s.classes
        literal.b = <uint64_t><size_t>mask
        return
    list = <uint32_t*>borrow(d, literal.count * sizeof(uint32_t))
    if list == NULL:
        return
    while next_member(&m, &value):
        list[n] = s.value_class[value]
        n += 1
    qsort(list, n, sizeof(uint32_t), by_number)
    literal.count = 0
    for i in range(n):
        if literal.count == 0 or list[literal.count - 1] != list[i]:
            list[literal.count] = list[i]
            literal.count += 1
    literal.op = Op.CLASS_LIST
    literal.b = <uint64_t><size_t>list


cdef int by_number(const void* left, const void* right) noexcept nogil:
    cdef uint32_t a = (<uint32_t*>left)[0]
    cdef uint32_t b = (<uint32_t*>right)[0]
    return (a > b) - (a < b)
