"""Cases as data: small projects with the expected complaints on the lines that cause them.

    === an unknown section
    surfcaes: {}   #! E120 surfcaes
    === two files
    @@ one.yaml
    project: a
    @@ two.yaml
    project: b     #! E138 project

`#! CODE text` expects a diagnostic of that code on that line whose underlined part is `text` (of a
span of several lines its first line counts; no text: not compared). Markers are taken out before
the project is read. On the `===` line they expect diagnostics without a place. `+ base` after the
title adds BASE as a further file; `@@ tacit.lock` is the lock, where CHECKSUM stands for the right
checksum. Every diagnostic of the run must be expected, and the other way round.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tacit.compiler import lock
from tacit.compiler.diagnostics import Diagnostic
from tacit.compiler.project import Project, parse
from tacit.compiler.reader import _FORBIDDEN, read_text
from tacit.compiler.render import Lines
from tacit.compiler.resolve import resolve
from tacit.compiler.source import Source

CASES = Path(__file__).parent / "cases"
BASE = """\
project: shop
unit: visitor
signals:
  country: {type: string, source: request}
  tier: {type: enum, values: [none, silver, gold], source: declared}
  age: {type: int, source: device, purpose: profile}
  score: {type: double, source: device}
  visitor: {type: string, source: request}
  basket: {type: string_list, source: session}
  app: {type: version, source: device}
  member: {type: bool, source: declared}
"""
_MARKER = re.compile(r"\s*#! ([EW]\d{3})(?: ([^#\n]*?))?(?=\s*(?:#! |$))")
Expected = tuple[str, int, str, str | None]
"""File, line, code, underlined text."""


@dataclass
class Chunk:
    title: str
    files: dict[str, str] = field(default_factory=dict)
    lock: str | None = None
    expected: list[Expected] = field(default_factory=list)

    def source(self) -> Source:
        """The case as it would have been read from a folder."""
        documents = tuple(read_text(text, name) for name, text in sorted(self.files.items()))
        return Source(documents, lock_text=self.lock)


def run(source: Source) -> tuple[Project, tuple[Diagnostic, ...]]:
    """Read, parse and resolve, as the compiler does."""
    project = parse(source)
    found, problems = lock.read(source.lock_text) if source.lock_text is not None else (None, ())
    return project, resolve(project, found, problems).diagnostics


def load(path: Path) -> list[Chunk]:
    """The chunks of a file."""
    chunks: list[Chunk] = []
    for block in re.split(r"^=== ", path.read_text(encoding="utf-8"), flags=re.M)[1:]:
        head, _, body = block.partition("\n")
        chunks.append(_chunk(head, body))
    return chunks


def _chunk(head: str, body: str) -> Chunk:
    title, codes = _take(head)
    chunk = Chunk(title.removesuffix("+ base").strip())
    chunk.expected = [("", 0, code, None) for code, _ in codes]
    name = "case.yaml"
    for part in re.split(r"^(@@ .*\n)", body, flags=re.M):
        if part.startswith("@@ "):
            name = part[3:].strip()
            continue
        if not part.strip() and name == "case.yaml" and "@@ " in body:
            continue
        lines = []
        for number, line in enumerate(part.split("\n"), start=1):
            text, markers = _take(line)
            lines.append(text)
            chunk.expected += [(name, number, code, shown) for code, shown in markers]
        text = "\n".join(lines)
        if name == "tacit.lock":
            chunk.lock = _with_checksum(text)
        else:
            chunk.files[name] = text
    if title.endswith("+ base"):
        chunk.files["base.yaml"] = BASE
    return chunk


def _take(line: str) -> tuple[str, list[tuple[str, str | None]]]:
    """A line without its markers, and the markers."""
    found = [(match[1], match[2] or None) for match in _MARKER.finditer(line)]
    return (_MARKER.sub("", line), found) if found else (line, [])


def _with_checksum(text: str) -> str:
    if "CHECKSUM" not in text:
        return text
    content = {key: value for key, value in json.loads(text).items() if key != "checksum"}
    return text.replace("CHECKSUM", lock._checksum(content))


def as_json(value: Any, indent: int | None = None) -> str:
    """JSON that is YAML: characters that no source holds are escaped, others stand as they are."""
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    return _FORBIDDEN.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def observed(project: Project, diagnostics: tuple[Diagnostic, ...]) -> list[Expected]:
    """Diagnostics in the form of expectations."""
    sources = project.sources(diagnostics)
    found: list[Expected] = []
    for item in diagnostics:
        if item.span is None:
            found.append(("", 0, item.code, None))
            continue
        text = sources.get(item.span.file, "")
        lines = Lines(text)
        line, column = lines.place(item.span.start)
        width = item.span.end - item.span.start
        shown = lines.line(line)[column - 1 : column - 1 + width] if text else ""
        found.append((item.span.file, line, item.code, shown.strip()))
    return found
