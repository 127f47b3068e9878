# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Writes one clause into the rows, as differences (see _rows.pyx).

A clause that tests a signal loses its bit in the signal's row 0, which until the end holds the
clauses that do not ask for the signal. Literals without rows become checks.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport qsort

from tacit.runtime._bits cimport add_to_set, in_set, lowest_bit, row_of
from tacit.runtime._checking cimport class_holds
from tacit.runtime._checks cimport Vector, add_reference, push
from tacit.runtime._program cimport NONE, Literal, Op, Signal, Type


cdef enum:
    PLANED = 0xFFFFFFFE  # in `earlier`: the item is in the rows of its list
    SEVERAL = 8  # literals on one signal that rows are made of


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
    """The AND of literals on one signal: `last` and those before it. A few of them go into the rows
    (the classes where one of them may change are tried one by one), the others are checks."""
    cdef Signal* s = &t.draft.program.signals[t.draft.literals[items[last] >> 1].signal]
    cdef uint64_t* word = word_of(t, s, clause)
    cdef uint64_t bit = <uint64_t>1 << (clause & 63)
    cdef uint32_t several[SEVERAL]
    cdef uint32_t count = 0
    cdef uint32_t left = last
    while left != <uint32_t>NONE and count < SEVERAL:
        several[count] = items[left]
        count += 1
        left = t.earlier[left]
    add_all(t, items, left)
    t.points.count = 0
    for i in range(count):
        add_points(t, several[i])
    sort_points(&t.points)
    if all_hold(t, several, count, 0):
        add_absence(t, t.draft.literals[several[0] >> 1].signal, clause)
    if s.type == Type.STRING_LIST:
        if all_hold(t, several, count, 1):
            word[t.draft.program.words] ^= bit
    elif s.type == Type.STRING or s.type == Type.ENUM:
        place_points(t, several, count, word, bit)
    elif not place_stretches(t, several, count, s, word, bit):
        add_all(t, items, last)


cdef void add_all(Table* t, const uint32_t* items, uint32_t last) noexcept nogil:
    """Make checks of an item and those before it on the same signal."""
    while last != <uint32_t>NONE:
        add_reference(&t.checks, items[last])
        last = t.earlier[last]


cdef void add_points(Table* t, uint32_t item) noexcept nogil:
    """The classes that a literal names; of a signal in order also those right behind them."""
    cdef const Literal* l = &t.draft.literals[item >> 1]
    cdef uint32_t i
    cdef uint64_t left
    if l.op == Op.CLASSES:
        add_point(t, <uint32_t>l.a)
        add_point(t, <uint32_t>l.b)
    elif l.op == Op.CLASS_LIST:
        for i in range(l.count):
            add_point(t, (<const uint32_t*><size_t>l.b)[i])
            add_point(t, (<const uint32_t*><size_t>l.b)[i] + 1)
    elif l.op == Op.CLASS_MASK:
        for i in range((l.count + 63) >> 6):
            left = (<const uint64_t*><size_t>l.b)[i]
            while left:
                add_point(t, i * 64 + lowest_bit(left))
                add_point(t, i * 64 + lowest_bit(left) + 1)
                left &= left - 1


cdef void add_point(Table* t, uint32_t cls) noexcept nogil:
    cdef uint32_t* point = <uint32_t*>push(t.draft, &t.points, sizeof(uint32_t))
    if point != NULL:
        point[0] = cls


cdef void sort_points(Vector* points) noexcept nogil:
    """Rising, each once."""
    cdef uint32_t* point = <uint32_t*>points.data
    cdef uint32_t kept = 0
    cdef uint32_t i
    if points.count == 0:
        return
    qsort(point, points.count, sizeof(uint32_t), by_number)
    for i in range(1, points.count):
        if point[i] != point[kept]:
            kept += 1
            point[kept] = point[i]
    points.count = kept + 1


cdef int by_number(const void* left, const void* right) noexcept nogil:
    cdef uint32_t a = (<uint32_t*>left)[0]
    cdef uint32_t b = (<uint32_t*>right)[0]
    return (a > b) - (a < b)


cdef bint all_hold(Table* t, const uint32_t* items, uint32_t count, uint32_t cls) noexcept nogil:
    """Whether all literals are true of a class; class 0 is missing."""
    cdef const Literal* l
    cdef uint32_t i
    for i in range(count):
        l = &t.draft.literals[items[i] >> 1]
        if l.op == Op.HAS:
            if (cls != 0) == (l.negated != (items[i] & 1)):
                return False
        elif cls == 0 or class_holds(l, cls) == (l.negated != (items[i] & 1)):
            return False
    return True


cdef void place_points(
    Table* t, const uint32_t* items, uint32_t count, uint64_t* word, uint64_t bit
) noexcept nogil:
    """Of a text: the classes that some literal names, where they differ from class 1."""
    cdef const uint32_t* point = <const uint32_t*>t.points.data
    cdef uint32_t classes = t.draft.program.signals[t.draft.literals[items[0] >> 1].signal].classes
    cdef size_t words = t.draft.program.words
    cdef bint base = all_hold(t, items, count, 1)
    cdef uint32_t i
    if base:
        word[words] ^= bit
    for i in range(t.points.count):
        if 1 < point[i] < classes and all_hold(t, items, count, point[i]) != base:
            word[point[i] * words] ^= bit


cdef bint place_stretches(
    Table* t, const uint32_t* items, uint32_t count, Signal* s, uint64_t* word, uint64_t bit
) noexcept nogil:
    """Of a signal in order: between two points all classes are alike. False when a row holds more
    than was asked."""
    cdef const uint32_t* point = <const uint32_t*>t.points.data
    cdef uint32_t low = 1
    cdef uint32_t i
    cdef Stretch run
    begin_run(&run, t, s, word, bit)
    for i in range(t.points.count):
        if low < point[i] and all_hold(t, items, count, low):
            add_run(&run, low, min(point[i], s.classes))
        low = max(low, point[i])
    if low < s.classes and all_hold(t, items, count, low):
        add_run(&run, low, s.classes)
    flush_run(&run)
    return run.exact
