# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Section 6, STATE.md section 2: what a device is to remember.

Everything is checked; kept is what deciding asks for: which signals are the host's, what each rule
stands for, groups and their themes, and what the machine signals say when there is no state.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memchr, memcmp, memset

from tacit.runtime._bits cimport add_to_set
from tacit.runtime._draft cimport (
    Derived,
    Draft,
    ItemKind,
    Memory,
    borrow,
    check_rising,
    keep,
    stopped,
)
from tacit.runtime._items cimport read_flag, read_guards, read_holds, read_item_of, read_items
from tacit.runtime._program cimport Op, Program, Signal, Theme, Type
from tacit.runtime._reader cimport (
    Code,
    Packed,
    Piece,
    Reader,
    begin_bits,
    begin_packed,
    end_packed,
    fail,
    finish,
    next_entry,
    read_count,
    read_index,
    read_texts,
    read_u8,
    read_varint,
)
from tacit.runtime._reading cimport class_of_int
from tacit.runtime._standings cimport read_groups, read_person, read_standings

cdef enum:
    MAX_RULES = 100000
    WORD = 0xFFFFFFFF
    NO_STATE = 5  # what BLOCK says without a state


cdef enum Role:
    EXACT = 0
    LEAST = 1
    SINCE = 2
    TOP = 3
    FUNNEL = 4
    FIRST_SEEN = 5
    SESSION = 6
    BLOCK = 7
    HOLD = 8
    IN = 9
    OUT = 10
    ARM = 11
    THEME = 12


cdef void read_memory(Draft* d) noexcept nogil:
    """Does nothing for a bundle without section 6."""
    cdef Program* p = d.program
    cdef Reader r
    p.group_of = <uint32_t*>keep(d, p.surface_count * sizeof(uint32_t))
    if stopped(d):
        return
    memset(p.group_of, 0xFF, p.surface_count * sizeof(uint32_t))
    if not p.has_memory:
        return
    r.p = p.memory.data
    r.end = p.memory.data + p.memory.size
    r.fault = &d.fault
    read_events(d, &r)
    if not stopped(d):
        check_conditions(d, &r)
    if not stopped(d):
        read_items(d, &r)
    if not stopped(d):
        read_derived(d, &r)
    if not stopped(d):
        read_guards(d, &r)
    if not stopped(d):
        read_holds(d, &r)
    if not stopped(d):
        read_experiments(d, &r)
    if not stopped(d):
        read_standings(d, &r)
    if not stopped(d):
        read_groups(d, &r)
    if not stopped(d):
        check_numbers(d, &r)
    if not stopped(d):
        read_person(d, &r)
    read_varint(&r)
    read_varint(&r)
    finish(&r)


# ---------------------------------------------------------------- 2.1 events


cdef bint has_dot(const Piece* name) noexcept nogil:
    return name.size != 0 and memchr(name.data, c".", name.size) != NULL


cdef void read_events(Draft* d, Reader* r) noexcept nogil:
    cdef Program* p = d.program
    cdef Memory* m = &d.memory
    cdef Piece* names
    cdef Packed counts
    cdef uint64_t end
    cdef uint32_t i, field
    p.host_count = read_count(r, 0, p.signal_count)
    names = read_texts(r, &d.arena, r.end - r.p, &m.event_count)
    if stopped(d):
        return
    check_rising(d, names, m.event_count)
    memset(p.host, 0, p.signal_words * 8)
    for i in range(p.host_count):
        add_to_set(p.host, i)
        if has_dot(&p.signals[i].name):
            fail(r, Code.WRONG_TYPE)
    for i in range(p.host_count, p.signal_count):
        if has_dot(&p.signals[i].name):
            p.nameable[i >> 6] &= ~(<uint64_t>1 << (i & 63))
    m.field_ends = <uint32_t*>borrow(d, m.event_count * sizeof(uint32_t))
    counts = begin_packed(r, m.event_count)
    field = p.host_count
    for i in range(m.event_count):
        end = field + next_entry(&counts)
        if end > p.signal_count:
            fail(r, Code.INDEX)
        if stopped(d):
            return
        while field < end:
            check_field(r, &names[i], &p.signals[field])
            field += 1
        m.field_ends[i] = field
    end_packed(&counts)
    m.field_end = field


