# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Sections 3.1 to 3.3 of FORMAT.md: meta, signals, and the heads of the tests."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy

from tacit.runtime._bits cimport add_to_set, rising_bits
from tacit.runtime._constants cimport read_values
from tacit.runtime._draft cimport Draft, Test, borrow, check_distinct, check_rising, keep, stopped
from tacit.runtime._hash cimport absorbed
from tacit.runtime._program cimport (
    BUCKETS,
    NEGATED,
    NONE,
    Key,
    Op,
    Program,
    Range,
    Signal,
    SignalFlag,
    Split,
    Type,
)
from tacit.runtime._reader cimport (
    Code,
    Piece,
    Reader,
    Wide,
    fail,
    read_count,
    read_f64_bits,
    read_index,
    read_svarint,
    read_text,
    read_texts,
    read_u8,
    read_varint,
)

cdef enum:
    MAX_SIGNALS = 1024
    MAX_TABLE = 65535
    MAX_LENGTH = 65535
    MAX_ITEMS = 1024
    MAX_BYTES = 16777216
    EXPIRES = 1
    DEFAULTS_WHEN_EXPIRED = 2
    HOLDOUT = 4


cdef void read_declarations(Draft* d) noexcept nogil:
    read_meta(d, &d.body)
    if not stopped(d):
        read_signals(d, &d.body)
    if not stopped(d) and d.program.has_holdout:
        check_unit(d, &d.body, d.program.holdout.unit.signal)
    if not stopped(d):
        read_tests(d, &d.body)


# ---------------------------------------------------------------- 3.1 meta


cdef void read_meta(Draft* d, Reader* r) noexcept nogil:
    cdef Program* p = d.program
    cdef Range* ranges
    cdef uint8_t flags
    p.project = read_text(r)
    flags = read_u8(r)
    if flags & ~(EXPIRES | DEFAULTS_WHEN_EXPIRED | HOLDOUT):
        fail(r, Code.RESERVED)
    if flags & DEFAULTS_WHEN_EXPIRED and not flags & EXPIRES:
        fail(r, Code.RESERVED)
    if flags & EXPIRES:
        p.has_expiry = True
        p.defaults_when_expired = flags & DEFAULTS_WHEN_EXPIRED != 0
        p.expires = <int64_t>read_varint(r)
        p.reads_time = p.defaults_when_expired
    if flags & HOLDOUT:
        p.has_holdout = True
        p.holdout.unit.signal = <uint32_t>min(read_varint(r), <uint64_t>MAX_BYTES)
        read_salt(d, r, &p.holdout)
        ranges = <Range*>borrow(d, BUCKETS * sizeof(Range))
        if ranges != NULL:
            p.holdout.range_count = read_ranges(d, r, ranges, BUCKETS, 0)
        if not stopped(d):
            p.holdout.ranges = <Range*>keep(d, p.holdout.range_count * sizeof(Range))
            if p.holdout.ranges != NULL:
                memcpy(p.holdout.ranges, ranges, p.holdout.range_count * sizeof(Range))


cdef void read_salt(Draft* d, Reader* r, Split* split) noexcept nogil:
    """Keeps the hash state after the salt and its zero byte."""
    cdef Piece salt = read_text(r)
    cdef uint8_t salted[8]
    cdef size_t i
    cdef uint8_t c
    if stopped(d):
        return
    if salt.size != 3 and salt.size != 7:
        fail(r, Code.SALT)
        return
    for i in range(salt.size):
        c = salt.data[i]
        if not (
            c"a" <= c <= c"z" or c"A" <= c <= c"Z" or c"0" <= c <= c"9" or c == c"_" or c == c"-"
        ):
            fail(r, Code.SALT)
            return
        salted[i] = c
    salted[salt.size] = 0
    split.unit.salted = <uint32_t>salt.size + 1
    split.unit.state = absorbed(0, salted, (salt.size + 1) >> 2)


