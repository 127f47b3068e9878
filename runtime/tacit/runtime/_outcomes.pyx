# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Sections 3.7 to 3.9 of FORMAT.md: surfaces, rules and splits."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memset

from tacit.runtime._declarations cimport check_unit, read_ranges, read_salt, read_unit
from tacit.runtime._draft cimport (
    Draft,
    Traffic,
    borrow,
    check_distinct,
    check_rising,
    keep,
    stopped,
)
from tacit.runtime._hash cimport absorbed
from tacit.runtime._program cimport (
    BUCKETS,
    KINDS,
    NONE,
    Arm,
    Guard,
    Program,
    Range,
    Rule,
    RuleFlag,
    Split,
    Surface,
)
from tacit.runtime._reader cimport (
    Code,
    Packed,
    Reader,
    Stepped,
    begin_packed,
    begin_stepped,
    end_packed,
    end_stepped,
    fail,
    finish,
    next_below,
    next_entry,
    next_step,
    read_count,
    read_index,
    read_texts,
    read_u8,
)

cdef const char* DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

cdef enum:
    MAX_TABLE = 65535
    MAX_VARIANTS = 1024
    MAX_SURFACE_RULES = 20000
    MAX_RULES = 100000
    FORBIDDEN = 4


cdef void read_outcomes(Draft* d) noexcept nogil:
    read_surfaces(d, &d.body)
    if not stopped(d):
        read_rules(d, &d.body)
    finish(&d.body)


# ---------------------------------------------------------------- 3.7 surfaces


cdef void read_surfaces(Draft* d, Reader* r) noexcept nogil:
    cdef Program* p = d.program
    cdef uint32_t i
    p.surface_names = read_texts(r, &p.arena, MAX_TABLE, &p.surface_count)
    if stopped(d):
        return
    check_distinct(d, p.surface_names, p.surface_count)
    p.ids = read_texts(r, &p.arena, r.end - r.p, &p.id_count)
    if stopped(d):
        return
    check_rising(d, p.ids, p.id_count)
    p.surfaces = <Surface*>keep(d, p.surface_count * sizeof(Surface))
    if stopped(d):
        return
    read_heads(d, r)
    if not stopped(d):
        read_variants(d, r)


cdef void read_heads(Draft* d, Reader* r) noexcept nogil:
    """Flags, counts and defaults of all surfaces, a column each."""
    cdef Program* p = d.program
    cdef Surface* end = p.surfaces + p.surface_count
    cdef Surface* s
    cdef uint64_t rules = 0
    cdef Packed entries = begin_packed(r, p.surface_count)
    s = p.surfaces
    while s < end:
        s.flags = <uint8_t>min(next_entry(&entries), <uint64_t>255)
        if s.flags & ~(FORBIDDEN | 3):
            fail(r, Code.RESERVED)
        elif s.flags & 3 == 3:
            fail(r, Code.UNKNOWN_CODE)
        s += 1
    end_packed(&entries)
    entries = begin_packed(r, p.surface_count)
    s = p.surfaces
    while s < end:
        s.first_variant = p.variant_count
        s.variant_count = next_limited(&entries, MAX_VARIANTS)
        p.variant_count += s.variant_count
        if s.variant_count == 0:
            fail(r, Code.COUNT)
        s += 1
    end_packed(&entries)
    entries = begin_packed(r, p.surface_count)
    s = p.surfaces
    while s < end:
        s.default = next_below(&entries, s.variant_count)
        s += 1
    end_packed(&entries)
    entries = begin_packed(r, p.surface_count)
    s = p.surfaces
    while s < end:
        s.first_rule = <uint32_t>rules
        s.rule_count = next_limited(&entries, MAX_SURFACE_RULES)
        s.written_count = s.rule_count
        rules += s.rule_count
        if s.flags & FORBIDDEN and s.rule_count:
            fail(r, Code.COUNT)
        s += 1
    end_packed(&entries)
    if rules != p.rule_count:
        fail(r, Code.COUNT)


cdef uint32_t next_limited(Packed* entries, uint64_t most) noexcept nogil:
    cdef uint64_t entry = next_entry(entries)
    if entry > most:
        fail(entries.reader, Code.LIMIT)
        return 0
    return <uint32_t>entry


cdef void read_variants(Draft* d, Reader* r) noexcept nogil:
    """The ids of the variants of each surface, distinct on it."""
    cdef Program* p = d.program
    cdef uint32_t* last_surface = <uint32_t*>borrow(d, p.id_count * sizeof(uint32_t))
    cdef Packed entries = begin_packed(r, p.variant_count)
    cdef uint32_t i, j, id
    cdef uint32_t at = 0
    if p.variant_count > p.surface_count and entries.width == 0:
        fail(r, Code.DUPLICATE)  # nothing vouches for their number
    if stopped(d):
        return
    p.variant_id = <uint32_t*>keep(d, p.variant_count * sizeof(uint32_t))
    if stopped(d):
        return
    for i in range(p.surface_count):
        for j in range(p.surfaces[i].variant_count):
            id = next_below(&entries, p.id_count)
            if stopped(d):
                return
            if last_surface[id] == i + 1:
                fail(r, Code.DUPLICATE)
            last_surface[id] = i + 1
            p.variant_id[at] = id
            at += 1
    end_packed(&entries)


