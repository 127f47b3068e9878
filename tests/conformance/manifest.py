"""The kit's index, `vectors/index.json`: its version, every file with its digest, how many cases it
has and what a host must have for them; and the codes of errors, `codes.json`. See README.md.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tacit.runtime.errors import CODES

from . import kit

REVISION = 0
"""The version is that of the format and this; see README.md for what raises it."""
NAME = f"{kit.VERSION}.{REVISION}"
INDEX = kit.VECTORS / "index.json"
CODES_FILE = Path(__file__).parent / "codes.json"

FEATURES = {
    "memory": "loads bundles that ask for the feature STATE, and decides them without a state",
    "state": "keeps a device's state",
    "buckets": "tells the bucket of a salt and a unit",
    "observed": "takes a value with its time of observation",
    "big-ints": "takes an integer beyond 2^53-1 as a signal's value",
    "lone-surrogates": "takes a text that is not well-formed UTF-16",
    "nested": "takes a map, or a list in a list, as a signal's value",
}

Row = Mapping[str, Any]


def cases(data: Mapping[str, Any]) -> Iterator[tuple[Row, list[str]]]:
    """Every case of a file, with the features that it needs, in order of FEATURES."""
    for row in data.get("buckets", ()):
        yield row, ["buckets"]
    for row in data.get("cases", ()):
        yield row, needs(row, remembers=_remembers(data["bundle"]))
    for row in (*data.get("refused", ()), *data.get("accepted", ())):
        if "of" in data:
            yield row, ["memory", "state"]
        else:
            yield row, ["memory"] if _remembers(row["bundle"]) else []


def _remembers(bundle: str) -> bool:
    """Whether a bundle asks for the feature STATE: its first nine bytes say so."""
    return bundle.startswith("lKV0YWNpdAEB")


def needs(row: Row, *, remembers: bool) -> list[str]:
    """What a host must have for a case of a file with a bundle."""
    found = {"memory"} if remembers else set()
    if "first_seen" in row or "history" in row:
        found.add("state")
    for value in _values(row):
        found |= set(_needed(value))
    return [feature for feature in FEATURES if feature in found]


def _values(row: Row) -> Iterator[Any]:
    """The values that a case passes, in its history too."""
    yield from row["signals"].values()
    yield from _played(row.get("history", ()))


def _played(records: Any) -> Iterator[Any]:
    for record in records:
        for word in ("signals", "fields", "refresh", "declare"):
            yield from record.get(word, {}).values()
        for there in record.get("tab", {}).values():
            yield from _played(there)


def _needed(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        if any(isinstance(one, list) for one in value):
            yield "nested"
        for one in value:
            yield from _needed(one)
    if not isinstance(value, dict):
        return
    if "$int" in value:
        yield "big-ints"
    elif "$units" in value:
        if _alone(value["$units"]):
            yield "lone-surrogates"
    elif "$observed" in value:
        yield "observed"
        yield from _needed(value["$observed"]["value"])
    elif "$float" not in value:
        yield "nested"


def _alone(units: list[int]) -> bool:
    """Whether a surrogate stands alone among UTF-16 units."""
    data = b"".join(unit.to_bytes(2, "little") for unit in units)
    try:
        data.decode("utf-16-le")
    except UnicodeDecodeError:
        return True
    return False


def files() -> list[Path]:
    """Every file of the corpus, the index apart, by name."""
    found = [path for path in kit.VECTORS.rglob("*.json") if path != INDEX]
    return sorted(found, key=lambda path: path.relative_to(kit.VECTORS).as_posix())


def index() -> dict[str, Any]:
    rows = []
    for path in files():
        text = path.read_bytes()
        told = [needed for _, needed in cases(json.loads(text))]
        counts = Counter(feature for needed in told for feature in needed)
        rows.append(
            {
                "file": path.relative_to(kit.VECTORS).as_posix(),
                "sha256": hashlib.sha256(text).hexdigest(),
                "cases": len(told),
                "needs": {feature: counts[feature] for feature in FEATURES if counts[feature]},
            }
        )
    lines = "".join(f"{row['sha256']}  {row['file']}\n" for row in rows)
    return {
        "conformance": kit.VERSION,
        "version": NAME,
        "sha256": hashlib.sha256(lines.encode()).hexdigest(),
        "cases": sum(row["cases"] for row in rows),
        "features": FEATURES,
        "files": rows,
    }


def index_text() -> str:
    """A file a line, so that a change is easy to read."""
    whole = index()
    rows = ",\n".join("    " + json.dumps(row) for row in whole.pop("files"))
    head = json.dumps(whole, indent=2).removesuffix("\n}")
    return f'{head},\n  "files": [\n{rows}\n  ]\n}}\n'


def codes_text() -> str:
    """What each code of a bundle and of a state says."""
    kept = {code: text for code, text in CODES.items() if code.startswith(("R1", "S1"))}
    return json.dumps(kept, indent=2) + "\n"


def write() -> None:
    INDEX.write_text(index_text(), encoding="utf-8")
    CODES_FILE.write_text(codes_text(), encoding="utf-8")
