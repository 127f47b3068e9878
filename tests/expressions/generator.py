"""Random well-typed expressions, printed twice from one choice: as tacit reads them, and as a stock
CEL engine reads them. Both texts have the same operators, parentheses and blanks; only the listed
deviations differ, and signals are fields of a map `s` for the engine, so that a missing one is an
error there and `has(s.x)` works.

The printer knows CEL's precedence by itself and leaves out parentheses where it can, so a parser
that binds otherwise is found out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from tacit.compiler import ir
from tacit.compiler.expressions import Scope

ENUM = ("none", "silver", "gold", "é")
_TYPES = {
    "b1": "bool",
    "b2": "bool",
    "n1": "int",
    "n2": "int",
    "d1": "double",
    "d2": "double",
    "t1": "string",
    "t2": "string",
    "e1": "enum",
    "v1": "version",
    "v2": "version",
    "l1": "string_list",
    "l2": "string_list",
}
SIGNALS = tuple(
    ir.Signal(name, ir.SignalType(kind), "request", values=ENUM if kind == "enum" else ())
    for name, kind in _TYPES.items()
)
SEGMENTS = ("g1", "g2")
SCOPE = Scope(
    {signal.name: (index, signal) for index, signal in enumerate(SIGNALS)},
    {name: index for index, name in enumerate(SEGMENTS)},
)
_BY_KIND = {
    kind: [name for name, other in _TYPES.items() if other == kind] for kind in _TYPES.values()
}

INTS = (0, 1, 2, 3, -1, 17, 255, 9007199254740991, -9007199254740991)
DOUBLES = (0.0, 0.5, 1.0, 2.5, -1.0, 0.1, 0.30000000000000004, 1e300, 5e-324, 3.0, -0.0)
TEXTS = ("", "a", "ab", "b", "abc", "é", "a\n", 'q"', "\\", "😀", "DE", "e\u0301")
VERSIONS: tuple[ir.Version, ...] = (
    (1, 0, 0, 0),
    (2, 0, 0, 0),
    (2, 9, 0, 0),
    (2, 10, 0, 0),
    (2, 10, 0, 1),
    (0, 0, 0, 0),
    (10, 0, 0, 0),
)
_DURATIONS = ("1h", "60m", "30m", "1.5h", "90m", "0s", "-1s", "1ms", "1h30m", "5400s")


def version_number(version: ir.Version) -> int:
    """A version as the engines get it: one number in the same order. Parts are below 1000."""
    a, b, c, d = version
    return ((a * 1000 + b) * 1000 + c) * 1000 + d


@dataclass
class Case:
    """One expression in both spellings, and whether it is CEL as it stands."""

    tacit: str
    engine: str
    plain: bool
    """No listed deviation is used: the text itself is CEL with declared variables."""
    sized: bool
    """The size of a constant beyond ASCII is asked."""


@dataclass
class _Text:
    """Tokens in both spellings, side by side."""

    parts: list[tuple[str, str]] = field(default_factory=list)
    plain: bool = True
    sized: bool = False

    def same(self, *tokens: str) -> None:
        self.parts += [(token, token) for token in tokens]


# Precedence of what an expression ends up as; see `_Printer.child`.
CHOICE, OR, AND, RELATION, UNARY, MEMBER = range(6)


class Generator:
    """Draws expressions and inputs from one seeded source."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    # ---------------------------------------------------------------- inputs

    def signals(self) -> dict[int, bool | int | float | str | ir.Version | list[str]]:
        """Values by index; each signal is missing three times in ten."""
        values: dict[int, bool | int | float | str | ir.Version | list[str]] = {}
        for index, signal in enumerate(SIGNALS):
            if self.random.random() < 0.3:
                continue
            values[index] = self.value(signal.type)
        return values

    def value(self, kind: ir.SignalType) -> bool | int | float | str | ir.Version | list[str]:
        pick = self.random.choice
        match kind:
            case ir.SignalType.BOOL:
                return pick((True, False))
            case ir.SignalType.INT:
                return pick(INTS)
            case ir.SignalType.DOUBLE:
                return pick(DOUBLES)
            case ir.SignalType.STRING:
                return pick(TEXTS)
            case ir.SignalType.ENUM:
                return pick(ENUM)
            case ir.SignalType.VERSION:
                return pick(VERSIONS)
            case ir.SignalType.STRING_LIST:
                return [pick(TEXTS) for _ in range(self.random.randrange(4))]

    def segments(self) -> dict[int, bool | None]:
        return {index: self.random.choice((True, False, None)) for index in range(len(SEGMENTS))}

    # ---------------------------------------------------------------- expressions

    def case(self) -> Case:
        text = _Text()
        self.condition(text, CHOICE, self.random.choice((0, 1, 1, 2, 2, 3, 3, 4)))
        gaps = [self.gap() for _ in text.parts]
        return Case(
            _join([tacit for tacit, _ in text.parts], gaps),
            _join([engine for _, engine in text.parts], gaps),
            text.plain,
            text.sized,
        )

    def gap(self) -> str:
        roll = self.random.random()
        if roll < 0.6:
            return " "
        if roll < 0.93:
            return ""
        return self.random.choice(("  ", "\n", "\t", " // note\n"))

    def condition(self, out: _Text, least: int, depth: int) -> None:
        """A condition that binds at least as tight as `least`, or stands in parentheses."""
        kind = "atom" if depth <= 0 else self.random.choice(("and", "or", "not", "choose", "atom"))
        power = {"and": AND, "or": OR, "not": UNARY, "choose": CHOICE, "atom": MEMBER}[kind]
        if kind == "atom":
            self.atom(out, least, depth)
            return
        wrap = power < least or self.random.random() < 0.1
        if wrap:
            out.same("(")
        if kind in ("and", "or"):
            for place in range(self.random.choice((2, 2, 3))):
                if place:
                    out.same("&&" if kind == "and" else "||")
                self.condition(out, power if place == 0 else power + 1, depth - 1)
        elif kind == "not":
            for _ in range(self.random.choice((1, 1, 1, 2))):
                out.same("!")
            self.condition(out, MEMBER, depth - 1)
        else:
            self.condition(out, OR, depth - 1)
            out.same("?")
            self.condition(out, OR, depth - 1)
            out.same(":")
            self.condition(out, CHOICE, depth - 1)
        if wrap:
            out.same(")")

    def atom(self, out: _Text, least: int, depth: int) -> None:
        if self.random.random() < 0.25:
            self.random.choice((self.flag, self.flag, self.has, self.affix, self.quantifier))(out)
            return
        wrap = least > RELATION or self.random.random() < 0.05
        if wrap:
            out.same("(")
        kinds = [
            self.numbers,
            self.numbers,
            self.texts,
            self.texts,
            self.versions,
            self.sizes,
            self.listed,
            self.listed,
            self.includes,
            self.constants,
            self.flags,
        ]
        if depth > 0:
            kinds.append(self.compared_condition)
        self.random.choice(kinds)(out)
        if wrap:
            out.same(")")

    # ---------------------------------------------------------------- atoms without parentheses

    def name(self, out: _Text, name: str) -> None:
        out.parts.append((name, f"s.{name}"))

    def flag(self, out: _Text) -> None:
        if self.random.random() < 0.05:
            out.same(self.random.choice(("true", "false")))
        else:
            self.name(out, self.random.choice((*_BY_KIND["bool"], *SEGMENTS)))

    def has(self, out: _Text) -> None:
        out.plain = False
        out.same("has", "(")
        self.name(out, self.random.choice(tuple(_TYPES)))
        out.same(")")

    def affix(self, out: _Text, subject: str | None = None) -> None:
        if subject is not None:
            out.same(subject)
        elif self.random.random() < 0.1:
            out.same(self.text())
        else:
            self.name(out, self.random.choice(_BY_KIND["string"]))
        out.same(
            ".", self.random.choice(("startsWith", "endsWith", "contains")), "(", self.text(), ")"
        )

    def quantifier(self, out: _Text) -> None:
        self.name(out, self.random.choice(_BY_KIND["string_list"]))
        variable = self.random.choice(("v", "x", "t1"))  # a signal's name is hidden inside
        out.same(".", self.random.choice(("exists", "all")), "(", variable, ",")
        self.body(out, variable, self.random.choice((0, 0, 1, 2)))
        out.same(")")

    def body(self, out: _Text, variable: str, depth: int) -> None:
        roll = self.random.random()
        if depth > 0:
            out.same("(")
            self.body(out, variable, depth - 1)
            if roll < 0.7:
                out.same(self.random.choice(("&&", "||")))
                self.body(out, variable, depth - 1)
            else:
                out.same("?")
                self.body(out, variable, depth - 1)
                out.same(":")
                self.body(out, variable, depth - 1)
            out.same(")")
            return
        if roll < 0.1:
            out.same("!")
            self.affix(out, variable)
        elif roll < 0.35:
            self.affix(out, variable)
        elif roll < 0.6:
            self.sides(out, lambda: out.same(variable), lambda: out.same(self.text()), ("==", "!="))
        elif roll < 0.75:
            out.same("(", variable, "in")
            self.list_of(out, lambda: out.same(self.text()))
            out.same(")")
        elif roll < 0.95:
            self.sides(
                out,
                lambda: self.size(out, lambda: out.same(variable)),
                lambda: out.same(self.int_text(self.random.randrange(-1, 4))),
            )
        else:
            out.same(self.random.choice(("true", "false")))

    # ---------------------------------------------------------------- relations

    def sides(self, out, one, other, operators=("==", "!=", "<", "<=", ">", ">=")) -> None:  # type: ignore[no-untyped-def]
        """A relation in parentheses-free form, constant on either side."""
        if self.random.random() < 0.25:
            one, other = other, one
        wrapped = self.random.random() < 0.05
        if wrapped:
            out.same("(")
        one()
        out.same(self.random.choice(operators))
        other()
        if wrapped:
            out.same(")")

    def numbers(self, out: _Text) -> None:
        if self.random.random() < 0.5:
            name = self.random.choice(_BY_KIND["int"])
            self.sides(
                out,
                lambda: self.name(out, name),
                lambda: out.same(self.int_text(self.random.choice(INTS))),
            )
        else:
            name = self.random.choice(_BY_KIND["double"])
            self.sides(out, lambda: self.name(out, name), lambda: self.double(out))

    def texts(self, out: _Text) -> None:
        if self.random.random() < 0.3:
            name, pool = "e1", ENUM
        else:
            name, pool = self.random.choice(_BY_KIND["string"]), TEXTS
        self.sides(
            out,
            lambda: self.name(out, name),
            lambda: out.same(self.text(pool)),
            ("==", "!="),
        )

    def versions(self, out: _Text) -> None:
        name = self.random.choice(_BY_KIND["version"])
        if self.random.random() < 0.3:
            self.name(out, name)
            out.same("in")
            self.list_of(out, lambda: self.version(out))
        else:
            self.sides(out, lambda: self.name(out, name), lambda: self.version(out))

    def sizes(self, out: _Text) -> None:
        name = self.random.choice((*_BY_KIND["string"], *_BY_KIND["string_list"]))
        subject = lambda: self.size(out, lambda: self.name(out, name))  # noqa: E731
        count = lambda: out.same(self.int_text(self.random.randrange(-1, 5)))  # noqa: E731
        if self.random.random() < 0.2:
            subject()
            out.same("in")
            self.list_of(out, count)
        else:
            self.sides(out, subject, count)

    def listed(self, out: _Text) -> None:
        kind = self.random.choice(("int", "double", "string", "enum"))
        self.name(out, self.random.choice(_BY_KIND[kind]))
        out.same("in")
        if kind == "int":
            self.list_of(out, lambda: out.same(self.int_text(self.random.choice(INTS))))
        elif kind == "double":
            self.list_of(out, lambda: self.double(out))
        else:
            pool = ENUM if kind == "enum" else TEXTS
            self.list_of(out, lambda: out.same(self.text(pool)))

    def includes(self, out: _Text) -> None:
        out.same(self.text(), "in")
        self.name(out, self.random.choice(_BY_KIND["string_list"]))

    def flags(self, out: _Text) -> None:
        name = self.random.choice((*_BY_KIND["bool"], *SEGMENTS))
        self.sides(
            out,
            lambda: self.name(out, name),
            lambda: out.same(self.random.choice(("true", "false"))),
            ("==", "!="),
        )

    def compared_condition(self, out: _Text) -> None:
        out.same("(")
        self.condition(out, CHOICE, 1)
        out.same(")", self.random.choice(("==", "!=")), self.random.choice(("true", "false")))

    def constants(self, out: _Text) -> None:
        pick = self.random.choice
        kind = pick(("int", "double", "text", "in", "duration", "size", "version", "bool", "affix"))
        relation = pick(("==", "!=", "<", "<=", ">", ">="))
        match kind:
            case "int":
                out.same(self.int_text(pick(INTS)), relation, self.int_text(pick(INTS)))
            case "double":
                self.double(out)
                out.same(relation)
                self.double(out)
            case "text":
                out.same(self.text(), pick(("==", "!=")), self.text())
            case "in":
                out.same(self.text(), "in")
                self.list_of(out, lambda: out.same(self.text()))
            case "duration":
                for place in range(2):
                    if place:
                        out.same(relation)
                    out.same("duration", "(", f'"{pick(_DURATIONS)}"', ")")
            case "size":
                value = pick(TEXTS)
                out.sized |= not value.isascii()
                self.size(out, lambda: out.same(self.text((value,))))
                out.same(relation, self.int_text(pick((0, 1, 2))))
            case "version":
                self.version(out)
                out.same(relation)
                self.version(out)
            case "bool":
                out.same(pick(("true", "false")), pick(("==", "!=")), pick(("true", "false")))
            case "affix":
                self.affix(out, self.text())

    # ---------------------------------------------------------------- parts

    def size(self, out: _Text, subject) -> None:  # type: ignore[no-untyped-def]
        if self.random.random() < 0.5:
            out.same("size", "(")
            subject()
            out.same(")")
        else:
            subject()
            out.same(".", "size", "(", ")")

    def list_of(self, out: _Text, item) -> None:  # type: ignore[no-untyped-def]
        out.same("[")
        for place in range(self.random.choice((1, 1, 2, 3, 4))):
            if place:
                out.same(",")
            item()
        if self.random.random() < 0.1:
            out.same(",")
        out.same("]")

    def int_text(self, value: int) -> str:
        if self.random.random() < 0.15:
            return f"{'-' if value < 0 else ''}0x{abs(value):x}"
        return str(value)

    def double(self, out: _Text) -> None:
        value = self.random.choice(DOUBLES)
        if value.is_integer() and abs(value) < 100 and self.random.random() < 0.5:
            # Deviation 2: an int literal meets a double.
            out.plain = False
            out.parts.append((str(int(value)), f"{int(value)}.0"))
            return
        text = repr(value)
        if text.startswith("0.") and self.random.random() < 0.3:
            text = text[1:]
        elif value == 2.5 and self.random.random() < 0.3:
            text = self.random.choice(("25e-1", "0.25E1", "2.50e+0"))
        out.same(text)

    def version(self, out: _Text) -> None:
        version = self.random.choice(VERSIONS)
        parts = list(version)
        while len(parts) > 1 and parts[-1] == 0 and self.random.random() < 0.6:
            parts.pop()
        written = ".".join(str(part) for part in parts)
        out.plain = False
        # Deviation 1: the engine compares numbers in the same order.
        out.parts.append((f'version("{written}")', str(version_number(version))))

    def text(self, pool: tuple[str, ...] = TEXTS) -> str:
        value = self.random.choice(pool)
        quote = self.random.choice("\"'")
        style = self.random.random()
        if style < 0.1 and "\\" not in value and quote not in value:
            return f"{self.random.choice('rR')}{quote * 3}{value}{quote * 3}"
        if style < 0.2 and "\\" not in value and quote not in value and "\n" not in value:
            return f"{self.random.choice('rR')}{quote}{value}{quote}"
        escaped = "".join(self.escape(character, quote) for character in value)
        if style < 0.3:
            return quote * 3 + escaped + quote * 3
        return quote + escaped.replace("\n", "\\n") + quote

    def escape(self, character: str, quote: str) -> str:
        code = ord(character)
        if self.random.random() < 0.2:
            forms = [f"\\U{code:08X}"]
            if code <= 0xFFFF:
                forms.append(f"\\u{code:04x}")
            if code <= 0xFF:
                forms += [f"\\x{code:02x}", f"\\X{code:02X}", f"\\{code:03o}"]
            return self.random.choice(forms)
        if character in {quote, "\\"}:
            return "\\" + character
        return character


def _join(tokens: list[str], gaps: list[str]) -> str:
    """Tokens with the gaps between them, and a blank where two would run together."""
    out = tokens[0]
    for before, token, gap in zip(tokens, tokens[1:], gaps, strict=False):
        clash = (before[-1].isalnum() or before[-1] in "_.\"'") and (
            token[0].isalnum() or token[0] in "_.\"'"
        )
        dot = before == "." or token == "."
        out += "" if dot else gap or (" " if clash else "")
        out += token
    return out
