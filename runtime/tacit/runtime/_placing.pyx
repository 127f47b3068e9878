# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Writes one clause into the rows, as differences (see _rows.pyx).

A clause that tests a signal loses its bit in the signal's row 0, which until the end holds the
clauses that do not ask for the signal. Literals without rows become checks.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memset

from tacit.runtime._checks cimport add_reference, push
from tacit.runtime._program cimport (
    NONE,
    Literal,
    Op,
    Signal,
    Type,
    add_to_set,
    in_set,
    lowest_bit,
    row_of,
)


cdef enum:
    PLANED = 0xFFFFFFFE  # in `earlier`: the item is in the rows of its list


cdef struct Stretch:
    # Classes of a signal in order, being written to its rows; runs come in rising order.
    Signal* signal
    uint64_t* word  # the clause's word in row 0
    uint64_t bit
    uint32_t words
    uint32_t first  # pending rows [first, end)
    uint32_t end
    bint exact  # no row holds more than was asked


cdef uint8_t place_clause(
    Table* t, const uint32_t* items, uint32_t count, uint32_t clause
) noexcept nogil:
    """How many of the clause's checks, the first of them, the rows of lists see to as well."""
    cdef const Literal* l
    cdef uint8_t planed = 0
    cdef uint32_t i, s
    for i in range(count):
        t.earlier[i] = NONE
        if planed < 255 and place_in_list(t, items[i], clause):
            t.earlier[i] = PLANED
            planed += 1
    for i in range(count):
        l = &t.draft.literals[items[i] >> 1]
        s = l.signal
        if t.earlier[i] == <uint32_t>PLANED:
            continue
        if not has_rows(t, l, clause):
            add_reference(&t.checks, items[i])
            continue
        if t.last_clause[s] == clause + 1:
            t.earlier[i] = t.last_item[s]
        t.last_clause[s] = clause + 1
        t.last_item[s] = i
    for i in range(count):
        l = &t.draft.literals[items[i] >> 1]
        if has_rows(t, l, clause) and t.last_item[l.signal] == i:
            add_to_set(t.tabled, l.signal)
            if t.earlier[i] == <uint32_t>NONE:
                place_literal(t, items[i], clause)
            else:
                place_several(t, items, i, clause)
    return planed


cdef bint place_in_list(Table* t, uint32_t item, uint32_t clause) noexcept nogil:
    """Put the first "includes" of a clause over a list into the list's rows. It becomes a check too,
    for when one surface is decided; all else that the clause asks of the list is checks alone."""
    cdef const Literal* l = &t.draft.literals[item >> 1]
    cdef Signal* s = &t.draft.program.signals[l.signal]
    cdef uint64_t bit = <uint64_t>1 << (clause & 63)
    if l.op != Op.INCLUDES or l.negated != (item & 1) or s.rows == NULL:
        return False
    if t.last_planed[l.signal] == clause + 1:
        return False
    t.last_planed[l.signal] = clause + 1
    word_of(t, s, clause)[l.a * t.draft.program.words] ^= bit
    add_to_set(t.tabled, l.signal)
    add_reference(&t.checks, item)
    return True


cdef bint has_rows(Table* t, const Literal* l, uint32_t clause) noexcept nogil:
    """Whether rows can say this literal of the clause."""
    return (
        (l.op == Op.CLASSES or l.op == Op.HAS or l.op == Op.CLASS_LIST or l.op == Op.CLASS_MASK)
        and t.draft.program.signals[l.signal].rows != NULL
        and t.last_planed[l.signal] != clause + 1
    )


cdef uint64_t* word_of(Table* t, Signal* s, uint32_t clause) noexcept nogil:
    """The clause's word in row 0, in which it loses its bit."""
    cdef uint64_t* word = s.rows + (clause >> 6)
    word[0] &= ~(<uint64_t>1 << (clause & 63))
    return word


cdef void place_literal(Table* t, uint32_t item, uint32_t clause) noexcept nogil:
    cdef const Literal* l = &t.draft.literals[item >> 1]
    cdef Signal* s = &t.draft.program.signals[l.signal]
    cdef bint negated = l.negated != (item & 1)
    cdef uint64_t* word = word_of(t, s, clause)
    cdef uint64_t bit = <uint64_t>1 << (clause & 63)
    cdef size_t words = t.draft.program.words
    if l.op == Op.HAS:
        if negated:
            add_absence(t, l.signal, clause)
        else:
            word[words] ^= bit
    elif s.type == Type.STRING or s.type == Type.ENUM:
        if negated:
            word[words] ^= bit
        toggle_named(s, l, word, bit, words)
    elif not place_runs(t, s, l, negated, word, bit):
        add_reference(&t.checks, item)