cdef uint32_t read_ranges(
    Draft* d, Reader* r, Range* out, uint32_t room, uint32_t arm
) noexcept nogil:
    """Puts at most `room` ranges into `out` and says how many."""
    cdef uint32_t count = read_count(r, 1, BUCKETS)
    cdef uint32_t end = 0
    cdef uint32_t gap, length, i
    for i in range(count):
        gap = read_count(r, 1 if i else 0, BUCKETS)
        length = read_count(r, 1, BUCKETS)
        if end + gap + length > BUCKETS or i >= room:
            fail(r, Code.LIMIT)
        if stopped(d):
            return 0
        out[i].start = <uint16_t>(end + gap)
        end += gap + length
        out[i].end = <uint16_t>end
        out[i].arm = arm
    return count


cdef uint32_t read_unit(Draft* d, Reader* r) noexcept nogil:
    cdef uint32_t unit = <uint32_t>min(read_varint(r), <uint64_t>MAX_BYTES)
    check_unit(d, r, unit)
    return unit


cdef void check_unit(Draft* d, Reader* r, uint32_t unit) noexcept nogil:
    cdef Program* p = d.program
    if unit >= p.signal_count:
        fail(r, Code.INDEX)
    elif p.signals[unit].type not in (Type.STRING, Type.INT, Type.ENUM):
        fail(r, Code.WRONG_TYPE)
    else:
        p.signals[unit].is_unit = True


# ---------------------------------------------------------------- 3.2 signals


cdef void read_signals(Draft* d, Reader* r) noexcept nogil:
    cdef Program* p = d.program
    cdef Piece* names
    cdef uint32_t i
    p.purposes = read_texts(r, &p.arena, MAX_BYTES, &p.purpose_count)
    if stopped(d):
        return
    check_rising(d, p.purposes, p.purpose_count)
    p.signal_count = read_count(r, 0, MAX_SIGNALS)
    p.signal_words = (p.signal_count + 63) >> 6
    p.offset_signal = NONE
    p.signals = <Signal*>keep(d, p.signal_count * sizeof(Signal))
    p.necessary = <uint64_t*>keep(d, p.signal_words * 8)
    p.used = <uint64_t*>keep(d, p.signal_words * 8)
    p.host = <uint64_t*>keep(d, p.signal_words * 8)
    p.nameable = <uint64_t*>keep(d, p.signal_words * 8)
    p.host_count = p.signal_count
    names = <Piece*>borrow(d, p.signal_count * sizeof(Piece))
    d.numbers = <Key**>borrow(d, p.signal_count * sizeof(Key*))
    for i in range(p.signal_count):
        if stopped(d):
            return
        read_signal(d, r, i)
        names[i] = p.signals[i].name
        add_to_set(p.host, i)
        add_to_set(p.nameable, i)
        if not p.signals[i].flags & SignalFlag.PURPOSE:
            add_to_set(p.necessary, i)
        if p.signals[i].type == Type.INT and names[i].size == 18:
            if memcmp(names[i].data, b"utc_offset_minutes", 18) == 0:
                p.offset_signal = i
    if not stopped(d):
        check_distinct(d, names, p.signal_count)


cdef void read_signal(Draft* d, Reader* r, uint32_t number) noexcept nogil:
    cdef Signal* s = &d.program.signals[number]
    cdef uint8_t known = SignalFlag.PURPOSE | SignalFlag.MAX_AGE
    s.name = read_text(r)
    s.type = read_u8(r)
    if s.type > Type.STRING_LIST:
        fail(r, Code.UNKNOWN_CODE)
    if s.type == Type.INT or s.type == Type.DOUBLE:
        known |= SignalFlag.MINIMUM | SignalFlag.MAXIMUM
    s.flags = read_u8(r)
    if s.flags & ~known:
        fail(r, Code.RESERVED)
    s.purpose = NONE
    if s.flags & SignalFlag.PURPOSE:
        s.purpose = read_index(r, d.program.purpose_count)
    read_bounds(r, s)
    if s.flags & SignalFlag.MAX_AGE:
        s.max_age = <int64_t>read_varint(r)
        d.program.reads_time = True
    if s.type == Type.STRING or s.type == Type.STRING_LIST:
        s.max_length = read_count(r, 0, MAX_LENGTH)
    if s.type == Type.STRING_LIST:
        s.max_items = read_count(r, 0, MAX_ITEMS)
    read_values(d, r, number)


