# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The parts of section 6 on rules, groups and the person: STATE.md sections 2.7 to 2.9."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memset

from tacit.runtime._draft cimport Condition, Draft, borrow, check_rising, keep, stopped
from tacit.runtime._program cimport NONE, Group, Node, Program, Rule, Standing
from tacit.runtime._reader cimport (
    Code,
    Packed,
    Piece,
    Reader,
    begin_packed,
    end_packed,
    fail,
    next_below,
    next_entry,
    read_count,
    read_index,
    read_texts,
    read_varint,
)

cdef enum:
    MAX_SURFACE_RULES = 20000
    MAX_RULES = 100000
    WORD = 0xFFFFFFFF
    BLOCK_TERM = 1
    THEME_TERM = 2


# ---------------------------------------------------------------- 2.7 rules


cdef void read_standings(Draft* d, Reader* r) noexcept nogil:
    cdef uint32_t written = read_written(d, r)
    cdef uint64_t* terms = <uint64_t*>borrow(d, d.program.rule_count * sizeof(uint64_t))
    cdef uint32_t i
    if stopped(d):
        return
    read_rows(d, r)
    for i in range(2):
        if not stopped(d):
            add_terms(d, r, terms)
    if not stopped(d):
        read_flags(d, r, terms)
    for i in range(d.program.rule_count):
        if not stopped(d) and terms[i] > term_count(d, i):
            fail(r, Code.COUNT)
    for i in range(written):
        if stopped(d):
            return
        read_count(r, 0, WORD)
    name_experiments(d)


cdef uint32_t read_written(Draft* d, Reader* r) noexcept nogil:
    """How many rules were written for each surface; gives how many in all."""
    cdef Program* p = d.program
    cdef Packed counts = begin_packed(r, p.surface_count)
    cdef uint64_t total = 0
    cdef uint64_t count
    cdef uint32_t i
    for i in range(p.surface_count):
        count = next_entry(&counts)
        total += min(count, <uint64_t>MAX_RULES + 1)
        if count > MAX_SURFACE_RULES or total > MAX_RULES:
            fail(r, Code.LIMIT)
            return 0
        p.surfaces[i].written_count = <uint32_t>count
    end_packed(&counts)
    for i in range(d.memory.hold_count):
        if d.memory.holds[i].rules > p.surfaces[d.memory.holds[i].surface].written_count:
            fail(r, Code.INDEX)
    return <uint32_t>total


cdef void read_rows(Draft* d, Reader* r) noexcept nogil:
    """What each rule stands for."""
    cdef Program* p = d.program
    cdef uint64_t* numbers = <uint64_t*>borrow(d, p.rule_count * sizeof(uint64_t))
    cdef Packed entries = begin_packed(r, p.rule_count)
    cdef Rule* rule
    cdef uint64_t standing
    cdef uint32_t i
    if stopped(d):
        return
    for i in range(p.rule_count):
        numbers[i] = next_entry(&entries)
    end_packed(&entries)
    entries = begin_packed(r, p.rule_count)
    for i in range(p.rule_count):
        rule = &p.rules[i]
        standing = next_entry(&entries)
        if standing > Standing.HOLDOUT_NO_UNIT:
            fail(r, Code.UNKNOWN_CODE)
            return
        rule.standing = <uint8_t>standing
        if standing < Standing.HOLDOUT:
            if numbers[i] >= p.surfaces[rule.surface].written_count:
                fail(r, Code.INDEX)
                return
            rule.written = <uint32_t>numbers[i]
    end_packed(&entries)
    entries = begin_packed(r, p.rule_count)
    for i in range(p.rule_count):
        p.rules[i].experiment = next_below(&entries, <uint64_t>p.experiment_count + 1) - 1
    end_packed(&entries)


cdef void add_terms(Draft* d, Reader* r, uint64_t* terms) noexcept nogil:
    cdef Packed entries = begin_packed(r, d.program.rule_count)
    cdef uint32_t i
    for i in range(d.program.rule_count):
        terms[i] += next_entry(&entries)
    end_packed(&entries)


cdef void read_flags(Draft* d, Reader* r, uint64_t* terms) noexcept nogil:
    cdef Packed entries = begin_packed(r, d.program.rule_count)
    cdef uint64_t flags
    cdef uint32_t i
    for i in range(d.program.rule_count):
        flags = next_entry(&entries)
        if flags & ~<uint64_t>(BLOCK_TERM | THEME_TERM):
            fail(r, Code.RESERVED)
            return
        terms[i] += (flags & BLOCK_TERM) + (flags >> 1)
    end_packed(&entries)


