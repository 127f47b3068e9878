# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Decides one surface from the classes of the signals. No Python anywhere in it. `_together` decides
all of them.

An *outcome* is a number: kind * surfaces + surface for a decision that names no rule, then the
rules, then the arms of the splits.
"""

from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.string cimport memset

from tacit.runtime._bits cimport lowest_bit
from tacit.runtime._checking cimport is_true, reference_holds
from tacit.runtime._position cimport arm_at, position_of, unit_position
from tacit.runtime._program cimport (
    CHECKED,
    KINDS,
    NONE,
    RARE,
    Entry,
    Group,
    Guard,
    Kind,
    Program,
    Rare,
    Rule,
    RuleFlag,
    Split,
    Standing,
    Surface,
)
from tacit.runtime._scratch cimport Scratch, Value, row_for


cdef enum:
    FORBIDDEN = 4
    CLAUSE_FAILED = 0xFFFFFFFF
    RULE_FAILED = 0xFFFFFFFE
    LOCAL_LIMIT = 1000000000000  # minutes; more is as far from every schedule


# ---------------------------------------------------------------- before the rules


cdef inline uint32_t kind_for_all(const Program* p, Scratch* s) noexcept nogil:
    """The kind that all surfaces which are not forbidden have alike, or NONE: ask the rules."""
    cdef uint32_t position
    if s.off:
        return Kind.K_OPTED_OUT
    if p.defaults_when_expired and s.now >= p.expires:
        return Kind.K_EXPIRED
    if p.has_holdout:
        position = unit_position(s, &p.holdout.unit)
        if position == <uint32_t>NONE:
            return Kind.K_HOLDOUT_NO_UNIT
        if arm_at(&p.holdout, position) != <uint32_t>NONE:
            return Kind.K_HOLDOUT
    return NONE


cdef uint32_t pick_one(const Program* p, Scratch* s, uint32_t surface) noexcept nogil:
    """The outcome for one surface; the signals it reads are in `s`."""
    cdef const Surface* f = &p.surfaces[surface]
    cdef uint32_t kind
    if f.flags & FORBIDDEN:
        return Kind.K_FORBIDDEN * p.surface_count + surface
    kind = kind_for_all(p, s)
    if kind != <uint32_t>NONE:
        return kind * p.surface_count + surface
    if p.uses_segments:
        forget_segments(p, s)
    if p.group_of[surface] != <uint32_t>NONE:
        return pick_in_group(p, s, &p.groups[p.group_of[surface]], surface, NULL)
    return pick_alone(p, s, surface)


cdef inline uint32_t pick_alone(const Program* p, Scratch* s, uint32_t surface) noexcept nogil:
    """What the rules of a surface say."""
    cdef const Surface* f = &p.surfaces[surface]
    if f.word_count == 1:
        return pick_in_word(p, s, f, p.tabled + <size_t>surface * p.signal_words)
    return pick_in_words(p, s, f, p.tabled + <size_t>surface * p.signal_words)


# ---------------------------------------------------------------- groups


cdef uint32_t pick_in_group(
    const Program* p, Scratch* s, const Group* group, uint32_t last, uint32_t* outcomes
) noexcept nogil:
    """Decide the surfaces of a group in order, up to `last`, whose outcome it gives, or all of them.
    `outcomes`: what the rules say while no theme is set, for each surface; it is brought up to date.
    Afterwards no theme is set: to all other surfaces the signals of themes are missing."""
    cdef uint32_t theme = 0
    cdef uint32_t first_variant = 0
    cdef uint32_t outcome = NONE
    cdef uint32_t number = p.group_of[group.surfaces[0]]
    cdef uint32_t i, surface
    for i in range(group.count):
        surface = group.surfaces[i]
        if outcomes == NULL or theme:
            outcome = outcome_in_group(p, s, surface)
            if outcomes != NULL:
                outcomes[surface] = outcome
        else:
            outcome = outcomes[surface]
        if surface == last:
            break
        if theme == 0:
            theme = group.themes[first_variant + shown(p, surface, outcome)]
            if theme:
                set_theme(p, s, number, theme)
        first_variant += p.surfaces[surface].variant_count
    if theme:
        set_theme(p, s, number, 0)
    return outcome


cdef uint32_t outcome_in_group(const Program* p, Scratch* s, uint32_t surface) noexcept nogil:
    if p.surfaces[surface].flags & FORBIDDEN:
        return Kind.K_FORBIDDEN * p.surface_count + surface
    return pick_alone(p, s, surface)


cdef uint32_t shown(const Program* p, uint32_t surface, uint32_t outcome) noexcept nogil:
    """The variant of an outcome, as an index on its surface."""
    cdef const Rule* rule
    cdef uint32_t variant
    if outcome < KINDS * p.surface_count:
        return p.surfaces[surface].default
    outcome -= KINDS * p.surface_count
    if outcome < p.rule_count:
        rule = &p.rules[outcome]
        variant = rule.variant
    else:
        rule = &p.rules[p.arms[outcome - p.rule_count].rule]
        variant = p.arms[outcome - p.rule_count].variant
    return p.surfaces[surface].default if rule.standing >= Standing.BLOCKED else variant


cdef void set_theme(const Program* p, Scratch* s, uint32_t group, uint32_t theme) noexcept nogil:
    """What the signals of a group's theme say from now on; 0: none is set."""
    cdef uint32_t i
    for i in range(p.theme_count):
        if p.themes[i].group == group:
            s.classes[p.themes[i].signal] = p.themes[i].classes[theme - 1] if theme else 0
    if p.uses_segments:
        forget_segments(p, s)


