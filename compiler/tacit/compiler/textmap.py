"""From the decoded text of a YAML scalar back to the file: an offset for every character.

`read` decodes the raw characters of a scalar itself, by the rules of its style, and notes for every
decoded character which run of the file it came from: one character, an escape sequence, or a line
break. It is called for an error alone, so it may be slow; the reader's own text is the check.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tacit.compiler.nodes import Scalar
from tacit.compiler.spans import Span

_BREAK = re.compile(r"\r\n|\r|\n")
_SHORT_ESCAPES = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f",
    "r": "\r", "e": "\x1b", " ": " ", '"': '"', "/": "/", "\\": "\\", "N": "\x85", "_": "\xa0",
    "L": "\u2028", "P": "\u2029",
}  # fmt: skip
_CODE_ESCAPES = {"x": 2, "u": 4, "U": 8}


@dataclass(frozen=True, slots=True)
class TextMap:
    """`starts[i]..ends[i]` is the run of file characters behind decoded character `i`.

    `first` and `last` bound the scalar's content, for spans at its very ends.
    """

    file: str
    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    first: int
    last: int

    def span(self, start: int, end: int) -> Span:
        """The file span behind the decoded characters `start`..`end` (half open; may be empty)."""
        size = len(self.text)
        start = min(max(start, 0), size)
        end = min(max(end, start), size)
        begin = self.starts[start] if start < size else (self.ends[-1] if size else self.first)
        return Span(self.file, begin, self.ends[end - 1] if end > start else begin)


class _Writer:
    """Collects decoded characters with their runs."""

    def __init__(self) -> None:
        self.chars: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []

    def put(self, text: str, start: int, end: int) -> None:
        self.chars.append(text)
        self.starts.append(start)
        self.ends.append(end)

    def extend(self, pieces: list[tuple[str, int, int]]) -> None:
        for piece in pieces:
            self.put(*piece)


def read(scalar: Scalar, source: str) -> TextMap | None:
    """The map of a text scalar of the file whose text is `source`.

    None if our reading differs from the parser's (then there is no map, and the whole scalar is the
    place), or if the scalar was not read from a file.
    """
    if scalar.file is None:
        return None
    if scalar.style in ("|", ">"):
        return _block(scalar, source)
    writer = _Writer()
    first, last = (scalar.start + 1, scalar.end - 1) if scalar.style else (scalar.start, scalar.end)
    if not _flow(source, first, last, scalar.style, writer):
        return None
    return _finish(scalar, writer, first, last)


def _finish(scalar: Scalar, writer: _Writer, first: int, last: int) -> TextMap | None:
    text = "".join(writer.chars)
    if text != scalar.data or scalar.file is None:
        return None
    return TextMap(scalar.file, text, tuple(writer.starts), tuple(writer.ends), first, last)


def _flow(source: str, at: int, last: int, style: str, out: _Writer) -> bool:
    """Plain and quoted scalars: breaks fold, blanks around them vanish. False: not understood."""
    blanks: list[tuple[str, int, int]] = []
    while at < last:
        char = source[at]
        if char in " \t":
            blanks.append((char, at, at + 1))
            at += 1
            continue
        escaped_break = style == '"' and char == "\\" and source[at + 1 : at + 2] in ("\r", "\n")
        if char in "\r\n" or escaped_break:
            if escaped_break:
                out.extend(blanks)
                at += 1
            blanks = []
            at = _fold(source, at, last, escaped_break, out)
            continue
        out.extend(blanks)
        blanks = []
        if style == "'" and char == "'":
            out.put("'", at, at + 2)
            at += 2
        elif style == '"' and char == "\\":
            kind = source[at + 1 : at + 2]
            if kind in _SHORT_ESCAPES:
                out.put(_SHORT_ESCAPES[kind], at, at + 2)
                at += 2
            elif kind in _CODE_ESCAPES:
                stop = at + 2 + _CODE_ESCAPES[kind]
                out.put(chr(int(source[at + 2 : stop], 16)), at, stop)
                at = stop
            else:
                return False
        else:
            out.put(char, at, at + 1)
            at += 1
    if style:  # blanks before the closing quote belong to the text
        out.extend(blanks)
    return True


def _fold(source: str, at: int, last: int, escaped: bool, out: _Writer) -> int:
    """Write what the break at `at` and empty lines after it mean; return where text resumes."""
    breaks: list[tuple[str, int, int]] = []
    while at < last:
        if source[at] in " \t":
            at += 1
            continue
        found = _BREAK.match(source, at, last)
        if found is None:
            break
        breaks.append(("\n", found.start(), found.end()))
        at = found.end()
    first, more = breaks[0], breaks[1:]
    if more:
        out.extend(more)
    elif not escaped:
        out.put(" ", first[1], first[2])
    return at


def _block(scalar: Scalar, source: str) -> TextMap | None:
    """Literal and folded scalars. The indentation is that under which the text comes out right."""
    end = scalar.end
    header = _BREAK.search(source, scalar.start, end)
    head = source[scalar.start : header.start() if header else end].partition("#")[0]
    first = header.end() if header else end
    lines = _lines(source, first, end)
    widths = [
        len(text) - len(text.lstrip(" "))
        for begin, stop, _ in lines
        if (text := source[begin:stop]).strip(" ")
    ]
    chomp = "-" if "-" in head else "+" if "+" in head else ""
    widest = min(widths, default=max((stop - begin for begin, stop, _ in lines), default=0))
    for indent in range(max(widest, 1), 0, -1):
        writer = _Writer()
        _block_lines(source, lines, indent, (scalar.style, chomp), writer)
        found = _finish(scalar, writer, first, end)
        if found is not None:
            return found
    return None


def _lines(source: str, at: int, end: int) -> list[tuple[int, int, int]]:
    """(start, end of the text, end with the break) of each line."""
    lines = []
    while at < end:
        found = _BREAK.search(source, at, end)
        stop, after = (found.start(), found.end()) if found else (end, end)
        lines.append((at, stop, after))
        at = after
    return lines


def _block_lines(
    source: str,
    lines: list[tuple[int, int, int]],
    indent: int,
    style_and_chomp: tuple[str, str],
    out: _Writer,
) -> None:
    """Write the text of block lines: a break folds only between two lines that begin no blank."""
    style, chomp = style_and_chomp
    own_break: tuple[str, int, int] | None = None  # of the text line before
    empty: list[tuple[str, int, int]] = []  # breaks of the empty lines since
    was_blank = False
    for begin, stop, after in lines:
        spaces = 0
        while spaces < indent and begin + spaces < stop and source[begin + spaces] == " ":
            spaces += 1
        line_break = ("\n", stop, after)
        content = begin + spaces
        if content == stop:
            if after > stop:
                empty.append(line_break)
            continue
        is_blank = source[content] in " \t"
        if own_break is not None:
            if style == ">" and not was_blank and not is_blank:
                if not empty:
                    out.put(" ", own_break[1], own_break[2])
            else:
                out.put(*own_break)
        out.extend(empty)
        empty = []
        for at in range(content, stop):
            out.put(source[at], at, at + 1)
        was_blank = is_blank
        own_break = line_break if after > stop else None
    if chomp != "-" and own_break is not None:
        out.put(*own_break)
    if chomp == "+":
        out.extend(empty)