cdef void add_absence(Table* t, uint32_t signal, uint32_t clause) noexcept nogil:
    cdef Absence* absence = <Absence*>push(t.draft, &t.absences, sizeof(Absence))
    if absence != NULL:
        absence.signal = signal
        absence.clause = clause


cdef void toggle_named(
    Signal* s, const Literal* l, uint64_t* word, uint64_t bit, size_t words
) noexcept nogil:
    """Toggle the clause in the row of each class that a literal over a text names."""
    cdef const uint32_t* list
    cdef const uint64_t* mask
    cdef uint32_t i
    cdef uint64_t left
    if l.op == Op.CLASSES:
        word[l.a * words] ^= bit
    elif l.op == Op.CLASS_LIST:
        list = <const uint32_t*><size_t>l.b
        for i in range(l.count):
            word[list[i] * words] ^= bit
    else:
        mask = <const uint64_t*><size_t>l.b
        for i in range((l.count + 63) >> 6):
            left = mask[i]
            while left:
                word[(i * 64 + lowest_bit(left)) * words] ^= bit
                left &= left - 1


# ---------------------------------------------------------------- signals in order


cdef bint place_runs(
    Table* t, Signal* s, const Literal* l, bint negated, uint64_t* word, uint64_t bit
) noexcept nogil:
    """A literal over a number, a version or a bool; False when some row holds more than it."""
    cdef Stretch run
    cdef const uint32_t* list
    cdef const uint64_t* mask
    cdef uint32_t i
    cdef uint32_t next = 1
    begin_run(&run, t, s, word, bit)
    if l.op == Op.CLASSES:
        next = add_named(&run, <uint32_t>l.a, <uint32_t>l.b, negated, next)
    elif l.op == Op.CLASS_LIST:
        list = <const uint32_t*><size_t>l.b
        for i in range(l.count):
            next = add_named(&run, list[i], list[i] + 1, negated, next)
    else:
        mask = <const uint64_t*><size_t>l.b
        for i in range(1, s.classes):
            if in_set(mask, i) != negated:
                add_run(&run, i, i + 1)
        next = s.classes
    if negated:
        add_run(&run, next, s.classes)
    flush_run(&run)
    return run.exact


cdef uint32_t add_named(
    Stretch* run, uint32_t low, uint32_t high, bint negated, uint32_t next
) noexcept nogil:
    """Classes that a literal names, or, negated, those between them and the ones before."""
    if negated:
        add_run(run, next, low)
    else:
        add_run(run, low, high)
    return high


cdef void begin_run(Stretch* run, Table* t, Signal* s, uint64_t* word, uint64_t bit) noexcept nogil:
    run.signal = s
    run.word = word
    run.bit = bit
    run.words = t.draft.program.words
    run.first = 0
    run.end = 0
    run.exact = True


cdef void add_run(Stretch* run, uint32_t low, uint32_t high) noexcept nogil:
    """Classes [low, high) of the present ones, as the rows that hold any of them."""
    cdef const Signal* s = run.signal
    cdef uint32_t odd = (<uint32_t>1 << s.shift) - 1
    cdef uint32_t first, end
    if low >= high:
        return
    first = row_of(low, s.shift)
    end = row_of(high - 1, s.shift) + 1
    if (low - 1) & odd or ((high - 1) & odd and high != s.classes):
        run.exact = False
    if first <= run.end and run.end:
        run.end = max(run.end, end)
        return
    flush_run(run)
    run.first = first
    run.end = end


cdef void flush_run(Stretch* run) noexcept nogil:
    if run.end == 0:
        return
    run.word[<size_t>run.first * run.words] ^= run.bit
    if run.end < run.signal.row_count:
        run.word[<size_t>run.end * run.words] ^= run.bit


# ---------------------------------------------------------------- several literals on one signal