# ---------------------------------------------------------------- 3.8 rules


cdef void read_rules(Draft* d, Reader* r) noexcept nogil:
    cdef Program* p = d.program
    cdef uint8_t* flags = <uint8_t*>borrow(d, p.rule_count)
    p.rules = <Rule*>keep(d, p.rule_count * sizeof(Rule))
    d.rule_guard = <uint32_t*>borrow(d, p.rule_count * sizeof(uint32_t))
    d.rule_traffic = <uint32_t*>borrow(d, p.rule_count * sizeof(uint32_t))
    d.rule_outcome = <uint32_t*>borrow(d, p.rule_count * sizeof(uint32_t))
    if stopped(d):
        return
    read_flags(d, r, flags)
    if stopped(d):
        return
    read_targets(d, r, flags)
    if not stopped(d):
        read_traffic(d, r)
    if not stopped(d):
        read_schedules(d, r)
    if not stopped(d):
        read_splits(d, r)
    if not stopped(d):
        check_splits(d, r)


cdef void read_flags(Draft* d, Reader* r, uint8_t* flags) noexcept nogil:
    """What each rule has; makes room for it."""
    cdef Program* p = d.program
    cdef Packed entries = begin_packed(r, p.rule_count)
    cdef uint32_t i
    for i in range(p.rule_count):
        flags[i] = <uint8_t>min(next_entry(&entries), <uint64_t>255)
        if flags[i] > 31:
            fail(r, Code.RESERVED)
        elif flags[i] & RuleFlag.LOCAL:
            if not flags[i] & (RuleFlag.START | RuleFlag.END):
                fail(r, Code.RESERVED)
            elif p.offset_signal == <uint32_t>NONE:
                fail(r, Code.LACKING)
        if stopped(d):
            return
        d.rule_guard[i] = NONE
        d.rule_traffic[i] = NONE
        if flags[i] & ~RuleFlag.TRAFFIC:
            d.rule_guard[i] = p.guard_count
            p.guard_count += 1
        if flags[i] & RuleFlag.TRAFFIC:
            d.rule_traffic[i] = d.traffic_count
            d.traffic_count += 1
    end_packed(&entries)
    p.guards = <Guard*>keep(d, p.guard_count * sizeof(Guard))
    d.traffic = <Traffic*>borrow(d, d.traffic_count * sizeof(Traffic))
    if stopped(d):
        return
    for i in range(p.rule_count):
        if d.rule_guard[i] != <uint32_t>NONE:
            p.guards[d.rule_guard[i]].flags = flags[i]


cdef void read_targets(Draft* d, Reader* r, const uint8_t* flags) noexcept nogil:
    """The variant that a rule shows, or its split: those are used once each, in order."""
    cdef Program* p = d.program
    cdef Packed entries = begin_packed(r, p.rule_count)
    cdef uint32_t i, j
    cdef uint32_t rule = 0
    for i in range(p.surface_count):
        for j in range(p.surfaces[i].rule_count):
            p.rules[rule].surface = i
            p.rules[rule].written = j
            p.rules[rule].experiment = NONE
            p.rules[rule].naming = NONE
            if flags[rule] & RuleFlag.SPLIT:
                p.rules[rule].variant = NONE
                if next_entry(&entries) != p.split_count:
                    fail(r, Code.ORDER)
                p.rules[rule].naming = p.split_count
                p.guards[d.rule_guard[rule]].split = p.split_count
                p.split_count += 1
            else:
                p.rules[rule].variant = next_below(&entries, p.surfaces[i].variant_count)
                d.rule_outcome[rule] = KINDS * p.surface_count + rule
            if stopped(d):
                return
            rule += 1
    end_packed(&entries)


cdef void read_traffic(Draft* d, Reader* r) noexcept nogil:
    cdef uint32_t count = d.traffic_count
    cdef Packed entries = begin_packed(r, count)
    cdef Stepped shares
    cdef int64_t share
    cdef uint32_t i
    for i in range(count):
        d.traffic[i].unit = next_below(&entries, d.program.signal_count)
        if not stopped(d):
            check_unit(d, r, d.traffic[i].unit)
    end_packed(&entries)
    shares = begin_stepped(r, count)
    for i in range(count):
        share = next_step(&shares)
        if not 1 <= share < BUCKETS:
            fail(r, Code.NUMBER)
        d.traffic[i].share = <uint32_t>share
    end_stepped(&shares)
    entries = begin_packed(r, 3 * <uint64_t>count)
    for i in range(count):
        d.traffic[i].state = read_digits(r, &entries)
    end_packed(&entries)


