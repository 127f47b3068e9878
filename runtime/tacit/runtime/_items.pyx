# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Items, guards and holds: STATE.md sections 2.2, 2.4 and 2.5.

Of guards and holds only this is kept: the variants that may not show when there is no state.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport qsort
from libc.string cimport memset

from tacit.runtime._draft cimport Draft, Hold, Item, ItemKind, Memory, borrow, stopped
from tacit.runtime._program cimport Literal, Program, Surface, Type
from tacit.runtime._reader cimport Code, Reader, fail, read_count, read_index, read_u8, read_varint

cdef enum:
    MAX_ITEMS_OF_STATE = 4096
    MAX_SLOTS = 400
    MAX_DISTINCT = 256
    MAX_KEEP = 64
    MAX_TABLE = 65535
    MAX_RULES = 100000
    WORD = 0xFFFFFFFF
    ON_EVENTS = 4  # the last cadence


cdef enum GuardKind:
    CAP = 0
    COOLDOWN = 1
    DISMISSED = 2
    UNCLICKED = 3
    CHANGES = 4


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


cdef Item* read_item_of(Draft* d, Reader* r, uint32_t kinds) noexcept nogil:
    """An item of one of these kinds, a bit each; NULL after a fault."""
    cdef uint32_t number = read_index(r, d.memory.item_count)
    if not stopped(d) and not kinds >> d.memory.items[number].kind & 1:
        fail(r, Code.WRONG_TYPE)
    return NULL if stopped(d) else &d.memory.items[number]


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
        if kind > GuardKind.CHANGES:
            fail(r, Code.UNKNOWN_CODE)
            return
        allow = read_flag(r)
        if kind == GuardKind.CHANGES:
            item = read_item_of(d, r, 1 << ItemKind.SURFACE)
        else:
            item = read_item_of(d, r, 1 << (ItemKind.SHOWN + kind))
        read_varint(r)
        if stopped(d) or allow:
            continue
        if kind == GuardKind.CHANGES:
            block_surface(d, item.number)
        elif kind == GuardKind.CAP or kind == GuardKind.COOLDOWN:
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
