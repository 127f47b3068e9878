# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""What a surface shows and why."""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport uint32_t, uint64_t

from tacit.runtime._evaluate cimport shown
from tacit.runtime._image cimport Image
from tacit.runtime._program cimport KINDS, NONE, Program, Rule, Standing

from tacit.runtime.reasons import Reason

cdef tuple KIND_REASONS = (
    Reason.DEFAULT,
    Reason.FORBIDDEN,
    Reason.EXPIRED,
    Reason.HOLDOUT,
    Reason.HOLDOUT_NO_UNIT,
    Reason.OPTED_OUT,
)
# By standing; the first also without an experiment.
cdef tuple STANDING_REASONS = (
    Reason.RULE_MATCH,
    Reason.KEPT,
    Reason.ARM_BLOCKED,
    Reason.HOLDOUT,
    Reason.HOLDOUT_NO_UNIT,
)
cdef object SPLIT = Reason.SPLIT
cdef object NO_SURFACE = Reason.NO_SURFACE
cdef object NO_BUNDLE = Reason.NO_BUNDLE


@cython.final
@cython.freelist(64)
cdef class Decision:
    """What a surface shows and why. Does not change; `content` is a fresh copy each time."""

    @property
    def content(self):
        if self.image is None:
            return self.given
        return self.image.content(self.surface_number, self.variant_number)

    @property
    def rule(self):
        if self.image is None or self.rule_number == <uint32_t>NONE:
            return None
        return self.image.rule_name(self.rule_number)

    @property
    def experiment(self):
        if self.image is None or self.rule_number == <uint32_t>NONE:
            return None
        return self.image.experiment_name(self.image.program.rules[self.rule_number].naming)

    @property
    def arm(self):
        if self.image is None or self.arm_number == <uint32_t>NONE:
            return None
        return self.image.variant_name(self.surface_number, self.arm_number)

    @property
    def explanation(self):
        if self.image is None or self.explained == <uint32_t>NONE:
            return None
        return self.image.explanations(self.explained).get(self.image.language)

    @property
    def explanations(self):
        if self.image is None or self.explained == <uint32_t>NONE:
            return {}
        return self.image.explanations(self.explained)

    @property
    def unknown(self):
        if self.names is None:
            if self.words is None:
                self.names = self.image.names_in(&self.missing)
            else:
                self.names = self.image.names_in(<const uint64_t*>PyBytes_AS_STRING(self.words))
        return self.names

    def __eq__(self, other):
        if not isinstance(other, Decision):
            return NotImplemented
        return self is other or essence(self) == essence(other)

    __hash__ = None

    def __repr__(self):
        return (
            f"Decision(surface={self.surface!r}, variant={self.variant!r}, "
            f"reason={str(self.reason)!r}, rule={self.rule!r}, unknown={self.unknown!r})"
        )


cdef tuple essence(Decision d):
    return (
        d.surface,
        d.variant,
        d.reason,
        d.rule,
        d.unknown,
        d.experiment,
        d.arm,
        d.forced,
        d.content,
        d.explanations,
    )


cdef uint32_t rule_of(const Program* p, uint32_t outcome) noexcept nogil:
    """The rule of an outcome, or NONE."""
    cdef uint32_t number = outcome - KINDS * p.surface_count
    if outcome < KINDS * p.surface_count:
        return NONE
    if number < p.rule_count:
        return number
    return p.arms[number - p.rule_count].rule


cdef bint is_forced(Image image, uint32_t outcome, frozenset forced):
    """Whether an outcome is one of an experiment whose arm is forced."""
    cdef uint32_t rule = rule_of(image.program, outcome)
    if rule == <uint32_t>NONE or image.program.rules[rule].standing >= Standing.HOLDOUT:
        return False
    return image.program.rules[rule].experiment in forced


cdef Decision new_decision(
    Image image, uint32_t surface, uint32_t outcome, const uint64_t* missing, bint forced
):
    """`missing`: of the signals that the surface reads."""
    cdef const Program* p = image.program
    cdef Decision d = Decision.__new__(Decision)
    cdef const Rule* rule
    d.image = image
    d.surface = image.surface_names[surface]
    d.surface_number = surface
    d.forced = forced
    d.rule_number = rule_of(p, outcome)
    d.variant_number = shown(p, surface, outcome)
    d.arm_number = NONE
    d.explained = NONE
    if d.rule_number == <uint32_t>NONE:
        d.reason = KIND_REASONS[outcome // p.surface_count]
    else:
        rule = &p.rules[d.rule_number]
        d.reason = STANDING_REASONS[rule.standing]
        if rule.standing >= Standing.HOLDOUT:
            d.rule_number = NONE
        elif outcome >= KINDS * p.surface_count + p.rule_count:
            d.arm_number = p.arms[outcome - KINDS * p.surface_count - p.rule_count].variant
        elif rule.experiment != <uint32_t>NONE:  # an arm that was stored or is forced
            d.arm_number = rule.variant
        if d.arm_number != <uint32_t>NONE and rule.standing == Standing.WRITTEN:
            d.reason = SPLIT
        if rule.standing < Standing.BLOCKED:
            d.explained = d.rule_number
    d.variant = image.variant_name(surface, d.variant_number)
    if p.signal_words <= 1:
        d.missing = missing[0] if p.signal_words else 0
    else:
        d.words = PyBytes_FromStringAndSize(
            <const char*>missing, p.signal_words * sizeof(uint64_t)
        )
    return d


def without_surface(surface, default):
    """The decision for a surface that the bundle does not have."""
    return without(surface, default, NO_SURFACE)


def no_bundle(surface, default=None):
    """The decision while there is no bundle yet: no variant, the caller's default as content."""
    return without(surface, default, NO_BUNDLE)


cdef Decision without(surface, default, reason):
    cdef Decision d = Decision.__new__(Decision)
    d.surface = surface
    d.reason = reason
    d.rule_number = NONE
    d.arm_number = NONE
    d.explained = NONE
    d.names = ()
    d.given = default
    return d