cdef void forget_segments(const Program* p, Scratch* s) noexcept nogil:
    memset(s.segments, 0, p.segment_count)
    s.deep = 0


# ---------------------------------------------------------------- live clauses


cdef inline uint32_t pick_in_word(
    const Program* p, Scratch* s, const Surface* f, const uint64_t* tabled
) noexcept nogil:
    cdef uint64_t live = f.mask
    cdef uint64_t left
    cdef uint32_t i
    for i in range(p.signal_words):
        left = tabled[i]
        while left:
            live &= row_for(p, s, i * 64 + lowest_bit(left))[f.word]
            left &= left - 1
    s.resume = 0
    return settle(p, s, f.word, live, False)


cdef uint32_t pick_in_words(
    const Program* p, Scratch* s, const Surface* f, const uint64_t* tabled
) noexcept nogil:
    """A surface of more than 64 clauses: word by word to the first that decides."""
    cdef uint32_t rows = 0
    cdef uint32_t i, word, outcome
    cdef uint64_t live, left
    for i in range(p.signal_words):
        left = tabled[i]
        while left:
            s.rows[rows] = row_for(p, s, i * 64 + lowest_bit(left))
            rows += 1
            left &= left - 1
    s.resume = 0
    for word in range(f.word, f.word + f.word_count):
        live = ~<uint64_t>0
        for i in range(rows):
            live &= s.rows[i][word]
        if word == f.word + f.word_count - 1:
            live &= f.mask
        outcome = settle(p, s, word, live, False)
        if outcome != <uint32_t>CLAUSE_FAILED:
            return outcome
    return NONE  # never: the last clause is always true


cdef uint32_t pick_in_live(const Program* p, Scratch* s, const Surface* f) noexcept nogil:
    cdef uint32_t word, outcome
    cdef uint64_t live
    s.resume = 0
    for word in range(f.word, f.word + f.word_count):
        live = s.live[word]
        if word == f.word + f.word_count - 1:
            live &= f.mask
        outcome = settle(p, s, word, live, True)
        if outcome != <uint32_t>CLAUSE_FAILED:
            return outcome
    return NONE  # never: the last clause is always true


# ---------------------------------------------------------------- the first that decides


cdef inline uint32_t settle(
    const Program* p, Scratch* s, uint32_t word, uint64_t live, bint all_rows
) noexcept nogil:
    """The outcome of the first live clause of a word that holds, or CLAUSE_FAILED. `all_rows`: the
    rows of lists have been counted in."""
    cdef uint32_t action, outcome
    cdef const Entry* entry
    if s.resume > word * 64:
        if s.resume >= word * 64 + 64:
            return CLAUSE_FAILED
        live &= ~<uint64_t>0 << (s.resume & 63)
    while live:
        action = p.actions[word * 64 + lowest_bit(live)]
        if not action & CHECKED:
            return action
        entry = &p.entries[action & ~<uint32_t>CHECKED]
        outcome = try_entry(p, s, entry, all_rows)
        if outcome == <uint32_t>CLAUSE_FAILED:
            live &= live - 1
        elif outcome == <uint32_t>RULE_FAILED:
            s.resume = entry.next
            if s.resume >= word * 64 + 64:
                break
            live &= ~<uint64_t>0 << (s.resume & 63)
        else:
            return outcome
    return CLAUSE_FAILED


cdef inline uint32_t try_entry(
    const Program* p, Scratch* s, const Entry* entry, bint all_rows
) noexcept nogil:
    cdef uint32_t i = entry.first_reference
    cdef uint32_t end = i + entry.reference_count
    if all_rows:
        i += entry.planed
    while i < end:
        if not reference_holds(p, s, p.references[i]):
            return CLAUSE_FAILED
        i += 1
    if entry.flags & RuleFlag.TRAFFIC:
        if s.classes[entry.unit] == 0:
            return RULE_FAILED
        if position_of(&s.values[entry.unit], entry.state, 4, all_rows) >= entry.share:
            return RULE_FAILED
    if entry.flags & RARE:
        return pass_rare(p, s, &p.rares[entry.rare], entry.outcome)
    return entry.outcome


cdef uint32_t pass_rare(
    const Program* p, Scratch* s, const Rare* rare, uint32_t outcome
) noexcept nogil:
    """A condition that the clause does not stand for, schedule, split: the outcome, or RULE_FAILED."""
    cdef const Guard* g
    cdef const Split* split
    cdef uint32_t position, arm
    if rare.tree != <uint32_t>NONE and not is_true(p, s, rare.tree, False):
        return RULE_FAILED
    if rare.guard == <uint32_t>NONE:
        return outcome
    g = &p.guards[rare.guard]
    if g.flags & (RuleFlag.START | RuleFlag.END) and not is_open(p, s, g):
        return RULE_FAILED
    if not g.flags & RuleFlag.SPLIT:
        return outcome
    split = &p.splits[g.split]
    position = unit_position(s, &split.unit)
    if position == <uint32_t>NONE:
        return RULE_FAILED
    arm = arm_at(split, position)
    if arm == <uint32_t>NONE:
        return RULE_FAILED
    return KINDS * p.surface_count + p.rule_count + arm


cdef bint is_open(const Program* p, const Scratch* s, const Guard* g) noexcept nogil:
    """Whether the time lies within a schedule."""
    cdef int64_t at = s.now
    cdef int64_t minutes
    if g.flags & RuleFlag.LOCAL:
        if s.classes[p.offset_signal] == 0:
            return False
        minutes = s.values[p.offset_signal].number
        at += max(min(minutes, <int64_t>LOCAL_LIMIT), -<int64_t>LOCAL_LIMIT) * 60000
    return g.start <= at < g.end
