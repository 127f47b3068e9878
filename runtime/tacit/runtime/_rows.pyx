# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Lays the clauses out as bits, and writes the rows of each signal.

A surface with at most 64 clauses lies within one word; a larger one begins at a word.

Rows are first written as differences: of a signal in order (numbers), the row of a class holds the
clauses whose truth changes between the class before and this one; of a text, those whose truth
differs from that for a text that no literal names. So a literal costs a few bits, however many
classes it holds, and one pass over the table makes rows of it.

The table is bounded. A signal in order may share a row among 2, 4, 8 ... neighbouring classes: where
a literal does not hold all classes of a row the bit is set, and the clause checks the literal. A
text with too many classes gets no rows at all, and its literals are checks.
"""

from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from tacit.runtime._bits cimport __builtin_popcountll, add_to_set, in_set, lowest_bit, row_of
from tacit.runtime._checks cimport add_tree, finish_checks, kept, push, start_checks
from tacit.runtime._clauses cimport Clauses, Writer, start_writer, write_rule
from tacit.runtime._draft cimport Draft, Traffic, borrow, keep, stopped
from tacit.runtime._placing cimport Absence, Table, place_clause
from tacit.runtime._program cimport (
    ALIKE,
    CHECKED,
    NONE,
    RARE,
    Entry,
    Guard,
    Kind,
    Op,
    Plane,
    Program,
    Rare,
    RuleFlag,
    Run,
    Signal,
    Surface,
    Type,
)


cdef enum:
    FORBIDDEN = 4
    ROWS = 2048  # in all, whatever the number of clauses ...
    SMALL_TABLE = 524288  # bytes: ... or as many as fit here
    LARGE_TABLE = 67108864  # bytes: but never more than this
    FEW_ROWS = 64  # a signal is not thinned further


cdef struct Stored:
    # The clauses of a rule; the items of each but the first begin where the last one ended.
    uint32_t* ends
    uint32_t* items
    uint32_t count
    bint too_many


cdef void make_rows(Draft* d) noexcept nogil:
    cdef Stored* rules = store_clauses(d)
    cdef Table t
    cdef uint32_t i
    if stopped(d):
        return
    lay_out_surfaces(d, rules)
    if not stopped(d):
        read_sets(d)
    if not stopped(d):
        allot_rows(d)
    if stopped(d):
        return
    memset(&t, 0, sizeof(Table))
    t.draft = d
    start_checks(d, &t.checks)
    d.program.common_unit = d.traffic[0].unit if d.traffic_count else NONE
    t.last_clause = <uint32_t*>borrow(d, d.program.signal_count * sizeof(uint32_t))
    t.last_planed = <uint32_t*>borrow(d, d.program.signal_count * sizeof(uint32_t))
    t.last_item = <uint32_t*>borrow(d, d.program.signal_count * sizeof(uint32_t))
    t.earlier = <uint32_t*>borrow(d, most_items(d, rules) * sizeof(uint32_t))
    for i in range(d.program.surface_count):
        if stopped(d):
            return
        place_surface(&t, rules, i)
    for i in range(d.program.signal_count):
        finish_rows(&d.program.signals[i], d.program.words)
    set_missing(&t)
    finish_checks(&t.checks)
    d.program.entries = <Entry*>kept(d, &t.entries, sizeof(Entry))
    d.program.entry_count = t.entries.count
    d.program.rares = <Rare*>kept(d, &t.rares, sizeof(Rare))
    d.program.rare_count = t.rares.count


# ---------------------------------------------------------------- clauses and their bits


cdef Stored* store_clauses(Draft* d) noexcept nogil:
    cdef Program* p = d.program
    cdef uint32_t before = p.body_count + p.segment_count
    cdef Stored* rules = <Stored*>borrow(d, p.rule_count * sizeof(Stored))
    cdef Writer writer
    cdef Clauses clauses
    cdef uint32_t i, size
    if stopped(d) or not start_writer(d, &writer):
        return NULL
    for i in range(p.rule_count):
        write_rule(&writer, before + i, &clauses)
        size = clauses.ends[clauses.count - 1] if clauses.count else 0
        rules[i].count = clauses.count
        rules[i].too_many = clauses.too_many
        rules[i].ends = <uint32_t*>borrow(d, (clauses.count + size) * sizeof(uint32_t))
        if stopped(d):
            return NULL
        rules[i].items = rules[i].ends + clauses.count
        memcpy(rules[i].ends, clauses.ends, clauses.count * sizeof(uint32_t))
        memcpy(rules[i].items, clauses.items, size * sizeof(uint32_t))
    return rules


cdef uint32_t most_items(Draft* d, const Stored* rules) noexcept nogil:
    cdef uint32_t most = 0
    cdef uint32_t i
    for i in range(d.program.rule_count):
        if rules[i].count:
            most = max(most, rules[i].ends[rules[i].count - 1])
    return most


cdef void lay_out_surfaces(Draft* d, const Stored* rules) noexcept nogil:
    cdef Program* p = d.program
    cdef Surface* s
    cdef uint64_t at = 0
    cdef uint64_t count
    cdef uint32_t i, j
    p.runs = <Run*>keep(d, p.surface_count * sizeof(Run))
    if stopped(d):
        return
    for i in range(p.surface_count):
        s = &p.surfaces[i]
        count = 1  # the default
        for j in range(s.first_rule, s.first_rule + s.rule_count):
            count += rules[j].count
        if (at & 63) + count > 64:
            at = (at + 63) & ~<uint64_t>63
        s.word = <uint32_t>(at >> 6)
        if count <= 64:
            s.word_count = 1
            s.mask = (~<uint64_t>0 >> (64 - count)) << (at & 63)
        else:
            s.word_count = <uint32_t>((count + 63) >> 6)
            s.mask = ~<uint64_t>0 >> (s.word_count * 64 - count)
        at += count
        p.runs[i].word = s.word
        p.runs[i].mask = s.mask if s.word_count == 1 else 0
    p.words = <uint32_t>((at + 63) >> 6)
    p.actions = <uint32_t*>keep(d, <size_t>p.words * 64 * sizeof(uint32_t))


# ---------------------------------------------------------------- what each surface reads


cdef void read_sets(Draft* d) noexcept nogil:
    """Per surface the signals it reads, whichever rule fires; in a group those of the surfaces
    before it too."""
    cdef Program* p = d.program
    cdef size_t words = p.signal_words
    cdef uint32_t i, j
    cdef size_t k
    cdef uint64_t* of_segment = <uint64_t*>borrow(d, p.segment_count * words * 8)
    cdef uint64_t* reads
    p.reads = <uint64_t*>keep(d, p.surface_count * words * 8)
    p.told = <uint64_t*>keep(d, p.surface_count * words * 8)
    p.tabled = <uint64_t*>keep(d, p.surface_count * words * 8)
    if stopped(d):
        return
    for i in range(p.segment_count):
        read_condition(d, p.body_count + i, of_segment, of_segment + i * words)
    for i in range(p.surface_count):
        reads = p.reads + i * words
        if p.has_holdout and not p.surfaces[i].flags & FORBIDDEN:
            add_to_set(reads, p.holdout.unit.signal)
        for j in range(p.surfaces[i].first_rule, p.surfaces[i].first_rule + p.surfaces[i].rule_count):
            read_condition(d, p.body_count + p.segment_count + j, of_segment, reads)
            read_guards(d, j, reads)
    for i in range(p.group_count):
        for j in range(1, p.groups[i].count):
            reads = p.reads + p.groups[i].surfaces[j] * words
            for k in range(words):
                reads[k] |= p.reads[p.groups[i].surfaces[j - 1] * words + k]
    for i in range(p.surface_count):
        reads = p.reads + i * words
        for k in range(words):
            p.surfaces[i].read_count += __builtin_popcountll(reads[k] & p.host[k])
            p.told[i * words + k] = reads[k] & p.nameable[k]
            p.used[k] |= reads[k]
    for k in range(words):
        p.used_count += __builtin_popcountll(p.used[k] & p.host[k])


cdef void read_condition(
    Draft* d, uint32_t condition, const uint64_t* of_segment, uint64_t* out
) noexcept nogil:
    cdef uint32_t first = d.conditions[condition].first_literal
    cdef size_t words = d.program.signal_words
    cdef uint32_t i
    cdef size_t k
    for i in range(first, first + d.shapes[d.conditions[condition].shape].literals):
        if d.literals[i].op == Op.SEGMENT:
            for k in range(words):
                out[k] |= of_segment[d.literals[i].a * words + k]
        else:
            add_to_set(out, d.literals[i].signal)


cdef void read_guards(Draft* d, uint32_t rule, uint64_t* out) noexcept nogil:
    cdef Program* p = d.program
    cdef const Guard* guard
    if d.rule_traffic[rule] != <uint32_t>NONE:
        add_to_set(out, d.traffic[d.rule_traffic[rule]].unit)
    if d.rule_guard[rule] == <uint32_t>NONE:
        return
    guard = &p.guards[d.rule_guard[rule]]
    if guard.flags & RuleFlag.SPLIT:
        add_to_set(out, p.splits[guard.split].unit.signal)
    if guard.flags & RuleFlag.LOCAL:
        add_to_set(out, p.offset_signal)


# ---------------------------------------------------------------- how many rows


cdef bint is_text(const Signal* s) noexcept nogil:
    return s.type == Type.STRING or s.type == Type.ENUM or s.type == Type.STRING_LIST


cdef void allot_rows(Draft* d) noexcept nogil:
    """Rows for each signal that a literal of some clause may need, within the bounds."""
    cdef Program* p = d.program
    cdef size_t row = max(<size_t>p.words, <size_t>1) * 8
    cdef uint64_t room
    cdef uint64_t total = 0
    cdef Signal* s
    cdef Signal* largest
    cdef uint32_t i
    room = min(max(<uint64_t>ROWS, SMALL_TABLE // row), LARGE_TABLE // row)
    for i in range(d.literal_count):
        if not in_set(p.used, d.literals[i].signal):  # in a segment that nobody uses
            continue
        if d.literals[i].op in (Op.CLASSES, Op.CLASS_LIST, Op.CLASS_MASK, Op.HAS, Op.INCLUDES):
            s = &p.signals[d.literals[i].signal]
            s.row_count = s.classes + (s.type == Type.STRING_LIST)
    for i in range(p.signal_count):
        total += p.signals[i].row_count
    while total > room:
        largest = &p.signals[0]
        for i in range(p.signal_count):
            if p.signals[i].row_count > largest.row_count:
                largest = &p.signals[i]
        total -= largest.row_count
        if is_text(largest) or largest.row_count <= FEW_ROWS:
            largest.row_count = 0
        else:
            largest.shift += 1
            largest.row_count = row_of(largest.classes - 1, largest.shift) + 1
            total += largest.row_count
    for i in range(p.signal_count):
        s = &p.signals[i]
        if s.row_count and not stopped(d):
            s.rows = <uint64_t*>keep(d, s.row_count * row)
            if s.rows != NULL:
                memset(s.rows, 0xFF, row)  # row 0 first holds the clauses that do not ask for it
    p.planes = <Plane*>keep(d, p.signal_count * sizeof(Plane))
    if stopped(d):
        return
    for i in range(p.signal_count):
        p.planes[i].rows = p.signals[i].rows
        p.planes[i].shift = p.signals[i].shift
        p.planes[i].bias = (<uint32_t>1 << p.signals[i].shift) - 1


# ---------------------------------------------------------------- writing them


cdef void place_surface(Table* t, const Stored* rules, uint32_t surface) noexcept nogil:
    cdef Program* p = t.draft.program
    cdef const Surface* s = &p.surfaces[surface]
    cdef uint32_t clause = s.word * 64
    cdef uint32_t i
    if s.word_count == 1:
        clause += lowest_bit(s.mask)
    t.tabled = p.tabled + <size_t>surface * p.signal_words
    for i in range(s.first_rule, s.first_rule + s.rule_count):
        place_rule(t, &rules[i], i, clause)
        clause += rules[i].count
        if stopped(t.draft):
            return
    p.actions[clause] = surface
    if s.flags & FORBIDDEN:
        p.actions[clause] += Kind.K_FORBIDDEN * p.surface_count


cdef void place_rule(
    Table* t, const Stored* stored, uint32_t rule, uint32_t clause
) noexcept nogil:
    cdef Draft* d = t.draft
    cdef uint32_t next = clause + stored.count
    cdef uint32_t first = 0
    cdef uint32_t tree = NONE
    cdef uint32_t references, rare, i
    cdef uint8_t planed
    cdef Entry* entry
    if stored.too_many:
        tree = add_tree(&t.checks, d.program.body_count + d.program.segment_count + rule)
    rare = rare_of(t, tree, d.rule_guard[rule])
    for i in range(stored.count):
        references = t.checks.references.count
        planed = place_clause(t, stored.items + first, stored.ends[i] - first, clause)
        first = stored.ends[i]
        if (
            rare == <uint32_t>NONE
            and d.rule_traffic[rule] == <uint32_t>NONE
            and t.checks.references.count == references
        ):
            d.program.actions[clause] = d.rule_outcome[rule]
        else:
            d.program.actions[clause] = CHECKED | t.entries.count
            entry = <Entry*>push(d, &t.entries, sizeof(Entry))
            if entry == NULL:
                return
            entry.first_reference = references
            entry.reference_count = <uint16_t>(t.checks.references.count - references)
            entry.planed = planed
            entry.outcome = d.rule_outcome[rule]
            entry.next = next
            add_guards(d, rule, rare, entry)
        clause += 1


cdef uint32_t rare_of(Table* t, uint32_t tree, uint32_t guard) noexcept nogil:
    cdef Rare* rare
    if tree == <uint32_t>NONE and guard == <uint32_t>NONE:
        return NONE
    rare = <Rare*>push(t.draft, &t.rares, sizeof(Rare))
    if rare == NULL:
        return NONE
    rare.tree = tree
    rare.guard = guard
    return t.rares.count - 1


cdef void add_guards(Draft* d, uint32_t rule, uint32_t rare, Entry* entry) noexcept nogil:
    cdef const Traffic* traffic
    if rare != <uint32_t>NONE:
        entry.flags |= RARE
        entry.rare = rare
    if d.rule_traffic[rule] != <uint32_t>NONE:
        traffic = &d.traffic[d.rule_traffic[rule]]
        entry.flags |= RuleFlag.TRAFFIC
        entry.unit = <uint16_t>traffic.unit
        entry.share = traffic.share
        entry.state = traffic.state
        if entry.flags == RuleFlag.TRAFFIC and entry.reference_count == entry.planed:
            entry.flags |= ALIKE if entry.unit == d.program.common_unit else 0


cdef void finish_rows(Signal* s, size_t words) noexcept nogil:
    """Differences -> rows. Row 0 is left with the clauses that do not ask for the signal."""
    cdef uint32_t i
    if s.rows == NULL:
        return
    xor_row(s.rows + words, s.rows, words)
    if s.type == Type.STRING_LIST:
        finish_list(s, words)
        return
    for i in range(2, s.row_count):
        xor_row(s.rows + i * words, s.rows + (1 if is_text(s) else i - 1) * words, words)


cdef void xor_row(uint64_t* row, const uint64_t* other, size_t words) noexcept nogil:
    cdef size_t k
    for k in range(words):
        row[k] ^= other[k]


cdef void finish_list(Signal* s, size_t words) noexcept nogil:
    """Row 1 has become what every list allows: that goes to the end, and all else is added to it."""
    cdef uint64_t* any = s.rows + words
    cdef const uint64_t* row
    cdef uint32_t i
    cdef size_t k
    memcpy(s.rows + (s.row_count - 1) * words, any, words * sizeof(uint64_t))
    for i in range(2, s.row_count - 1):
        row = s.rows + i * words
        for k in range(words):
            any[k] |= row[k]


cdef void set_missing(Table* t) noexcept nogil:
    """What `!has` says: bits in row 0."""
    cdef const Absence* absences = <const Absence*>t.absences.data
    cdef uint32_t i
    for i in range(t.absences.count):
        add_to_set(t.draft.program.signals[absences[i].signal].rows, absences[i].clause)
