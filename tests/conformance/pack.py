"""The kit as one archive, for whoever writes a runtime elsewhere.

`python -m tests.conformance.pack` writes it to `dist/`. The same files give the same bytes, as far
as machines have the same zlib.
"""

from __future__ import annotations

import gzip
import io
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

from . import kit, manifest

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
RUNNER = ("runner.mjs", "history.mjs", "values.mjs")
"""A runner to read, or to run a JavaScript runtime with."""


def parts() -> Iterator[tuple[str, bytes]]:
    """Every file of the archive by its name there, in order of names."""
    found = {
        "LICENSE": ROOT / "LICENSE",
        "README.md": HERE / "README.md",
        "bundles/FORMAT.md": ROOT / "bundles/FORMAT.md",
        "bundles/STATE.md": ROOT / "bundles/STATE.md",
        "codes.json": manifest.CODES_FILE,
        **{f"runtime/js/test/{name}": ROOT / "runtime/js/test" / name for name in RUNNER},
    }
    for path in (*manifest.files(), manifest.INDEX):
        found[f"vectors/{path.relative_to(kit.VECTORS).as_posix()}"] = path
    for name in sorted(found):
        yield name, found[name].read_bytes()


def archive() -> bytes:
    """A gzipped tar; times, owners and the file name are left out."""
    out = io.BytesIO()
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=out, compresslevel=9, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.USTAR_FORMAT) as tar,
    ):
        for name, data in parts():
            entry = tarfile.TarInfo(f"tacit-conformance-{manifest.NAME}/{name}")
            entry.size = len(data)
            entry.mode = 0o644
            tar.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"tacit-conformance-{manifest.NAME}.tar.gz"
    path.write_bytes(archive())
    print(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("dist"))