cdef void place_several(
    Table* t, const uint32_t* items, uint32_t last, uint32_t clause
) noexcept nogil:
    """The AND of literals on one signal: `last` and those before it."""
    cdef const Literal* l = &t.draft.literals[items[last] >> 1]
    cdef Signal* s = &t.draft.program.signals[l.signal]
    cdef uint64_t low = 1
    cdef uint64_t high = s.classes
    cdef uint32_t i = last
    cdef Stretch run
    if is_ordered(s):
        while i != <uint32_t>NONE:
            l = &t.draft.literals[items[i] >> 1]
            if l.op != Op.CLASSES or l.negated != (items[i] & 1):
                break
            low = max(low, l.a)
            high = min(high, l.b)
            i = t.earlier[i]
        if i == <uint32_t>NONE:
            begin_run(&run, t, s, word_of(t, s, clause), <uint64_t>1 << (clause & 63))
            add_run(&run, <uint32_t>low, <uint32_t>min(high, <uint64_t>s.classes))
            flush_run(&run)
            if not run.exact:
                add_all(t, items, last)
            return
    if s.classes > SMALL_DOMAIN:
        place_literal(t, items[last], clause)
        add_all(t, items, t.earlier[last])
        return
    memset(t.classes, 0xFF, (SMALL_DOMAIN >> 6) * sizeof(uint64_t))
    i = last
    while i != <uint32_t>NONE:
        intersect(t, items[i], s)
        i = t.earlier[i]
    place_classes(t, items, last, clause)


cdef bint is_ordered(const Signal* s) noexcept nogil:
    return s.type != Type.STRING and s.type != Type.ENUM


cdef void add_all(Table* t, const uint32_t* items, uint32_t last) noexcept nogil:
    """Make checks of an item and those before it on the same signal."""
    while last != <uint32_t>NONE:
        add_reference(&t.checks, items[last])
        last = t.earlier[last]


cdef void intersect(Table* t, uint32_t item, Signal* s) noexcept nogil:
    """Leave in `classes` those that an item allows; class 0 is missing."""
    cdef const Literal* l = &t.draft.literals[item >> 1]
    cdef bint negated = l.negated != (item & 1)
    cdef uint32_t classes = 2 if s.type == Type.STRING_LIST else s.classes
    cdef uint32_t at = 0
    cdef uint32_t cls
    cdef bint holds
    for cls in range(classes):
        if cls == 0:
            holds = l.op == Op.HAS and negated
        elif l.op == Op.HAS:
            holds = not negated
        elif l.op == Op.CLASSES:
            holds = (l.a <= cls < l.b) != negated
        elif l.op == Op.CLASS_MASK:
            holds = in_set(<const uint64_t*><size_t>l.b, cls) != negated
        else:
            while at < l.count and (<const uint32_t*><size_t>l.b)[at] < cls:
                at += 1
            holds = (at < l.count and (<const uint32_t*><size_t>l.b)[at] == cls) != negated
        if not holds:
            t.classes[cls >> 6] &= ~(<uint64_t>1 << (cls & 63))


cdef void place_classes(
    Table* t, const uint32_t* items, uint32_t last, uint32_t clause
) noexcept nogil:
    """Write the set `classes`."""
    cdef uint32_t signal = t.draft.literals[items[last] >> 1].signal
    cdef Signal* s = &t.draft.program.signals[signal]
    cdef uint64_t* word = word_of(t, s, clause)
    cdef uint64_t bit = <uint64_t>1 << (clause & 63)
    cdef size_t words = t.draft.program.words
    cdef uint32_t classes = 2 if s.type == Type.STRING_LIST else s.classes
    cdef uint32_t cls
    cdef bint base
    cdef Stretch run
    if in_set(t.classes, 0):
        add_absence(t, signal, clause)
    if s.type == Type.STRING_LIST:
        if in_set(t.classes, 1):
            word[words] ^= bit
        return
    if is_ordered(s):
        begin_run(&run, t, s, word, bit)
        for cls in range(1, classes):
            if in_set(t.classes, cls):
                add_run(&run, cls, cls + 1)
        flush_run(&run)
        if not run.exact:
            add_all(t, items, last)
        return
    base = in_set(t.classes, 1)
    if base:
        word[words] ^= bit
    for cls in range(2, classes):
        if in_set(t.classes, cls) != base:
            word[cls * words] ^= bit
