# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Decides all surfaces at once. No Python anywhere in it.

What one surface does step by step, all do in step: which bit is the first, and whether a unit falls
into a rule's traffic, cannot be foretold, so a branch on it would be guessed wrong every other time,
and a hash on its own is one long wait. Side by side they cost a third.
"""

from libc.stdint cimport uint32_t, uint64_t
from libc.string cimport memcpy, memset

from tacit.runtime._bits cimport lowest_bit
from tacit.runtime._checking cimport find_members
from tacit.runtime._evaluate cimport forget_segments, kind_for_all, pick_in_group, pick_in_live
from tacit.runtime._hash cimport bucket_of, find_buckets, hash_after
from tacit.runtime._position cimport make_blocks
from tacit.runtime._program cimport ALIKE, CHECKED, NONE, Entry, Kind, Program, Run, Signal, Type
from tacit.runtime._scratch cimport Scratch, Value, row_for


cdef enum:
    FORBIDDEN = 4
    SALTED = 4  # bytes of a rule's salt and zero byte


cdef void pick_all(const Program* p, Scratch* s, uint32_t* outcomes) noexcept nogil:
    """The outcome for every surface; all signals in use are in `s`."""
    cdef uint32_t kind = kind_for_all(p, s)
    cdef const Run* run
    cdef uint32_t work = 0
    cdef uint32_t alone = 0
    cdef uint32_t i
    if kind != <uint32_t>NONE:
        pick_alike(p, kind, outcomes)
        return
    if p.uses_segments:
        forget_segments(p, s)
    find_live(p, s)
    # First all surfaces that a bit decides; then those whose first rule has traffic; then the others.
    for i in range(p.surface_count):
        run = &p.runs[i]
        if run.mask:
            outcomes[i] = first_action(p, s, run)
            s.work[work] = i
            work += outcomes[i] >> 31
        else:
            s.alone[alone] = i
            alone += 1
    while work:
        work = try_traffic(p, s, outcomes, work, &alone)
    for i in range(alone):
        outcomes[s.alone[i]] = pick_in_live(p, s, &p.surfaces[s.alone[i]])
    for i in range(p.group_count):
        pick_in_group(p, s, &p.groups[i], NONE, outcomes)


cdef void pick_alike(const Program* p, uint32_t kind, uint32_t* outcomes) noexcept nogil:
    cdef uint32_t i
    for i in range(p.surface_count):
        if p.surfaces[i].flags & FORBIDDEN:
            outcomes[i] = Kind.K_FORBIDDEN * p.surface_count + i
        else:
            outcomes[i] = kind * p.surface_count + i


cdef inline uint32_t first_action(const Program* p, const Scratch* s, const Run* run) noexcept nogil:
    return p.actions[run.word * 64 + lowest_bit(s.live[run.word] & run.mask)]


# ---------------------------------------------------------------- traffic


cdef uint32_t try_traffic(
    const Program* p, Scratch* s, uint32_t* outcomes, uint32_t work, uint32_t* alone
) noexcept nogil:
    """One rule of each surface in `s.work`: it gets the rule's outcome, or the rule's clauses are
    passed over. How many then have a rule to try; what takes more than traffic goes to `s.alone`."""
    cdef const Entry* entry
    cdef const Run* run
    cdef uint32_t count = 0
    cdef uint32_t left = 0
    cdef uint32_t i, surface, taken, outcome
    for i in range(work):
        surface = s.work[i]
        entry = &p.entries[outcomes[surface] & ~<uint32_t>CHECKED]
        s.work[count] = surface
        s.hashes[count] = entry.state
        s.alone[alone[0]] = surface
        taken = entry.flags & ALIKE != 0
        count += taken
        alone[0] += 1 - taken
    find_positions(p, s, count)
    for i in range(count):
        surface = s.work[i]
        run = &p.runs[surface]
        entry = &p.entries[outcomes[surface] & ~<uint32_t>CHECKED]
        # Done with these bits either way; those of other surfaces in the word stay.
        s.live[run.word] &= ~run.mask | ~<uint64_t>0 << (entry.next & 63)
        outcome = first_action(p, s, run)
        # A choice by bits: compilers make a branch of `if`.
        outcome ^= (outcome ^ entry.outcome) & -<uint32_t>(s.hashes[i] < entry.share)
        outcomes[surface] = outcome
        s.work[left] = surface
        left += outcome >> 31
    return left


cdef void find_positions(const Program* p, Scratch* s, uint32_t count) noexcept nogil:
    """States after a salt -> buckets of the common unit; a missing one is in nobody's traffic."""
    cdef Value* v
    cdef uint32_t i
    if count == 0:
        return
    v = &s.values[p.common_unit]
    if s.classes[p.common_unit] == 0:
        memset(s.hashes, 0xFF, count * sizeof(uint32_t))
    elif v.has_blocks or make_blocks(v):
        find_buckets(s.hashes, count, SALTED, v.blocks, v.utf8_size)
    else:  # no memory
        for i in range(count):
            s.hashes[i] = bucket_of(hash_after(s.hashes[i], SALTED, v.utf8, v.utf8_size))


# ---------------------------------------------------------------- live clauses


cdef void find_live(const Program* p, Scratch* s) noexcept nogil:
    """AND the rows of all signals, four at a time."""
    cdef size_t words = p.words
    cdef uint32_t rows = 0
    cdef uint32_t lists = 0
    cdef uint32_t i
    for i in range(p.signal_count):
        if p.signals[i].rows != NULL:
            s.rows[rows] = row_for(p, s, i)
            if p.signals[i].type == Type.STRING_LIST and s.classes[i]:
                s.rows[rows] = list_row(p, &p.signals[i], &s.values[i], s.list_rows + lists * words)
                lists += 1
            rows += 1
    if rows == 0:
        memset(s.live, 0xFF, words * sizeof(uint64_t))
        return
    and_rows(s.live, s.rows, min(rows, <uint32_t>4), words, True)
    i = 4
    while i < rows:
        and_rows(s.live, s.rows + i, min(rows - i, <uint32_t>4), words, False)
        i += 4


cdef const uint64_t* list_row(
    const Program* p, const Signal* g, Value* v, uint64_t* out
) noexcept nogil:
    """What every list allows, and what one with these elements does."""
    cdef size_t words = p.words
    cdef const uint64_t* row = g.rows + (g.row_count - 1) * words
    cdef uint32_t i
    cdef uint64_t left
    cdef size_t k
    if not v.has_members:
        find_members(g, v)
    memcpy(out, row, words * sizeof(uint64_t))
    for i in range((g.classes + 63) >> 6):
        left = v.members[i]
        while left:
            row = g.rows + <size_t>(i * 64 + lowest_bit(left)) * words
            left &= left - 1
            for k in range(words):
                out[k] |= row[k]
    return out


cdef void and_rows(
    uint64_t* live, const uint64_t** rows, uint32_t count, size_t words, bint first
) noexcept nogil:
    """`count` rows, 1 to 4, into `live`."""
    cdef const uint64_t* a = rows[0]
    cdef const uint64_t* b = rows[1] if count > 1 else a
    cdef const uint64_t* c = rows[2] if count > 2 else a
    cdef const uint64_t* e = rows[3] if count > 3 else a
    cdef size_t k
    if first:
        for k in range(words):
            live[k] = a[k] & b[k] & c[k] & e[k]
    else:
        for k in range(words):
            live[k] &= a[k] & b[k] & c[k] & e[k]
