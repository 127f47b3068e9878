"""The bytes of a bundle as text, section by section, with the offset of everything.

This reads by FORMAT.md alone, not through the encoder's tables, and so shows what is there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Final

import msgpack
from tacit.compiler.dump.notation import version_text
from tacit.compiler.dump.state import read_state
from tacit.compiler.dump.tables import op_text
from tacit.compiler.dump.tape import Damaged, Tape, listed
from tacit.compiler.encode.container import unpack
from tacit.runtime import format as fmt
from tacit.runtime.format import MetaFlag, Node, Op, Place, RuleFlag, Section, SignalFlag, Type


def dump_bundle(bundle: bytes) -> str:
    """A disassembly. Raises ValueError when the bytes are no bundle of this version."""
    sections = unpack(bundle)
    lines = [f"bundle of {len(bundle)} bytes"]
    counts = _Counts()
    counts.has_state = Section.STATE in sections
    for number, payload in sections.items():
        known = number in _READERS
        name = Section(number).name.lower() if known else "unknown"
        lines.append(f"section {number} {name}: {len(payload)} bytes")
        if known:
            tape = Tape(payload)
            try:
                _READERS[Section(number)](tape, counts)
                tape.finish()
            except (ValueError, IndexError) as error:
                raise Damaged(f"section {name}: {error}") from error
            lines += tape.lines
    return "\n".join(lines) + "\n"


class _Counts:
    """How many of each thing the program has; the other sections follow them."""

    signals = segments = rules = splits = surfaces = 0
    variants: tuple[int, ...] = ()  # per surface
    has_state = False


# ------------------------------------------------------------------------- section 1: program


def _program(tape: Tape, counts: _Counts) -> None:
    _meta(tape)
    types, sizes = _signals(tape)
    counts.signals = len(types)
    tape.note("tests")
    tests = [
        (tape.u8("test", op_text), tape.varint("  signal"))
        for _ in range(tape.varint("count of tests"))
    ]
    literals = _shapes(tape)
    tape.note("conditions")
    bodies = tape.varint("bodies")
    counts.segments = tape.varint("segments")
    counts.rules = tape.varint("rules")
    wheres = tape.varint("wheres") if counts.has_state else 0
    shapes = tape.packed("shapes", bodies + counts.segments + counts.rules + wheres)
    uses = Counter(tape.packed("tests of literals", sum(literals[shape] for shape in shapes)))
    tape.note("arguments")
    for number, (op, signal) in enumerate(tests):
        _arguments(tape, f"of test {number}", op, uses[number], sizes[signal] if sizes else 0)
    _surfaces(tape, counts)
    _rules(tape, counts)


def _meta(tape: Tape) -> None:
    tape.note("meta")
    tape.text("project")
    flags = MetaFlag(tape.u8("flags", lambda value: _flags(MetaFlag(value))))
    if MetaFlag.EXPIRES in flags:
        tape.varint("expires")
    if MetaFlag.HOLDOUT in flags:
        tape.varint("holdout unit")
        tape.text("holdout salt")
        _ranges(tape)


def _signals(tape: Tape) -> tuple[list[Type], list[int]]:
    tape.note("signals")
    tape.texts("purposes")
    types, sizes = [], []
    for _ in range(tape.varint("count of signals")):
        tape.text("signal")
        type_ = Type(tape.u8("  type", lambda value: Type(value).name))
        flags = SignalFlag(tape.u8("  flags", lambda value: _flags(SignalFlag(value))))
        if SignalFlag.PURPOSE in flags:
            tape.varint("  purpose")
        for flag, label in ((SignalFlag.MINIMUM, "minimum"), (SignalFlag.MAXIMUM, "maximum")):
            if flag in flags:
                (tape.svarint if type_ is Type.INT else tape.f64)(f"  {label}")
        if SignalFlag.MAX_AGE in flags:
            tape.varint("  most ms of age")
        if type_ in (Type.STRING, Type.STRING_LIST):
            tape.varint("  most code points")
        if type_ is Type.STRING_LIST:
            tape.varint("  most elements")
        types.append(type_)
        sizes.append(_values(tape, type_))
    return types, sizes


def _values(tape: Tape, type_: Type) -> int:
    """Reads the values of a signal; how many there are."""
    match type_:
        case Type.BOOL:
            return 0
        case Type.STRING | Type.ENUM | Type.STRING_LIST:
            return len(tape.texts("  values"))
    count = tape.varint("  count of values")
    if type_ is Type.VERSION:
        for _ in range(count):
            parts = [tape.varint("    part") for _ in range(tape.u8("  parts"))]
            tape.note(f"  = {version_text((*parts, 0, 0, 0)[:4])}")  # type: ignore[arg-type]
        return count
    scale = tape.u8("  scale") if type_ is Type.DOUBLE and count else 0
    if scale == fmt.RAW_SCALE:
        for _ in range(count):
            tape.f64("  value")
    elif count:
        last = tape.svarint("  first")
        found = [last]
        for _ in range(count - 1):
            last += tape.varint("  gap") + 1
            found.append(last)
        shown = [repr(n / 10**scale) if type_ is Type.DOUBLE else str(n) for n in found]
        tape.note(f"  = {listed(shown)}")
    return count


def _shapes(tape: Tape) -> list[int]:
    """Reads the shapes; the number of literals of each."""
    tape.note("shapes")
    literals = []
    for number in range(tape.varint("count of shapes")):
        tape.note(f"shape {number}")
        literals.append(_shape(tape, "  "))
    return literals


def _shape(tape: Tape, indent: str) -> int:
    node = Node(tape.u8(indent + "node", lambda value: Node(value).name))
    if node in (Node.ALL, Node.ANY):
        terms = tape.varint(indent + "terms")
        return sum(_shape(tape, indent + "  ") for _ in range(terms))
    return 1 if node is Node.LITERAL else 0


def _arguments(tape: Tape, label: str, op: int, uses: int, size: int) -> None:
    match op & ~fmt.NEGATED:
        case Op.HAS | Op.IS_TRUE:
            pass
        case Op.STARTS | Op.ENDS | Op.CONTAINS:
            tape.texts(label)
        case Op.AMONG:
            counts = tape.packed(f"{label}, how many", uses)
            tape.packed(label, sum(counts))
        case Op.AMONG_MASK:
            tape.bits(label, uses, size, lambda mask: f"[{_members(mask)}]")
        case _:
            tape.packed(label, uses)


def _members(mask: int) -> str:
    return " ".join(str(bit) for bit in range(mask.bit_length()) if mask >> bit & 1)


def _surfaces(tape: Tape, counts: _Counts) -> None:
    tape.note("surfaces")
    counts.surfaces = len(tape.texts("names"))
    tape.texts("variant ids")
    tape.packed("flags", counts.surfaces, _place)
    counts.variants = tuple(tape.packed("count of variants", counts.surfaces))
    tape.packed("default", counts.surfaces)
    tape.packed("count of rules", counts.surfaces)
    tape.packed("variants", sum(counts.variants))


def _place(flags: int) -> str:
    name = Place(flags & ~fmt.FORBIDDEN).name
    return f"{name}+FORBIDDEN" if flags & fmt.FORBIDDEN else name


def _rules(tape: Tape, counts: _Counts) -> None:
    tape.note("rules")
    flags = [
        RuleFlag(value)
        for value in tape.packed("flags", counts.rules, lambda value: _flags(RuleFlag(value)))
    ]
    tape.packed("outcome", counts.rules)
    limited = sum(RuleFlag.TRAFFIC in flag for flag in flags)
    tape.packed("traffic units", limited)
    tape.stepped("traffic shares", limited)
    tape.packed("traffic salts", 3 * limited, lambda digit: fmt.SALT_DIGITS[digit])
    tape.stepped("starts", sum(RuleFlag.START in flag for flag in flags))
    tape.stepped("ends", sum(RuleFlag.END in flag for flag in flags))
    tape.note("splits")
    counts.splits = tape.varint("count of splits")
    for _ in range(counts.splits):
        tape.u8("split", lambda value: "EXPERIMENT" if value else "-")
        tape.varint("  unit")
        tape.text("  salt")
        for _ in range(tape.varint("  arms")):
            tape.varint("  variant")
            _ranges(tape)


def _ranges(tape: Tape) -> None:
    for _ in range(tape.varint("  ranges")):
        tape.varint("    gap")
        tape.varint("    length")


def _flags(value: MetaFlag | SignalFlag | RuleFlag) -> str:
    return "+".join(flag.name or "?" for flag in type(value) if flag in value) or "-"


# ------------------------------------------------------------------------ the other sections


def _content(tape: Tape, counts: _Counts) -> None:
    lengths = tape.packed("lengths", tape.varint("count of contents"))
    for number, length in enumerate(lengths):
        tape.raw(f"content {number}", length, lambda data: repr(msgpack.unpackb(data)))
    tape.packed("content of each variant", sum(counts.variants))


def _explanations(tape: Tape, counts: _Counts) -> None:
    tape.text("language")
    tape.texts("languages")
    for number in range(tape.varint("count of explanations")):
        for _ in range(tape.varint(f"explanation {number}: texts")):
            tape.varint("  language")
            tape.text("  text")
    tape.packed("explanation of each rule", counts.rules)


def _debug(tape: Tape, counts: _Counts) -> None:
    for label in ("rules", "segments", "experiments", "expressions"):
        tape.texts(label)


def _audit(tape: Tape, counts: _Counts) -> None:
    tape.packed("sources", counts.signals, lambda value: fmt.Source(value).name)
    tape.packed("sensitivities", counts.signals, lambda value: fmt.Sensitivity(value).name)
    for label in (
        "categories",
        "owners of segments",
        "owners of surfaces",
        "goals",
        "reasons why forbidden",
        "owners of rules",
    ):
        tape.texts(label)


def _state(tape: Tape, counts: _Counts) -> None:
    read_state(tape, signals=counts.signals, rules=counts.rules, variants=counts.variants)


_READERS: Final[dict[Section, Callable[[Tape, _Counts], None]]] = {
    Section.PROGRAM: _program,
    Section.CONTENT: _content,
    Section.EXPLANATIONS: _explanations,
    Section.DEBUG: _debug,
    Section.AUDIT: _audit,
    Section.STATE: _state,
}
