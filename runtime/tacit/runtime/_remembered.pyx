# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Section 6, STATE.md section 2: what a device is to remember.

Everything is checked; kept is what deciding asks for: which signals are the host's, what each rule
stands for, groups and their themes, and what the machine signals say when there is no state.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport qsort
from libc.string cimport memchr, memcmp, memset

from tacit.runtime._draft cimport (
    Derived,
    Draft,
    Hold,
    Item,
    Memory,
    borrow,
    check_rising,
    keep,
    stopped,
)
from tacit.runtime._program cimport Literal, Op, Program, Signal, Surface, Theme, Type, add_to_set
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
    MAX_ITEMS_OF_STATE = 4096
    MAX_SLOTS = 400
    MAX_DISTINCT = 256
    MAX_KEEP = 64
    MAX_TABLE = 65535
    MAX_RULES = 100000
    WORD = 0xFFFFFFFF
    ON_EVENTS = 4  # the last cadence
    NO_STATE = 5  # what BLOCK says without a state


cdef enum ItemKind:
    COUNT = 0
    SUM = 1
    DISTINCT = 2
    LAST = 3
    SCORES = 4
    SHOWN = 5
    LAST_SHOWN = 6
    DISMISSED = 7
    UNCLICKED = 8
    SURFACE = 9
    ARM = 10
    SEGMENT = 11


cdef enum Role:
    R_EXACT = 0
    R_LEAST = 1
    R_SINCE = 2
    R_TOP = 3
    R_FUNNEL = 4
    R_FIRST_SEEN = 5
    R_SESSION = 6
    R_BLOCK = 7
    R_HOLD = 8
    R_IN = 9
    R_OUT = 10
    R_ARM = 11
    R_THEME = 12


cdef enum GuardKind:
    G_CAP = 0
    G_COOLDOWN = 1
    G_DISMISSED = 2
    G_UNCLICKED = 3
    G_CHANGES = 4


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


# ---------------------------------------------------------------- 2.2 items


cdef void read_items(Draft* d, Reader* r) noexcept nogil:
    cdef Memory* m = &d.memory
    cdef uint32_t* keys
    cdef uint32_t i
    m.item_count = read_count(r, 0, MAX_ITEMS_OF_STATE)
    m.items = <Item*>borrow(d, m.item_count * sizeof(Item))
    keys = <uint32_t*>borrow(d, m.item_count * sizeof(uint32_t))
    for i in range(m.item_count):
        if stopped(d):
            return
        keys[i] = read_item(d, r, &m.items[i])
        if i and m.items[i].kind == m.items[i - 1].kind and keys[i] <= keys[i - 1]:
            fail(r, Code.ORDER)
        if i and m.items[i].kind < m.items[i - 1].kind:
            fail(r, Code.ORDER)
    if stopped(d) or m.item_count == 0:
        return
    qsort(keys, m.item_count, sizeof(uint32_t), by_number)
    for i in range(1, m.item_count):
        if keys[i] == keys[i - 1]:
            fail(r, Code.DUPLICATE)


cdef int by_number(const void* left, const void* right) noexcept nogil:
    cdef uint32_t a = (<uint32_t*>left)[0]
    cdef uint32_t b = (<uint32_t*>right)[0]
    return (a > b) - (a < b)


cdef uint32_t read_item(Draft* d, Reader* r, Item* item) noexcept nogil:
    """Gives its key."""
    cdef Program* p = d.program
    cdef uint32_t key, count, i
    cdef uint64_t cadence
    item.kind = read_u8(r)
    if item.kind > ItemKind.SEGMENT:
        fail(r, Code.UNKNOWN_CODE)
    key = read_count(r, 0, WORD)
    read_index(r, <uint64_t>p.purpose_count + 1)
    if item.kind <= ItemKind.SCORES:
        read_occurrence(d, r, item.kind)
    elif item.kind <= ItemKind.UNCLICKED:
        read_item_variants(d, r, item)
    if item.kind <= ItemKind.DISTINCT:
        read_window(r, 1)
    elif item.kind == ItemKind.SHOWN:
        read_window(r, 0)
    if item.kind == ItemKind.DISTINCT:
        read_count(r, 1, MAX_DISTINCT)
    elif item.kind == ItemKind.SCORES:
        if read_varint(r) == 0:
            fail(r, Code.COUNT)
        read_count(r, 1, MAX_KEEP)
    elif item.kind == ItemKind.SURFACE:
        item.number = read_index(r, p.surface_count)
    elif item.kind == ItemKind.ARM:
        item.number = <uint32_t>min(read_varint(r), <uint64_t>WORD)
    elif item.kind == ItemKind.SEGMENT:
        read_index(r, p.segment_count)
        cadence = read_varint(r)
        if not 1 <= cadence <= ON_EVENTS:
            fail(r, Code.UNKNOWN_CODE)
        if cadence == ON_EVENTS:
            count = read_count(r, 0, d.memory.event_count)
            for i in range(count):
                read_index(r, d.memory.event_count)
    return key