cdef uint32_t term_count(Draft* d, uint32_t rule) noexcept nogil:
    """The terms of a rule's *all*, or 1."""
    cdef Program* p = d.program
    cdef const Condition* condition = &d.conditions[p.body_count + p.segment_count + rule]
    cdef const uint8_t* code = d.shapes[condition.shape].code
    cdef uint32_t terms
    if code[0] != Node.ALL:
        return 1
    terms = code[1] & 0x7F  # a varint of at most 4096, checked before
    if code[1] & 0x80:
        terms |= <uint32_t>code[2] << 7
    return terms


cdef void name_experiments(Draft* d) noexcept nogil:
    """The debug section names splits: the first one of an experiment names it for all its rules."""
    cdef Program* p = d.program
    cdef uint32_t* first = <uint32_t*>borrow(d, p.experiment_count * sizeof(uint32_t))
    cdef Rule* rule
    cdef uint32_t i
    if stopped(d):
        return
    memset(first, 0xFF, p.experiment_count * sizeof(uint32_t))
    for i in range(p.rule_count):
        rule = &p.rules[i]
        if rule.naming == <uint32_t>NONE or rule.experiment == <uint32_t>NONE:
            continue
        if p.splits[rule.naming].is_experiment and first[rule.experiment] == <uint32_t>NONE:
            first[rule.experiment] = rule.naming
    for i in range(p.rule_count):
        rule = &p.rules[i]
        if rule.experiment != <uint32_t>NONE:
            rule.naming = first[rule.experiment]


# ---------------------------------------------------------------- 2.8 groups


cdef void read_groups(Draft* d, Reader* r) noexcept nogil:
    cdef Program* p = d.program
    cdef uint32_t i
    p.group_count = read_count(r, 0, p.surface_count)
    p.groups = <Group*>keep(d, p.group_count * sizeof(Group))
    for i in range(p.group_count):
        if stopped(d):
            return
        read_group(d, r, &p.groups[i], i)


cdef void read_group(Draft* d, Reader* r, Group* group, uint32_t number) noexcept nogil:
    cdef Program* p = d.program
    cdef Packed entries
    cdef uint32_t variants = 0
    cdef uint32_t least = 0
    cdef uint32_t i, surface
    group.count = read_count(r, 2, p.surface_count)
    if group.count > <uint64_t>(r.end - r.p):
        fail(r, Code.TRUNCATED)
    if stopped(d):
        return
    group.surfaces = <uint32_t*>keep(d, group.count * sizeof(uint32_t))
    for i in range(group.count):
        surface = read_index(r, p.surface_count)
        if surface < least:
            fail(r, Code.ORDER)
        if stopped(d):
            return
        if p.group_of[surface] != <uint32_t>NONE:
            fail(r, Code.DUPLICATE)
        least = surface + 1
        p.group_of[surface] = number
        group.surfaces[i] = surface
        variants += p.surfaces[surface].variant_count
    read_texts(r, &d.arena, r.end - r.p, &group.theme_count)
    entries = begin_packed(r, variants)
    if stopped(d):
        return
    group.themes = <uint32_t*>keep(d, variants * sizeof(uint32_t))
    for i in range(variants):
        if stopped(d):
            return
        group.themes[i] = next_below(&entries, <uint64_t>group.theme_count + 1)
    end_packed(&entries)


# ---------------------------------------------------------------- 2.9 the person


cdef void read_person(Draft* d, Reader* r) noexcept nogil:
    cdef uint32_t variants = d.program.variant_count
    cdef uint32_t topics
    cdef Piece* names = read_texts(r, &d.arena, r.end - r.p, &topics)
    cdef Packed counts, numbers, again
    cdef uint64_t total = 0
    cdef uint32_t most = 0
    cdef uint32_t i, j, count, least, topic
    if stopped(d):
        return
    check_rising(d, names, topics)
    counts = begin_packed(r, variants)
    again = counts
    for i in range(variants):
        count = next_below(&counts, <uint64_t>topics + 1)
        most = max(most, count)
        total += count
    end_packed(&counts)
    numbers = begin_packed(r, total)
    if most > 1 and numbers.width == 0:  # all 0: they do not rise; nothing vouches for their number
        fail(r, Code.ORDER)
    for i in range(variants):
        least = 0
        for j in range(<uint32_t>next_entry(&again)):
            if stopped(d):
                return
            topic = next_below(&numbers, topics)
            if topic < least:
                fail(r, Code.ORDER)
            least = topic + 1
    end_packed(&numbers)
    read_varint(r)
