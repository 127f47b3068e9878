"""Writing a bundle to disk: all of it or nothing."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_bundle(path: str | os.PathLike[str], data: bytes) -> None:
    """Put `data` at `path`, replacing what is there only once everything is on disk.

    The bytes go to a temporary file in the same folder first, so a full disk or a crash leaves the
    old file as it was and no half-written one. Raises OSError as the system gives it.
    """
    target = Path(path)
    if target.exists() and not target.is_file():
        # A pipe or a device (/dev/stdout) is written into; a folder is an error of the system's.
        with target.open("wb") as file:
            file.write(data)
        return
    mode = _mode_for(target)
    number, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(number, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _mode_for(target: Path) -> int:
    """The permissions of the file to be replaced, or those of a new file."""
    try:
        return target.stat().st_mode & 0o777
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


def _sync_folder(folder: Path) -> None:
    """The new name itself survives a power cut only once the folder is written too."""
    try:
        number = os.open(folder, os.O_RDONLY)
    except OSError:
        return  # not every system opens folders
    try:
        os.fsync(number)
    except OSError:
        pass  # nor syncs them; the file's own bytes are safe already
    finally:
        os.close(number)