cdef void read_window(Reader* r, uint32_t least) noexcept nogil:
    cdef uint64_t slot = read_varint(r)
    cdef uint32_t slots
    if slot < least:
        fail(r, Code.COUNT)
    slots = read_count(r, least, MAX_SLOTS)
    if (slot == 0) != (slots == 0):
        fail(r, Code.COUNT)


cdef void read_occurrence(Draft* d, Reader* r, uint8_t kind) noexcept nogil:
    """An event, its condition, and for some kinds one of its fields."""
    cdef Program* p = d.program
    cdef uint32_t event = read_index(r, d.memory.event_count)
    cdef uint32_t where = read_index(r, <uint64_t>p.where_count + 1)
    cdef uint32_t first, end, field, condition, i
    cdef const Literal* literal
    if stopped(d):
        return
    first = d.memory.field_ends[event - 1] if event else p.host_count
    end = d.memory.field_ends[event]
    if where:
        condition = d.condition_count - p.where_count + where - 1
        literal = &d.literals[d.conditions[condition].first_literal]
        for i in range(d.shapes[d.conditions[condition].shape].literals):
            if not first <= literal[i].signal < end:
                fail(r, Code.WRONG_TYPE)
    if kind == ItemKind.SUM or kind == ItemKind.DISTINCT or kind == ItemKind.SCORES:
        field = read_index(r, p.signal_count)
        if not first <= field < end:
            fail(r, Code.WRONG_TYPE)
        elif kind == ItemKind.SUM and p.signals[field].type not in (Type.INT, Type.DOUBLE):
            fail(r, Code.WRONG_TYPE)
        elif kind == ItemKind.SCORES and p.signals[field].type != Type.STRING:
            fail(r, Code.WRONG_TYPE)


cdef void read_item_variants(Draft* d, Reader* r, Item* item) noexcept nogil:
    cdef uint32_t least = 0
    cdef uint32_t i, variant
    item.variant_count = read_count(r, 1, d.program.variant_count)
    item.variants = r.p
    for i in range(item.variant_count):
        variant = read_index(r, d.program.variant_count)
        if variant < least:
            fail(r, Code.ORDER)
        if stopped(d):
            return
        least = variant + 1


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
        if d.memory.derived[i].role == Role.R_THEME:
            p.theme_count += 1
        else:
            add_to_set(p.derived, i)


cdef bint is_named_by_people(uint8_t role) noexcept nogil:
    """Roles of aggregates, whose names have no dot."""
    return role <= Role.R_SESSION and role != Role.R_LEAST


cdef void read_role(Draft* d, Reader* r, const Signal* signal, Derived* out) noexcept nogil:
    cdef uint32_t numbers = 1 << ItemKind.COUNT | 1 << ItemKind.SUM | 1 << ItemKind.DISTINCT
    cdef uint8_t role = read_u8(r)
    cdef uint32_t types = 1 << Type.INT
    if role > Role.R_THEME:
        fail(r, Code.UNKNOWN_CODE)
    if role == Role.R_EXACT or role == Role.R_LEAST:
        types |= 1 << Type.DOUBLE
    elif role == Role.R_TOP:
        types = 1 << Type.STRING_LIST
    elif role == Role.R_FUNNEL or role == Role.R_IN or role == Role.R_OUT:
        types = 1 << Type.BOOL
    if has_dot(&signal.name) == is_named_by_people(role) or not types >> signal.type & 1:
        fail(r, Code.WRONG_TYPE)
    out.role = role
    if role == Role.R_EXACT or role == Role.R_LEAST:
        read_item_of(d, r, numbers)
        if role == Role.R_EXACT:
            read_bit(r)
    elif role == Role.R_SINCE:
        read_item_of(d, r, 1 << ItemKind.LAST)
    elif role == Role.R_TOP:
        read_item_of(d, r, 1 << ItemKind.SCORES)
        read_varint(r)
    elif role == Role.R_FUNNEL:
        read_item_of(d, r, 1 << ItemKind.LAST)
        read_item_of(d, r, 1 << ItemKind.LAST)
        read_varint(r)
        read_varint(r)
        read_bit(r)
    elif role == Role.R_BLOCK:
        out.number = read_index(r, d.program.variant_count)
    elif role == Role.R_IN or role == Role.R_OUT:
        read_item_of(d, r, 1 << ItemKind.SEGMENT)
    elif role >= Role.R_HOLD:
        out.number = read_varint(r)