cdef void read_bounds(Reader* r, Signal* s) noexcept nogil:
    """An int has `least` and `most`, a double `minimum` and `maximum`."""
    s.maximum.high = <uint64_t>-1
    s.least = -<int64_t>Wide.MAX_INT
    s.most = Wide.MAX_INT
    if s.type == Type.INT:
        if s.flags & SignalFlag.MINIMUM:
            s.least = read_svarint(r)
        if s.flags & SignalFlag.MAXIMUM:
            s.most = read_svarint(r)
    else:
        if s.flags & SignalFlag.MINIMUM:
            s.minimum.high = rising_bits(read_f64_bits(r))
        if s.flags & SignalFlag.MAXIMUM:
            s.maximum.high = rising_bits(read_f64_bits(r))
    if s.least > s.most or s.minimum.high > s.maximum.high:
        fail(r, Code.ORDER)


# ---------------------------------------------------------------- 3.3 tests


cdef uint32_t types_of(uint8_t op) noexcept nogil:
    """The types of signal that an op may name, a bit each; 0: there is no such op."""
    cdef uint32_t numbers = 1 << Type.INT | 1 << Type.DOUBLE | 1 << Type.VERSION
    cdef uint32_t texts = 1 << Type.STRING | 1 << Type.STRING_LIST
    if op == Op.HAS:
        return 0x7F
    if op == Op.IS_TRUE:
        return 1 << Type.BOOL
    if Op.LT <= op <= Op.GE:
        return numbers
    if op == Op.AMONG or op == Op.AMONG_MASK or op == Op.IS:
        return numbers | texts | 1 << Type.ENUM
    if Op.STARTS <= op <= Op.CONTAINS or Op.SIZE_LT <= op <= Op.SIZE_EQ:
        return texts
    if op == Op.INCLUDES or op == Op.EXISTS:
        return 1 << Type.STRING_LIST
    return 0


cdef void read_tests(Draft* d, Reader* r) noexcept nogil:
    cdef Test* test
    cdef uint32_t i
    d.test_count = read_count(r, 0, MAX_TABLE)
    d.tests = <Test*>borrow(d, d.test_count * sizeof(Test))
    for i in range(d.test_count):
        if stopped(d):
            return
        test = &d.tests[i]
        read_test(d, r, test)
        if i and order_of(&d.tests[i - 1]) >= order_of(test):
            fail(r, Code.ORDER)


cdef uint32_t order_of(const Test* test) noexcept nogil:
    return <uint32_t>test.negated << 31 | <uint32_t>test.op << 16 | test.signal


cdef void read_test(Draft* d, Reader* r, Test* test) noexcept nogil:
    cdef uint8_t byte = read_u8(r)
    cdef uint64_t signal = read_varint(r)
    cdef uint32_t types
    test.op = byte & ~NEGATED
    test.negated = byte >> 7
    if test.op == Op.SEGMENT:
        if signal != 0:
            fail(r, Code.RESERVED)
        return
    types = types_of(test.op)
    if types == 0:
        fail(r, Code.UNKNOWN_CODE)
    elif test.negated and (Op.LT <= test.op <= Op.GE or Op.SIZE_LT <= test.op <= Op.SIZE_GE):
        fail(r, Code.UNKNOWN_CODE)
    elif signal >= d.program.signal_count:
        fail(r, Code.INDEX)
    elif not types >> d.program.signals[signal].type & 1:
        fail(r, Code.WRONG_TYPE)
    else:
        test.signal = <uint16_t>signal