cdef void check_field(Reader* r, const Piece* event, const Signal* signal) noexcept nogil:
    cdef const Piece* name = &signal.name
    if (
        name.size < event.size + 2
        or memcmp(name.data, event.data, event.size) != 0
        or name.data[event.size] != c"."
    ):
        fail(r, Code.WRONG_TYPE)
    if signal.type not in (Type.BOOL, Type.INT, Type.DOUBLE, Type.STRING):
        fail(r, Code.WRONG_TYPE)


cdef void check_conditions(Draft* d, Reader* r) noexcept nogil:
    """Fields are read in the conditions of events, and nothing else is; units are the host's."""
    cdef Program* p = d.program
    cdef uint32_t wheres = d.literal_count
    cdef bint is_field
    cdef uint32_t i
    if p.where_count:
        wheres = d.conditions[d.condition_count - p.where_count].first_literal
    for i in range(d.literal_count):
        is_field = (
            d.literals[i].op != Op.SEGMENT
            and p.host_count <= d.literals[i].signal < d.memory.field_end
        )
        if is_field != (i >= wheres):
            fail(r, Code.WRONG_TYPE)
    for i in range(d.traffic_count):
        if d.traffic[i].unit >= p.host_count:
            fail(r, Code.WRONG_TYPE)
    for i in range(p.split_count):
        if p.splits[i].unit.signal >= p.host_count:
            fail(r, Code.WRONG_TYPE)
    if p.has_holdout and p.holdout.unit.signal >= p.host_count:
        fail(r, Code.WRONG_TYPE)


# ---------------------------------------------------------------- 2.3 derived


cdef void read_derived(Draft* d, Reader* r) noexcept nogil:
    cdef Program* p = d.program
    cdef Packed bits = begin_bits(r, p.host_count, 1)
    cdef uint32_t i
    p.declared = <uint64_t*>keep(d, p.signal_words * 8)
    p.derived = <uint64_t*>keep(d, p.signal_words * 8)
    d.memory.derived = <Derived*>borrow(d, p.signal_count * sizeof(Derived))
    if stopped(d):
        return
    for i in range(p.host_count):
        if next_entry(&bits):
            add_to_set(p.declared, i)
    for i in range(d.memory.field_end, p.signal_count):
        read_role(d, r, &p.signals[i], &d.memory.derived[i])
        if stopped(d):
            return
        if d.memory.derived[i].role == Role.THEME:
            p.theme_count += 1
        else:
            add_to_set(p.derived, i)


cdef bint is_named_by_people(uint8_t role) noexcept nogil:
    """Roles of aggregates, whose names have no dot."""
    return role <= Role.SESSION and role != Role.LEAST


cdef void read_role(Draft* d, Reader* r, const Signal* signal, Derived* out) noexcept nogil:
    cdef uint32_t numbers = 1 << ItemKind.COUNT | 1 << ItemKind.SUM | 1 << ItemKind.DISTINCT
    cdef uint8_t role = read_u8(r)
    cdef uint32_t types = 1 << Type.INT
    if role > Role.THEME:
        fail(r, Code.UNKNOWN_CODE)
    if role == Role.EXACT or role == Role.LEAST:
        types |= 1 << Type.DOUBLE
    elif role == Role.TOP:
        types = 1 << Type.STRING_LIST
    elif role == Role.FUNNEL or role == Role.IN or role == Role.OUT:
        types = 1 << Type.BOOL
    if has_dot(&signal.name) == is_named_by_people(role) or not types >> signal.type & 1:
        fail(r, Code.WRONG_TYPE)
    out.role = role
    if role == Role.EXACT or role == Role.LEAST:
        read_item_of(d, r, numbers)
        if role == Role.EXACT:
            read_bit(r)
    elif role == Role.SINCE:
        read_item_of(d, r, 1 << ItemKind.LAST)
    elif role == Role.TOP:
        read_item_of(d, r, 1 << ItemKind.SCORES)
        read_varint(r)
    elif role == Role.FUNNEL:
        read_item_of(d, r, 1 << ItemKind.LAST)
        read_item_of(d, r, 1 << ItemKind.LAST)
        read_varint(r)
        read_varint(r)
        read_bit(r)
    elif role == Role.BLOCK:
        out.number = read_index(r, d.program.variant_count)
    elif role == Role.IN or role == Role.OUT:
        read_item_of(d, r, 1 << ItemKind.SEGMENT)
    elif role >= Role.HOLD:
        out.number = read_varint(r)