cdef Item* read_item_of(Draft* d, Reader* r, uint32_t kinds) noexcept nogil:
    """An item of one of these kinds, a bit each; NULL after a fault."""
    cdef uint32_t number = read_index(r, d.memory.item_count)
    if not stopped(d) and not kinds >> d.memory.items[number].kind & 1:
        fail(r, Code.WRONG_TYPE)
    return NULL if stopped(d) else &d.memory.items[number]


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
            (derived.role == Role.R_HOLD and derived.number >= d.memory.hold_count)
            or (derived.role == Role.R_ARM and derived.number >= p.experiment_count)
            or (derived.role == Role.R_THEME and derived.number >= p.group_count)
        ):
            fail(r, Code.INDEX)
        elif derived.role == Role.R_THEME:
            p.themes[n].signal = i
            p.themes[n].group = <uint32_t>derived.number
            n += 1


# ---------------------------------------------------------------- 2.4 guards, 2.5 holds


cdef uint8_t read_flag(Reader* r) noexcept nogil:
    cdef uint8_t flag = read_u8(r)
    if flag > 1:
        fail(r, Code.RESERVED)
    return flag


cdef void read_guards(Draft* d, Reader* r) noexcept nogil:
    """Notes the variants that may not show without a state."""
    cdef uint32_t count = read_count(r, 0, MAX_TABLE)
    cdef uint32_t i
    cdef uint8_t kind
    cdef bint allow
    cdef const Item* item
    d.memory.blocked = <uint8_t*>borrow(d, d.program.variant_count)
    for i in range(count):
        if stopped(d):
            return
        kind = read_u8(r)
        if kind > GuardKind.G_CHANGES:
            fail(r, Code.UNKNOWN_CODE)
            return
        allow = read_flag(r)
        if kind == GuardKind.G_CHANGES:
            item = read_item_of(d, r, 1 << ItemKind.SURFACE)
        else:
            item = read_item_of(d, r, 1 << (ItemKind.SHOWN + kind))
        read_varint(r)
        if stopped(d) or allow:
            continue
        if kind == GuardKind.G_CHANGES:
            block_surface(d, item.number)
        elif kind == GuardKind.G_CAP or kind == GuardKind.G_COOLDOWN:
            block_variants(d, r, item)


cdef void block_surface(Draft* d, uint32_t surface) noexcept nogil:
    cdef const Surface* s = &d.program.surfaces[surface]
    memset(d.memory.blocked + s.first_variant, 1, s.variant_count)


cdef void block_variants(Draft* d, const Reader* r, const Item* item) noexcept nogil:
    cdef Reader again = r[0]
    cdef uint32_t i
    again.p = item.variants
    for i in range(item.variant_count):
        d.memory.blocked[read_varint(&again)] = 1


cdef void read_holds(Draft* d, Reader* r) noexcept nogil:
    """The written rules of entries are checked when it is known how many there are."""
    cdef Memory* m = &d.memory
    cdef const Item* item
    cdef uint32_t i
    m.hold_count = read_count(r, 0, MAX_TABLE)
    m.holds = <Hold*>borrow(d, m.hold_count * sizeof(Hold))
    for i in range(m.hold_count):
        if stopped(d):
            return
        item = read_item_of(d, r, 1 << ItemKind.SURFACE)
        read_varint(r)
        read_varint(r)
        if item == NULL:
            return
        if read_flag(r) == 0:
            block_surface(d, item.number)
        m.holds[i].surface = item.number
        m.holds[i].rules = read_entries(r, d.program.surfaces[item.number].variant_count)


cdef uint64_t read_entries(Reader* r, uint32_t variants) noexcept nogil:
    """One more than the greatest written rule."""
    cdef uint32_t count = read_count(r, 0, MAX_RULES)
    cdef uint64_t last = 0
    cdef uint32_t next_variant = 0
    cdef uint64_t rule
    cdef uint32_t variant, i
    for i in range(count):
        rule = read_varint(r)
        variant = read_index(r, variants)
        if i and (rule < last or (rule == last and variant < next_variant)):
            fail(r, Code.ORDER)
        if r.fault.code:
            return 0
        last = rule
        next_variant = variant + 1
    return last + 1 if count else 0


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
        if derived.role == Role.R_BLOCK and d.memory.blocked[derived.number]:
            p.unstated[i] = class_within(&p.signals[i], NO_STATE)
            add_to_set(p.unstated_set, i)
    for i in range(p.theme_count):
        theme = &p.themes[i]
        count = p.groups[theme.group].theme_count
        theme.classes = <uint32_t*>keep(d, count * sizeof(uint32_t))
        if stopped(d):
            return
        for j in range(count):
            theme.classes[j] = class_within(&p.signals[theme.signal], j + 1)


cdef uint32_t class_within(const Signal* signal, int64_t number) noexcept nogil:
    """The class of a number; 0 if it is out of bounds."""
    if number < signal.least or number > signal.most:
        return 0
    return class_of_int(signal, number)