cdef uint32_t read_digits(Reader* r, Packed* entries) noexcept nogil:
    """The hash state after a salt of three digits; the zero byte behind it makes a block of four."""
    cdef uint8_t salted[4]
    cdef uint64_t digit
    cdef int i
    for i in range(3):
        digit = next_entry(entries)
        if digit > 63:
            fail(r, Code.SALT)
            return 0
        salted[i] = <uint8_t>DIGITS[digit]
    salted[3] = 0
    return absorbed(0, salted, 1)


cdef void read_schedules(Draft* d, Reader* r) noexcept nogil:
    """Bounds that a rule does not have lie beyond every time."""
    cdef Program* p = d.program
    cdef uint32_t starts = 0
    cdef uint32_t ends = 0
    cdef uint32_t i
    cdef Stepped times
    for i in range(p.guard_count):
        starts += p.guards[i].flags & RuleFlag.START != 0
        ends += p.guards[i].flags & RuleFlag.END != 0
        p.guards[i].start = -(<int64_t>1 << 62)
        p.guards[i].end = <int64_t>1 << 62
    p.reads_time = p.reads_time or starts or ends
    times = begin_stepped(r, starts)
    for i in range(p.guard_count):
        if p.guards[i].flags & RuleFlag.START:
            p.guards[i].start = next_step(&times)
    end_stepped(&times)
    times = begin_stepped(r, ends)
    for i in range(p.guard_count):
        if p.guards[i].flags & RuleFlag.END:
            p.guards[i].end = next_step(&times)
            if p.guards[i].end <= p.guards[i].start:
                fail(r, Code.ORDER)
    end_stepped(&times)


# ---------------------------------------------------------------- 3.9 splits


cdef void read_splits(Draft* d, Reader* r) noexcept nogil:
    cdef Program* p = d.program
    cdef Range* ranges
    cdef uint32_t room, i
    if read_count(r, 0, MAX_RULES) != p.split_count:
        fail(r, Code.ORDER)
    # A split takes 7 bytes at least, and 4 for each arm.
    if p.split_count > <uint64_t>(r.end - r.p) // 7:
        fail(r, Code.TRUNCATED)
    if p.split_count == 0 or stopped(d):
        return
    room = <uint32_t>((r.end - r.p) // 4)
    ranges = <Range*>borrow(d, BUCKETS * sizeof(Range))
    p.splits = <Split*>keep(d, p.split_count * sizeof(Split))
    p.arms = <Arm*>keep(d, room * sizeof(Arm))
    for i in range(p.split_count):
        if stopped(d):
            return
        read_split(d, r, &p.splits[i], ranges, room)


cdef void read_split(
    Draft* d, Reader* r, Split* split, Range* ranges, uint32_t room
) noexcept nogil:
    cdef Program* p = d.program
    cdef uint32_t count = 0
    cdef uint32_t i
    cdef uint8_t flags = read_u8(r)
    if flags > 1:
        fail(r, Code.RESERVED)
    split.is_experiment = flags != 0
    split.unit.signal = read_unit(d, r)
    read_salt(d, r, split)
    split.first_arm = p.arm_count
    split.arm_count = read_count(r, 1, MAX_VARIANTS)
    for i in range(split.arm_count):
        if p.arm_count == room:
            fail(r, Code.TRUNCATED)
        if stopped(d):
            return
        p.arms[p.arm_count].variant = read_index(r, MAX_VARIANTS)
        # Arms that do not overlap have at most BUCKETS ranges together.
        count += read_ranges(d, r, &ranges[count], BUCKETS - count, p.arm_count)
        p.arm_count += 1
    if stopped(d):
        return
    split.ranges = <Range*>keep(d, count * sizeof(Range))
    if stopped(d):
        return
    split.range_count = sort_ranges(r, ranges, count, split.ranges)


cdef void check_splits(Draft* d, Reader* r) noexcept nogil:
    """The arms show variants of the surface whose rule uses the split."""
    cdef Program* p = d.program
    cdef const Split* split
    cdef uint32_t rule, arm
    for rule in range(p.rule_count):
        if p.rules[rule].variant != <uint32_t>NONE:
            continue
        split = &p.splits[p.guards[d.rule_guard[rule]].split]
        for arm in range(split.first_arm, split.first_arm + split.arm_count):
            p.arms[arm].rule = rule
            if p.arms[arm].variant >= p.surfaces[p.rules[rule].surface].variant_count:
                fail(r, Code.INDEX)
                return


cdef uint32_t sort_ranges(
    Reader* r, const Range* ranges, uint32_t count, Range* out
) noexcept nogil:
    """By start, which is a bucket: a table of the starts is all the sorting it takes."""
    cdef uint16_t at[BUCKETS]
    cdef uint32_t i
    cdef uint32_t n = 0
    memset(at, 0, sizeof(at))
    for i in range(count):
        if at[ranges[i].start]:
            fail(r, Code.DUPLICATE)
            return 0
        at[ranges[i].start] = <uint16_t>(i + 1)
    for i in range(BUCKETS):
        if at[i]:
            out[n] = ranges[at[i] - 1]
            if n and out[n - 1].end > out[n].start:
                fail(r, Code.DUPLICATE)
                return 0
            n += 1
    return n