cdef void read_bit(Reader* r) noexcept nogil:
    if read_varint(r) > 1:
        fail(r, Code.RESERVED)


cdef void check_numbers(Draft* d, Reader* r) noexcept nogil:
    """The holds, experiments and groups that machine signals name; keeps the signals of themes."""
    cdef Program* p = d.program
    cdef const Derived* derived
    cdef uint32_t n = 0
    cdef uint32_t i
    p.themes = <Theme*>keep(d, p.theme_count * sizeof(Theme))
    for i in range(d.memory.field_end, p.signal_count):
        if stopped(d):
            return
        derived = &d.memory.derived[i]
        if (
            (derived.role == Role.HOLD and derived.number >= d.memory.hold_count)
            or (derived.role == Role.ARM and derived.number >= p.experiment_count)
            or (derived.role == Role.THEME and derived.number >= p.group_count)
        ):
            fail(r, Code.INDEX)
        elif derived.role == Role.THEME:
            p.themes[n].signal = i
            p.themes[n].group = <uint32_t>derived.number
            n += 1


# ---------------------------------------------------------------- 2.6 experiments


cdef void read_experiments(Draft* d, Reader* r) noexcept nogil:
    cdef Program* p = d.program
    cdef Memory* m = &d.memory
    cdef uint8_t* wanted  # items for the arm of each
    cdef uint32_t i, arms
    p.experiment_count = read_count(r, 0, MAX_RULES)
    wanted = <uint8_t*>borrow(d, p.experiment_count)
    for i in range(p.experiment_count):
        if stopped(d):
            return
        read_count(r, 0, WORD)
        wanted[i] = read_flag(r)
        read_texts(r, &d.arena, r.end - r.p, &arms)
    for i in range(m.item_count):
        if stopped(d):
            return
        if m.items[i].kind == ItemKind.ARM:
            if m.items[i].number >= p.experiment_count:
                fail(r, Code.INDEX)
            elif wanted[m.items[i].number] == 0:
                fail(r, Code.COUNT)
            else:
                wanted[m.items[i].number] = 0
    for i in range(p.experiment_count):
        if not stopped(d) and wanted[i]:
            fail(r, Code.COUNT)


# ---------------------------------------------------------------- classes of what is fixed


cdef void place_memory(Draft* d) noexcept nogil:
    """The classes of what machine signals say without a state, and of each theme."""
    cdef Program* p = d.program
    cdef const Derived* derived
    cdef Theme* theme
    cdef uint32_t i, j, count
    if not p.has_memory:
        return
    p.unstated = <uint32_t*>keep(d, p.signal_count * sizeof(uint32_t))
    p.unstated_set = <uint64_t*>keep(d, p.signal_words * 8)
    if stopped(d):
        return
    for i in range(p.surface_count):
        d.memory.blocked[p.surfaces[i].first_variant + p.surfaces[i].default] = 0
    for i in range(d.memory.field_end, p.signal_count):
        derived = &d.memory.derived[i]
        if derived.role == Role.BLOCK and d.memory.blocked[derived.number]:
            p.unstated[i] = class_within(&p.signals[i], NO_STATE)
            add_to_set(p.unstated_set, i)
    for i in range(p.theme_count):
        theme = &p.themes[i]
        count = p.groups[theme.group].theme_count
        theme.classes = <uint32_t*>keep(d, count * sizeof(uint32_t))
        if stopped(d):
            return
        for j in range(count):
            theme.classes[j] = class_of_int(&p.signals[theme.signal], j + 1)


cdef uint32_t class_within(const Signal* signal, int64_t number) noexcept nogil:
    """The class of a number; 0 if it is out of bounds."""
    if number < signal.least or number > signal.most:
        return 0
    return class_of_int(signal, number)
